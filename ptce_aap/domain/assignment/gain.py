"""What one more reading of each dossier buys, from two standard deviations and a closed formula.

``tau`` parts the dossiers, ``noise`` parts two readings of the same one. With k readings the mean of a dossier is its
true value plus an error of variance noise²/k; its posterior variance is tau² (1 − reliability). No severity here: it is
what readings buy once readers are comparable.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

MOST = 6
_NORMAL = NormalDist()
_NINETY = _NORMAL.inv_cdf(0.95)


@dataclass(frozen=True, slots=True)
class Gain:
    """What k readings a dossier give, and what they cost."""

    readings: int
    cost: int  # readings in all
    reliability: float  # share of the differences between means that is true difference
    ranks: float  # width of the 9-in-10 interval of the rank of a dossier in the middle of the list
    right: float  # chance that the better of two dossiers one standard deviation apart comes first


def gains(dossiers: int, *, tau: float, noise: float) -> tuple[Gain, ...]:
    """Return what 1 to ``MOST`` readings give; ``tau`` > 0, ``noise`` ≥ 0, on the same scale."""
    return tuple(_gain(readings, dossiers, tau, noise) for readings in range(1, MOST + 1))


def _gain(readings: int, dossiers: int, tau: float, noise: float) -> Gain:
    error = noise * noise / readings
    reliability = tau * tau / (tau * tau + error)
    spread = _NORMAL.cdf(_NINETY * sqrt(1 - reliability))
    return Gain(
        readings=readings,
        cost=readings * dossiers,
        reliability=reliability,
        ranks=dossiers * (2 * spread - 1),
        right=_NORMAL.cdf(tau / sqrt(2 * error)) if error else 1.0,
    )
