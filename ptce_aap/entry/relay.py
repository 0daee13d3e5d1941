"""The relay: hands outbox rows to the queue, owes the periodic tasks, and goes on when the queue is away."""

from __future__ import annotations

import signal
import threading
import time
from datetime import timedelta

import structlog
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from ptce_aap import clock
from ptce_aap.config import Settings
from ptce_aap.database import Database
from ptce_aap.entry import valkey
from ptce_aap.jobs.handlers import PERIODS
from ptce_aap.jobs.queue import offer, queue_of
from ptce_aap.services.running import clocks, outbox, periodic

_PAUSE_S = 0.2
_PAUSE_WITHOUT_QUEUE_S = 2.0
# How often the periodic tasks are looked at: the least period that means something.
_LOOK_EVERY_S = 5.0

_log = structlog.get_logger(__name__)


def run(settings: Settings) -> None:
    """Owe and offer rows until the process is asked to end."""
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.set())
    database, connection = Database(settings.database_url), valkey.connect(settings)
    away, look_at, watch = False, time.monotonic(), ClockWatch()
    while not ending.is_set():
        try:
            if time.monotonic() >= look_at:
                owe_periodic(database)
                watch.look(database)
                look_at = time.monotonic() + _LOOK_EVERY_S
            offer_due(database, connection)
            away = False
        except (RedisError, SQLAlchemyError) as error:
            if not away:
                _log.warning("queue_or_database_away", error=type(error).__name__)
            away = True
        ending.wait(_PAUSE_WITHOUT_QUEUE_S if away else _PAUSE_S)
    database.dispose()


class ClockWatch:
    """Says once that the database's clock and ours are apart, and once that they agree again."""

    def __init__(self) -> None:
        self._apart = False

    def look(self, database: Database) -> timedelta:
        """Compare the two clocks; return how far the database's is ahead."""
        with database.reading() as session:
            gap = clocks.gap(session, clock.now)
        if gap and not self._apart:
            _log.error("clocks_apart", seconds=round(gap.total_seconds(), 1))
        elif self._apart and not gap:
            _log.warning("clocks_agree")
        self._apart = bool(gap)
        return gap


def offer_due(database: Database, connection: Redis) -> int:
    """Hand over the rows whose turn it is, each to its queue; return how many.

    A row is marked only once its queue has it.
    """
    with database.reading() as session:
        rows = outbox.due(session, now=clock.now())
    for identifier, kind in rows:
        offer(queue_of(kind, connection), identifier)
    if rows:
        database.transaction(outbox.mark_offered, [identifier for identifier, _ in rows], now=clock.now())
    return len(rows)


def owe_periodic(database: Database) -> list[str]:
    """Owe the periodic tasks whose time has come, once whatever the number of relays; return their kinds."""
    with database.reading() as session:
        come = periodic.due(session, PERIODS, now=clock.now())
    # Nothing is written, and no lock taken, while nothing is due.
    return database.transaction(periodic.owe, {kind: PERIODS[kind] for kind in come}, now=clock.now()) if come else []
