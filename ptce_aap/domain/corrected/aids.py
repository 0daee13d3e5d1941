"""What helps to read the corrected ranking: one rank explained, weights moved, a reader left out, the next reading.

Frozen values without any numerical library; they are computed by ``explaining``, ``weighing``, ``leaving`` and
``following``, stored by ``storing``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExplainedReading:
    """One reading's part in the adjusted mark of its dossier; every figure is in marks of the input's scale but weight.

    value + severity is the mark once the reader's severity is removed; contribution = weight × (value + severity −
    centre); residual = value + severity − adjusted: what this reading says that the result does not follow.
    """

    reader: str
    value: float
    severity: float  # added to the value: + where the reader gives lower figures than the others
    residual: float
    weight: float  # in [0, 1]; the same for each reading of a dossier
    contribution: float


@dataclass(frozen=True, slots=True)
class Explained:
    """One adjusted mark taken apart: adjusted = centre + Σ contribution, exactly (1e-9).

    ``centre``: the mean level of the call; ``held_back`` = 1 − Σ weight: the share of the result that comes from the
    centre and not from the readings, the greater the fewer the readings.
    """

    dossier: str
    centre: float
    adjusted: float
    held_back: float
    readings: tuple[ExplainedReading, ...]


@dataclass(frozen=True, slots=True)
class Overtaking:
    """The smallest change of one weight by which a dossier reaches the one placed just above it.

    Weights are shares of their sum, the other criteria keeping their proportions. ``criterion`` None: no weight of
    one criterion does it.
    """

    dossier: str
    above: str
    criterion: str | None
    weight: float | None  # today's share of this criterion
    needed: float | None  # the share from which the dossier is level with, or passes, the one above


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """How the adjusted marks follow the weights, the standard deviations being kept as fitted.

    ``contributions[c][i]``: adjusted mark of ``dossiers[i]`` on criterion ``criteria[c]`` alone; any weighting is a
    plain weighted mean of these rows. ``shares[i]``: share of the ``draws`` weightings, drawn uniformly among all
    weightings, in which ``dossiers[i]`` is among the ``top`` (None without a line). Criteria and dossiers by id.
    """

    criteria: tuple[str, ...]
    dossiers: tuple[str, ...]
    contributions: tuple[tuple[float, ...], ...]
    weights: tuple[float, ...]  # today's, shares of their sum
    lower_is_better: bool
    top: int | None
    draws: int
    seed: int
    shares: tuple[float, ...] | None
    overtakings: tuple[Overtaking, ...]  # one a dossier but the first, in today's order

    def adjusted(self, weights: Mapping[str, float]) -> dict[str, float]:
        """Return the adjusted mark of each dossier under other weights (≥ 0, not all zero; absent: zero).

        Errors: ``ValueError`` when no weight is positive.
        """
        total = sum(weights.get(criterion, 0.0) for criterion in self.criteria)
        if total <= 0:
            raise ValueError("at least one weight must be positive")
        shares = [weights.get(criterion, 0.0) / total for criterion in self.criteria]
        return {
            dossier: sum(share * row[place] for share, row in zip(shares, self.contributions, strict=True))
            for place, dossier in enumerate(self.dossiers)
        }

    def order(self, weights: Mapping[str, float]) -> tuple[str, ...]:
        """Return the dossiers under other weights, the best first; equal marks (9 decimals) by id."""
        marks = self.adjusted(weights)
        sign = 1 if self.lower_is_better else -1
        return tuple(sorted(self.dossiers, key=lambda dossier: (sign * round(marks[dossier], 9), dossier)))


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The ranking without one reader. ``expected_ranks``: as ``LeaveOneOut.dossiers``; None: he alone had read it."""

    reader: str
    n: int  # dossiers he read
    expected_ranks: tuple[float | None, ...]
    entering: tuple[str, ...]  # dossiers that would come above the line without him
    leaving: tuple[str, ...]  # dossiers that would fall under it


@dataclass(frozen=True, slots=True)
class LeaveOneOut:
    """What each reader weighs: the ranking computed without him, the standard deviations being kept as fitted."""

    dossiers: tuple[str, ...]  # by id
    expected_ranks: tuple[float, ...]  # with every reader, computed in the same way
    readers: tuple[LeftOut, ...]  # by id

    def without(self, reader: str) -> LeftOut:
        """Return the ranking without this reader. Errors: ``KeyError``."""
        for left in self.readers:
            if left.reader == reader:
                return left
        raise KeyError(reader)


@dataclass(frozen=True, slots=True)
class NextReading:
    """What one more reading, by a reader like the others, would bring to a dossier that stands around the line.

    ``wrong_side``: chance, today, that the likelier side of the line is the wrong one. ``gain``: by how much one more
    reading is expected to lower it (≥ 0).
    """

    dossier: str
    wrong_side: float
    gain: float


@dataclass(frozen=True, slots=True)
class Replaced:
    """A quick ranking with given standard deviations: no interval, no group."""

    dossiers: tuple[str, ...]  # by id
    adjusted: tuple[float, ...]
    expected_ranks: tuple[float, ...]

    def order(self) -> Sequence[str]:
        """Return the dossiers by expected rank (9 decimals), then by id."""
        ranks = dict(zip(self.dossiers, self.expected_ranks, strict=True))
        return sorted(self.dossiers, key=lambda dossier: (round(ranks[dossier], 9), dossier))
