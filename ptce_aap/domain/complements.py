"""A request for complements: what is wrong with each named question, where the request stands, what it does to time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from ptce_aap.domain import working_days

LEAST_WORKING_DAYS = 3
"""Nobody gathers a piece in less: a request leaves at least so many working days."""

WORKING_DAYS = 10
"""What a request gives where neither the call nor its author says otherwise: a proposal of the application."""

LONGEST_DAYS = 90

REMINDED_BEFORE = 2
"""So many working days before its term, a request that waits is recalled: a proposal of the application."""

REMINDED_AT = time(8)
"""The hour in Paris from which that letter leaves."""

SENTENCE_LENGTH = 1_000


class Flaw(StrEnum):
    """What is wrong with an answer."""

    MISSING = "missing"
    WRONG = "wrong"
    OUTDATED = "outdated"


class Outcome(StrEnum):
    """How a request ended."""

    ANSWERED = "answered"
    EXPIRED = "expired"
    CLOSED = "closed"


class Standing(StrEnum):
    """Where a request stands, for readers."""

    WAITING = "waiting"
    ANSWERED = "answered"
    EXPIRED = "expired"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Asked:
    """A named question: its path, what is wrong with its answer, and the sentence that says what is expected."""

    path: str
    flaw: Flaw
    sentence: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence that the call's file proposes for a flaw, of any question or of one."""

    flaw: Flaw
    text: str  # ``{libelle}`` stands for the label of the question
    path: str | None = None

    def of(self, path: str, label: str) -> str | None:
        """Return the sentence for a question, None where it is about another."""
        return self.text.replace("{libelle}", label) if self.path in {None, path} else None


@dataclass(frozen=True, slots=True)
class Stop:
    """A time during which the administration waits for complements, in Paris days; ``end`` is None while it waits.

    ``answered``: what was asked has come.
    """

    start: date
    end: date | None
    answered: bool = False


def standing(outcome: str | None, due_at: datetime, now: datetime) -> Standing:
    """Return where a request stands: one whose term has passed is over, whether anybody noted it or not."""
    if outcome is not None:
        return Standing(outcome)
    return Standing.WAITING if now < due_at else Standing.EXPIRED


def reminder_day(last_day: date) -> date:
    """Return the working day on which a request is recalled, from the last day on which an answer is on time.

    A request leaves ``LEAST_WORKING_DAYS``, which are more: this day always follows the one on which it was made.
    """
    day = last_day
    while not working_days.is_working(day) or working_days.between(day, last_day) < REMINDED_BEFORE:
        day -= timedelta(days=1)
    return day


def suspended_until(decided: date, stops: Iterable[Stop]) -> date | None:
    """Put off the day of an implied rejection by the days of each stop; None while one runs.

    The time runs again from the answer, or from the end of the delay that was given (CRPA, L114-5).
    """
    for stop in stops:
        if stop.end is None:
            return None
        decided += max(stop.end - stop.start, timedelta(0))
    return decided


def restarted_on(received: date, stops: Iterable[Stop]) -> date | None:
    """Return the day from which the time of an implied acceptance runs: that of the last answer (CRPA, L114-5).

    None while something that was asked has not come.
    """
    for stop in stops:
        if stop.end is None or not stop.answered:
            return None
        received = max(received, stop.end)
    return received
