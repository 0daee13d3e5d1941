"""A person's browser without a network: requests go straight to the application, whose cost is measured."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from statistics import median
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Flask
from sqlalchemy import event
from werkzeug.test import EnvironBuilder

from ptce_aap.database import Database
from tests.browsers import TOKEN


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and what it cost."""

    status: int
    body: bytes
    location: str
    cpu_ms: float
    elapsed_ms: float

    @property
    def text(self) -> str:
        """Return the page."""
        return self.body.decode()


@dataclass(frozen=True, slots=True)
class Cost:
    """What one kind of request costs; times are medians."""

    statements: int
    cpu_ms: float
    elapsed_ms: float
    size: int


@dataclass
class Browser:
    """Keeps its cookies; ``secret`` is what the cookie of a signed-in person holds."""

    app: Flask
    secret: str
    cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.cookies["ptce"] = self.secret

    def get(self, path: str) -> Answer:
        """Ask for a page."""
        return self._send(EnvironBuilder(path=path, base_url="http://127.0.0.1:8000"))

    def post(self, path: str, form: Mapping[str, Any]) -> Answer:
        """Send a form."""
        body = urlencode(form, doseq=True)
        kind = "application/x-www-form-urlencoded"
        return self._send(
            EnvironBuilder(path=path, base_url="http://127.0.0.1:8000", method="POST", data=body, content_type=kind)
        )

    def token(self, path: str) -> str:
        """Return the token of the forms of a page."""
        found = TOKEN.search(self.get(path).text)
        assert found is not None, path
        return found[1]

    def _send(self, builder: EnvironBuilder) -> Answer:
        builder.headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        environment = builder.get_environ()
        started: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], _error: Any = None) -> Callable[[bytes], None]:
            started[:] = [int(status.split()[0]), headers]
            return lambda _chunk: None

        before, clock = time.process_time(), time.perf_counter()
        chunks = self.app(environment, start)
        body = b"".join(chunks)
        if hasattr(chunks, "close"):
            chunks.close()
        cpu, elapsed = time.process_time() - before, time.perf_counter() - clock
        status, headers = started
        self._keep_cookies(headers)
        location = urlsplit(dict(headers).get("Location", "")).path
        return Answer(status, body, location, cpu * 1000, elapsed * 1000)

    def _keep_cookies(self, headers: list[tuple[str, str]]) -> None:
        for name, value in headers:
            if name == "Set-Cookie":
                self.cookies |= {key: morsel.value for key, morsel in SimpleCookie(value).items()}


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """Collect the statements sent to a database, the beginning and the end of transactions aside."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "SAVEPOINT")):
            sent.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def cost(
    database: Database,
    ask: Callable[[], Answer],
    *,
    times: int,
    expected: int = 200,
    prepare: Callable[[], object] = lambda: None,
) -> Cost:
    """Measure a request sent several times, once the application is warm; ``prepare`` comes before each, unmeasured."""
    with counted(database) as sent:
        for _ in range(3):
            prepare()
            sent.clear()
            _checked(ask(), expected)
    answers = []
    for _ in range(times):
        prepare()
        answers.append(_checked(ask(), expected))
    return Cost(
        statements=len(sent),
        cpu_ms=median(one.cpu_ms for one in answers),
        elapsed_ms=median(one.elapsed_ms for one in answers),
        size=len(answers[-1].body),
    )


def _checked(answer: Answer, expected: int) -> Answer:
    assert answer.status == expected, f"{answer.status}: {answer.text[:2000]}"
    return answer
