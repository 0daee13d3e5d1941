"""Computes the corrected ranking and all that pages show of it.

Only the worker calls this: it loads NumPy and SciPy.
"""

from __future__ import annotations

from typing import Any

from ptce_aap.domain.corrected.storing import as_json
from ptce_aap.services.corrected_inputs import Inputs
from ptce_aap.services.corrected_store import Part


def whole(inputs: Inputs) -> dict[Part, Any]:
    """Return every part of the corrected ranking of these inputs, which hold one reading or more."""
    from ptce_aap.domain.corrected import fitting

    readings = inputs.readings()
    fit = fitting.correct(readings, inputs.settings)
    parts: dict[Part, Any] = {
        Part.RESULT: as_json(fit.result()),
        Part.READINGS: [[one.dossier, one.reader, one.score] for one in readings],
    }
    if inputs.provisional:
        parts[Part.PROVISIONAL] = {dossier: list(place) for dossier, place in inputs.provisional.items()}
    if (pairs := fit.pairs()) is not None:
        parts[Part.PAIRS] = pairs.as_json()
    return parts
