"""Databases that tests may spoil: copies, on either engine, of one that was laid out once."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

from sqlalchemy import Dialect
from sqlalchemy.util import LRUCache

from ptce_aap import migrations
from ptce_aap.database import Database
from tests.engines import PostgresServer

ENGINES = ("sqlite", "postgresql")
_TEMPLATE = "template_ptce"
_MOST_STATEMENTS = 4_000


class Databases:
    """Hands out databases with every table and no row; both servers start only when somebody asks.

    ``durable``: PostgreSQL writes to the disk at each commit, as in an installation.
    """

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self._folder = folder
        self._durable = durable
        self._numbers = itertools.count(1)
        self._postgres: PostgresServer | None = None
        self._names: dict[int, str] = {}
        self._compiled: dict[str, tuple[Dialect, LRUCache]] = {}

    def create(self, engine: str) -> Database:
        """Return a new database on this engine; ``discard`` it afterwards."""
        if engine == "postgresql":
            return self._create_on_postgres()
        path = self._folder / f"{next(self._numbers)}.sqlite3"
        shutil.copyfile(self._sqlite_template(), path)
        return self._opened(f"sqlite:///{path}")

    def discard(self, database: Database) -> None:
        """Close a database and remove it."""
        database.dispose()
        name = self._names.pop(id(database), None)
        if name is not None:
            self._server().drop(name)
        else:
            Path(database.url.removeprefix("sqlite:///")).unlink()

    def stop(self) -> None:
        """End the server, if it was started."""
        if self._postgres is not None:
            self._postgres.stop()

    def _create_on_postgres(self) -> Database:
        server = self._server()
        name = server.create(template=_TEMPLATE)
        database = self._opened(server.url(name))
        self._names[id(database)] = name
        return database

    def _opened(self, url: str) -> Database:
        """Open a database as the application does, with the statements that the run has compiled for its engine.

        In an installation one process opens one database: there too, a statement is compiled once.
        """
        database = Database(url)
        engine = database.engine
        if engine.dialect.name not in self._compiled:
            engine.connect().close()  # the dialect learns whom it speaks to
            self._compiled[engine.dialect.name] = engine.dialect, LRUCache(_MOST_STATEMENTS)
        dialect, statements = self._compiled[engine.dialect.name]
        engine.dialect = engine.pool._dialect = dialect
        engine._compiled_cache = statements
        return database

    def _server(self) -> PostgresServer:
        if self._postgres is None:
            self._postgres = PostgresServer(durable=self._durable)
            self._postgres.create(name=_TEMPLATE)
            lay_out(self._postgres.url(_TEMPLATE))
        return self._postgres

    def _sqlite_template(self) -> Path:
        path = self._folder / "template.sqlite3"
        if not path.exists():
            lay_out(f"sqlite:///{path}")
        return path


def lay_out(url: str) -> None:
    """Give an empty database its tables."""
    database = Database(url)
    migrations.upgrade(database)
    database.dispose()
