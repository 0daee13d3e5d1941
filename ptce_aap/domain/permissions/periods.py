"""The periods of a call that rights depend on: those of its calendar, and the time between freezing and publishing."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from ptce_aap.domain.calendar import Calendar, Phase, phase


class Period(StrEnum):
    """Where a call stands, as rights see it, in the order in which a call goes through them."""

    ANNOUNCED = "announced"
    OPEN = "open"
    INSTRUCTION = "instruction"
    JURY = "jury"
    DELIBERATION = "deliberation"
    FROZEN = "frozen"
    PUBLISHED = "published"


PERIOD_LABELS: dict[Period, str] = {
    Period.ANNOUNCED: "annoncé",
    Period.OPEN: "ouvert aux dépôts",
    Period.INSTRUCTION: "instruction",
    Period.JURY: "lectures du jury",
    Period.DELIBERATION: "délibération",
    Period.FROZEN: "liste figée",
    Period.PUBLISHED: "liste publiée",
}
"""How readers know each period."""

Periods = frozenset[Period]
_ORDER = tuple(Period)


def since(first: Period, last: Period = Period.PUBLISHED) -> Periods:
    """Return the periods from one to another, both included."""
    return frozenset(_ORDER[_ORDER.index(first) : _ORDER.index(last) + 1])


def at(*periods: Period) -> Periods:
    """Return these periods alone."""
    return frozenset(periods)


EVER: Periods = frozenset(Period)
"""From the announcement on."""


def period_of(calendar: Calendar, now: datetime) -> Period:
    """Return the period at this instant: the filing window first, then the last act that was done."""
    match phase(calendar, now):
        case Phase.ANNOUNCED:
            return Period.ANNOUNCED
        case Phase.OPEN:
            return Period.OPEN
        case Phase.INSTRUCTION | Phase.JURY | Phase.DELIBERATION | Phase.PUBLISHED:
            return reached(calendar)


def reached(calendar: Calendar) -> Period:
    """Return how far the acts of the team have brought a call, whose filing window is taken to be over."""
    if calendar.published_at is not None:
        return Period.PUBLISHED
    if calendar.frozen_at is not None:
        return Period.FROZEN
    if calendar.marking_closed_at is not None:
        return Period.DELIBERATION
    if calendar.marking_opened_at is not None:
        return Period.JURY
    return Period.INSTRUCTION
