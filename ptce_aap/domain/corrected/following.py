"""Among the dossiers that the readings cannot tell apart, those whom one more reading would help most."""

from __future__ import annotations

import math

from scipy.special import ndtri, owens_t

from ptce_aap.domain.corrected.aids import NextReading
from ptce_aap.domain.corrected.fitting import Fit
from ptce_aap.domain.corrected.values import Corrected, Group, Placed


def next_readings(fit: Fit, corrected: Corrected | None = None) -> tuple[NextReading, ...]:
    """Return the dossiers of the middle group, the most helped first; empty without a line.

    ``corrected``: the result of this fit when it is at hand. With p the chance of being above the line, the likelier
    side is wrong with probability min(p, 1 − p). One more reading by an unknown reader has variance s² + τ_ν²; the
    merit has posterior variance v. The probability of then being on the wrong side is expected to be
    2 T(Φ⁻¹(p), √((s² + τ_ν²)/v)), T Owen's function: θ and its next estimate falling on opposite sides of the line.
    """
    result = fit.result() if corrected is None else corrected
    model = fit.model
    noise = model.residual_sd**2 + model.generosity_sd**2
    middle = result.group(Group.INDISTINGUISHABLE)
    found = [_next(placed, noise, 0.5 / result.settings.draws) for placed in middle if placed.p_top is not None]
    return tuple(sorted(found, key=lambda each: (-round(each.gain, 9), each.dossier)))


def _next(placed: Placed, noise: float, least: float) -> NextReading:
    """``least``: the smallest chance that the draws can tell from none."""
    p = min(max(placed.p_top or 0.0, least), 1 - least)
    now = min(p, 1 - p)
    if placed.sd == 0:
        return NextReading(placed.dossier, now, 0.0)
    then = 2 * float(owens_t(float(ndtri(p)), math.sqrt(noise) / placed.sd))
    return NextReading(placed.dossier, now, max(0.0, now - then))
