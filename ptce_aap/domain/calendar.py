"""The windows of a call: which phase it is in at an instant, and whether dossiers may be filed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Phase(StrEnum):
    """Where a call stands, in the order in which a call goes through them."""

    ANNOUNCED = "announced"
    OPEN = "open"
    INSTRUCTION = "instruction"
    JURY = "jury"
    DELIBERATION = "deliberation"
    PUBLISHED = "published"


class ReadFrom(StrEnum):
    """From when the regional correspondents may read what was filed."""

    CLOSING = "closing"
    DEPOSIT = "deposit"


@dataclass(frozen=True, slots=True)
class Calendar:
    """The instants of a call, all aware; those of the jury are unknown (None) until the act is done."""

    opens_at: datetime
    closes_at: datetime  # the first instant at which it is too late
    marking_opened_at: datetime | None = None
    marking_closed_at: datetime | None = None
    frozen_at: datetime | None = None
    published_at: datetime | None = None


def phase(calendar: Calendar, now: datetime) -> Phase:
    """Return the phase at this instant: the filing window first, then the last act of the jury that was done."""
    if now < calendar.opens_at:
        return Phase.ANNOUNCED
    if now < calendar.closes_at:
        return Phase.OPEN
    if _done(calendar.published_at, now):
        return Phase.PUBLISHED
    if _done(calendar.frozen_at, now) or _done(calendar.marking_closed_at, now):
        return Phase.DELIBERATION
    if _done(calendar.marking_opened_at, now):
        return Phase.JURY
    return Phase.INSTRUCTION


def last_moment(too_late_at: datetime) -> datetime:
    """Return the last second that is on time, as readers know a closing or a term (23 h 59, not midnight)."""
    return too_late_at - timedelta(seconds=1)


def _done(instant: datetime | None, now: datetime) -> bool:
    return instant is not None and instant <= now
