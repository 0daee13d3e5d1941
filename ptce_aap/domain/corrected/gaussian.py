"""Given the three standard deviations everything is Gaussian: likelihood, merits, generosity, all in closed form.

The merits are eliminated (their block is diagonal) and one J × J matrix is factorised for each point, J = readers + 1.
Readers' columns are scaled by their sd t, so that t = 0 is an ordinary value. With φ_c = 1/(s² + cτ²):
S = I + T (W/s² + Σ_c φ_c B_c) T and b = T (w/s² + Σ_c φ_c b_c), the identity being absent for the general level.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ptce_aap.domain.corrected.design import Design, Floats

_AT_ONCE = 200_000  # numbers of the stacked matrices, to stay within the processor's cache


@dataclass(frozen=True, slots=True, eq=False)
class Conditionals:
    """What follows from K points (τ, s, t).

    ``effects`` (K, J): posterior means of readers' generosity, then of the general level (less the centre) in mode
    ``default``; ``roots`` (K, J, J): C, with CCᵀ their posterior covariance;
    ``shrink`` (K, C): τ²φ_c, the weight of one reading of a dossier of each size.
    """

    triples: Floats  # (K, 3)
    effects: Floats
    roots: Floats
    shrink: Floats


def log_likelihood(design: Design, triples: Floats) -> Floats:
    """Return the (K,) log marginal likelihoods at (K, 3) points τ, s, t (s > 0), up to a constant."""
    parts = [_likelihood(design, chunk, _factored(design, chunk)) for chunk in _chunks(design, triples)]
    return np.concatenate(parts)


def conditionals(design: Design, triples: Floats) -> Conditionals:
    """Return the posterior of the effects at (K, 3) points τ, s, t (s > 0)."""
    roots, effects = [], []
    for chunk in _chunks(design, triples):
        factor = _factored(design, chunk)
        root = _roots(_scales(design, chunk), factor[:, :-1, :-1])
        roots.append(root)
        effects.append(np.matmul(root, factor[:, -1, :-1, None])[:, :, 0])
    shrink = triples[:, :1] ** 2 * _totals(design, triples)
    return Conditionals(triples, np.concatenate(effects), np.concatenate(roots), shrink)


def merits(design: Design, given: Conditionals, point: int) -> tuple[Floats, Floats, Floats]:
    """Return, at one point, the posterior means (n,) of the merits, and 1/d (n,) and U (n, J) of their covariance.

    Cov = diag(1/d) + UUᵀ.
    """
    shrink = given.shrink[point][design.size_place]
    means = shrink * (design.sums - design.columns @ given.effects[point])
    spread = design.columns @ given.roots[point]
    spread *= shrink[:, None]
    return means, given.triples[point, 1] ** 2 * shrink, spread


def _chunks(design: Design, triples: Floats) -> Iterator[Floats]:
    step = max(1, _AT_ONCE // design.width**2)
    for start in range(0, len(triples), step):
        yield triples[start : start + step]


def _totals(design: Design, triples: Floats) -> Floats:
    """Return φ (K, C) = 1/(s² + cτ²)."""
    return np.asarray(1.0 / (triples[:, 1:2] ** 2 + design.distinct * triples[:, :1] ** 2))


def _scales(design: Design, triples: Floats) -> Floats:
    """Return the (K, J) scale of each column: the readers' sd, and 1 for the general level."""
    scales = np.repeat(triples[:, 2:3], design.width, axis=1)
    if design.flat:
        scales[:, -1] = 1.0
    return scales


def _factored(design: Design, triples: Floats) -> Floats:
    """Return the (K, J + 1, J + 1) Cholesky factors of S bordered by b, with the marks' own square in the corner.

    The last row is then (L⁻¹b, r) with r² = yᵀR⁻¹y − bᵀS⁻¹b + 1: everything that the likelihood needs.
    """
    readers, side = len(design.readers), design.width + 1
    parts = np.column_stack([1.0 / triples[:, 1] ** 2, _totals(design, triples)])
    bordered = (parts @ design.moments.reshape(len(design.moments), -1)).reshape(-1, side, side)
    bordered[:, :readers] *= triples[:, 2, None, None]
    bordered[:, :, :readers] *= triples[:, 2, None, None]
    places = [*range(readers), side - 1]
    bordered[:, places, places] += 1.0
    return np.asarray(np.linalg.cholesky(bordered))


def _likelihood(design: Design, triples: Floats, factor: Floats) -> Floats:
    diagonal = np.diagonal(factor, axis1=1, axis2=2)
    log_determinant = (
        2.0 * (len(design.marks) - len(design.dossiers)) * np.log(triples[:, 1])
        - np.log(_totals(design, triples)) @ design.size_count
        + 2.0 * np.sum(np.log(diagonal[:, :-1]), axis=1)
    )
    return np.asarray(-0.5 * (log_determinant + diagonal[:, -1] ** 2))


def _roots(scales: Floats, factor: Floats) -> Floats:
    """Return C = T L⁻ᵀ (K, J, J): the effects' posterior covariance is CCᵀ."""
    return np.asarray(scales[:, :, None] * np.swapaxes(np.linalg.inv(factor), 1, 2))
