"""The priors of the three standard deviations, by mode (``ranking.md`` section 2), on the scale of the marks.

``snsf``: the between-dossier sd is uniform on (0, u), u = 0.4 R, R the width of the scale; the residual sd is the root
of the sum of two squares that are each uniform sds on (0, u); the readers' sd is fixed at 0.1 R.
``default``: half-normal of scale 0.4 R, 0.4 R and 0.2 R.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ptce_aap.domain.corrected.design import Floats
from ptce_aap.domain.corrected.values import Mode

_MERIT, _RESIDUAL, _READERS, _FIXED_READERS = 0.4, 0.4, 0.2, 0.1
# Marks are given in steps: without a floor, marks that fit exactly would have an infinite likelihood at s = 0.
SMALLEST_RESIDUAL = 0.001
_FARTHEST = 6.0  # scales of a half-normal beyond which nothing is left


@dataclass(frozen=True, slots=True)
class Priors:
    """Log densities (up to a constant) and bounds of τ, s and, in mode ``default``, the readers' sd."""

    mode: Mode
    width: float  # R

    @property
    def axes(self) -> int:
        """Return how many standard deviations are integrated over."""
        return 2 if self.mode is Mode.SNSF else 3

    @property
    def lowest(self) -> Floats:
        """Return the lower bound of each axis."""
        return np.array([0.0, SMALLEST_RESIDUAL * self.width, 0.0])[: self.axes]

    @property
    def highest(self) -> Floats:
        """Return the upper bound of each axis: of the support, or where nothing is left of it."""
        if self.mode is Mode.SNSF:
            u = _MERIT * self.width
            return np.array([u, np.sqrt(2.0) * u])
        return np.array([_MERIT, _RESIDUAL, _READERS]) * self.width * _FARTHEST

    @property
    def scales(self) -> Floats:
        """Return a usual size of each axis: where the search for the mode starts."""
        return np.array([_MERIT, _RESIDUAL, _READERS])[: self.axes] * self.width / 2

    def triples(self, points: Floats) -> Floats:
        """Return (K, 3) standard deviations τ, s, readers' sd for (K, axes) points."""
        if self.mode is Mode.DEFAULT:
            return points
        return np.column_stack([points, np.full(len(points), _FIXED_READERS * self.width)])

    def log_density(self, points: Floats) -> Floats:
        """Return (K,) log prior densities at (K, axes) points within the bounds."""
        if self.mode is Mode.DEFAULT:
            scaled = points / (np.array([_MERIT, _RESIDUAL, _READERS]) * self.width)
            return np.asarray(-0.5 * np.sum(scaled**2, axis=1))
        u, s = _MERIT * self.width, points[:, 1]
        ratio = np.minimum(1.0, u / s)
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(s) + np.log(np.maximum(0.0, 1 - 2 * np.arccos(ratio) / (np.pi / 2))))
