"""The way out of this machine by HTTP: one exchange, bounded in time and in size, that follows no redirection."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

_LEAST = 0.05  # seconds left to an exchange whose connection took them all


class Silent(Exception):
    """Nobody answered in time, or not in a form that can be read."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, the media type without its parameters, the body."""

    status: int
    media_type: str
    body: bytes


def exchange(
    url: str,
    *,
    deadline: float,
    most_bytes: int,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Answer:
    """Ask and return what is answered, whatever its status.

    ``deadline``: seconds for the whole exchange, looking its name up included.

    Errors: ``Silent``.
    """
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=deadline)
    began = time.monotonic()
    try:
        _connect(connection, deadline)
        # Each wait on the socket has its limit; the timer bounds their sum, whatever is sent drop by drop.
        timer = threading.Timer(max(deadline - (time.monotonic() - began), _LEAST), _cut, [connection.sock])
        timer.daemon = True
        timer.start()
        try:
            target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
            connection.request(method, target, body=body, headers=dict(headers or {}))
            answer = connection.getresponse()
            content = answer.read(most_bytes + 1)
        finally:
            timer.cancel()
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Silent(type(error).__name__) from error
    finally:
        connection.close()
    if len(content) > most_bytes:
        raise Silent("the answer is too long")
    return Answer(answer.status, answer.headers.get_content_type(), content)


def _connect(connection: http.client.HTTPConnection, deadline: float) -> None:
    """Connect within a deadline: a resolver waits as long as the machine's settings say, so it waits apart."""
    failures: list[Exception] = []
    given_up = threading.Event()

    def connect() -> None:
        try:
            connection.connect()
        except Exception as error:  # told to whoever waits
            failures.append(error)
        if given_up.is_set():
            connection.close()

    apart = threading.Thread(target=connect, daemon=True)
    apart.start()
    apart.join(deadline)
    if apart.is_alive():
        given_up.set()
        raise TimeoutError("no connection in time")
    if failures:
        raise failures[0]


def _cut(held: socket.socket) -> None:
    try:
        held.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # ended meanwhile
