"""Two clocks date what is done: the application's and the database's; far from each other, one of them is wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from ptce_aap.clock import TOLERANCE


def gap(session: Session, clock: Callable[[], datetime]) -> timedelta:
    """Return how far the database's clock is ahead of this one, zero within ``TOLERANCE`` of the time that asking took.

    SQLite has the machine's clock.
    """
    before = clock()
    if session.get_bind().dialect.name == "sqlite":
        theirs = datetime.now(UTC)
    else:
        theirs = session.execute(text("SELECT clock_timestamp()")).scalar_one().astimezone(UTC)
    after = clock()
    if theirs > after + TOLERANCE:
        return timedelta(seconds=(theirs - after).total_seconds())
    if theirs < before - TOLERANCE:
        return timedelta(seconds=(theirs - before).total_seconds())
    return timedelta(0)
