"""Why a dossier moves from the announced to the corrected ranking: severe readers, few readings, or the other dossiers.

Read from what the corrected ranking explains (``domain/corrected/aids.py``); nothing is computed again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ptce_aap.domain.corrected.aids import Explained, ExplainedReading
from ptce_aap.domain.corrected.values import TIE


class Cause(StrEnum):
    """What makes most of a move."""

    SEVERE_READERS = "severe_readers"
    GENEROUS_READERS = "generous_readers"
    FEW_READINGS = "few_readings"  # fewer than others have: the result leans more on the mean level of the call
    OTHERS = "others"  # it stays where it was; those around it move


@dataclass(frozen=True, slots=True)
class Why:
    """What moved a dossier. ``readers``: whose severity made it, those who count most first; generosity shown only."""

    cause: Cause
    readers: tuple[ExplainedReading, ...] = ()


def why(explained: Explained, *, gained: bool, shown: Collection[str], usual: float) -> Why:
    """Return what makes most of a move up (``gained``) or down.

    ``shown``: readers whose generosity may be told at all (they have read enough); the others are never named.
    ``usual``: the mean number of readings of a dossier. All dossiers are brought towards the centre; only one that has
    fewer readings than that is brought there more than the others, and loses or gains places by it.
    """
    sign = 1 if gained else -1
    severity = sign * sum(one.weight * one.severity for one in explained.readings)
    pull = sign * _pull(explained) if len(explained.readings) < usual else 0.0
    if severity <= TIE and pull <= TIE:
        return Why(Cause.OTHERS)
    if pull > severity:
        return Why(Cause.FEW_READINGS)
    made = [one for one in explained.readings if one.reader in shown and sign * one.severity > TIE]
    made.sort(key=lambda one: (-abs(one.severity), one.reader))
    return Why(Cause.SEVERE_READERS if gained else Cause.GENEROUS_READERS, tuple(made))


def ranks(values: Mapping[str, float]) -> dict[str, int]:
    """Return whole ranks (1, 2, 2, 4) from expected ones; those closer than a billionth are equal."""
    found: dict[str, int] = {}
    before: float | None = None
    rank = 0
    for place, reference in enumerate(sorted(values, key=lambda ref: (round(values[ref], 9), ref)), 1):
        if before is None or values[reference] - before > TIE:
            rank = place
        before = values[reference]
        found[reference] = rank
    return found


def biggest(moves: Mapping[str, int], most: int, first: Sequence[str] = ()) -> list[str]:
    """Return the references that moved most, ``first`` ones before the others; those that did not move are left out."""
    kept = set(first)
    moved = [reference for reference, distance in moves.items() if distance]
    return sorted(moved, key=lambda ref: (ref not in kept, -abs(moves[ref]), ref))[:most]


def _pull(explained: Explained) -> float:
    """Return by how much the result is brought towards the centre from the mean of the marks; with severity, all of it.

    adjusted − mean of the marks = Σ weight × severity + held back × (centre − mean of the marks), the weights of a
    dossier's readings being equal.
    """
    values = [one.value for one in explained.readings]
    return explained.held_back * (explained.centre - sum(values) / len(values)) if values else 0.0
