"""Two machines behind one nginx: one session, nothing acknowledged lost when a process dies, no link in a log."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import ssl
import threading
import time
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlencode

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ptce_aap import clock
from ptce_aap.database import Database
from ptce_aap.models import Attachment, Call, Dossier, Filing, Person
from ptce_aap.services import invariants
from ptce_aap.services.accounts import accounts
from ptce_aap.storage import open_storage
from tests import files
from tests.bench.world import person as found_person
from tests.browsers import TOKEN
from tests.filings import LEAST, Applicants, open_call
from tests.proven import open_session
from tests.stack.installation import Production
from tests.stack.pieces import NAME

COOKIE = "__Host-ptce"


@pytest.fixture(scope="module")
def call(installation: Production) -> Applicants:
    database = Database(installation.environment["PTCE_DATABASE_URL"])
    applicants = open_call(database)
    applicants.actor("anne")
    return applicants


@pytest.fixture
def secret(call: Applicants) -> str:
    return call.database.transaction(lambda s: open_session(s, found_person(s, "anne"), now=clock.now()))


class Visitor:
    """Somebody with a session, who speaks to nginx, or to one machine as nginx would."""

    def __init__(self, installation: Production, secret: str, machine: str | None = None) -> None:
        self._port = installation.machines[machine] if machine else installation.port
        self._plain, self._cookies = machine is not None, {COOKIE: secret}
        self._site = f"{NAME}:{installation.port}"

    def connect(self) -> http.client.HTTPConnection:
        if self._plain:
            return http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        trusting = ssl._create_unverified_context()
        return http.client.HTTPSConnection("127.0.0.1", self._port, timeout=60, context=trusting)

    def headers(self) -> dict[str, str]:
        told = {"X-Forwarded-Proto": "https"} if self._plain else {}
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        return {**told, "Host": self._site, "Cookie": cookies, "Referer": f"https://{self._site}/"}

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> tuple[int, str]:
        connection = self.connect()
        connection.request(method, path, body, {**self.headers(), **({"Content-Type": kind} if kind else {})})
        answer = connection.getresponse()
        text = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, rest = cookie.partition("=")
            self._cookies[name] = rest.partition(";")[0]
        connection.close()
        return answer.status, text

    def token(self, path: str) -> str:
        status, page = self.ask("GET", path)
        found = TOKEN.search(page)
        assert found is not None, (status, page[:500])
        return found[1]

    def deposit(self, reference: str) -> int:
        form = urlencode({"csrf_token": self.token(f"/candidature/{reference}/relecture")}).encode()
        return self.ask("POST", f"/candidature/{reference}/depot", form, "application/x-www-form-urlencoded")[0]

    def join(self, reference: str, token: str, content: bytes) -> int:
        fields = [b'name="csrf_token"\r\n\r\n' + token.encode()]
        fields.append(b'name="fichier"; filename="S.pdf"\r\nContent-Type: application/pdf\r\n\r\n' + content)
        parts = [b"--x\r\nContent-Disposition: form-data; " + field + b"\r\n" for field in fields]
        path = f"/candidature/{reference}/etape/pieces/statuts/pieces"
        return self.ask("POST", path, b"".join([*parts, b"--x--\r\n"]), "multipart/form-data; boundary=x")[0]


def in_time(condition: Callable[[], object], within: float = 120.0) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.target("SEC-24")
def test_a_session_of_one_machine_holds_on_the_other_and_ends_on_both(
    installation: Production, call: Applicants, secret: str
) -> None:
    reference = call.bring(LEAST)
    page = f"/candidature/{reference}/relecture"
    first, second = (Visitor(installation, secret, machine) for machine in installation.machines)
    assert first.ask("GET", page)[0] == 200
    second._cookies |= first._cookies
    token = first.token(page)
    second._cookies |= first._cookies
    form = urlencode({"csrf_token": token}).encode()
    status, _ = second.ask("POST", f"/candidature/{reference}/depot", form, "application/x-www-form-urlencoded")
    assert status == 302, "the form of one machine is sent to the other"
    assert f"/candidature/{reference}/accuse" in first.ask("GET", f"/candidature/{reference}")[1]
    call.database.transaction(_end_sessions)
    assert [one.ask("GET", page)[0] for one in (first, second)] == [302, 302]


def _end_sessions(session: Session) -> None:
    anne = session.scalars(select(Person).where(Person.email_key == "anne@example.org")).one()
    accounts.end_sessions(session, anne, now=clock.now())


@pytest.mark.target("REL-07")
def test_nothing_acknowledged_is_lost_when_processes_of_gunicorn_are_killed_amid_deposits(
    installation: Production, call: Applicants, secret: str
) -> None:
    references, filed, joined = [call.bring(LEAST) for _ in range(12)], set(), set()

    def work(mine: list[str]) -> None:
        for reference in mine:
            while reference not in filed:
                visitor, content = Visitor(installation, secret), files.pdf() + f"\n%{reference}".encode()
                try:
                    if reference not in joined:
                        token = visitor.token(f"/candidature/{reference}/etape/pieces")
                        if visitor.join(reference, token, content) == 200:
                            joined.add(reference)
                    elif visitor.deposit(reference) == 302:
                        filed.add(reference)
                except (OSError, http.client.HTTPException, AssertionError):
                    time.sleep(0.1)

    workers = [threading.Thread(target=work, args=(references[n::3],)) for n in range(3)]
    for worker in workers:
        worker.start()
    kills = 0
    while any(worker.is_alive() for worker in workers):
        acknowledged = len(filed) + len(joined)
        os.kill(installation.web_processes(("web-1", "web-2")[kills % 2])[0], signal.SIGKILL)
        kills += 1
        # A process takes a while to start: the next is killed once something more was acknowledged.
        in_time(lambda so_far=acknowledged: len(filed) + len(joined) > so_far + 1 or len(filed) == len(references))
    assert kills >= 2
    storage = _storage(installation)
    with call.database.reading() as session:
        query = select(Dossier.reference).join(Filing, Filing.dossier_id == Dossier.id)
        assert sorted(reference for reference in session.scalars(query) if reference in filed) == sorted(references)
        kept = {one.sha256 for one in session.scalars(select(Attachment))}
        broken = [one.name for one in invariants.check_all(session, storage) if not one.ok]
    assert broken == []
    assert all(storage.exists(digest) for digest in kept)
    assert len(kept) >= len(references)


def _storage(installation: Production):
    os.environ |= {key: value for key, value in installation.environment.items() if key.startswith("AWS_")}
    return open_storage(installation.environment["PTCE_STORAGE_URL"])


def closes(call: Applicants, at: datetime) -> None:
    call.database.transaction(lambda session: session.execute(update(Call).values(closes_at=at)))


@pytest.mark.target("REL-02")
def test_a_deposit_begun_before_the_closing_over_a_slow_line_is_on_time_through_nginx(
    installation: Production, call: Applicants, secret: str
) -> None:
    slow, late, forged = (call.bring(LEAST) for _ in range(3))
    before = call.database
    with before.reading() as session:
        (usual,) = session.scalars(select(Call.closes_at)).all()
    begun = _begin(installation, secret, slow)
    time.sleep(0.5)
    closing = clock.now()
    closes(call, closing)
    try:
        after, lying = _begin(installation, secret, late), _begin(installation, secret, forged, lie=True)
        time.sleep(1)
        assert b" 302 " in begun()
        assert b" 422 " in after()
        assert b" 422 " in lying(), "nginx writes over what a visitor says of the hour"
    finally:
        closes(call, usual)
    with before.reading() as session:
        query = select(Dossier.reference, Filing.filed_at).join(Filing, Filing.dossier_id == Dossier.id)
        filings = dict(session.execute(query).all())
    assert filings[slow] < closing
    assert not {late, forged} & {*filings}


def _begin(installation: Production, secret: str, reference: str, *, lie: bool = False) -> Callable[[], bytes]:
    """Send the headers of a deposit and half of its form; return what sends the rest and reads the first line."""
    visitor = Visitor(installation, secret)
    body = urlencode({"csrf_token": visitor.token(f"/candidature/{reference}/relecture")}).encode()
    told = {**visitor.headers(), "Content-Length": str(len(body)), "Connection": "close"}
    if lie:
        told["X-PTCE-Reception"] = f"{clock.now().timestamp():.3f} 200.000"
        told["X_PTCE_Reception"] = told["X-PTCE-Reception"]
    lines = [f"POST /candidature/{reference}/depot HTTP/1.1", *(f"{name}: {value}" for name, value in told.items())]
    lines += ["Content-Type: application/x-www-form-urlencoded", "", ""]
    raw = socket.create_connection(("127.0.0.1", installation.port), timeout=60)
    connection = ssl._create_unverified_context().wrap_socket(raw, server_hostname=NAME)
    connection.sendall("\r\n".join(lines).encode() + body[:10])

    def end() -> bytes:
        connection.sendall(body[10:])
        answer = connection.recv(65_536)
        connection.close()
        return answer.partition(b"\r\n")[0]

    return end


@pytest.mark.target("SEC-29")
def test_nginx_writes_each_request_and_no_link_no_parameter_no_text(installation: Production, secret: str) -> None:
    visitor = Visitor(installation, secret)
    mark = "un-secret-de-cet-essai"
    for path in (f"/compte/mot-de-passe/{mark}", f"/rappels/{mark}", f"/dossier/invitation/{mark}/refus"):
        visitor.ask("GET", path)
    visitor.ask("GET", f"/verifier?numero={mark}")
    in_time(lambda: "/verifier" in (installation.logs / "ptce-aap.log").read_text())
    access = (installation.logs / "ptce-aap.log").read_text(encoding="utf-8")
    assert '"path":"/compte/mot-de-passe/***"' in access
    written = [*installation.logs.glob("*.log"), *installation.folder.glob("web-*.log")]
    assert [path.name for path in written if mark in path.read_text(encoding="utf-8", errors="replace")] == []


@pytest.mark.target("SEC-31")
def test_a_page_that_nginx_writes_itself_is_in_french_and_guarded(installation: Production, secret: str) -> None:
    visitor = Visitor(installation, secret)
    connection = visitor.connect()
    connection.putrequest("POST", "/compte/connexion")
    for name, value in {**visitor.headers(), "Content-Length": str(41 * 1024 * 1024)}.items():
        if name != "Host":
            connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, "trop volumineux" in answer.read().decode()) == (413, True)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"]
