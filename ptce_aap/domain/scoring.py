"""The jury's grid: axes, criteria, anchors, and the exact total of a sheet of marks.

Marks are integers of half points, weights integers, totals ``Fraction``: three thirds of 25 are 25.
Source of the default rule: the call's grid (``grille.vN.toml``), explained in ``scoring/README.md``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from ptce_aap.domain.errors import RuleViolation

HALF = 2  # half points in a point
TOP_LEVEL = 5  # indicative levels run from 0 to 5, whatever the scale of the marks

Marks = Mapping[str, int]  # criterion key → half points


@dataclass(frozen=True, slots=True)
class Criterion:
    """What a juror marks: the question put to him and what each whole mark means."""

    key: str
    label: str
    question: str
    weight: int  # within its axis
    anchors: tuple[str, ...]  # one a whole point, from 0; empty where a wide scale writes none
    evidence: str  # what to look at in the dossier


@dataclass(frozen=True, slots=True)
class Axis:
    """A group of criteria with its weight in the total."""

    key: str
    label: str
    weight: int
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """The whole grid of a call, and the announced rule of its ranking."""

    name: str
    version: int
    axes: tuple[Axis, ...]
    maximum: int  # half points: 10 for marks from 0 to 5
    step: int  # half points: 1 for half points, 2 for whole points
    minimal_readings: int  # below it a dossier is not ranked until the chair decides
    flag_below: Fraction | None  # points: an axis whose mean is under it is flagged
    tie_order: tuple[str, ...]  # axes whose means part equal totals, in this order
    explain_gap: int | None = None  # half points on the 0–5 scale: a mark so far from the indicative level is explained
    total_on: int = 100
    title: str = ""
    proposal: bool = False  # no official source gives it: readers are told so

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """Return every criterion, in the order of the grid."""
        return tuple(criterion for axis in self.axes for criterion in axis.criteria)

    def axis(self, key: str) -> Axis:
        """Return the axis of this key; KeyError if the grid has none."""
        for axis in self.axes:
            if axis.key == key:
                return axis
        raise KeyError(key)

    def axis_of(self, criterion_key: str) -> Axis:
        """Return the axis to which the criterion belongs; KeyError if the grid has no such criterion."""
        for axis in self.axes:
            if any(criterion.key == criterion_key for criterion in axis.criteria):
                return axis
        raise KeyError(criterion_key)

    def allowed_marks(self) -> tuple[int, ...]:
        """Return every mark that may be given, in half points."""
        return tuple(range(0, self.maximum + 1, self.step))


class Explanation(StrEnum):
    """Why a mark asks its juror for a sentence."""

    FAR_FROM_INDICATIVE = "far_from_indicative"
    ABOVE_CEILING = "above_ceiling"


def missing_criteria(grid: Grid, marks: Marks) -> tuple[str, ...]:
    """Return the keys of the criteria without a mark, in the order of the grid."""
    return tuple(criterion.key for criterion in grid.criteria if criterion.key not in marks)


def is_complete(grid: Grid, marks: Marks) -> bool:
    """Tell whether every criterion has its mark."""
    return not missing_criteria(grid, marks)


def check_marks(grid: Grid, marks: Marks) -> None:
    """Refuse marks for unknown criteria and marks that are not on the scale."""
    known = {criterion.key for criterion in grid.criteria}
    allowed = range(0, grid.maximum + 1, grid.step)
    for key, mark in marks.items():
        if key not in known:
            raise RuleViolation("unknown_criterion", criterion=key)
        if isinstance(mark, bool) or not isinstance(mark, int) or mark not in allowed:
            raise RuleViolation("mark_off_scale", criterion=key, mark=mark, maximum=Fraction(grid.maximum, HALF))


def axis_means(grid: Grid, marks: Marks) -> Mapping[str, Fraction]:
    """Return each axis' weighted mean of a complete sheet, in points.

    Errors: ``RuleViolation("sheet_incomplete")`` names the criteria that have no mark.
    """
    _require_complete(grid, marks)
    return {axis.key: _axis_mean(axis, marks) for axis in grid.axes}


def sheet_total(grid: Grid, marks: Marks) -> Fraction:
    """Return the total of a complete sheet, on ``grid.total_on``, exactly; errors as ``axis_means``."""
    _require_complete(grid, marks)
    # In integers until the last step: a ranking adds thousands of sheets.
    common = math.lcm(*(_inner_weight(axis) for axis in grid.axes))
    points = sum(axis.weight * (common // _inner_weight(axis)) * _weighted(axis, marks) for axis in grid.axes)
    return Fraction(grid.total_on * points, common * grid.maximum * sum(axis.weight for axis in grid.axes))


def mean(values: Sequence[Fraction]) -> Fraction:
    """Return the exact mean of one value or more."""
    return sum(values, Fraction(0)) / len(values)


def explanations_due(
    grid: Grid, mark: int, *, indicative_level: int | None, ceiling: int | None = None
) -> tuple[Explanation, ...]:
    """Return why this mark asks for a sentence; nothing when it does not.

    ``mark`` is in half points of the grid; ``indicative_level`` and ``ceiling`` are levels from 0 to 5 of the axis
    (``ceiling``: the lowest of the demands not respected that ask for a reason). The mark is brought to that scale.
    """
    level = Fraction(mark * TOP_LEVEL, grid.maximum)
    due = []
    if grid.explain_gap is not None and indicative_level is not None:
        gap = abs(level - indicative_level)
        if gap >= Fraction(grid.explain_gap, HALF):
            due.append(Explanation.FAR_FROM_INDICATIVE)
    if ceiling is not None and level > ceiling:
        due.append(Explanation.ABOVE_CEILING)
    return tuple(due)


def shown(value: Fraction, decimals: int = 2) -> str:
    """Return a positive number as a French reader writes it, rounded half up: ``78,25``."""
    scaled = value * 10**decimals
    rounded = int(scaled + Fraction(1, 2)) if scaled >= 0 else -int(-scaled + Fraction(1, 2))
    sign, digits = ("-", str(-rounded)) if rounded < 0 else ("", str(rounded))
    digits = digits.rjust(decimals + 1, "0")
    return f"{sign}{digits[:-decimals]},{digits[-decimals:]}" if decimals else f"{sign}{digits}"


def shown_totals(totals: Iterable[Fraction]) -> list[str]:
    """Return totals with two decimals, and with more where two of them would look equal and are not."""
    totals = list(totals)
    decimals = dict.fromkeys(totals, 2)
    while True:
        alike: dict[Fraction, list[Fraction]] = {}
        for total, places in decimals.items():
            alike.setdefault(Fraction(shown(total, places).replace(",", ".")), []).append(total)
        confused = [total for group in alike.values() if len(group) > 1 for total in group]
        if not confused:
            return [shown(total, decimals[total]) for total in totals]
        for total in confused:
            decimals[total] += 1


def _require_complete(grid: Grid, marks: Marks) -> None:
    check_marks(grid, marks)
    missing = missing_criteria(grid, marks)
    if missing:
        raise RuleViolation("sheet_incomplete", missing=missing)


def _inner_weight(axis: Axis) -> int:
    return sum(criterion.weight for criterion in axis.criteria)


def _weighted(axis: Axis, marks: Marks) -> int:
    return sum(criterion.weight * marks[criterion.key] for criterion in axis.criteria)


def _axis_mean(axis: Axis, marks: Marks) -> Fraction:
    return Fraction(_weighted(axis, marks), HALF * _inner_weight(axis))
