"""Engine, sessions, and the only commit of the code base."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Concatenate, ParamSpec, TypeVar

from psycopg.types.string import StrDumperUnknown
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from ptce_aap.domain.errors import Conflict

P = ParamSpec("P")
R = TypeVar("R")

# How long one waits for whoever holds what one needs (the writer's turn, a row, a connection): then the person is told.
_LONGEST_WAIT_S = 10
_RETRIES = 5
_WRITES = "ptce_writes"
MOVES_TABLES = "ptce_moves_tables"
"""Option of a connection whose transaction makes tables again: SQLite looks at foreign keys at its end only.

A table that is made again is dropped first, which SQLite refuses to one that others name. Whoever asks for it calls
``require_whole_keys`` before the commit.
"""
# PostgreSQL: serialization failure, deadlock detected, and a unique key that somebody took a moment before: run again,
# the work sees that row and answers as it does to whoever comes later.
_RETRYABLE = frozenset({"40001", "40P01", "23505"})
# Of PostgreSQL: no connection, no room, stopped, in use. Of SQLite: busy, locked, no memory, read-only, input or
# output error, full, cannot open, locking protocol.
_AWAY_CLASSES = frozenset({"08", "53", "55", "57", "58"})
_AWAY_CODES = frozenset({5, 6, 7, 8, 10, 13, 14, 15})


class Unavailable(Exception):
    """The database is held by somebody else for too long."""


class NotDurable(Exception):
    """The database may forget what it has committed; the message is one French sentence."""


class BrokenKeys(Exception):
    """Rows name others that are not there; the message is their tables."""


def is_away(error: BaseException) -> bool:
    """Tell whether the database cannot answer now and will later: gone, full, or held by somebody else."""
    if isinstance(error, Unavailable | PoolTimeout):
        return True
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _AWAY_CODES
    state = getattr(error.orig, "sqlstate", None)
    return state is None or state[:2] in _AWAY_CLASSES


def make_engine(url: str) -> Engine:
    """Return an engine for ``url`` (SQLite or PostgreSQL) with the modes that this application relies on."""
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    if not url.startswith("sqlite"):
        waits = {"connect_timeout": _LONGEST_WAIT_S, "options": f"-c lock_timeout={_LONGEST_WAIT_S}s"}
        engine = create_engine(
            url,
            pool_pre_ping=True,
            pool_size=10,
            max_overflow=10,
            pool_timeout=_LONGEST_WAIT_S,
            connect_args=_unless_given(url, waits),
        )
        event.listen(engine, "connect", _drop_nul)
        return engine
    engine = create_engine(url, connect_args={"timeout": _LONGEST_WAIT_S, "check_same_thread": False})
    event.listen(engine, "connect", _set_sqlite_modes)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "checkin", _look_at_keys_again)
    return engine


def _unless_given(url: str, wanted: dict[str, Any]) -> dict[str, Any]:
    """Return the connection options that the address does not say itself."""
    given = make_url(url).query
    return {name: value for name, value in wanted.items() if name not in given}


class _TextWithoutNul(StrDumperUnknown):
    """Sends a text without its NUL characters, which PostgreSQL refuses: typed in a form, they break no page."""

    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\x00", ""))


def _drop_nul(connection: Any, _record: object) -> None:
    connection.adapters.register_dumper(str, _TextWithoutNul)


def _set_sqlite_modes(connection: Any, _record: object) -> None:
    # The driver must not open transactions of its own: _begin_sqlite says which kind each one is.
    connection.isolation_level = None
    # Its own knows the letters of ASCII only: « É » would be no « é ».
    connection.create_function("lower", 1, _lower, deterministic=True)
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(f"PRAGMA busy_timeout = {_LONGEST_WAIT_S * 1000}")
    cursor.close()


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once in a writing transaction.

    A deferred transaction that reads and then writes fails at once with SQLITE_BUSY_SNAPSHOT,
    whatever the busy timeout; BEGIN IMMEDIATE waits.
    """
    options = connection.get_execution_options()
    if options.get(MOVES_TABLES, False):
        # Said before a transaction, or not heard.
        connection.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")  # type: ignore[union-attr]
        connection.connection.info[MOVES_TABLES] = True
    writes = options.get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _look_at_keys_again(connection: Any, record: Any) -> None:
    if record.info.pop(MOVES_TABLES, False):
        connection.execute("PRAGMA foreign_keys = ON")


def require_whole_keys(connection: Connection) -> None:
    """Refuse rows that name others that are not there. Errors: ``BrokenKeys``, with the tables."""
    if connection.dialect.name == "sqlite":
        broken = {row[0] for row in connection.exec_driver_sql("PRAGMA foreign_key_check")}
        if broken:
            raise BrokenKeys(", ".join(sorted(broken)))


def _sqlite_faults(connection: Connection) -> list[str]:
    """Say which modes are not those of ``_set_sqlite_modes``: a disk of the network refuses some."""
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
    return [f"{name} = {found[name]}" for name, value in wanted.items() if found[name] != value]


def _postgres_faults(connection: Connection) -> list[str]:
    """Say which settings of the server, of this base or of this account let a commit be lost."""
    found = {
        name: connection.scalar(text(f"SHOW {name}")) for name in ("fsync", "full_page_writes", "synchronous_commit")
    }
    return [f"{name} = off" for name, value in found.items() if value == "off"]


class Database:
    """One engine and its two kinds of session."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = make_engine(url)
        # SQLite has one writer. Threads that wait for it here go on as soon as it is done; in SQLite they would
        # sleep and look again, and the unlucky one for seconds.
        self._writer = threading.RLock() if url.startswith("sqlite") else None

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session that takes no write lock and never commits.

        What it loaded stays readable after it closes; a rollback would expire it.
        """
        with Session(self.engine, expire_on_commit=False, autoflush=False) as session:
            yield session

    def transaction(self, work: Callable[Concatenate[Session, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run ``work(session, ...)`` in one writing transaction and commit it: the only commit.

        ``work`` may run again after a serialization failure, so it has no effect outside the session.
        Errors: ``Conflict`` where a versioned row was changed by somebody else meanwhile, ``Unavailable``.
        """
        for attempt in range(1, _RETRIES + 1):
            with self._turn(), self._writing() as session:
                try:
                    result = work(session, *args, **kwargs)
                    session.commit()
                    return result
                except StaleDataError as error:
                    session.rollback()
                    raise Conflict() from error
                except DBAPIError as error:
                    session.rollback()
                    if attempt == _RETRIES or getattr(error.orig, "sqlstate", None) not in _RETRYABLE:
                        raise
            time.sleep(random.uniform(0, 0.02 * attempt))  # noqa: S311 - a pause, not a secret
        raise AssertionError("unreachable")

    def require_durable(self) -> None:
        """Refuse a database that may forget what it answered for. Errors: ``NotDurable``."""
        with self.engine.connect() as connection:
            wrong = _sqlite_faults(connection) if self._writer is not None else _postgres_faults(connection)
        if wrong:
            raise NotDurable(
                "PTCE_DATABASE_URL : cette base pourrait perdre ce qu'elle vient d'enregistrer "
                f"({', '.join(wrong)}) ; la régler autrement avant de démarrer."
            )

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for this process's turn to write, not for ever. Errors: ``Unavailable``."""
        if self._writer is None:
            yield
        elif self._writer.acquire(timeout=_LONGEST_WAIT_S):
            try:
                yield
            finally:
                self._writer.release()
        else:
            raise Unavailable()

    def _writing(self) -> Session:
        engine = self.engine.execution_options(**{_WRITES: True})
        return Session(engine, expire_on_commit=False, autoflush=True)

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()
