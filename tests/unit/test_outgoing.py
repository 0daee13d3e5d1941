"""An exchange with the outside is bounded in time from the name to the answer."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from ptce_aap import outgoing

BACKSTOP_S = 60


@pytest.fixture
def silent_resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A resolver that answers when the event is set: as one whose servers are away, which waits for long."""
    answers = threading.Event()

    def resolve(*_: object, **__: object) -> list[object]:
        answers.wait(BACKSTOP_S)
        raise socket.gaierror("no server answered")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    yield answers
    answers.set()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_name_that_nobody_resolves_keeps_nobody_waiting(silent_resolver: threading.Event, scheme: str) -> None:
    with pytest.raises(outgoing.Silent, match="TimeoutError"):
        outgoing.exchange(f"{scheme}://service.example.org/", deadline=0.05, most_bytes=10)
    assert not silent_resolver.is_set()


def test_a_connection_that_comes_too_late_is_closed() -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    came_late, closed = threading.Event(), threading.Event()

    class Late(outgoing.http.client.HTTPConnection):
        def connect(self) -> None:
            came_late.wait(BACKSTOP_S)
            super().connect()

        def close(self) -> None:
            if self.sock is not None:
                closed.set()
            super().close()

    connection = Late("127.0.0.1", listening.getsockname()[1])
    with pytest.raises(TimeoutError):
        outgoing._connect(connection, 0.01)
    came_late.set()
    assert closed.wait(BACKSTOP_S)
    listening.close()
