"""The journal in the database: chained in the act's own transaction, changed by nobody, on both engines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ptce_aap import migrations
from ptce_aap.database import Database
from ptce_aap.domain import journal_chain
from ptce_aap.models import JournalEntry, JournalHead
from ptce_aap.services.calls.calls import SYSTEM
from ptce_aap.services.journal import journal
from tests.conftest import _ENGINES, _lend
from tests.databases import Databases

NOW = datetime(2026, 3, 2, 9, 0, 0, 5, tzinfo=UTC)


def write(session: Session, *numbers: int) -> None:
    """Write lines of the platform, one after the other."""
    for number in numbers:
        at = NOW + timedelta(seconds=number)
        journal.record(session, SYSTEM, "test.act", on=("test", "x"), at=at, facts={"number": number, "é": ["ü", None]})


def lines_of(database: Database, chain: str) -> list[dict[str, object]]:
    """Return the lines of a chain as an export writes them."""
    with database.reading() as session:
        return list(journal.lines(session, chain))


def test_lines_of_one_act_and_of_the_next_follow_each_other(fresh_database: Database) -> None:
    fresh_database.transaction(write, 1, 2)
    fresh_database.transaction(write, 3)
    lines = lines_of(fresh_database, "platform")
    assert [line["sequence"] for line in lines] == [1, 2, 3]
    assert journal_chain.first_break(lines) is None
    with fresh_database.reading() as session:
        head = session.get_one(JournalHead, "platform")
    assert (head.sequence, head.digest) == (3, lines[-1]["digest"])


def test_an_act_that_goes_back_to_a_savepoint_keeps_the_chain_whole(fresh_database: Database) -> None:
    def act(session: Session) -> None:
        write(session, 1)
        savepoint = session.begin_nested()
        write(session, 2)
        session.flush()
        savepoint.rollback()
        write(session, 3)
        with session.begin_nested():
            write(session, 4)
        write(session, 5)

    fresh_database.transaction(act)
    lines = lines_of(fresh_database, "platform")
    assert [line["facts"]["number"] for line in lines] == [1, 3, 4, 5]  # type: ignore[index]
    assert journal_chain.first_break(lines) is None


@pytest.mark.target("SEC-38")
@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE journal_head SET sequence = sequence - 1",
        "UPDATE journal_head SET digest = previous FROM journal_entry",
        "UPDATE journal_head SET chain = 'call-1'",
        "DELETE FROM journal_head",
        "UPDATE journal_entry SET facts = '{}'",
        "UPDATE journal_entry SET digest = previous",
        "DELETE FROM journal_entry",
    ],
)
def test_neither_a_line_nor_a_head_goes_back(fresh_database: Database, attack: str) -> None:
    fresh_database.transaction(write, 1, 2)
    before = lines_of(fresh_database, "platform")
    with pytest.raises(DBAPIError, match=r"append-only|only goes forward"):
        fresh_database.transaction(lambda session: session.execute(text(attack)))
    assert lines_of(fresh_database, "platform") == before


def test_the_migration_chains_the_lines_that_are_there(fresh_database: Database) -> None:
    fresh_database.transaction(write, *range(1, 6))
    before = lines_of(fresh_database, "platform")
    migrations.downgrade(fresh_database, "0019")
    with fresh_database.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM journal_entry")).scalar() == 5
    migrations.upgrade(fresh_database)
    assert lines_of(fresh_database, "platform") == before
    fresh_database.transaction(write, 6)
    assert journal_chain.first_break(lines_of(fresh_database, "platform")) is None
    with pytest.raises(DBAPIError, match="append-only"):
        fresh_database.transaction(lambda session: session.execute(text("DELETE FROM journal_entry")))


def test_a_line_is_refused_where_a_fact_has_no_exact_form(fresh_database: Database) -> None:
    with pytest.raises(ValueError, match="float"):
        fresh_database.transaction(
            lambda session: journal.record(session, SYSTEM, "a", on=("b", "c"), at=NOW, facts={"share": 0.5})
        )
    with fresh_database.reading() as session:
        assert session.scalars(select(JournalEntry)).all() == []


PAGE = Path(__file__).parents[2] / "docs" / "decisions" / "0020-the-journal-is-a-chain-whose-heads-leave.md"


@pytest.fixture
def postgres(databases: Databases) -> Iterator[Database]:
    if "postgresql" not in _ENGINES:
        pytest.skip("on PostgreSQL only")
    yield from _lend(databases, "postgresql")


@pytest.mark.target("SEC-38")
@pytest.mark.parametrize("table", ["journal_entry", "journal_head", "daily_head", "daily_head_stamp"])
def test_on_postgresql_no_table_of_the_journal_is_emptied(postgres: Database, table: str) -> None:
    with pytest.raises(DBAPIError, match=f"{table} is append-only"):
        postgres.transaction(lambda session: session.execute(text(f"TRUNCATE {table} CASCADE")))


@pytest.mark.target("SEC-38")
def test_on_postgresql_the_rights_that_the_decision_writes_hold_without_any_trigger(postgres: Database) -> None:
    (rights,) = re.findall(r"```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    statements = [one.strip() for one in rights.replace("ptce_app", "ptce_app_of_a_test").split(";") if one.strip()]
    assert len(statements) == 5

    def as_application(session: Session, statement: str = "") -> None:
        session.execute(text("SET LOCAL ROLE ptce_app_of_a_test"))
        if statement:
            session.execute(text(statement))
        else:
            write(session, 1)

    def give(session: Session) -> None:
        for statement in statements:
            session.execute(text(statement))
        session.execute(text("DROP TRIGGER journal_entry_append_only ON journal_entry"))
        session.execute(text("DROP TRIGGER journal_head_append_only ON journal_head"))

    postgres.transaction(give)
    try:
        postgres.transaction(as_application)
        assert journal_chain.first_break(lines_of(postgres, "platform")) is None
        for attack in (
            "UPDATE journal_entry SET act = 'other'",
            "DELETE FROM journal_entry",
            "TRUNCATE journal_entry",
            "DELETE FROM journal_head",
            "UPDATE daily_head SET key = key",
            "ALTER TABLE journal_entry DISABLE TRIGGER ALL",
        ):
            with pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
                postgres.transaction(as_application, attack)
    finally:
        dropped = "DROP OWNED BY ptce_app_of_a_test; DROP ROLE ptce_app_of_a_test"
        postgres.transaction(lambda session: [session.execute(text(one)) for one in dropped.split("; ")])
