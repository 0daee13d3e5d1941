"""A quick re-rank after one more mark: the standard deviations stay as they were fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ptce_aap.domain.corrected.aids import Replaced
from ptce_aap.domain.corrected.design import Design, Floats, design
from ptce_aap.domain.corrected.gaussian import conditionals, merits
from ptce_aap.domain.corrected.ranks import chances
from ptce_aap.domain.corrected.values import Model, Reading, Settings


@dataclass(frozen=True, slots=True, eq=False)
class Plugged:
    """``adjusted`` (n,): marks of the input's scale; ``expected_ranks`` (n,)."""

    design: Design
    adjusted: Floats
    expected_ranks: Floats


def plug_in(readings: Sequence[Reading], settings: Settings, model: Model) -> Replaced:
    """Return the ranking of these readings with the standard deviations of ``model``. Errors: ``BadReadings``."""
    found = plugged(readings, settings, model)
    return Replaced(found.design.dossiers, tuple(map(float, found.adjusted)), tuple(map(float, found.expected_ranks)))


def plugged(readings: Sequence[Reading], settings: Settings, model: Model) -> Plugged:
    """Return the same as arrays."""
    arrays = design(readings, settings)
    given = conditionals(arrays, point(model))
    found = chances(arrays, given, np.ones(1))
    return Plugged(arrays, adjusted_at(arrays, model), found.expected_ranks)


def adjusted_at(arrays: Design, model: Model) -> Floats:
    """Return the adjusted marks (n,), on the input's scale, with these standard deviations: linear in the marks."""
    given = conditionals(arrays, point(model))
    level = given.effects[0, -1] if arrays.flat else 0.0
    return np.asarray(arrays.sign * (merits(arrays, given, 0)[0] + level + arrays.centre))


def point(model: Model) -> Floats:
    """Return (1, 3) τ, s, readers' sd."""
    return np.array([[model.tau, model.residual_sd, model.generosity_sd]])
