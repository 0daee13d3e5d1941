"""Every migration goes down and up again on a database that is filled, and loses nothing but what it took away."""

from __future__ import annotations

import hashlib
import itertools

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from ptce_aap import clock, migrations
from ptce_aap.database import BrokenKeys, Database
from ptce_aap.models import Base
from ptce_aap.services.accounts import accounts
from ptce_aap.services.journal import journal_verification
from tests.bench import bulk
from tests.bench.world import person
from tests.budgets import budget

Content = dict[tuple[str, str], tuple[int, str]]
# What a migration makes again, the same, from what stayed: the journal is chained anew when it goes up.
MADE_AGAIN = (("journal_entry", "previous"), ("journal_entry", "digest"), ("journal_head", "digest"))


def content(database: Database) -> Content:
    """Return the rows of each column, counted and digested in the order of the keys, as the engine gives them."""
    found: Content = {}
    with database.engine.connect() as connection:
        looking = inspect(connection)
        for table in sorted({*looking.get_table_names()} - {"alembic_version"}):
            columns = [column["name"] for column in looking.get_columns(table)]
            keys = looking.get_pk_constraint(table)["constrained_columns"]
            query = "SELECT {} FROM {} ORDER BY {}".format(*(_quoted(names) for names in (columns, [table], keys)))
            rows = connection.execute(text(query)).all()
            for place, column in enumerate(columns):
                digest = hashlib.sha256("\n".join([repr(row[place]) for row in rows]).encode())
                found[table, column] = len(rows), digest.hexdigest()
    return found


def _quoted(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def changed(before: Content, after: Content) -> list[tuple[str, str]]:
    """Return the columns that both have, and that differ."""
    return [place for place in before if place in after and before[place] != after[place]]


def stops() -> list[str]:
    """Return the migrations at which one looks, the latest first: from one to the next, all are gone through."""
    every = [one.revision for one in ScriptDirectory.from_config(migrations._config(None)).walk_revisions()]
    step = -(-len(every) // budget("migrations.stops"))
    return [*every[:-1:step], every[-1]]


@pytest.mark.soak
@pytest.mark.target("REL-18")
def test_every_migration_goes_down_and_up_on_a_filled_database(fresh_database: Database) -> None:
    world = bulk.lay_out(fresh_database, budget("migrations.dossiers"))
    fresh_database.transaction(
        lambda session: accounts.open_session(session, person(session, "candidat"), now=clock.now())
    )
    first = content(fresh_database)
    assert first["dossier", "id"][0] >= world.size
    assert first["journal_entry", "digest"][0] >= 1
    every, faults = stops(), []
    seen = {every[0]: first}
    for before, after in itertools.pairwise(every):
        migrations.downgrade(fresh_database, after)
        seen[after] = content(fresh_database)
        faults += [f"{before} down: {place}" for place in changed(seen[before], seen[after])]
    now = seen[every[-1]]
    for revision in every[-2::-1]:
        migrations.upgrade(fresh_database, revision)
        then, now = now, content(fresh_database)
        faults += [f"{revision} up: {place}" for place in changed(then, now)]
        faults += [f"{revision}: {place} came or went" for place in set(now) ^ set(seen[revision])]
    assert faults == []
    assert [place for place in MADE_AGAIN if now[place] != first[place]] == []
    with fresh_database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    with fresh_database.reading() as session:
        assert journal_verification.verify(session).whole


def test_keys_are_looked_at_again_once_tables_were_made_again(sqlite_database: Database) -> None:
    def mode() -> object:
        with sqlite_database.engine.connect() as connection:
            return connection.exec_driver_sql("PRAGMA foreign_keys").scalar()

    assert mode() == 1
    migrations.downgrade(sqlite_database, "0023")
    assert mode() == 1
    with sqlite_database.engine.connect() as connection:
        raw = connection.connection.driver_connection
        raw.execute("PRAGMA foreign_keys = OFF")
        raw.execute("INSERT INTO inbox (handler, outbox_id, done_at) VALUES ('x', 'nothing', '2026-01-01 00:00:00')")
        raw.execute("PRAGMA foreign_keys = ON")
    with pytest.raises(BrokenKeys, match="inbox"):
        migrations.upgrade(sqlite_database)
    assert mode() == 1
    assert _revision(sqlite_database) == ["0023"], "nothing of it is kept"


def _revision(database: Database) -> list[str]:
    with database.engine.connect() as connection:
        return list(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())
