"""An installation as its operator has it: every process started by one command, the others run beside it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import TypeVar

from sqlalchemy import update

from ptce_aap import clock
from ptce_aap.database import Database
from ptce_aap.models import Call

Found = TypeVar("Found")
_PROGRAM = [sys.executable, "-m", "ptce_aap.entry.command"]
_CLEAN = {key: value for key, value in os.environ.items() if not key.startswith("PTCE_")}


@dataclass(frozen=True)
class Running:
    """A running installation: its folder, its address, and the command line."""

    folder: Path
    url: str
    environment: dict[str, str]

    def command(self, *arguments: object) -> str:
        """Run ``ptce-aap`` as the operator does; return what it prints."""
        done = subprocess.run(
            [*_PROGRAM, *map(str, arguments)],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def letters(self, to: str) -> list[EmailMessage]:
        """Return the messages sent to an address, the oldest first."""
        files = sorted((self.folder / "outbox").glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
        letters = [message_from_bytes(file.read_bytes(), policy=default) for file in files]
        return [letter for letter in letters if letter["To"].addresses[0].addr_spec == to]

    def letter(self, to: str, *, about: str) -> EmailMessage:
        """Wait for a message to an address whose subject holds these words."""
        return eventually(lambda: next((one for one in self.letters(to) if about in one["Subject"]), None))

    def link_sent(self, to: str) -> str:
        """Wait for the first message to an address and return the link that it holds."""
        lines = eventually(lambda: self.letters(to))[0].get_body(("plain",)).get_content().splitlines()
        return next(line for line in lines if line.startswith(self.url))

    def close(self, slug: str) -> None:
        """Let the closing of a call be past: nobody waits a month for a test."""
        database = Database(self.environment.get("PTCE_DATABASE_URL", f"sqlite:///{self.folder / 'ptce.sqlite3'}"))
        passed = clock.now()
        change = update(Call).where(Call.slug == slug).values(closes_at=passed)
        database.transaction(lambda session: session.execute(change))
        database.dispose()


def eventually(find: Callable[[], Found], within: float = 30.0) -> Found:
    """Wait until something is found, and return it."""
    deadline = time.monotonic() + within
    while not (found := find()):
        assert time.monotonic() < deadline, "nothing came"
        time.sleep(0.05)
    return found


@contextmanager
def running(folder: Path) -> Iterator[Running]:
    """Start an installation in an empty folder, and end it with everything that it started."""
    folder.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**_CLEAN, "PTCE_INSTANCE": str(folder), "PTCE_PORT": str(port)}
    process = subprocess.Popen(
        [*_PROGRAM, "serve"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        line = process.stdout.readline()
        assert f"http://127.0.0.1:{port}" in line, line + process.stderr.read()
        yield Running(folder, f"http://127.0.0.1:{port}", environment)
        process.terminate()
        process.communicate(timeout=60)
        assert process.returncode == 0
    finally:
        process.kill()
        process.communicate(timeout=20)
