"""Rank quantiles and chances of the first ranks: independent draws from the posterior, seeded (numpy PCG64)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ptce_aap.domain.corrected.design import Design, Floats, Integers
from ptce_aap.domain.corrected.gaussian import Conditionals, merits

QUANTILES = (5, 25, 50, 75, 95)  # per cent
_AT_ONCE = 4_000_000  # numbers drawn together
_POSITIONS = 512  # ranks counted together


@dataclass(frozen=True, slots=True, eq=False)
class RankCounts:
    """``counts`` (n, n): in how many draws the row's dossier has the rank column + 1."""

    counts: NDArray[np.uint32]

    def quantiles(self, dossiers: Sequence[int]) -> tuple[int, ...]:
        """Return the five quantiles of the pooled ranks of some dossiers: the smallest r with P(rank ≤ r) ≥ p."""
        below = np.cumsum(self.counts[list(dossiers)].sum(axis=0, dtype=np.int64))
        return tuple(int(np.searchsorted(below * 100, per_cent * below[-1])) + 1 for per_cent in QUANTILES)

    def chance_of_top(self, dossiers: Sequence[int], top: int) -> float:
        """Return the chance, the mean over some dossiers, of a rank ≤ ``top``."""
        pooled = self.counts[list(dossiers)].sum(axis=0, dtype=np.int64)
        return float(pooled[:top].sum() / pooled.sum())


def rank_counts(design: Design, given: Conditionals, weights: Floats, *, draws: int, seed: int) -> RankCounts:
    """Return the counts of ranks in ``draws`` draws θ = μ + z₁/√d + U z₂, shared over the points by their weights."""
    n = len(design.dossiers)
    counts = np.zeros((n, n), dtype=np.uint32)
    for order in _orders(design, given, allocation(weights, draws), np.random.Generator(np.random.PCG64(seed))):
        for start in range(0, n, _POSITIONS):
            part = order[:, start : start + _POSITIONS]
            cells = part * part.shape[1] + np.arange(part.shape[1])
            counted = np.bincount(cells.ravel(), minlength=n * part.shape[1])
            counts[:, start : start + _POSITIONS] += counted.reshape(n, -1).astype(np.uint32)
    return RankCounts(counts)


def allocation(weights: Floats, draws: int) -> Integers:
    """Return (K,) how many draws each point gets: systematic, so that each is within one of its share."""
    bounds = np.floor(np.concatenate([[0.0], np.cumsum(weights) / weights.sum()]) * draws + 0.5).astype(np.int64)
    bounds[-1] = draws
    return np.diff(bounds)


def _orders(
    design: Design, given: Conditionals, allotted: Integers, generator: np.random.Generator
) -> Iterator[Integers]:
    """Yield batches of draws as (draws, n) orders of dossiers, the best first."""
    n = len(design.dossiers)
    most = max(1, _AT_ONCE // n)
    waiting: list[Floats] = []
    held = 0
    for point, share in enumerate(allotted):
        if share == 0:
            continue
        means, own, spread = merits(design, given, point)
        for done in range(0, int(share), most):
            size = min(most, int(share) - done)
            drawn = generator.standard_normal((size, n))
            drawn *= np.sqrt(own)
            drawn += generator.standard_normal((size, design.width)) @ spread.T
            drawn += means
            waiting.append(drawn)
            held += size
            if held >= most:
                yield _ordered(waiting)
                waiting, held = [], 0
    if waiting:
        yield _ordered(waiting)


def _ordered(waiting: list[Floats]) -> Integers:
    drawn = np.concatenate(waiting)
    np.negative(drawn, out=drawn)
    return np.argsort(drawn, axis=1)
