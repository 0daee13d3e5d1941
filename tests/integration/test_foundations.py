"""What the database itself holds: append-only tables, transactions, migrations that go up, down and up."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.orm import Session

from ptce_aap import database as database_module
from ptce_aap.database import Database
from ptce_aap.models import Base, DefinitionSource, JournalEntry, JournalHead, OutboxItem
from ptce_aap.models.base import Folded
from ptce_aap.services.calls.calls import SYSTEM
from ptce_aap.services.journal import journal
from ptce_aap.services.running import outbox

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def _write_line(session: Session) -> None:
    journal.record(session, SYSTEM, "test.act", on=("test", "x"), at=NOW, facts={"b": 1, "a": "é"})


@pytest.mark.parametrize("attack", [update(JournalEntry).values(act="other"), delete(JournalEntry)])
def test_a_journal_line_can_be_neither_changed_nor_erased(fresh_database: Database, attack: object) -> None:
    fresh_database.transaction(_write_line)
    with pytest.raises(DBAPIError, match="append-only"):
        fresh_database.transaction(lambda session: session.execute(attack))
    with fresh_database.reading() as session:
        assert session.scalars(select(JournalEntry.act)).all() == ["test.act"]


@pytest.mark.target("SEC-36")
def test_an_act_that_fails_leaves_no_line_and_no_effect(fresh_database: Database) -> None:
    def act(session: Session) -> None:
        _write_line(session)
        outbox.emit(session, "mail", {"to": "a@example.org"}, at=NOW)
        raise ValueError("the act fails after both were written")

    with pytest.raises(ValueError, match="fails after"):
        fresh_database.transaction(act)
    with fresh_database.reading() as session:
        assert session.scalars(select(JournalEntry)).all() == []
        assert session.scalars(select(OutboxItem)).all() == []


def test_lines_written_at_once_by_several_have_distinct_numbers_without_gap(fresh_database: Database) -> None:
    fresh_database.transaction(_write_line)

    def write_ten() -> None:
        for _ in range(10):
            fresh_database.transaction(_write_line)

    writers = [threading.Thread(target=write_ten) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with fresh_database.reading() as session:
        assert session.scalars(select(JournalEntry.sequence).order_by(JournalEntry.sequence)).all() == [*range(1, 42)]
        assert session.scalars(select(JournalHead.sequence)).one() == 41


def test_an_instant_comes_back_in_utc_whatever_its_zone(fresh_database: Database) -> None:
    summer = datetime(2026, 6, 30, 23, 59, 59, 123456, tzinfo=timezone(timedelta(hours=2)))
    fresh_database.transaction(
        lambda session: session.add(DefinitionSource(digest="d", content="é\n", stored_at=summer))
    )
    with fresh_database.reading() as session:
        kept = session.scalars(select(DefinitionSource)).one()
    assert (kept.stored_at, kept.stored_at.tzinfo, kept.content) == (summer, UTC, "é\n")


def test_a_naive_instant_is_refused(fresh_database: Database) -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(StatementError, match="needs its zone"):
        fresh_database.transaction(
            lambda session: session.add(DefinitionSource(digest="d", content="", stored_at=naive))
        )


@pytest.mark.target("REL-18")
def test_migrations_make_exactly_what_the_models_say(fresh_database: Database) -> None:
    with fresh_database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_folded_names_are_sorted_by_code_point_on_both_engines(fresh_database: Database) -> None:
    with fresh_database.reading() as session:
        if fresh_database.engine.dialect.name == "postgresql":
            query = "SELECT table_name, column_name FROM information_schema.columns WHERE collation_name = 'C'"
            sorted_by_code_point = {tuple(row) for row in session.execute(text(query))}
            folded = {
                (table.name, column.name)
                for table in Base.metadata.tables.values()
                for column in table.columns
                if column.type is Folded
            }
            assert ("dossier", "title_key") in folded
            assert folded <= sorted_by_code_point
        else:
            assert session.scalars(text("SELECT 'a b' < 'ab' AND 'Z' < 'a'")).all() == [1]


@pytest.mark.target("REL-11")
def test_sqlite_runs_in_the_modes_that_durability_needs(sqlite_database: Database) -> None:
    with sqlite_database.reading() as session:
        modes = {
            name: session.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    waits = database_module._LONGEST_WAIT_S * 1000  # 10 s but in tests, that race each other (``patience``)
    assert modes == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": waits}
