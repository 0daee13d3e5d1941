"""The same posterior by other means: the full covariance of the marks, inverted at each point of a dense even grid.

Written apart from the application, from the model and the priors of the method; slow and plain.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr

from ptce_aap.domain.corrected.values import Reading


def expected_ranks(readings: Sequence[Reading], mode: str, width: float, count: int) -> dict[str, float]:
    """Return the expected ranks with ``count`` points an axis, higher marks being better."""
    names = sorted({reading.dossier for reading in readings})
    people = sorted({reading.reader for reading in readings})
    z = np.array([[reading.dossier == name for name in names] for reading in readings], dtype=float)
    w = np.array([[reading.reader == person for person in people] for reading in readings], dtype=float)
    y = np.array([reading.score for reading in readings])
    y = y - np.mean([y[z[:, i] > 0].mean() for i in range(len(names))])
    grid = _grid(z, w, y, mode, width, count)
    total, weight = np.zeros(len(names)), 0.0
    densities = np.array([_log_density(z, w, y, mode, width, point) for point in grid])
    densities -= densities.max()
    for point, density in zip(grid, densities, strict=True):
        if density > -18:
            total += math.exp(density) * _ranks(z, w, y, mode, point)
            weight += math.exp(density)
    return dict(zip(names, total / weight, strict=True))


def _grid(z, w, y, mode, width, count):  # type: ignore[no-untyped-def]
    """Return the middles of an even grid over the part of the prior's range where there is density."""
    ends = [0.4 * width, 0.4 * width * math.sqrt(2)] if mode == "snsf" else [2 * width, 2 * width, width]
    ranges = [(0.0, end) for end in ends]
    for _ in range(4):
        scan = list(itertools.product(*[_middles(low, high, 14 if len(ends) == 2 else 10) for low, high in ranges]))
        found = np.array([_log_density(z, w, y, mode, width, point) for point in scan])
        near = np.array(scan)[found > found.max() - 16]
        steps = [(high - low) / (14 if len(ends) == 2 else 10) for low, high in ranges]
        ranges = [
            (max(0.0, near[:, axis].min() - 1.5 * step), min(ends[axis], near[:, axis].max() + 1.5 * step))
            for axis, step in enumerate(steps)
        ]
    return list(itertools.product(*[_middles(low, high, count) for low, high in ranges]))


def _middles(low: float, high: float, count: int) -> list[float]:
    return [low + (high - low) * (i + 0.5) / count for i in range(count)]


def _prior(mode: str, width: float, point: tuple[float, ...]) -> float:
    # But for a constant, which weighs the same everywhere.
    tau, s = point[:2]
    if mode == "snsf":
        u = 0.4 * width
        if s <= u:
            return math.log(s)
        return math.log(s * (math.pi / 2 - 2 * math.acos(u / s)) / (math.pi / 2))
    scales = (0.4 * width, 0.4 * width, 0.2 * width)
    return -0.5 * sum((x / scale) ** 2 for x, scale in zip((tau, s, point[2]), scales, strict=True))


def _covariance(z, w, mode, width_or_point):  # type: ignore[no-untyped-def]
    tau, s, t = width_or_point
    return tau**2 * z @ z.T + t**2 * w @ w.T + s**2 * np.eye(len(z))


def _precision(z, w, mode, point):  # type: ignore[no-untyped-def]
    """Return the precision of the marks once the level is integrated out (default), and its log determinants."""
    covariance = _covariance(z, w, mode, point)
    inverse = np.linalg.inv(covariance)
    log_determinant = np.linalg.slogdet(covariance)[1]
    if mode == "snsf":
        return inverse, log_determinant
    ones = inverse.sum(axis=1)
    return inverse - np.outer(ones, ones) / ones.sum(), log_determinant + math.log(ones.sum())


def _log_density(z, w, y, mode, width, point):  # type: ignore[no-untyped-def]
    full = (*point, 0.1 * width) if mode == "snsf" else point
    precision, log_determinant = _precision(z, w, mode, full)
    return -0.5 * (log_determinant + y @ precision @ y) + _prior(mode, width, point)


def _ranks(z, w, y, mode, point, width=5.0):  # type: ignore[no-untyped-def]
    full = (*point, 0.1 * width) if mode == "snsf" else point
    precision, _ = _precision(z, w, mode, full)
    tau = point[0]
    mean = tau**2 * z.T @ precision @ y
    covariance = tau**2 * np.eye(z.shape[1]) - tau**4 * z.T @ precision @ z
    variance = np.diag(covariance)
    gaps = mean[None, :] - mean[:, None]
    spread = np.sqrt(variance[:, None] + variance[None, :] - 2 * covariance + np.eye(len(mean)))
    chances = ndtr(gaps / spread)
    np.fill_diagonal(chances, 0.0)
    return 1 + chances.sum(axis=1)
