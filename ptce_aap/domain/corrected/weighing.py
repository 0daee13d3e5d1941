"""What other weights of the criteria would change: with given standard deviations, merits are linear in the marks.

One solve a criterion gives every weighting: the adjusted marks are the weighted mean of the criteria's own.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ptce_aap.domain.corrected.aids import Overtaking, Sensitivity
from ptce_aap.domain.corrected.design import BadReadings, Floats, design
from ptce_aap.domain.corrected.fitting import Fit
from ptce_aap.domain.corrected.plugging import adjusted_at
from ptce_aap.domain.corrected.values import TIE, Reading

_AT_ONCE = 2_000_000  # numbers of the weightings ranked together


def sensitivity(
    by_criterion: Mapping[str, Sequence[Reading]],
    weights: Mapping[str, float],
    fit: Fit,
    *,
    draws: int = 10_000,
    seed: int = 1,
) -> Sensitivity:
    """Return how the adjusted marks follow the weights.

    ``by_criterion``: criterion → the readings of ``fit``, each with its mark on this criterion alone, on the scale of
    the settings. ``weights``: criterion → weight ≥ 0. Errors: ``BadReadings`` when a criterion lacks a reading or a
    weight, or when no weight is positive.
    """
    criteria = sorted(by_criterion)
    total = sum(weights.get(criterion, -1.0) for criterion in criteria)
    if total <= 0 or any(weights.get(criterion, -1.0) < 0 for criterion in criteria):
        raise BadReadings("Chaque critère doit avoir un poids positif ou nul, et un au moins un poids positif.")
    shares = np.array([weights[criterion] / total for criterion in criteria])
    rows = np.stack([_contribution(by_criterion[criterion], fit) for criterion in criteria])
    top = fit.settings.top
    found = Sensitivity(
        criteria=tuple(criteria),
        dossiers=fit.design.dossiers,
        contributions=tuple(tuple(map(float, row)) for row in rows),
        weights=tuple(map(float, shares)),
        lower_is_better=fit.settings.lower_is_better,
        top=top,
        draws=draws,
        seed=seed,
        shares=None if top is None else _shares(fit.design.sign * rows, top, draws, seed),
        overtakings=(),
    )
    order = found.order(dict(zip(criteria, map(float, shares), strict=True)))
    return _with_overtakings(found, order, fit.design.sign * rows, shares)


def _contribution(readings: Sequence[Reading], fit: Fit) -> Floats:
    arrays = design(readings, fit.settings)
    same = arrays.dossiers == fit.design.dossiers and arrays.readers == fit.design.readers
    if not (same and np.array_equal(arrays.row, fit.design.row) and np.array_equal(arrays.column, fit.design.column)):
        raise BadReadings("Chaque critère doit avoir les mêmes lectures que le classement.")
    return adjusted_at(arrays, fit.model)


def _shares(rows: Floats, top: int, draws: int, seed: int) -> tuple[float, ...]:
    """Return the share of weightings, drawn uniformly among all, that put each dossier among the ``top`` (ties in)."""
    criteria, n = rows.shape
    generator = np.random.Generator(np.random.PCG64(seed))
    inside = np.zeros(n, dtype=np.int64)
    step = max(1, _AT_ONCE // n)
    for done in range(0, draws, step):
        drawn = generator.standard_exponential((min(step, draws - done), criteria))
        marks = drawn @ rows / drawn.sum(axis=1, keepdims=True)
        last = np.partition(marks, n - top, axis=1)[:, n - top]
        inside += np.count_nonzero(marks >= last[:, None] - TIE, axis=0)
    return tuple(float(count) / draws for count in inside)


def _with_overtakings(found: Sensitivity, order: Sequence[str], rows: Floats, shares: Floats) -> Sensitivity:
    places = {dossier: place for place, dossier in enumerate(found.dossiers)}
    overtakings = []
    for above, dossier in itertools.pairwise(order):
        gaps = rows[:, places[dossier]] - rows[:, places[above]]
        overtakings.append(_overtaking(dossier, above, gaps, shares, found.criteria))
    return replace(found, overtakings=tuple(overtakings))


def _overtaking(dossier: str, above: str, gaps: Floats, shares: Floats, criteria: Sequence[str]) -> Overtaking:
    """Return the smallest change of one share, the others in proportion, that brings a dossier level.

    ``gaps`` (C,): the dossier's advance on the one above, criterion by criterion. With share x for criterion c the
    advance is x g_c + (1 − x) r_c, r_c being the weighted mean of the others' gaps.
    """
    best: tuple[float, int, float] | None = None
    for place, share in enumerate(shares):
        others = 1.0 - share
        if others <= 0.0:
            continue
        rest = (float(shares @ gaps) - share * gaps[place]) / others
        if rest == gaps[place]:
            continue
        needed = float(rest / (rest - gaps[place]))
        if 0.0 <= needed <= 1.0 and (best is None or abs(needed - share) < best[0]):
            best = (abs(needed - share), place, needed)
    if best is None:
        return Overtaking(dossier, above, None, None, None)
    _, place, needed = best
    return Overtaking(dossier, above, criteria[place], float(shares[place]), needed)
