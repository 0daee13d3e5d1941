"""How the database came to be what it is, and the one call that brings it up to date."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

from ptce_aap.database import Database

_HERE = Path(__file__).resolve().parent


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the database to a revision (the latest unless said)."""
    with database.engine.execution_options(ptce_writes=True).connect() as connection:
        command.upgrade(_config(connection), revision)
        connection.commit()


def downgrade(database: Database, revision: str) -> None:
    """Take the database back to a revision."""
    with database.engine.execution_options(ptce_writes=True).connect() as connection:
        command.downgrade(_config(connection), revision)
        connection.commit()


def _config(connection: object) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.attributes["connection"] = connection
    return config
