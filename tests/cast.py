"""The processes of an installation, each kept alive by the application's own supervisor, to be killed one by one."""

from __future__ import annotations

import asyncio
import http.client
import os
import signal
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from redis.exceptions import RedisError

from ptce_aap.config import Settings, load_settings
from ptce_aap.entry import listening, valkey
from ptce_aap.entry.children import spawn
from ptce_aap.entry.environment import environment_of
from ptce_aap.entry.logs import log_file
from ptce_aap.entry.supervision import Child, end_all
from tests import stack

A_WHILE_S = 120.0
_COMMAND = [sys.executable, "-m", "ptce_aap.entry.command"]


def eventually(
    condition: Callable[[], Any], within: float = A_WHILE_S, told: Callable[[], object] = lambda: None
) -> float:
    """Wait until something is so; return how long it took, in seconds. ``told`` says what is there where it is not."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < within, told()
        time.sleep(0.02)
    return time.monotonic() - began


class Post:
    """A mail server that thinks for a moment before it answers, and counts what it took by Message-ID."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        self.taken[str(message_from_bytes(envelope.content)["Message-ID"])] += 1
        # The message is taken and nobody knows yet: who is killed now sends it a second time.
        await asyncio.sleep(0.2)
        return "250 OK"


@dataclass
class Cast:
    """The running processes by name, and how to kill them."""

    settings: Settings
    post: Post
    children: dict[str, Child]
    held_back: set[str] = field(default_factory=set)
    _ending: threading.Event = field(default_factory=threading.Event)

    def mend(self) -> None:
        """Keep everything alive, but for those that the test holds back, until the end."""
        while not self._ending.wait(0.05):
            for name, child in self.children.items():
                if name not in self.held_back:
                    child.mend()

    def end(self) -> None:
        """Stop mending."""
        self._ending.set()

    def pid(self, name: str) -> int:
        """Return the number of a process."""
        process = self.children[name]._process
        assert process is not None
        return process.pid

    def horse(self) -> int | None:
        """Return the number of the process that does a job now, if there is one."""
        worker = self.pid("worker")
        with suppress(OSError):
            found = Path(f"/proc/{worker}/task/{worker}/children").read_text().split()
            return int(found[0]) if found else None
        return None

    def kill(self, what: str) -> str:
        """Kill a process where it stands; a work-horse when there is one, else its worker."""
        pid = self.pid("worker" if what == "horse" else what)
        if what == "horse":
            deadline = time.monotonic() + 3
            while (found := self.horse()) is None and time.monotonic() < deadline:
                time.sleep(0.002)
            pid = found or pid
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return what

    def answers(self) -> bool:
        """Tell whether the web process takes connections."""
        with socket.socket() as probe:
            probe.settimeout(5)
            if probe.connect_ex(("127.0.0.1", self.settings.port)) or not self.children["web"].alive:
                return False
        # A server before ours takes connections whether or not ours is there.
        return not stack.CHOSEN or _is_well(self.settings.port)

    def queue_answers(self) -> bool:
        """Tell whether the queue server answers."""
        with suppress(RedisError):
            return bool(valkey.connect(self.settings).ping())
        return False

    @contextmanager
    def without_queue(self, how: str) -> Iterator[None]:
        """Take the queue server away: killed and not started again, stopped where it stands, or emptied."""
        eventually(self.queue_answers)
        self.held_back.add("valkey")
        if how == "killed":
            self.kill("valkey")
        elif how == "stopped":
            os.kill(self.pid("valkey"), signal.SIGSTOP)
        try:
            yield
        finally:
            if how == "stopped":
                os.kill(self.pid("valkey"), signal.SIGCONT)
            elif how == "emptied":
                valkey.connect(self.settings).flushall()
            self.held_back.discard("valkey")


def _is_well(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/sante")
        return connection.getresponse().status == 200
    return False


@contextmanager
def cast(database_url: str, instance: Path, *, lease: float) -> Iterator[Cast]:
    """Start web, worker, relay and queue server on a database, and a mail server beside them."""
    post = Post()
    with socket.create_server(("127.0.0.1", 0)) as free:
        smtp = free.getsockname()[1]
    server = Controller(post, hostname="127.0.0.1", port=smtp)
    server.start()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    asked = {"PTCE_DATABASE_URL": database_url, "PTCE_SMTP_URL": f"smtp://127.0.0.1:{smtp}", "PTCE_PORT": str(port)}
    with ExitStack() as ends:
        if stack.CHOSEN:
            from tests.stack import front

            instance.mkdir(exist_ok=True)
            asked["PTCE_STORAGE_URL"] = ends.enter_context(front.stored_outside(instance))
            settings = load_settings(asked, instance=instance)
            web, keep, asked = front.COMMAND, (), {**asked, **ends.enter_context(front.before_gunicorn(port))}
        else:
            settings = load_settings(asked, instance=instance)
            door = ends.enter_context(listening.open_socket(settings))
            settings = listening.settled(settings, door)
            web, keep = [*_COMMAND, "web", "--descriptor", str(door.fileno())], (door.fileno(),)
        settings = replace(settings, database_url=database_url)
        running = Cast(settings, post, _children(settings, web, keep, asked, lease))
        for child in running.children.values():
            child.start()
        mender = threading.Thread(target=running.mend, daemon=True)
        mender.start()
        try:
            eventually(running.answers)
            yield running
        finally:
            running.end()
            mender.join()
            end_all(list(running.children.values()), within=5)
            valkey.forget_socket(settings.instance)
            server.stop()


def _children(
    settings: Settings, web: list[str], keep: tuple[int, ...], asked: dict[str, str], lease: float
) -> dict[str, Child]:
    environment = {**environment_of(settings), **asked}

    def program(name: str, command: list[str], *keep: int) -> Child:
        log = log_file(settings.instance, name)
        return Child(name, lambda: spawn(command, log=log, environment=environment, keep=keep))

    hasty = [sys.executable, "-m", "tests.hasty_worker", str(lease), "common", "mails"]
    return {
        "valkey": program("valkey", valkey.server_arguments(settings)),
        "web": program("web", web, *keep),
        "worker": program("worker", hasty),
        "relay": program("relay", [*_COMMAND, "relay"]),
    }
