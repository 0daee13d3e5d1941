"""What the corrected ranking is asked and what it answers: frozen values, without any numerical library.

Model: Heyard, Ott, Salanti, Egger (2022), "Rethinking the Funding Line at the Swiss National Science Foundation".
A mark is m + merit of the dossier + generosity of the reader + noise; only differences between dossiers matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

FEWEST_DOSSIERS = 3  # a reader with fewer has no generosity shown
FEWEST_READINGS = 2  # a dossier with fewer has no reliable interval
TIE = 1e-9  # expected ranks closer than this are equal
EVEN_LOW, EVEN_HIGH = 0.45, 0.55  # between these chances two dossiers cannot be told apart


class Mode(StrEnum):
    """Which priors: ours, or those of the published method of the SNSF (for comparison and tests)."""

    DEFAULT = "default"
    SNSF = "snsf"


class Group(StrEnum):
    """On which side of the line a dossier stands, when its readings can tell."""

    ACCEPTED = "accepted"
    INDISTINGUISHABLE = "indistinguishable"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Reading:
    """One mark: what one reader gave to one dossier, on the scale of the call. One a (dossier, reader)."""

    dossier: str
    reader: str
    score: float


@dataclass(frozen=True, slots=True)
class Settings:
    """How the ranking is computed; echoed in every result.

    ``low``, ``high``: ends of the scale of marks (high > low); every score lies between. ``top``: how many dossiers
    stand above the line, 1 to the number of dossiers; None: no line, then no groups. ``draws``: from the posterior, for
    the quantiles of ranks only. ``seed``: of these draws (PCG64).
    """

    low: float
    high: float
    mode: Mode = Mode.DEFAULT
    lower_is_better: bool = False
    top: int | None = None
    draws: int = 20_000
    seed: int = 1

    @property
    def width(self) -> float:
        """Return the width of the scale, what the priors are multiples of."""
        return self.high - self.low


@dataclass(frozen=True, slots=True)
class Placed:
    """One dossier in the corrected ranking. Ranks count from 1, the best first; chances lie in [0, 1]."""

    dossier: str
    n: int  # readings
    raw_mean: float  # mean of its marks, on the input's scale
    raw_rank: int  # by the raw mean: 1, 2, 2, 4
    adjusted: float  # mark with the readers' severity removed, on the input's scale
    sd: float  # posterior standard deviation of its merit, in marks
    expected_rank: float
    pcer: float  # percentile of the expected rank: 100 (expected_rank − 0.5) / n
    rank_q05: int  # the smallest r such that P(rank ≤ r) ≥ 5 %
    rank_q25: int
    rank_q50: int
    rank_q75: int
    rank_q95: int
    p_top: float | None  # chance of a rank ≤ top; None without a line
    group: Group | None  # None without a line
    reliable: bool  # False: one reading only, its interval is not to be drawn as reliable


@dataclass(frozen=True, slots=True)
class ReaderFit:
    """One reader: + is generous whatever the direction of the scale; None with fewer than three dossiers."""

    reader: str
    n: int  # dossiers read
    generosity: float | None  # posterior mean, in marks
    generosity_sd: float | None


@dataclass(frozen=True, slots=True)
class Model:
    """Posterior means of the standard deviations, in marks; ``reliability`` of a mean of marks, in [0, 1]."""

    tau: float  # between dossiers
    residual_sd: float  # between readings of a dossier, once readers' generosity is removed
    generosity_sd: float  # between readers
    reliability: float  # τ² / (τ² + s²/n̄), n̄ the harmonic mean of the numbers of readings


@dataclass(frozen=True, slots=True)
class Component:
    """Dossiers and readers that are linked by readings; two components are compared by assumption only."""

    dossiers: tuple[str, ...]
    readers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Corrected:
    """The corrected ranking of one set of readings.

    ``dossiers``: by expected rank (rounded to 9 decimals), then by id. ``readers`` by id. ``line``: the expected rank
    of the dossier placed ``settings.top``-th; None without a line. ``warnings``: French sentences. ``nodes``: points of
    the quadrature over the standard deviations.
    """

    settings: Settings
    n_dossiers: int
    n_readers: int
    n_scores: int
    components: tuple[Component, ...]
    warnings: tuple[str, ...]
    model: Model
    line: float | None
    dossiers: tuple[Placed, ...]
    readers: tuple[ReaderFit, ...]
    nodes: int

    def placed(self, dossier: str) -> Placed:
        """Return one dossier's line. Errors: ``KeyError`` for a dossier that is not in this ranking."""
        for line in self.dossiers:
            if line.dossier == dossier:
                return line
        raise KeyError(dossier)

    def group(self, group: Group) -> tuple[Placed, ...]:
        """Return the dossiers of a group, in the order of the ranking."""
        return tuple(line for line in self.dossiers if line.group is group)
