"""The rights that the guide gives on PostgreSQL: the application does its work, and owns or rewrites nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ptce_aap.database import Database
from tests.bundles import ROOT
from tests.databases import ENGINES, Databases
from tests.filings import LEAST, open_call

RIGHTS = (ROOT / "docs" / "deploiement" / "postgresql-droits.sql").read_text(encoding="utf-8")
ACCOUNTS = ("ptce_owner", "ptce_app")


@pytest.fixture(scope="module")
def owned(databases: Databases) -> Iterator[Database]:
    """A database whose tables another account owns, with the rights of the file, which is played twice."""
    if "postgresql" not in os.environ.get("PTCE_TEST_ENGINES", ",".join(ENGINES)):
        pytest.skip("on PostgreSQL only")
    lent = databases.create("postgresql")
    with lent.engine.connect() as connection:
        for account in ACCOUNTS:
            connection.exec_driver_sql(f"CREATE ROLE {account} LOGIN")
        connection.exec_driver_sql("ALTER SCHEMA public OWNER TO ptce_owner")
        tables = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        for (table,) in tables.all():
            connection.exec_driver_sql(f"ALTER TABLE {table} OWNER TO ptce_owner")
        connection.exec_driver_sql("SET ROLE ptce_owner")
        for _ in range(2):
            connection.exec_driver_sql(RIGHTS.replace("%", "%%"))
        connection.exec_driver_sql("RESET ROLE")
        connection.commit()
    yield lent
    with lent.engine.connect() as connection:
        for account in reversed(ACCOUNTS):
            connection.exec_driver_sql(f"REASSIGN OWNED BY {account} TO postgres")
            connection.exec_driver_sql(f"DROP OWNED BY {account}")
            connection.exec_driver_sql(f"DROP ROLE {account}")
        connection.commit()
    databases.discard(lent)


@pytest.fixture
def application(owned: Database) -> Iterator[Database]:
    """The same database, opened by the account of the application."""
    opened = Database(owned.url.replace("postgres@", "ptce_app@"))
    yield opened
    opened.dispose()


def refused(database: Database, statement: str) -> str:
    with pytest.raises(DBAPIError) as caught:
        database.transaction(lambda session: session.execute(text(statement)))
    return str(caught.value.orig)


def test_the_application_files_a_dossier_with_these_rights(application: Database) -> None:
    call = open_call(application)
    assert call.file(call.bring(LEAST)).sequence == 1


@pytest.mark.target("SEC-38")
def test_a_line_of_the_journal_is_refused_by_rights_and_where_rights_are_given_by_its_trigger(
    owned: Database, application: Database
) -> None:
    if not _lines(application):  # alone, without the deposit of the test above
        open_call(application)
    assert _lines(application) > 0
    for statement in ("UPDATE journal_entry SET act = 'autre'", "DELETE FROM journal_entry", "TRUNCATE journal_entry"):
        assert "permission denied" in refused(application, statement)
    assert "must be owner" in refused(application, "DROP TRIGGER journal_entry_append_only ON journal_entry")
    assert "permission denied" in refused(application, "CREATE TABLE autre (id int)")
    assert "permission denied" in refused(application, "UPDATE alembic_version SET version_num = '0001'")
    owned.transaction(lambda session: session.execute(text("GRANT UPDATE, DELETE ON journal_entry TO ptce_app")))
    try:
        for statement in ("UPDATE journal_entry SET act = 'autre'", "DELETE FROM journal_entry"):
            assert "journal_entry is append-only" in refused(application, statement)
    finally:
        owned.transaction(lambda session: session.execute(text("REVOKE UPDATE, DELETE ON journal_entry FROM ptce_app")))


def _lines(database: Database) -> int:
    with database.reading() as session:
        return int(session.execute(text("SELECT count(*) FROM journal_entry")).scalar_one())


@pytest.mark.target("SEC-38")
def test_what_a_trigger_refuses_for_good_no_right_allows(owned: Database, application: Database) -> None:
    def told(session: Session) -> list[tuple[str, bool, bool, bool]]:
        query = """SELECT c.relname, t.tgtype & 8 <> 0, t.tgtype & 16 <> 0, f.prosrc LIKE '%RETURN NEW%'
            FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc f ON f.oid = t.tgfoid
            WHERE f.proname LIKE '%\\_refuse' AND NOT tgisinternal AND t.tgtype & 32 = 0"""
        return [tuple(row) for row in session.execute(text(query))]

    with owned.reading() as session:
        kept = told(session)
    assert len(kept) > 20
    with application.reading() as session:
        for table, no_delete, no_update, some_updates in kept:
            may = {
                right: session.execute(text(f"SELECT has_table_privilege('{table}', '{right}')")).scalar_one()
                for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
            }
            wanted = {"UPDATE": not no_update or some_updates, "DELETE": not no_delete, "TRUNCATE": False}
            assert may == {"SELECT": True, "INSERT": True, **wanted}, table
