"""Expected ranks: for each pair of dossiers the chance that one stands before the other, summed.

``ER_i = 1 + Σ_{j≠i} Φ((μ_j − μ_i)/√(V_ii + V_jj − 2V_ij))`` at each point of the quadrature, O(n²J), in blocks that
stay in the processor's cache.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from ptce_aap.domain.corrected.design import Design, Floats
from ptce_aap.domain.corrected.gaussian import Conditionals, merits

_ROWS, _COLUMNS = 48, 512  # of a block: three arrays of 200 kB
_SPREADS_AT_ONCE = 8_000_000  # numbers of the points' covariances kept together: 64 MB


@dataclass(frozen=True, slots=True, eq=False)
class Chances:
    """``expected_ranks`` (n,); ``table`` (n, n): chance that the row's dossier stands before the column's, above the
    diagonal only; None when it was not asked for."""

    expected_ranks: Floats
    table: Floats | None


@dataclass(frozen=True, slots=True, eq=False)
class _Points:
    """Some points of the quadrature, ready for the blocks: left @ rightᵀ gives the variances of differences."""

    weights: Floats  # (K,)
    means: Floats  # (K, n)
    left: Floats  # (K, n, J + 2): −2U, V_ii, 1
    right: Floats  # (K, n, J + 2): U, 1, V_jj


def chances(design: Design, given: Conditionals, weights: Floats, *, keep_table: bool = False) -> Chances:
    """Return the expected ranks averaged over the K points with these weights (sum 1)."""
    n = len(design.dossiers)
    ranks = np.ones(n)
    table = np.zeros((n, n)) if keep_table else None
    for points in _chunks(design, given, weights):
        share = points.weights.sum()
        for rows, columns in _blocks(n):
            behind = _block(points, rows, columns)
            above = _above(rows, columns)
            behind *= above
            ranks[rows] += behind.sum(axis=1)
            ranks[columns] += share * above.sum(axis=0) - behind.sum(axis=0)
            if table is not None:
                table[rows, columns] += share * above - behind
    return Chances(ranks, table)


def _chunks(design: Design, given: Conditionals, weights: Floats) -> Iterator[_Points]:
    n = len(design.dossiers)
    step = max(1, _SPREADS_AT_ONCE // (2 * n * (design.width + 2)))
    for start in range(0, len(weights), step):
        stop = min(start + step, len(weights))
        means = np.empty((stop - start, n))
        left = np.empty((stop - start, n, design.width + 2))
        right = np.empty_like(left)
        for place, point in enumerate(range(start, stop)):
            means[place], own, spread = merits(design, given, point)
            variances = own + np.einsum("ij,ij->i", spread, spread)
            left[place, :, :-2], left[place, :, -2], left[place, :, -1] = -2.0 * spread, variances, 1.0
            right[place, :, :-2], right[place, :, -2], right[place, :, -1] = spread, 1.0, variances
        yield _Points(weights[start:stop], means, left, right)


def _blocks(n: int) -> Iterator[tuple[slice, slice]]:
    """Yield blocks that cover every pair above the diagonal once, and as little as may be under it."""
    for start in range(0, n, _ROWS):
        for first in range(start, n, _COLUMNS):
            yield slice(start, min(start + _ROWS, n)), slice(first, min(first + _COLUMNS, n))


def _above(rows: slice, columns: slice) -> NDArray[np.bool_]:
    """Return which cells of a block are above the diagonal."""
    return np.arange(columns.start, columns.stop) > np.arange(rows.start, rows.stop)[:, None]


def _block(points: _Points, rows: slice, columns: slice) -> Floats:
    """Return, averaged over the points, the chance that the column's dossier stands before the row's."""
    shape = (rows.stop - rows.start, columns.stop - columns.start)
    total, deviation, gap = np.zeros(shape), np.empty(shape), np.empty(shape)
    for point, weight in enumerate(points.weights):
        np.matmul(points.left[point, rows], points.right[point, columns].T, out=deviation)
        if rows.start == columns.start:
            np.fill_diagonal(deviation, 1.0)  # a dossier with itself: left out below
        np.sqrt(deviation, out=deviation)
        np.subtract(points.means[point, None, columns], points.means[point, rows, None], out=gap)
        gap /= deviation
        ndtr(gap, out=gap)
        gap *= weight
        total += gap
    return total
