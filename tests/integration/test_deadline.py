"""The written rule of the closing: a deposit is on time where it reached us before the closing, whatever zone or day.

What the application does is compared with that one sentence, said here in whole microseconds.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from ptce_aap import clock
from ptce_aap.config import Settings
from ptce_aap.database import Database
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.entry.reception import DatedRequest
from ptce_aap.entry.relay import ClockWatch
from ptce_aap.models import Call, Dossier, Filing
from ptce_aap.services.accounts import accounts
from ptce_aap.web import reception
from tests.bench.world import person
from tests.browsers import token
from tests.budgets import budget, soaking
from tests.databases import ENGINES, Databases
from tests.filings import LEAST, Applicants, open_call
from tests.serving import Served, serving

PARIS = ZoneInfo("Europe/Paris")
ZONES = ("UTC", "Europe/Paris", "Pacific/Auckland")
# The last Sundays of a March and of an October, at noon, and in the hour that is skipped or comes twice.
CLOSINGS = {
    "spring": datetime(2035, 3, 25, 12, 0, tzinfo=PARIS),
    "autumn": datetime(2035, 10, 28, 2, 30, tzinfo=PARIS, fold=1),
}
MICROSECOND = timedelta(microseconds=1)


def on_time(received: datetime, closes: datetime) -> bool:
    """The rule: received before the closing, in microseconds since 1970."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return (received.astimezone(UTC) - epoch) // MICROSECOND < (closes.astimezone(UTC) - epoch) // MICROSECOND


# Of the server of databases, the zone farthest from here is enough in the short run.
PLACES = [
    (zone, engine) for zone in ZONES for engine in ENGINES if soaking() or engine == "sqlite" or zone == ZONES[-1]
]


@pytest.fixture(params=PLACES, ids=" on ".join)
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, str]]:
    """Let this process believe that it is elsewhere."""
    monkeypatch.setenv("TZ", request.param[0])
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def zone(place: tuple[str, str]) -> str:
    """The zone of this process."""
    return place[0]


@pytest.fixture
def elsewhere(place: tuple[str, str], databases: Databases) -> Iterator[Database]:
    """A database whose own sessions are in that zone too."""
    zone, engine = place
    lent = databases.create(engine)
    database = Database(f"{lent.url}&options=-cTimeZone={zone}") if engine == "postgresql" else lent
    yield database
    database.dispose()
    databases.discard(lent)


@pytest.mark.soak
@pytest.mark.target("REL-02")
@pytest.mark.parametrize("day", CLOSINGS)
def test_every_hundredth_of_a_second_around_a_closing_follows_the_rule(
    elsewhere: Database, zone: str, day: str
) -> None:
    closes = CLOSINGS[day]
    call, steps = open_call(elsewhere, closes=closes), budget("deadline.steps")
    received = [
        closes.astimezone(UTC) + timedelta(milliseconds=10 * round(-100 + 200 * step / (steps - 1)))
        for step in range(steps)
    ]
    received += [closes.astimezone(UTC) - MICROSECOND, closes.astimezone(UTC)]
    wrong, reference = [], call.bring(LEAST)
    for instant in received:
        filed = filed_or_refused(call, reference, instant.astimezone(ZoneInfo(zone)))
        assert filed is None or filed.filed_at.astimezone(UTC) == instant
        wrong += [instant] if (filed is not None) is not on_time(instant, closes) else []
        reference = call.bring(LEAST) if filed is not None else reference
    assert wrong == []
    with elsewhere.reading() as session:
        filings = len(session.scalars(select(Filing.id)).all())
    assert filings == sum(on_time(instant, closes) for instant in received)


def filed_or_refused(call: Applicants, reference: str, at: datetime) -> Any:
    """Deposit a dossier; None where it came too late."""
    try:
        return call.file(reference, at=at)
    except RuleViolation as refusal:
        if refusal.code != "call_closed":
            raise
        return None


@pytest.mark.target("REL-02")
def test_the_days_of_this_test_are_those_when_the_hour_changes() -> None:
    for closes in CLOSINGS.values():
        midnight = closes.replace(hour=0, minute=0)
        assert midnight.utcoffset() != (midnight + timedelta(days=1)).utcoffset()


@pytest.fixture
def served(settings: Settings, fresh_database: Database) -> Iterator[Served]:
    with serving(settings, fresh_database) as served:
        yield served


class Slow:
    """A deposit sent by a slow line: its headers now, the rest when the test says."""

    def __init__(self, served: Served, call: Applicants, reference: str) -> None:
        place = urlsplit(served.url)
        self._address = (str(place.hostname), place.port)
        self._secret = served.database.transaction(
            lambda s: accounts.open_session(s, person(s, "anne"), now=clock.now())
        )
        page, cookies = self._page(f"/candidature/{reference}/relecture")
        self._body = urlencode({"csrf_token": token(page)}).encode()
        self._connection = socket.create_connection(self._address, timeout=60)
        self._connection.sendall(
            (
                f"POST /candidature/{reference}/depot HTTP/1.1\r\nHost: {place.netloc}\r\nCookie: {cookies}\r\n"
                f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(self._body)}\r\n"
                "Expect: 100-continue\r\n\r\n"
            ).encode()
        )
        # The server says « go on » once it has read the headers.
        assert self._connection.recv(100).startswith(b"HTTP/1.1 100")

    def end(self) -> bytes:
        """Send the rest; return the first line of the answer."""
        self._connection.sendall(self._body)
        answer = self._connection.recv(65_536)
        self._connection.close()
        return answer.partition(b"\r\n")[0]

    def _page(self, path: str) -> tuple[str, str]:
        with socket.create_connection(self._address, timeout=60) as connection:
            host = f"{self._address[0]}:{self._address[1]}"
            asked = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nCookie: ptce={self._secret}\r\nConnection: close\r\n\r\n"
            connection.sendall(asked.encode())
            whole = b"".join(iter(lambda: connection.recv(65_536), b"")).decode()
        given = re.findall(r"^Set-Cookie: ([^;\r]+)", whole, re.MULTILINE | re.IGNORECASE)
        return whole, "; ".join([f"ptce={self._secret}", *given])


def closes_now(call: Applicants) -> datetime:
    """Close the call at this instant, behind the application's back."""
    closes = clock.now()
    call.database.transaction(lambda session: session.execute(update(Call).values(closes_at=closes)))
    return closes


@pytest.mark.target("REL-02")
def test_a_deposit_that_reached_us_before_the_closing_is_on_time_however_slow_its_line(served: Served) -> None:
    call = open_call(served.database)
    slow, late = call.bring(LEAST), call.bring(LEAST)
    begun = Slow(served, call, slow)
    closes = closes_now(call)
    after = Slow(served, call, late)
    assert b" 302 " in begun.end()
    assert b" 422 " in after.end()
    with served.database.reading() as session:
        states = dict(session.execute(select(Dossier.reference, Dossier.state)).all())
        filed = session.scalars(select(Filing)).one()
    assert states == {slow: "filed", late: "draft"}
    assert on_time(filed.filed_at, closes)


@pytest.mark.target("REL-02")
def test_a_request_that_dawdles_reached_us_when_it_was_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    request = DatedRequest(None)
    request.headers_at = CLOSINGS["spring"].astimezone(UTC)
    request.whole_at = request.headers_at + reception.SLOWEST
    assert request.reached_at == request.headers_at
    request.whole_at += MICROSECOND
    assert request.reached_at == request.whole_at


@pytest.mark.target("REL-02")
def test_no_header_of_a_visitor_dates_a_request(served: Served) -> None:
    call = open_call(served.database)
    reference = call.bring(LEAST)
    closes_now(call)
    late = Slow(served, call, reference)
    late._body = b"ptce.received_at=2020-01-01&" + late._body
    assert b" 302 " not in late.end()


@pytest.mark.target("REL-05")
def test_clocks_that_are_apart_by_more_than_a_second_are_told(
    fresh_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = ClockWatch()
    assert watch.look(fresh_database) == timedelta(0)
    wrong = clock.Steady(lambda: datetime.now(UTC) - timedelta(seconds=5))
    monkeypatch.setattr(clock, "now", wrong.now)
    assert timedelta(seconds=4) <= watch.look(fresh_database) <= timedelta(seconds=6)
    monkeypatch.undo()
    assert watch.look(fresh_database) == timedelta(0)
