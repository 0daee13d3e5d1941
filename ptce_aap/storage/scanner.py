"""ClamAV over its socket: a file is sent in pieces, one line comes back; anything else is no answer."""

from __future__ import annotations

import socket
import struct
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Protocol
from urllib.parse import unquote, urlsplit

_CHUNK = 256 * 1024
_CONNECT_S = 5.0
_ANSWER_S = 60.0
_LONGEST_ANSWER = 4096
_PREFIX = "stream: "


class ScannerAway(Exception):
    """No scanner answered, or not with a verdict: nothing is known of the file, and it is to be asked again."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a scanner said: the name of what it found, None for a clean file."""

    signature: str | None


class Scanner(Protocol):
    """Says whether a file holds a known virus."""

    def scan(self, stream: IO[bytes]) -> Verdict:
        """Scan what ``stream`` still holds. Errors: ``ScannerAway``."""
        ...


def open_scanner(url: str | None) -> Scanner | None:
    """Return the scanner named by ``unix:///socket`` or ``tcp://host:port``, None where none is set."""
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return ClamAv(unquote(parts.path))
    return ClamAv((parts.hostname or "localhost", parts.port or 3310))


class ClamAv:
    """The daemon of ClamAV; its ``StreamMaxLength`` (25 MB unless set) passes the largest piece."""

    def __init__(
        self, address: str | tuple[str, int], *, connect_s: float = _CONNECT_S, answer_s: float = _ANSWER_S
    ) -> None:
        self._address, self._connect_s, self._answer_s = address, connect_s, answer_s

    def scan(self, stream: IO[bytes]) -> Verdict:
        """Scan by ``INSTREAM``. Errors: ``ScannerAway``."""
        try:
            with self._connected() as connection:
                connection.settimeout(self._answer_s)
                # A daemon that has enough says why and closes: its word is worth more than our broken pipe.
                with suppress(BrokenPipeError, ConnectionResetError):
                    self._send(connection, stream)
                return _verdict(_line(connection))
        except (OSError, UnicodeDecodeError) as error:
            raise ScannerAway(type(error).__name__) from error

    def _connected(self) -> socket.socket:
        if isinstance(self._address, tuple):
            return socket.create_connection(self._address, timeout=self._connect_s)
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(self._connect_s)
        try:
            connection.connect(self._address)
        except BaseException:
            connection.close()
            raise
        return connection

    @staticmethod
    def _send(connection: socket.socket, stream: IO[bytes]) -> None:
        connection.sendall(b"zINSTREAM\0")
        while chunk := stream.read(_CHUNK):
            connection.sendall(struct.pack("!I", len(chunk)) + chunk)
        connection.sendall(struct.pack("!I", 0))


def _line(connection: socket.socket) -> str:
    answer = b""
    while b"\0" not in answer and len(answer) < _LONGEST_ANSWER:
        given = connection.recv(_LONGEST_ANSWER)
        if not given:
            break
        answer += given
    line, end, _ = answer.partition(b"\0")
    if not end:
        # Half a line may be the beginning of any verdict.
        raise ScannerAway("cut")
    return line.decode("utf-8").strip()


def _verdict(line: str) -> Verdict:
    said = line.removeprefix(_PREFIX)
    if line == f"{_PREFIX}OK":
        return Verdict(None)
    if line.startswith(_PREFIX) and said.endswith(" FOUND"):
        return Verdict(said.removesuffix(" FOUND")[:200])
    raise ScannerAway("no verdict")
