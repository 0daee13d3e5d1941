"""How the database came to be what it is, and the one call that brings it up to date."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import ArgumentError, OperationalError

from ptce_aap.config import BadSettings, Settings
from ptce_aap.database import MOVES_TABLES, Database, require_whole_keys

_HERE = Path(__file__).resolve().parent


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the database to a revision (the latest unless said)."""
    with _moving(database) as connection:
        command.upgrade(_config(connection), revision)


@contextmanager
def _moving(database: Database) -> Iterator[Connection]:
    """Open one transaction for all, that may make tables again; it ends where every key still leads somewhere."""
    options = {"ptce_writes": True, MOVES_TABLES: True}
    with database.engine.execution_options(**options).begin() as connection:
        yield connection
        require_whole_keys(connection)


def upgrade_within(connection: Connection, revision: str = "head") -> None:
    """Bring the database to a revision within the transaction of this connection, which the caller commits.

    The connection has the option ``MOVES_TABLES``: see there.
    """
    command.upgrade(_config(connection), revision)


def empty_within(connection: Connection) -> None:
    """Take every table away, whatever it holds, within the transaction of this connection."""
    command.downgrade(_config(connection), "base")


def head() -> str | None:
    """Return the latest migration of this software."""
    return ScriptDirectory.from_config(_config(None)).get_current_head()


def known(revision: str) -> bool:
    """Tell whether this software has the migration."""
    return revision in {script.revision for script in ScriptDirectory.from_config(_config(None)).walk_revisions()}


def up_to_date(settings: Settings) -> Database:
    """Return the database of these settings, brought up to date; the caller disposes of it.

    Errors: ``BadSettings`` where it does not answer.
    """
    try:
        database = Database(settings.database_url)
        upgrade(database)
    except (ArgumentError, OperationalError, ValueError) as error:
        raise BadSettings(
            "PTCE_DATABASE_URL : la base de données ne répond pas ; vérifier l'adresse, le compte, "
            f"et que le serveur est démarré ({_reason(error)})."
        ) from error
    return database


def _reason(error: Exception) -> str:
    """Return the driver's own words on one line; drivers do not repeat the password."""
    return " ".join(str(getattr(error, "orig", error)).split())


def downgrade(database: Database, revision: str) -> None:
    """Take the database back to a revision."""
    with _moving(database) as connection:
        command.downgrade(_config(connection), revision)


def _config(connection: object) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.attributes["connection"] = connection
    return config
