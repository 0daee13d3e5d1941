"""Computes the corrected ranking and all that pages show of it.

Only the worker calls this: it loads NumPy and SciPy.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ptce_aap.domain.corrected.storing import as_json
from ptce_aap.domain.corrected.values import Model
from ptce_aap.services.ranking.corrected_inputs import Inputs
from ptce_aap.services.ranking.corrected_store import Part

# The whole computation follows with all its draws: until then intervals may be off by a rank.
_QUICK_DRAWS = 5_000

if TYPE_CHECKING:
    from ptce_aap.domain.corrected.fitting import Fit


def whole(inputs: Inputs) -> dict[Part, Any]:
    """Return every part of the corrected ranking of these inputs, which hold one reading or more."""
    from ptce_aap.domain.corrected import fitting, leaving, weighing

    fit = fitting.correct(inputs.readings(), inputs.settings)
    weights = {axis.key: float(axis.weight) for axis in inputs.grid.axes}
    return {
        **_common(inputs, fit),
        Part.LEFT_OUT: as_json(leaving.left_out(fit)),
        Part.SENSITIVITY: as_json(
            weighing.sensitivity(inputs.readings_by_axis(), weights, fit, seed=inputs.settings.seed)
        ),
    }


def quick(inputs: Inputs, fitted: Model) -> dict[Part, Any]:
    """Return the ranking with given standard deviations, those of a former result: well under a second.

    Its intervals leave out how uncertain the deviations are: the whole computation puts that back.
    """
    from ptce_aap.domain.corrected import fitting

    settings = replace(inputs.settings, draws=min(_QUICK_DRAWS, inputs.settings.draws))
    return _common(inputs, fitting.correct_with(inputs.readings(), settings, fitted))


def _common(inputs: Inputs, fit: Fit) -> dict[Part, Any]:
    from ptce_aap.domain.corrected import explaining, following

    result = fit.result()
    parts: dict[Part, Any] = {
        Part.RESULT: as_json(result),
        Part.READINGS: [[one.dossier, one.reader, one.score] for one in fit.readings],
        Part.EXPLAINED: {one.dossier: as_json(one) for one in explaining.explanations(fit)},
        Part.NEXT: [as_json(one) for one in following.next_readings(fit, result)],
    }
    if inputs.provisional:
        parts[Part.PROVISIONAL] = {dossier: list(place) for dossier, place in inputs.provisional.items()}
    if (pairs := fit.pairs()) is not None:
        parts[Part.PAIRS] = pairs.as_json()
    return parts
