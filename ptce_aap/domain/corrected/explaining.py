"""One adjusted mark taken apart, reading by reading; the parts add up to it exactly."""

from __future__ import annotations

import numpy as np

from ptce_aap.domain.corrected.aids import Explained, ExplainedReading
from ptce_aap.domain.corrected.fitting import Fit


def explain(fit: Fit, dossier: str) -> Explained:
    """Return what each reading of a dossier brings to its adjusted mark. Errors: ``KeyError``.

    With given standard deviations, adjusted = m + Σ κ (y − m − ν), κ = τ²/(s² + cτ²); every term is averaged over the
    points of the quadrature, and the severity is the one that gives this average.
    """
    return _explained(fit, fit.place_of(dossier))


def explanations(fit: Fit) -> tuple[Explained, ...]:
    """Return the explanation of every dossier, by id."""
    return tuple(_explained(fit, place) for place in range(len(fit.design.dossiers)))


def _explained(fit: Fit, place: int) -> Explained:
    design, weights = fit.design, fit.nodes.weights
    first, last = np.searchsorted(design.row, [place, place + 1])
    shrink = fit.given.shrink[:, design.size_place[place]]
    levels = fit.given.effects[:, -1] if design.flat else np.zeros(len(weights))
    told = design.marks[first:last] - levels[:, None] - fit.given.effects[:, design.column[first:last]]
    turned = (weights * shrink) @ told  # (c,) contributions
    weight = float(weights @ shrink)
    centre = design.sign * (design.centre + float(weights @ levels))
    contributions = [float(part) for part in design.sign * turned]
    adjusted = centre + sum(contributions)
    readings = []
    for reading, contribution in zip(fit.readings[first:last], contributions, strict=True):
        corrected = centre + contribution / weight
        readings.append(
            ExplainedReading(
                reader=reading.reader,
                value=reading.score,
                severity=corrected - reading.score,
                residual=corrected - adjusted,
                weight=weight,
                contribution=contribution,
            )
        )
    return Explained(design.dossiers[place], centre, adjusted, 1.0 - weight * len(readings), tuple(readings))
