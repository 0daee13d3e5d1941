"""What we answer for is on the disk before we answer: the order of the calls, as the system saw them."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest

from ptce_aap import clock
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.entry import listening
from ptce_aap.entry.children import spawn
from ptce_aap.entry.environment import environment_of
from ptce_aap.services.accounts import accounts
from tests import syscalls
from tests.bench.world import person
from tests.browsers import TOKEN
from tests.budgets import soaking
from tests.cast import eventually
from tests.databases import ENGINES, Databases
from tests.files import pdf
from tests.filings import LEAST, Applicants, open_call
from tests.syscalls import Call

_WHY_NOT = syscalls.why_not()


class Visitor:
    """Somebody signed in, in front of the watched process."""

    def __init__(self, port: int, secret: str, page: str) -> None:
        self._port = port
        connection = self._connection()
        connection.request("GET", page, headers={"Cookie": f"ptce={secret}"})
        response = connection.getresponse()
        found = TOKEN.search(response.read().decode())
        assert found is not None
        given = [cookie.partition(";")[0] for cookie in response.headers.get_all("Set-Cookie") or []]
        self._headers, self.token = {"Cookie": "; ".join([f"ptce={secret}", *given])}, found[1]

    def post(self, path: str, body: bytes, kind: str) -> int:
        connection = self._connection()
        connection.request("POST", path, body, {**self._headers, "Content-Type": kind})
        response = connection.getresponse()
        response.read()
        return response.status

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self._port, timeout=120)


@contextmanager
def watched(database: Database, instance: Path, log: Path) -> Iterator[int]:
    """Run the web process of an installation under watch; give its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    asked = {"PTCE_DATABASE_URL": database.url, "PTCE_PORT": str(port)}
    settings = load_settings(asked, instance=instance)
    with listening.open_socket(settings) as door:
        settings = replace(listening.settled(settings, door), database_url=database.url)
        command = [sys.executable, "-m", "ptce_aap.entry.command", "web", "--descriptor", str(door.fileno())]
        strace = spawn(
            [*syscalls.watching(log), *command],
            log=instance / "watched.log",
            environment={**environment_of(settings), **asked},
            keep=(door.fileno(),),
        )
        eventually(lambda: _child_of(strace.pid))
        try:
            yield settings.port
        finally:
            os.kill(int(_child_of(strace.pid)), signal.SIGTERM)
            strace.wait()


def _child_of(pid: int) -> str:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().partition(" ")[0]


def multipart(token: str, content: bytes) -> tuple[bytes, str]:
    """Return a form with one file, and its kind."""
    cut = "----a-cut-that-no-file-holds"
    head = f'--{cut}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n--{cut}\r\n'
    head += 'Content-Disposition: form-data; name="fichier"; filename="statuts.pdf"\r\n'
    head += "Content-Type: application/pdf\r\n\r\n"
    return head.encode() + content + f"\r\n--{cut}--\r\n".encode(), f"multipart/form-data; boundary={cut}"


def first(calls: list[Call], name: str, words: str, *, after: int = -1) -> int:
    """Return the place of the first such call after another one."""
    pattern = re.compile(words)
    return next(place for place in range(after + 1, len(calls)) if is_one(calls[place], name, pattern))


def is_one(call: Call, name: str, pattern: re.Pattern[str]) -> bool:
    return re.fullmatch(name, call.name) is not None and pattern.search(call.told) is not None


def committed(calls: list[Call], engine: str, *, after: int) -> int:
    """Return where the first commit after this place is safe."""
    if engine == "sqlite":
        return first(calls, "fdatasync", r"ptce-wal>\) = 0$|sqlite3-wal>\) += 0$", after=after)
    asked = first(calls, "sendto", r"COMMIT", after=after)
    return first(calls, "recvfrom", r"COMMIT", after=asked)


@pytest.fixture(params=ENGINES if soaking() else ENGINES[:1])
def call(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Applicants]:
    lent = databases.create(request.param)
    yield open_call(lent)
    databases.discard(lent)


@pytest.mark.soak
@pytest.mark.target("REL-08")
@pytest.mark.skipif(_WHY_NOT is not None, reason=str(_WHY_NOT))
def test_a_piece_and_a_deposit_are_safe_before_they_are_answered(call: Applicants, tmp_path: Path) -> None:
    database, instance, log = call.database, tmp_path / "instance", tmp_path / "calls"
    engine = database.engine.dialect.name
    reference = call.bring(LEAST)
    secret = database.transaction(lambda s: accounts.open_session(s, person(s, "anne"), now=clock.now()))
    with watched(database, instance, log) as port:
        visitor = Visitor(port, secret, f"/candidature/{reference}/relecture")
        form = multipart(visitor.token, pdf(text=b"BT ET"))
        assert visitor.post(f"/candidature/{reference}/etape/pieces/statuts/pieces", *form) == 200
        deposit = urlencode({"csrf_token": visitor.token}).encode()
        assert visitor.post(f"/candidature/{reference}/depot", deposit, "application/x-www-form-urlencoded") == 302
    calls = syscalls.read(log)

    asked = first(calls, "recvfrom", r'"POST /candidature/\S+/pieces ')
    bytes_synced = first(calls, "fsync", r"/incoming/\w+>\) += 0$", after=asked)
    renamed = first(calls, "rename.*", r"/incoming/\w+", after=bytes_synced)
    folder_synced = first(calls, "fsync", r"/uploads/[0-9a-f]{2}>\) += 0$", after=renamed)
    row_committed = committed(calls, engine, after=folder_synced)
    answered = first(calls, "sendto", r'"HTTP/1.1 200', after=asked)
    assert asked < bytes_synced < renamed < folder_synced < row_committed < answered

    asked = first(calls, "recvfrom", r'"POST /candidature/\S+/depot ')
    row_committed = committed(calls, engine, after=asked)
    answered = first(calls, "sendto", r'"HTTP/1.1 302', after=asked)
    assert asked < row_committed < answered
    if engine == "sqlite":
        # Nothing was written after the last time that the log was brought to the disk.
        log_written = re.compile(r"-wal>")
        written = max(place for place in range(asked, answered) if is_one(calls[place], "pwrite64", log_written))
        assert committed(calls, engine, after=written) < answered


def test_calls_are_read_where_they_end_and_answers_where_they_begin(tmp_path: Path) -> None:
    log = tmp_path / "calls"
    log.write_text(
        "12  fsync(5</x/incoming/a> <unfinished ...>\n"
        '13  sendto(7<socket:[1]>, "HTTP/1.1 200 OK"..., 15, 0, NULL, 0 <unfinished ...>\n'
        "12  <... fsync resumed>)                = 0\n"
        "13  <... sendto resumed>)               = 15\n"
        '12  rename("/x/incoming/a", "/x/aa/b") = 0\n'
    )
    assert [(call.name, call.told) for call in syscalls.read(log)] == [
        ("sendto", '7<socket:[1]>, "HTTP/1.1 200 OK"..., 15, 0, NULL, 0'),
        ("fsync", "5</x/incoming/a>)                = 0"),
        ("rename", '"/x/incoming/a", "/x/aa/b") = 0'),
    ]
