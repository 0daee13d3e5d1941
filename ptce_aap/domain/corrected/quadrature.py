"""Where the standard deviations may lie, and with what weight: Gauss–Legendre on a box around their mode.

The scale is the natural one (a logarithmic grid loses the mass near zero); the box reaches 0 whenever the mode is
within eight standard deviations of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from ptce_aap.domain.corrected.design import Design, Floats
from ptce_aap.domain.corrected.gaussian import log_likelihood
from ptce_aap.domain.corrected.priors import Priors

NEAR_ZERO = 8.0  # standard deviations: a mode nearer to zero than this has a box that reaches zero
_REACH = 4.5  # standard deviations on each side of a mode that is far from zero
_DROP = 10.0  # fall of the log density under its top from which a border is far enough
_EMPTY = 22.0  # fall beyond which a layer of nodes is a waste
_NEGLIGIBLE = 1e-4  # sum of the weights that are left out
_ADJUSTMENTS = 12  # of the box, at most
_LAYERS = 9  # nodes an axis while the box is adjusted
_FEWEST, _MOST = 7, 48  # nodes an axis of the first rule
_FINE = 64  # nodes of the rule that the first one is compared with, on one axis
# Errors allowed there on the mean (in standard deviations) and on the variance, axis by axis: ranks follow the
# readers' sd more than the others.
_CLOSE = (1e-2, 1e-2, 2e-3)
_LEVELS = 8
_STEP = 0.15  # growth of the numbers of nodes from a level to the next


@dataclass(frozen=True, slots=True, eq=False)
class Nodes:
    """``points`` (K, axes) and ``weights`` (K,), sum 1: what stands for the posterior of the standard deviations."""

    points: Floats
    weights: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """The posterior density of the standard deviations of one set of readings, and the box that holds it."""

    design: Design
    priors: Priors
    lowest: Floats  # (axes,) ends of the box
    highest: Floats
    counts: tuple[int, ...]  # nodes of the first rule on each axis

    @property
    def levels(self) -> int:
        """Return how many rules there are, each finer than the one before."""
        return _LEVELS

    def nodes(self, level: int) -> Nodes:
        """Return the rule of this level (from 0), without its smallest weights (together under 1e-4)."""
        counts = [math.ceil(count * (1 + _STEP * level)) for count in self.counts]
        points, volumes = _rule(self.lowest, self.highest, counts)
        density = log_posterior(self.design, self.priors, points)
        weights = volumes * np.exp(density - density.max())
        weights /= weights.sum()
        order = np.argsort(weights, kind="stable")
        kept = np.sort(order[np.searchsorted(np.cumsum(weights[order]), _NEGLIGIBLE) :])
        return Nodes(points[kept], weights[kept] / weights[kept].sum())


def posterior(design: Design, priors: Priors) -> Posterior:
    """Return the posterior of the standard deviations, its box fitted."""
    mode, deviations = _mode(design, priors)
    near = mode - NEAR_ZERO * deviations <= priors.lowest
    lowest = np.where(near, priors.lowest, mode - _REACH * deviations)
    highest = np.minimum(mode + _REACH * deviations, priors.highest)
    for _ in range(_ADJUSTMENTS):
        moved_lowest, moved_highest = _adjusted(design, priors, (lowest, highest), near)
        if np.array_equal(moved_lowest, lowest) and np.array_equal(moved_highest, highest):
            break
        lowest, highest = moved_lowest, moved_highest
    counts = _counts(design, priors, (lowest, highest), mode)
    return Posterior(design, priors, lowest, highest, counts)


def log_posterior(design: Design, priors: Priors, points: Floats) -> Floats:
    """Return (K,) log posterior densities at (K, axes) points, up to a constant."""
    return log_likelihood(design, priors.triples(points)) + priors.log_density(points)


def _rule(lowest: Floats, highest: Floats, counts: Sequence[int]) -> tuple[Floats, Floats]:
    """Return the (K, axes) nodes and (K,) volumes of the product rule with so many nodes an axis."""
    axes, weights = [], []
    for low, high, count in zip(lowest, highest, counts, strict=True):
        nodes, shares = np.polynomial.legendre.leggauss(count)
        axes.append(low + (high - low) / 2 * (nodes + 1))
        weights.append(shares)
    points = np.stack([grid.ravel() for grid in np.meshgrid(*axes, indexing="ij")], axis=1)
    volumes = np.prod(np.stack(np.meshgrid(*weights, indexing="ij")), axis=0).ravel()
    return points, volumes


def _counts(design: Design, priors: Priors, box: tuple[Floats, Floats], mode: Floats) -> tuple[int, ...]:
    """Return how many nodes each axis needs for the density along it, the others being at the mode.

    That density is narrower than the one to integrate, so that these are many rather than few.
    """
    counts = []
    for axis in range(priors.axes):
        fine = _along(design, priors, box, mode, axis, _FINE)
        count = _FEWEST
        while count < _MOST and not _close(_along(design, priors, box, mode, axis, count), fine, _CLOSE[axis]):
            count += 1
        counts.append(count)
    return tuple(counts)


def _along(
    design: Design, priors: Priors, box: tuple[Floats, Floats], mode: Floats, axis: int, count: int
) -> tuple[float, float]:
    """Return the mean and the variance of one standard deviation, the others being at the mode."""
    nodes, volumes = _rule(box[0][axis : axis + 1], box[1][axis : axis + 1], [count])
    points = np.repeat(mode[None, :], count, axis=0)
    points[:, axis] = nodes[:, 0]
    density = log_posterior(design, priors, points)
    weights = volumes * np.exp(density - density.max())
    mean = float(np.average(nodes[:, 0], weights=weights))
    return mean, float(np.average((nodes[:, 0] - mean) ** 2, weights=weights))


def _close(rule: tuple[float, float], fine: tuple[float, float], error: float) -> bool:
    return abs(rule[0] - fine[0]) <= error * math.sqrt(fine[1]) and abs(rule[1] - fine[1]) <= error * fine[1]


def _mode(design: Design, priors: Priors) -> tuple[Floats, Floats]:
    """Return the (axes,) mode and the standard deviations of a Gaussian around it (infinite: no curvature)."""
    steps = 1e-3 * priors.scales
    shifts = np.concatenate([np.zeros((1, priors.axes)), np.diag(steps), -np.diag(steps)])

    def descent(point: Floats) -> tuple[float, Floats]:
        values = -_reflected(design, priors, point + shifts)
        up, down = values[1 : priors.axes + 1], values[priors.axes + 1 :]
        return float(values[0]), (up - down) / (2 * steps)

    bounds = list(zip(priors.lowest, priors.highest * (1 - 1e-9), strict=True))
    start = priors.scales
    mode = np.asarray(minimize(descent, start, jac=True, bounds=bounds, method="L-BFGS-B").x)
    return mode, _deviations(design, priors, mode, steps)


def _reflected(design: Design, priors: Priors, points: Floats) -> Floats:
    """Return the log densities, mirrored at zero and held at the bounds: differences can be taken there too."""
    return log_posterior(design, priors, np.clip(np.abs(points), priors.lowest, priors.highest * (1 - 1e-12)))


def _deviations(design: Design, priors: Priors, mode: Floats, steps: Floats) -> Floats:
    """Return the posterior sds by the curvature at the mode; infinite where it does not bend down."""
    axes = priors.axes
    pairs = [(i, j) for i in range(axes) for j in range(i, axes)]
    moves = np.diag(steps * 10)
    corners = [mode + a * moves[i] + b * moves[j] for i, j in pairs for a in (1, -1) for b in (1, -1)]
    values = _reflected(design, priors, np.array(corners)).reshape(len(pairs), 4)
    curvature = np.zeros((axes, axes))
    for (i, j), (both, up, down, none) in zip(pairs, values, strict=True):
        curvature[i, j] = curvature[j, i] = -(both - up - down + none) / (4 * moves[i, i] * moves[j, j])
    if np.all(np.linalg.eigvalsh(curvature) > 0):
        return np.sqrt(np.diag(np.linalg.inv(curvature)))
    diagonal = np.diag(curvature)
    return np.where(diagonal > 0, 1 / np.sqrt(np.maximum(diagonal, 1e-300)), np.inf)


def _adjusted(design: Design, priors: Priors, box: tuple[Floats, Floats], near: np.ndarray) -> tuple[Floats, Floats]:
    """Return the box with each end moved out where density is left there, in where outer layers are empty."""
    lowest, highest = box
    points, _ = _rule(lowest, highest, [_LAYERS] * priors.axes)
    density = log_posterior(design, priors, points).reshape((_LAYERS,) * priors.axes)
    density = density - density.max()
    layers = points.reshape((*(_LAYERS,) * priors.axes, priors.axes))
    moved_lowest, moved_highest = lowest.copy(), highest.copy()
    for axis in range(priors.axes):
        top = np.moveaxis(density, axis, 0).reshape(_LAYERS, -1).max(axis=1)
        place = np.moveaxis(layers[..., axis], axis, 0).reshape(_LAYERS, -1)[:, 0]
        width = highest[axis] - lowest[axis]
        if top[-1] > -_DROP:
            moved_highest[axis] = min(highest[axis] + 0.35 * width, priors.highest[axis])
        elif top[-2] < -_EMPTY:
            moved_highest[axis] = place[np.flatnonzero(top >= -_EMPTY)[-1] + 1]
        if not near[axis] and top[0] > -_DROP:
            moved_lowest[axis] = max(lowest[axis] - 0.35 * width, priors.lowest[axis])
    return moved_lowest, moved_highest
