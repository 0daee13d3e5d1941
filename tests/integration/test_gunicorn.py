"""The application under gunicorn, by the settings of the guide: two processes are one, and write no link in a log."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from ptce_aap import clock
from ptce_aap.config import Settings
from ptce_aap.entry import valkey
from ptce_aap.entry.children import spawn, stop
from ptce_aap.web import limits
from tests import files
from tests.bench.world import person
from tests.browsers import token
from tests.bundles import ROOT
from tests.databases import Databases
from tests.filings import Applicants, open_call
from tests.proven import open_session

LINK = "un-lien-personnel-de-cet-essai"


@dataclass
class Served:
    """gunicorn on a port, and what it writes."""

    port: int
    log: Path
    arbiter: int
    call: Applicants
    secret: str

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str = "", **headers: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        given = {"Cookie": f"ptce={self.secret}", **({"Content-Type": kind} if kind else {}), **headers}
        connection.request(method, path, body, given)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        self.given = [cookie.partition(";")[0] for cookie in answer.headers.get_all("Set-Cookie") or []]
        return answer.status, text

    def processes(self) -> list[int]:
        return [int(one) for one in Path(f"/proc/{self.arbiter}/task/{self.arbiter}/children").read_text().split()]


@pytest.fixture(scope="module")
def served(databases: Databases, queue_server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    database, folder = databases.create("sqlite"), tmp_path_factory.mktemp("gunicorn")
    call = open_call(database)
    call.actor("anne")
    secret = database.transaction(lambda s: open_session(s, person(s, "anne"), now=clock.now()))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    told = {
        "PTCE_INSTANCE": str(folder),
        "PTCE_DATABASE_URL": database.url,
        "PTCE_REDIS_URL": valkey.address(queue_server),
        "PTCE_PORT": str(port),
        "PTCE_PROXIES": "127.0.0.1",
        "PTCE_LISTEN": f"127.0.0.1:{port}",
        "PTCE_WEB_PROCESSES": "2",
    }
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PTCE_")}
    command = [sys.executable, "-m", "gunicorn", "--config", ROOT / "docs" / "deploiement" / "gunicorn.conf.py"]
    process = spawn(command, log=folder / "log", environment={**clean, **told})
    found = Served(port, folder / "log", process.pid, call, secret)
    deadline = time.monotonic() + 120
    while not _answers(found):
        assert time.monotonic() < deadline, found.log.read_text()
        time.sleep(0.05)
    yield found
    stop(process, within=2)
    databases.discard(database)


def _answers(served: Served) -> bool:
    with suppress(OSError, http.client.HTTPException):
        return served.ask("GET", "/sante")[0] == 200 and len(served.processes()) == 2
    return False


@contextmanager
def alone(served: Served, number: int) -> Iterator[None]:
    """Leave one process of the two to answer: the other stands still."""
    other = served.processes()[1 - number]
    os.kill(other, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(other, signal.SIGCONT)


def test_what_one_process_gives_out_the_other_takes(served: Served) -> None:
    reference = served.call.bring({})
    with alone(served, 0):
        page = served.ask("GET", f"/candidature/{reference}/etape/pieces")[1]
    cookies = "; ".join([f"ptce={served.secret}", *served.given])
    fields = [b'name="csrf_token"\r\n\r\n' + token(page).encode()]
    fields.append(b'name="fichier"; filename="Statuts.pdf"\r\nContent-Type: application/pdf\r\n\r\n' + files.pdf())
    body = b"".join(b"--x\r\nContent-Disposition: form-data; " + field + b"\r\n" for field in fields) + b"--x--\r\n"
    with alone(served, 1):
        path, kind = f"/candidature/{reference}/etape/pieces/statuts/pieces", "multipart/form-data; boundary=x"
        status, told = served.ask("POST", path, body, kind, Cookie=cookies)
    assert (status, "Statuts.pdf" in told) == (200, True)
    with alone(served, 0):
        assert "Statuts.pdf" in served.ask("GET", f"/candidature/{reference}/etape/pieces")[1]


@pytest.mark.target("SEC-27")
def test_both_processes_count_the_tries_of_an_address_together(served: Served) -> None:
    quota, half = limits.LINKS_FROM_AN_ADDRESS.tries, limits.LINKS_FROM_AN_ADDRESS.tries // 2

    def tries(count: int, address: str) -> list[int]:
        path = "/compte/mot-de-passe/essai"
        return [served.ask("GET", path, **{"X-Forwarded-For": address})[0] for _ in range(count)]

    with alone(served, 0):
        assert 429 not in tries(half, "198.51.100.7")
    with alone(served, 1):
        told = tries(quota - half + 1, "198.51.100.7")
        assert (429 in told[:-1], told[-1]) == (False, 429)
        assert tries(1, "203.0.113.9") != [429]


@pytest.mark.target("SEC-29")
def test_neither_a_link_nor_what_was_sent_is_written_in_the_log(served: Served) -> None:
    served.ask("GET", f"/compte/mot-de-passe/{LINK}")
    with socket.create_connection(("127.0.0.1", served.port), timeout=60) as connection:
        connection.sendall(f"GET /compte/mot-de-passe/{LINK} {LINK}\r\n{LINK}\r\n\r\n".encode())
        assert LINK.encode() in b"".join(iter(lambda: connection.recv(65_536), b"")), "it did read the request"
    written = served.log.read_text(encoding="utf-8")
    assert '"event": "request_not_read"' in written
    assert LINK not in written
    assert all(line.startswith("{") for line in written.splitlines())


def test_a_process_that_is_killed_is_replaced_and_the_other_answers_meanwhile(served: Served) -> None:
    first, second = served.processes()
    os.kill(first, signal.SIGKILL)
    assert served.ask("GET", "/sante")[0] == 200
    deadline = time.monotonic() + 60
    while len(served.processes()) < 2 or first in served.processes():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert second in served.processes()
