"""Periodic tasks: one round a period, whatever the number of relays, never two rounds at once."""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from ptce_aap.database import Database
from ptce_aap.jobs.handlers import HANDLERS, PERIODS
from ptce_aap.models import InboxItem, OutboxItem
from ptce_aap.services.running import outbox, periodic
from ptce_aap.services.running.outbox import Holder

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOURLY = {"tidy": timedelta(hours=1)}


def owe(database: Database, now: datetime, periods: dict[str, timedelta] = HOURLY) -> list[str]:
    return database.transaction(periodic.owe, periods, now=now)


def rows(database: Database) -> list[OutboxItem]:
    with database.reading() as session:
        return list(session.scalars(select(OutboxItem).order_by(OutboxItem.created_at)))


def done(database: Database, row: OutboxItem, at: datetime) -> None:
    holder = Holder(str(uuid.uuid4()), "here:1")
    if database.transaction(outbox.take, row.id, holder, now=at) is not None:
        database.transaction(outbox.begin, row.id, row.kind, holder.owner, now=at)


def do_all(database: Database, at: datetime) -> None:
    for row in rows(database):
        done(database, row, at)


def test_a_round_is_owed_at_once_then_once_a_period(fresh_database: Database) -> None:
    assert owe(fresh_database, NOW) == ["tidy"]
    do_all(fresh_database, NOW)
    assert owe(fresh_database, NOW + timedelta(minutes=59)) == []
    assert owe(fresh_database, NOW + timedelta(hours=1)) == ["tidy"]


def test_a_round_that_is_not_done_is_not_followed_by_another(fresh_database: Database) -> None:
    owe(fresh_database, NOW)
    assert owe(fresh_database, NOW + timedelta(days=3)) == []
    do_all(fresh_database, NOW + timedelta(days=3))
    assert owe(fresh_database, NOW + timedelta(days=3)) == ["tidy"]


def test_the_rounds_before_leave_no_rows(fresh_database: Database) -> None:
    for hour in range(5):
        owe(fresh_database, NOW + timedelta(hours=hour))
        do_all(fresh_database, NOW + timedelta(hours=hour))
    assert [row.created_at for row in rows(fresh_database)] == [NOW + timedelta(hours=4)]
    with fresh_database.reading() as session:
        assert len(session.scalars(select(InboxItem)).all()) == 1


@pytest.mark.parametrize("first_round", [True, False])
def test_relays_that_look_together_owe_one_round(fresh_database: Database, first_round: bool) -> None:
    if not first_round:
        owe(fresh_database, NOW)
        do_all(fresh_database, NOW)
    start, later = threading.Barrier(4), NOW + timedelta(hours=2)

    def relay() -> None:
        start.wait()
        owe(fresh_database, later)

    relays = [threading.Thread(target=relay) for _ in range(4)]
    for one in relays:
        one.start()
    for one in relays:
        one.join()
    assert [row.created_at for row in rows(fresh_database)] == [later]


def test_every_periodic_kind_has_its_handler_and_a_period_the_relay_can_keep() -> None:
    assert set(PERIODS) <= set(HANDLERS)
    assert all(every >= timedelta(minutes=1) for every in PERIODS.values())
