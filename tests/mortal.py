"""The application in a process of its own, to be killed: ``python -m tests.mortal PORT DATABASE INSTANCE``.

Where the file ``last-words`` stands in the instance's folder, the process dies of SIGKILL once it has saved what a
page's script sent, before it answers.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from waitress import serve

from ptce_aap.app import create_app
from ptce_aap.config import load_settings

LAST_WORDS = "last-words"


@dataclass
class Mortal:
    """A server that a test kills and starts again at the same address."""

    port: int
    database_url: str
    instance: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [sys.executable, "-m", "tests.mortal", str(self.port), self.database_url, str(self.instance)]
        self.process = subprocess.Popen(command)
        deadline = time.monotonic() + 30
        while socket.socket().connect_ex(("127.0.0.1", self.port)):
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.05)

    def dies_after_next_save(self) -> None:
        """Ask it to die between the next save and its answer."""
        (self.instance / LAST_WORDS).touch()

    def wait_until_dead(self) -> None:
        """Wait for its death, by SIGKILL."""
        assert self.process is not None
        assert self.process.wait(timeout=20) == -signal.SIGKILL

    def kill(self) -> None:
        """Kill it where it stands."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@contextmanager
def mortal(database_url: str, instance: Path) -> Iterator[Mortal]:
    """Give a running server, and kill it at the end."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    instance.mkdir(exist_ok=True)
    server = Mortal(port, database_url, instance)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def main(port: int, database_url: str, instance: Path) -> None:
    """Answer until death."""
    settings = replace(
        load_settings({}, instance=instance), port=port, base_url=f"http://127.0.0.1:{port}", database_url=database_url
    )
    app = create_app(settings)

    def answer(environment, start_response):
        answered = app(environment, start_response)
        last_words = instance / LAST_WORDS
        if environment["PATH_INFO"].endswith("/saisie") and last_words.exists():
            last_words.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        return answered

    serve(answer, host="127.0.0.1", port=port, threads=4, ident=None)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
