"""Where a region and the jury do not say the same of a dossier: which way, and by how much."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

FEWEST_IN_REGION = 3
"""A region that ranks fewer dossiers has neither a first part nor a last one that means anything."""


class Way(StrEnum):
    """Which way region and jury part, by the word that definition files use."""

    SUPPORTED_AND_LOW = "soutenu_et_bas"
    UNSUPPORTED_AND_HIGH = "non_soutenu_et_haut"


@dataclass(frozen=True, slots=True)
class Placed:
    """What is known of a dossier: its verdict, its number in its region, its rank in the list (1 is the first).

    ``in_region``: how many dossiers the region ranked; ``listed``: how many the list ranks, one or more.
    """

    verdict: str | None
    regional_rank: int | None
    in_region: int
    rank: int
    listed: int


@dataclass(frozen=True, slots=True)
class Divergence:
    """One divergence; ``strength`` is the share of the list (0 to 1) between what the region says and the rank."""

    way: Way
    by_verdict: bool
    by_rank: bool
    strength: Fraction


@dataclass(frozen=True, slots=True)
class DivergenceRule:
    """Which verdicts support a dossier, which do not, and in how many parts lists are cut (two or more)."""

    supporting: frozenset[str]
    opposing: frozenset[str]
    parts: int

    def part(self, rank: int, count: int) -> int:
        """Return in which part of a list a rank stands, from 1: the least whole number not under rank × parts ÷ count.

        A regional number may be over the count, where dossiers left the list: it stands in the last part.
        """
        return min(self.parts, -(-rank * self.parts // count))

    def divergence(self, one: Placed) -> Divergence | None:
        """Return how region and jury part on a dossier; None where they do not."""
        where = self.part(one.rank, one.listed)
        among = self._regional_part(one)
        if where == self.parts:
            way, by_verdict, by_rank = Way.SUPPORTED_AND_LOW, one.verdict in self.supporting, among == 1
        elif where == 1:
            way, by_verdict = Way.UNSUPPORTED_AND_HIGH, one.verdict in self.opposing
            by_rank = among == self.parts
        else:
            return None
        if not (by_verdict or by_rank):
            return None
        expected = self.expected(one, way)
        return Divergence(way, by_verdict, by_rank, abs(_share(one.rank, one.listed) - expected))

    def expected(self, one: Placed, way: Way) -> Fraction:
        """Return the share of the list (0: the first, 1: the last) at which the region sees the dossier.

        By its number among those of the region where that says so, else by its verdict alone: one end of the list.
        """
        end = Fraction(0 if way is Way.SUPPORTED_AND_LOW else 1)
        among = self._regional_part(one)
        if one.regional_rank is None or among != (1 if way is Way.SUPPORTED_AND_LOW else self.parts):
            return end
        return _share(one.regional_rank, one.in_region)

    def _regional_part(self, one: Placed) -> int | None:
        if one.regional_rank is None or one.in_region < max(self.parts, FEWEST_IN_REGION):
            return None
        return self.part(one.regional_rank, one.in_region)


def _share(rank: int, count: int) -> Fraction:
    return Fraction(min(rank, count) - 1, count - 1) if count > 1 else Fraction(0)
