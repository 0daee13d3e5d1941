"""What this process opens and whom it calls, heard by one audit hook for the whole run: none can be taken away."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_LOOPBACK = ("127.", "::1", "localhost", "::ffff:127.", "0.0.0.0")  # the last: any of our own
_OPENING = frozenset({"open", "os.listdir", "os.scandir", "subprocess.Popen", "os.system", "os.exec", "os.fork"})
_opened: list[list[str]] = []
_called_away: list[str] = []


def _hear(event: str, args: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        _note_call(args[1][0] if isinstance(args[1], tuple) else "127.0.0.1")  # a path: a socket of this machine
    elif event == "socket.getaddrinfo":
        _note_call(args[0])
    elif _opened and event in _OPENING:
        for heard in _opened:
            heard.append(str(args[0]))


def _note_call(host: object) -> None:
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host or "localhost")
    if not name.startswith(_LOOPBACK):
        _called_away.append(name)


sys.addaudithook(_hear)


@contextmanager
def openings() -> Iterator[list[str]]:
    """Collect the names of files opened, and of programs started, in this block."""
    heard: list[str] = []
    _opened.append(heard)
    try:
        yield heard
    finally:
        _opened.remove(heard)


@contextmanager
def calls_away() -> Iterator[list[str]]:
    """Collect the names of other machines that were called, or looked for, in this block."""
    begun = len(_called_away)
    heard: list[str] = []
    try:
        yield heard
    finally:
        heard += _called_away[begun:]
        del _called_away[begun:]
