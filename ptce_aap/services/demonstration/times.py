"""When things happen in a fictional call: its calendar, counted from today, and the moments within it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

from ptce_aap.clock import PARIS


@dataclass(frozen=True, slots=True)
class Times:
    """The calendar of a fictional call and the moment from which it is told."""

    now: datetime
    opens_at: datetime
    closes_at: datetime
    marking_opened_at: datetime | None
    marking_closed_at: datetime | None
    frozen_at: datetime | None
    published_at: datetime | None
    opinions_due_at: datetime | None = None

    @property
    def last_deposit(self) -> datetime:
        """Return the instant before which every deposit was made."""
        return min(self.closes_at, self.now) - timedelta(minutes=2)

    def deposit(self, rng: Random) -> datetime:
        """Return the instant of a deposit: few come early, most in the last days."""
        window = (self.last_deposit - self.opens_at).total_seconds()
        early = min(0.97, rng.expovariate(9.0)) if self.closes_at <= self.now else rng.uniform(0.02, 0.6)
        return self.last_deposit - timedelta(seconds=int(window * early))

    def start(self, deposit: datetime, rng: Random) -> datetime:
        """Return the instant at which a dossier was started, before its deposit."""
        return self.opens_at + timedelta(
            seconds=int((deposit - self.opens_at).total_seconds() * rng.uniform(0.05, 0.8))
        )

    def instruction(self, low: float, high: float, rng: Random) -> datetime:
        """Return an instant of the instruction, between two fractions of it."""
        return _within(self.closes_at, self.marking_opened_at or self.now, rng.uniform(low, high))

    def marking(self, low: float, high: float, rng: Random) -> datetime:
        """Return an instant of the marking, between two fractions of it."""
        opened = self.marking_opened_at or self.now
        return _within(opened, self.marking_closed_at or self.now, rng.uniform(low, high))


def times_of(recipe: Mapping[str, Any], *, now: datetime) -> Times:
    """Return the calendar of a recipe of call: days from today, at the hours of an office."""
    opened, closed = recipe.get("notation", (None, None))
    return Times(
        now=now,
        opens_at=_at(now, recipe["ouverture"], time(9)),
        closes_at=_at(now, recipe["cloture"], time(0)),
        marking_opened_at=_at(now, opened, time(14)) if opened is not None else None,
        marking_closed_at=_at(now, closed, time(18)) if closed is not None else None,
        frozen_at=_at(now, recipe["gel"], time(17)) if "gel" in recipe else None,
        published_at=_at(now, recipe["publication"], time(10)) if "publication" in recipe else None,
        opinions_due_at=_at(now, recipe["terme_avis"], time(0)) if "terme_avis" in recipe else None,
    )


def _at(now: datetime, days: int, hour: time) -> datetime:
    day = now.astimezone(PARIS).date() + timedelta(days=days)
    return datetime.combine(day, hour, tzinfo=PARIS).astimezone(now.tzinfo)


def _within(start: datetime, end: datetime, fraction: float) -> datetime:
    return start + timedelta(seconds=int((end - start).total_seconds() * fraction))
