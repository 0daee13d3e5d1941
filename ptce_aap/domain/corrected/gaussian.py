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

_AT_ONCE = 4_000_000  # numbers of the stacked matrices, to stay within some thirty megabytes


@dataclass(frozen=True, slots=True, eq=False)
class Conditionals:
    """What follows from K points (τ, s, t).

    ``log_likelihood`` (K,), up to a constant, the general level integrated out when it is estimated; ``effects``
    (K, J): posterior means of readers' generosity, then of the general level (less the centre) in mode ``default``;
    ``roots`` (K, J, J): C, with CCᵀ their posterior covariance;
    ``shrink`` (K, C): τ²φ_c, the weight of one reading of a dossier of each size.
    """

    triples: Floats  # (K, 3)
    log_likelihood: Floats
    effects: Floats
    roots: Floats
    shrink: Floats


def log_likelihood(design: Design, triples: Floats) -> Floats:
    """Return the (K,) log marginal likelihoods at (K, 3) points τ, s, t (s > 0), up to a constant."""
    parts = [_solved(design, chunk)[0] for chunk in _chunks(design, triples)]
    return np.concatenate(parts)


def conditionals(design: Design, triples: Floats) -> Conditionals:
    """Return the posterior of the effects at (K, 3) points τ, s, t (s > 0)."""
    chunks = list(_chunks(design, triples))
    parts = [_solved(design, chunk) for chunk in chunks]
    scales = [_scales(design, chunk) for chunk in chunks]
    return Conditionals(
        triples=triples,
        log_likelihood=np.concatenate([part[0] for part in parts]),
        effects=np.concatenate([scale * part[2] for scale, part in zip(scales, parts, strict=True)]),
        roots=np.concatenate([_roots(scale, part[1]) for scale, part in zip(scales, parts, strict=True)]),
        shrink=triples[:, :1] ** 2 * _totals(design, triples),
    )


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


def _solved(design: Design, triples: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the log likelihoods (K,), the factors L of S (K, J, J) and the scaled effects S⁻¹b (K, J)."""
    totals, scales = _totals(design, triples), _scales(design, triples)
    precision = 1.0 / triples[:, 1] ** 2
    matrix = np.tensordot(totals, design.between, axes=1)
    matrix += precision[:, None, None] * design.within
    matrix *= scales[:, :, None]
    matrix *= scales[:, None, :]
    places = np.arange(len(design.readers))
    matrix[:, places, places] += 1.0
    vector = scales * (precision[:, None] * design.within_marks + totals @ design.between_marks)
    factor = np.linalg.cholesky(matrix)
    half = np.linalg.solve(factor, vector[:, :, None])
    effects = np.linalg.solve(np.swapaxes(factor, 1, 2), half)[:, :, 0]
    readings, dossiers = len(design.marks), len(design.dossiers)
    square = precision * design.within_square + totals @ design.between_square
    log_determinant = (
        2.0 * (readings - dossiers) * np.log(triples[:, 1])
        - np.log(totals) @ design.size_count
        + 2.0 * np.sum(np.log(np.diagonal(factor, axis1=1, axis2=2)), axis=1)
    )
    likelihood = np.asarray(-0.5 * (log_determinant + square - np.sum(half[:, :, 0] ** 2, axis=1)))
    return likelihood, np.asarray(factor), np.asarray(effects)


def _roots(scales: Floats, factor: Floats) -> Floats:
    """Return C = T L⁻ᵀ (K, J, J): the effects' posterior covariance is CCᵀ."""
    return np.asarray(scales[:, :, None] * np.swapaxes(np.linalg.inv(factor), 1, 2))
