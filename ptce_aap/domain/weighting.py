"""The announced ranking under other weights of the axes: a simulation, exact, that changes nothing.

A dossier's total is linear in its axis means, so the means that the ranking keeps are enough for any weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from ptce_aap.domain.scoring import HALF, Grid

Means = Mapping[str, Fraction]  # axis key → points


@dataclass(frozen=True, slots=True)
class Weighed:
    """A dossier under given weights; ``total`` on ``grid.total_on``; equal totals and axis means share a rank."""

    reference: str
    rank: int
    total: Fraction


@dataclass(frozen=True, slots=True)
class Change:
    """The smallest change of one axis' weight that brings a dossier level with another; shares of the whole, 0 to 1.

    The other axes keep their proportions. From ``needed`` on, away from ``today``, the dossier stands before.
    """

    axis: str
    today: Fraction
    needed: Fraction

    @property
    def distance(self) -> Fraction:
        """Return how far the weight moves."""
        return abs(self.needed - self.today)


def announced_weights(grid: Grid) -> dict[str, int]:
    """Return the weights that the call announces."""
    return {axis.key: axis.weight for axis in grid.axes}


def total(grid: Grid, means: Means, weights: Mapping[str, int]) -> Fraction:
    """Return the total of these axis means under these weights (not all zero), exactly."""
    whole = sum(weights[axis.key] for axis in grid.axes)
    points = sum((weights[axis.key] * means[axis.key] for axis in grid.axes), Fraction(0))
    return points * HALF * grid.total_on / (whole * grid.maximum)


def weigh(grid: Grid, printed: Mapping[str, Means], weights: Mapping[str, int]) -> tuple[Weighed, ...]:
    """Return ranked dossiers in the order that these weights give, by the call's rule.

    ``printed``: dossier → axis means, in the printed order of the announced ranking: it orders those that stay tied.
    """
    keys = {
        reference: (total(grid, means, weights), *(means[axis] for axis in grid.tie_order))
        for reference, means in printed.items()
    }
    order = sorted(printed, key=lambda reference: keys[reference], reverse=True)
    found: list[Weighed] = []
    for place, reference in enumerate(order, 1):
        tied = found and keys[found[-1].reference] == keys[reference]
        found.append(Weighed(reference, found[-1].rank if tied else place, keys[reference][0]))
    return tuple(found)


def overtaking(grid: Grid, below: Means, above: Means, weights: Mapping[str, int]) -> Change | None:
    """Return the smallest change of one weight that brings the first dossier level with the second.

    None where no weight of a single axis does it, or where it stands before already.
    """
    whole = sum(weights[axis.key] for axis in grid.axes)
    shares = {axis.key: Fraction(weights[axis.key], whole) for axis in grid.axes}
    gaps = {axis.key: below[axis.key] - above[axis.key] for axis in grid.axes}
    gap = sum((shares[key] * gaps[key] for key in gaps), Fraction(0))
    if gap > 0:
        return None
    found = (_level(axis.key, shares[axis.key], gaps[axis.key], gap) for axis in grid.axes)
    return min((change for change in found if change), key=lambda change: change.distance, default=None)


def _level(axis: str, share: Fraction, gap: Fraction, whole_gap: Fraction) -> Change | None:
    """Solve x·gap + (1 − x)·rest = 0 for the share x of the axis; ``rest``: the mean gap on the other axes."""
    if share == 1:
        return None  # the other axes have no proportions to keep
    rest = (whole_gap - share * gap) / (1 - share)
    if gap == rest:
        return Change(axis, share, share) if whole_gap == 0 else None
    needed = rest / (rest - gap)
    return Change(axis, share, needed) if 0 <= needed <= 1 else None
