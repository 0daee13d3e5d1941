"""A row of the outbox is in one process's hands at a time, and an effect is recorded by whoever has it in hand."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ptce_aap import cli, clock
from ptce_aap.config import Settings
from ptce_aap.database import Database
from ptce_aap.jobs import context as job_context
from ptce_aap.jobs import handlers, leases, run
from ptce_aap.jobs.context import JobContext
from ptce_aap.models import InboxItem, OutboxItem, OutboxLease
from ptce_aap.services.running import effects, outbox
from ptce_aap.services.running.effects import Owed
from ptce_aap.services.running.outbox import LEASE, OFFER_AGAIN_AFTER, Holder

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
A_MOMENT = timedelta(seconds=1)
KIND = "of_this_test"


def holder(process: str = "here:1") -> Holder:
    return Holder(str(uuid.uuid4()), process)


def owe(database: Database) -> str:
    return database.transaction(outbox.emit, KIND, {}, at=NOW)


def take(database: Database, identifier: str, by: Holder, now: datetime = NOW) -> bool:
    return database.transaction(outbox.take, identifier, by, now=now) is not None


def end(database: Database, identifier: str, by: Holder, now: datetime = NOW) -> bool:
    return database.transaction(outbox.begin, identifier, KIND, by.owner, now=now) is not None


def due(database: Database, now: datetime) -> list[str]:
    with database.reading() as session:
        return outbox.take_to_offer(session, now=now)


def item(database: Database, identifier: str) -> OutboxItem:
    with database.reading() as session:
        return session.get_one(OutboxItem, identifier)


def counts(database: Database) -> tuple[int, int]:
    with database.reading() as session:
        return len(session.scalars(select(InboxItem)).all()), len(session.scalars(select(OutboxLease)).all())


def test_a_row_in_hand_is_given_to_nobody_else_until_its_lease_ends(fresh_database: Database) -> None:
    identifier, first, second = owe(fresh_database), holder(), holder()
    assert take(fresh_database, identifier, first)
    assert not take(fresh_database, identifier, second, NOW + LEASE - A_MOMENT)
    assert due(fresh_database, NOW + LEASE - A_MOMENT) == []
    assert due(fresh_database, NOW + LEASE) == [identifier]
    assert take(fresh_database, identifier, second, NOW + LEASE)
    assert item(fresh_database, identifier).attempts == 2


@pytest.mark.target("REL-09")
def test_who_lost_a_row_records_nothing_and_who_has_it_does(fresh_database: Database) -> None:
    identifier, slow, quick = owe(fresh_database), holder(), holder()
    take(fresh_database, identifier, slow)
    later = NOW + LEASE + A_MOMENT
    assert take(fresh_database, identifier, quick, later)
    assert not fresh_database.transaction(outbox.renew, identifier, slow, now=later)
    assert not end(fresh_database, identifier, slow, later)
    fresh_database.transaction(outbox.note_failure, identifier, slow.owner, "too late to say")
    assert item(fresh_database, identifier).last_error is None
    assert end(fresh_database, identifier, quick, later)
    assert not end(fresh_database, identifier, quick, later)
    assert not take(fresh_database, identifier, holder(), later)
    assert counts(fresh_database) == (1, 0)


def test_a_lease_that_ended_is_still_its_owner_s_while_nobody_took_the_row(fresh_database: Database) -> None:
    identifier, slow = owe(fresh_database), holder()
    take(fresh_database, identifier, slow)
    assert end(fresh_database, identifier, slow, NOW + LEASE * 10)


def test_a_long_effect_keeps_its_row(fresh_database: Database) -> None:
    identifier, patient = owe(fresh_database), holder()
    take(fresh_database, identifier, patient)
    for minute in range(1, 30):
        now = NOW + minute * LEASE / 3
        assert due(fresh_database, now) == []
        assert fresh_database.transaction(outbox.renew, identifier, patient, now=now)
    assert not take(fresh_database, identifier, holder(), now + LEASE / 2)
    assert item(fresh_database, identifier).attempts == 1


@pytest.mark.target("REL-09")
def test_a_row_whose_process_died_is_offered_once_then_again_within_two_minutes(fresh_database: Database) -> None:
    identifier = owe(fresh_database)
    fresh_database.transaction(outbox.mark_offered, [identifier], now=NOW)
    take(fresh_database, identifier, holder())
    dead = NOW + LEASE
    assert due(fresh_database, dead) == [identifier]
    fresh_database.transaction(outbox.mark_offered, [identifier], now=dead)
    assert due(fresh_database, dead + A_MOMENT) == []  # it waits in the queue
    assert due(fresh_database, dead + OFFER_AGAIN_AFTER + A_MOMENT) == [identifier]
    assert timedelta(minutes=2) - OFFER_AGAIN_AFTER >= timedelta(seconds=30)  # for the relay's round and the worker's


def test_a_process_that_is_seen_to_die_frees_its_row_at_once_then_later_at_each_death(fresh_database: Database) -> None:
    identifier, now, pauses = owe(fresh_database), NOW, []
    for death in range(4):
        assert take(fresh_database, identifier, holder(f"here:{death}"), now)
        fresh_database.transaction(outbox.abandon, identifier, "elsewhere:1", now=now + A_MOMENT)
        assert due(fresh_database, now + A_MOMENT) == []  # another machine's process of that number is not this one
        died = now = now + A_MOMENT
        fresh_database.transaction(outbox.abandon, identifier, f"here:{death}", now=now)
        while not due(fresh_database, now):
            now += A_MOMENT
        pauses.append((now - died).seconds)
    assert pauses == [0, 5, 10, 15]


def test_what_is_owed_is_told_by_kind_with_what_is_in_hand_and_what_fails(fresh_database: Database) -> None:
    first, second = owe(fresh_database), owe(fresh_database)
    fresh_database.transaction(outbox.emit, "other", {}, at=NOW + A_MOMENT)
    failing = holder()
    take(fresh_database, first, failing)
    fresh_database.transaction(outbox.note_failure, first, failing.owner, "TimeoutError")
    take(fresh_database, second, holder())
    with fresh_database.reading() as session:
        told = effects.owed(session, now=NOW + 2 * A_MOMENT)
        assert told == (Owed(KIND, 2, 1, 1, 2 * A_MOMENT), Owed("other", 1, 0, 0, A_MOMENT))
        assert effects.owed(session, now=NOW + LEASE)[0].in_hand == 0


@pytest.mark.target("REL-13")
def test_a_command_says_what_is_owed_and_ends_with_1_where_it_is_late(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PTCE_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("PTCE_DATABASE_URL", sqlite_database.url)
    assert (cli.run(["effects"]), json.loads(capsys.readouterr().out)) == (0, [])
    sqlite_database.transaction(outbox.emit, KIND, {"secret": "x"}, at=clock.now())
    assert cli.run(["effects"]) == 0
    said = capsys.readouterr().out
    assert [one["kind"] for one in json.loads(said)] == [KIND]
    assert "secret" not in said
    sqlite_database.transaction(outbox.emit, "late", {}, at=clock.now() - timedelta(minutes=11))
    assert cli.run(["effects"]) == 1


@pytest.mark.parametrize("engine_threads", [8])
def test_of_many_who_take_one_row_at_once_one_has_it(fresh_database: Database, engine_threads: int) -> None:
    identifier, ready, taken = owe(fresh_database), threading.Barrier(engine_threads), []

    def try_it() -> None:
        ready.wait()
        taken.append(take(fresh_database, identifier, holder()))

    threads = [threading.Thread(target=try_it) for _ in range(engine_threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False] * (engine_threads - 1) + [True]


@pytest.fixture
def context(settings: Settings, sqlite_database: Database) -> JobContext:
    return job_context.open_context(settings, sqlite_database)


@pytest.fixture
def handled() -> Iterator[dict[str, Any]]:
    """Let a test say what its kind of row does."""
    yield handlers.HANDLERS  # type: ignore[misc]
    handlers.HANDLERS.pop(KIND, None)


@pytest.mark.target("REL-09")
def test_a_process_that_slept_past_its_lease_records_nothing_when_it_wakes(
    context: JobContext, handled: dict[str, Any]
) -> None:
    recorded: list[str] = []

    def record(who: str) -> Any:
        return lambda session: recorded.append(who)

    def sleeper(_context: JobContext, task: Any) -> Any:
        # Asleep: its lease is not renewed; another takes the row, and ends it.
        context.database.transaction(
            lambda session: setattr(session.get_one(OutboxLease, identifier), "ends_at", clock.now())
        )
        handled[KIND] = lambda *_: record("the other")
        run.process_in(context, identifier)
        return record("the sleeper")

    identifier = owe(context.database)
    handled[KIND] = sleeper
    run.process_in(context, identifier)
    assert recorded == ["the other"]
    assert item(context.database, identifier).done_at is not None


def test_a_lease_is_renewed_while_its_process_works(context: JobContext) -> None:
    identifier, short = owe(context.database), Holder(str(uuid.uuid4()), "here:1", timedelta(seconds=0.3))
    take(context.database, identifier, short, clock.now())
    with leases.kept(context.database, identifier, short):
        deadline = time.monotonic() + 10
        first = _ends_at(context.database, identifier)
        while _ends_at(context.database, identifier) == first:
            assert time.monotonic() < deadline
            time.sleep(0.02)
    assert _ends_at(context.database, identifier) > first


def _ends_at(database: Database, identifier: str) -> datetime:
    with database.reading() as session:
        return session.get_one(OutboxLease, identifier).ends_at
