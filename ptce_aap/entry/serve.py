"""serve: prepares the instance, starts every process, keeps them alive, says where to go, ends them together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from ptce_aap.config import Settings
from ptce_aap.entry import listening, measures, preparation, valkey
from ptce_aap.entry.children import spawn
from ptce_aap.entry.environment import environment_of
from ptce_aap.entry.logs import log_file
from ptce_aap.entry.preparation import CannotStart
from ptce_aap.entry.supervision import Child, end_all

_READY_WITHIN_S = 60.0
_END_WITHIN_S = 3.0
_LOOK_EVERY_S = 0.2

Say = Callable[[str], None]


def serve(settings: Settings, say: Say) -> None:
    """Run the whole application until Ctrl-C, SIGTERM or the end of the terminal.

    Errors: ``CannotStart``, ``BadSettings``.
    """
    # What an instance holds is for this account alone: database, pieces, messages, logs.
    os.umask(0o077)
    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: ending.set())
    with preparation.alone_on(settings.instance) as lock, listening.open_socket(settings) as web_socket:
        wanted, settings = settings.port, listening.settled(settings, web_socket)
        preparation.prepare(settings)
        measures.forget(settings)
        children = _children(settings, web_socket)
        try:
            for child in children:
                child.start()
            if _is_ready(settings, children, ending):
                lock.tell(settings.base_url)
                say(_where_to_go(settings, wanted))
            while not ending.wait(_LOOK_EVERY_S):
                for child in children:
                    child.mend()
        finally:
            end_all(children, within=_END_WITHIN_S)
            if settings.redis_url is None:
                valkey.forget_socket(settings.instance)


def _children(settings: Settings, web_socket: socket.socket) -> list[Child]:
    """List the processes; the queue server comes first, because it ends last."""
    environment, descriptor = environment_of(settings), web_socket.fileno()

    def program(name: str, *options: str, runs: str = "", keep: tuple[int, ...] = ()) -> Child:
        demo = ["--demo"] if settings.demo else []
        command = [sys.executable, "-m", "ptce_aap.entry.command", runs or name, *demo, *options]
        log = log_file(settings.instance, name)
        return Child(name, lambda: spawn(command, log=log, environment=environment, keep=keep))

    children = [
        program("web", "--descriptor", str(descriptor), keep=(descriptor,)),
        program("worker", "--only", "common"),
        program("mails", "--only", "mails", runs="worker"),
        program("ranks", "--only", "ranks", runs="worker"),
        program("computations", "--only", "computations", runs="worker"),
        program("relay"),
    ]
    if settings.metrics is not None:
        children.append(program("metrics"))
    return children if settings.redis_url else [Child("valkey", lambda: _start_valkey(settings)), *children]


def _start_valkey(settings: Settings) -> subprocess.Popen[bytes]:
    return spawn(valkey.server_arguments(settings), log=log_file(settings.instance, "valkey"))


def _is_ready(settings: Settings, children: list[Child], ending: threading.Event) -> bool:
    """Wait until the application answers; False where the wait was cut short by the end.

    Errors: ``CannotStart`` where it never does.
    """
    web = next(child for child in children if child.name == "web")
    deadline = time.monotonic() + _READY_WITHIN_S
    while not ending.is_set():
        if _answers(settings):
            return True
        if not web.alive or time.monotonic() > deadline:
            log = Path(settings.instance, "logs", "web.log")
            raise CannotStart(f"L'application n'a pas démarré ; la raison est à la fin de {log}.")
        ending.wait(0.05)
    return False


def _answers(settings: Settings) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104 - compared, not bound
    request = urllib.request.Request(f"http://{host}:{settings.port}/sante")
    request.add_header("Host", urlsplit(settings.base_url).netloc)
    # No proxy of the environment stands between this machine and itself.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=5) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _where_to_go(settings: Settings, wanted_port: int) -> str:
    other = f" (le port {wanted_port} était occupé)" if settings.port != wanted_port else ""
    what = "La démonstration est ouverte" if settings.demo else "L'application est ouverte"
    return f"{what} : {settings.base_url}{other}. Ctrl-C pour l'arrêter."
