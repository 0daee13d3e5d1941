"""A scanner that speaks as ClamAV does over a real socket, and fails as it is told to."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@dataclass
class Daemon:
    """What the scanner received, and how it answers: ``says`` None is the truth, ``hangs`` never answers."""

    url: str
    received: list[bytes] = field(default_factory=list)
    says: bytes | None = None
    hangs: bool = False
    takes: int | None = None  # bytes, after which it answers and closes

    def answer(self, connection: socket.socket) -> None:
        command = connection.recv(10)
        assert command == b"zINSTREAM\0", command
        content = b""
        while length := struct.unpack("!I", _exactly(connection, 4))[0]:
            content += _exactly(connection, length)
            if self.takes is not None and len(content) > self.takes:
                break
        self.received.append(content)
        if self.hangs:
            connection.recv(1)
            return
        truth = b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0"
        connection.sendall(truth if self.says is None else self.says)


def _exactly(connection: socket.socket, length: int) -> bytes:
    content = b""
    while len(content) < length:
        given = connection.recv(length - len(content))
        if not given:
            raise ConnectionError("the client left")
        content += given
    return content


@contextmanager
def daemon(listening: socket.socket, url: str) -> Iterator[Daemon]:
    """Run the scanner on a socket that listens."""
    running = Daemon(url)

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(10)
                try:
                    running.answer(connection)
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield running
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join(timeout=5)
