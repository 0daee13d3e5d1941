"""Somebody who writes and deposits without rest while processes are killed, and what must be true of it afterwards."""

from __future__ import annotations

import http.client
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import func, select

from ptce_aap import clock
from ptce_aap.database import Database
from ptce_aap.models import Answer, Dossier, Filing, InboxItem, JournalEntry, MailMessage, OutboxItem, OutboxLease
from ptce_aap.services import invariants
from ptce_aap.services.accounts import accounts
from ptce_aap.services.deposits import deposit_letters
from ptce_aap.services.running import outbox
from ptce_aap.storage import open_storage
from tests.bench.world import person
from tests.browsers import TOKEN
from tests.budgets import soaking
from tests.cast import Cast, cast
from tests.filings import LEAST, Applicants

# In the long run a silent process is believed dead after the time of an installation.
LEASE_S = outbox.LEASE.total_seconds() if soaking() else 3.0
# What waits behind more than that says how slow the machine is, not how soon work resumes after a death.
MANY = 12
_SHOWN = re.compile(r'name="_vu-resume" value="([^"]*)"')
_PATH = "projet.resume"


@dataclass
class Person:
    """Somebody who writes and deposits without rest, and remembers what he was answered."""

    running: Cast
    secret: str
    drafts: list[str]
    owed: Callable[[], int]  # how many effects are not done
    saved: dict[str, str] = field(default_factory=dict)  # the last text that was acknowledged, by dossier
    maybe: dict[str, set[str]] = field(default_factory=dict)  # those sent since, without an answer
    filed: set[str] = field(default_factory=set)
    _sent: set[str] = field(default_factory=set)  # deposited, whether the answer came or was lost with its process
    _over: threading.Event = field(default_factory=threading.Event)

    def work(self) -> None:
        """Write in each draft, then deposit it, while few effects are owed; what gets no answer is tried again."""
        number = 0
        while not self._over.is_set() and self.drafts:
            number += 1
            reference = self.drafts[0]
            with suppress(OSError, http.client.HTTPException, AssertionError):
                if reference in self._sent and self._has_receipt(reference):
                    self.filed.add(reference)
                    self.drafts.pop(0)
                    continue
                self._write(reference, f"Texte {number}")
                if number % 2 == 0 and self.owed() < MANY and self.deposit(reference):
                    self.drafts.pop(0)

    def stop(self) -> None:
        """Ask for the end."""
        self._over.set()

    def deposit(self, reference: str) -> bool:
        """Deposit a dossier; tell whether it was acknowledged."""
        page, headers = self._page(f"/candidature/{reference}/relecture")
        self._sent.add(reference)
        status, location = self._post(f"/candidature/{reference}/depot", {}, page, headers)
        if status == 302 and location == f"/candidature/{reference}/accuse":
            self.filed.add(reference)
        return reference in self.filed

    def _has_receipt(self, reference: str) -> bool:
        """Look where whoever got no answer looks: a deposit that was taken has its receipt."""
        connection = self._connection()
        connection.request("GET", f"/candidature/{reference}/accuse", headers={"Cookie": f"ptce={self.secret}"})
        response = connection.getresponse()
        response.read()
        connection.close()
        return response.status == 200

    def _write(self, reference: str, text: str) -> None:
        address = f"/candidature/{reference}/etape/projet"
        page, headers = self._page(address)
        shown = _SHOWN.search(page)
        assert shown is not None
        self.maybe.setdefault(reference, set()).add(text)
        fields = {"resume": text, "_vu-resume": shown[1], "_acte": "rester"}
        if self._post(address, fields, page, headers)[0] == 302:
            self.saved[reference] = text
            self.maybe[reference].clear()

    def _page(self, path: str) -> tuple[str, dict[str, str]]:
        connection = self._connection()
        connection.request("GET", path, headers={"Cookie": f"ptce={self.secret}"})
        response = connection.getresponse()
        page = response.read().decode()
        given = [cookie.partition(";")[0] for cookie in response.headers.get_all("Set-Cookie") or []]
        connection.close()
        return page, {
            "Cookie": "; ".join([f"ptce={self.secret}", *given]),
            "Content-Type": "application/x-www-form-urlencoded",
        }

    def _post(self, path: str, fields: dict[str, str], page: str, headers: dict[str, str]) -> tuple[int, str | None]:
        token = TOKEN.search(page)
        assert token is not None
        connection = self._connection()
        connection.request("POST", path, urlencode({**fields, "csrf_token": token[1]}), headers)
        response = connection.getresponse()
        response.read()
        connection.close()
        return response.status, response.headers["Location"]

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.running.settings.port, timeout=60)


@contextmanager
def at_work(call: Applicants, instance: Path, dossiers: int) -> Iterator[Person]:
    """Run the processes, with somebody who has these many drafts."""
    drafts = [call.bring(LEAST) for _ in range(dossiers)]
    secret = call.database.transaction(lambda s: accounts.open_session(s, person(s, "anne"), now=clock.now()))
    with cast(call.database.url, instance, lease=LEASE_S) as running:
        anne = Person(running, secret, drafts, lambda: len(undone(call.database)))
        try:
            yield anne
        finally:
            anne.stop()


def undone(database: Database) -> set[str]:
    with database.reading() as session:
        return set(session.scalars(select(OutboxItem.id).where(OutboxItem.done_at.is_(None))))


def left(database: Database, owed: set[str]) -> list[str]:
    """Return what is known of rows that are not done: their tries, when they were offered, who holds them."""
    rows = (
        select(OutboxItem, OutboxLease)
        .outerjoin(OutboxLease, OutboxLease.outbox_id == OutboxItem.id)
        .where(OutboxItem.id.in_(owed), OutboxItem.done_at.is_(None))
    )
    with database.reading() as session:
        return [
            f"{item.kind}: {item.attempts} tries, offered {item.offered_at}, {item.last_error}, "
            + (f"held by {lease.process} until {lease.ends_at}" if lease else "held by nobody")
            for item, lease in session.execute(rows)
        ]


def broken(database: Database, running: Cast) -> list[str]:
    with database.reading() as session:
        found = invariants.check_all(session, open_storage(running.settings.storage_url))
    return [one.name for one in found if not one.ok]


def assert_kept(call: Applicants, anne: Person) -> None:
    """All that was acknowledged is there."""
    with call.database.reading() as session:
        query = select(Dossier.reference, Answer.value).join(Answer).where(Answer.key == _PATH)
        stored = {row.reference: row.value for row in session.execute(query)}
        states = {row.reference: row.state for row in session.execute(select(Dossier.reference, Dossier.state))}
    for reference, text in anne.saved.items():
        assert stored[reference] in {text, *anne.maybe[reference]}
    assert {states[reference] for reference in anne.filed} <= {"filed"}


def assert_once(call: Applicants, running: Cast, deaths: int) -> None:
    """Each effect happened once; a message left by a kill amid its delivery, twice at most under one name."""
    with call.database.reading() as session:
        filings = session.scalars(select(Filing)).all()
        lines = session.scalar(select(func.count()).where(JournalEntry.act == "dossier.filed"))
        receipts = session.scalar(select(func.count()).where(InboxItem.handler == deposit_letters.RECEIPT))
        owed = set(session.scalars(select(OutboxItem.id).where(OutboxItem.kind == "mail")))
        sent = session.scalars(select(MailMessage.outbox_id)).all()
    assert len(filings) == lines == receipts
    assert all(filing.receipt_file for filing in filings)
    assert sorted(sent) == sorted(owed)
    taken = running.post.taken
    assert {name.strip("<>").partition("@")[0] for name in taken} == owed
    assert sum(taken.values()) - len(taken) <= deaths
