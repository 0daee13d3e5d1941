"""The selection to make: candidates in the jury's order, limits that each have a name, an objective."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction


class Objective(StrEnum):
    """What is sought among the selections that respect every limit."""

    ORDER = "order"  # the jury's order, cut at the budget
    SCORE = "score"  # the greatest sum of scores
    SCORE_COST = "score_cost"  # the greatest sum of full score × granted money


class Kind(StrEnum):
    """The kinds of limits, in the order in which the walk asks them and results name them."""

    MIN_SCORE = "min_score"
    REGION_MAX = "region_max_count"
    THEME_MAX = "theme_max_cost"
    AT_MOST_ONE = "at_most_one_of"
    BUDGET = "budget"
    REGION_MIN = "region_min_count"
    THEME_MIN = "theme_min_count"


MINIMUMS = frozenset({Kind.REGION_MIN, Kind.THEME_MIN})
_ORDER = {kind: place for place, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit. ``about``: the region, the theme or the exclusive dossiers; ``bound``: a count, money or a score."""

    kind: Kind
    bound: int
    about: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name that results give: ``region_max_count IDF``."""
        return " ".join((self.kind, *self.about))

    @property
    def order(self) -> tuple[int, tuple[str, ...]]:
        """Where this limit stands among all, whatever the order in which they were given."""
        return (_ORDER[self.kind], self.about)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A dossier that may be selected; cost in the problem's unit of money, rank 1 the best."""

    id: str
    cost: int
    score: int
    rank: int
    region: str | None = None
    theme: str | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """A level of funding: which share of the cost is granted, which share of the score it is worth."""

    share_of_cost: Fraction
    share_of_score: Fraction

    def granted(self, cost: int) -> int:
        """Return the money granted, rounded up."""
        return -(-cost * self.share_of_cost.numerator // self.share_of_cost.denominator)

    def worth(self, score: int) -> int:
        """Return the score kept, rounded down."""
        return score * self.share_of_score.numerator // self.share_of_score.denominator


FULL = Level(Fraction(1), Fraction(1))


@dataclass(frozen=True, slots=True)
class Problem:
    """A selection to make; built by ``of``, which sorts everything: the order of the input never matters."""

    candidates: tuple[Candidate, ...]  # by rank
    limits: tuple[Limit, ...]  # the budget among them
    levels: tuple[Level, ...]  # empty: a dossier has all that it costs or nothing
    objective: Objective

    @classmethod
    def of(
        cls,
        candidates: Iterable[Candidate],
        limits: Iterable[Limit],
        levels: Iterable[Level] = (),
        objective: Objective = Objective.ORDER,
    ) -> Problem:
        """Return the problem with its candidates and limits in order; the same limit given twice counts once."""
        by_rank = tuple(sorted(candidates, key=lambda candidate: candidate.rank))
        once = {(limit.kind, frozenset(limit.about)): limit for limit in sorted(limits, key=lambda one: one.order)}
        return cls(by_rank, tuple(once.values()), tuple(levels), objective)

    def within(self, limits: Iterable[Limit]) -> Problem:
        """Return the same problem under these limits only."""
        return replace(self, limits=tuple(sorted(limits, key=lambda limit: limit.order)))

    @property
    def minimums(self) -> tuple[Limit, ...]:
        """The limits that ask for dossiers; the others only forbid."""
        return tuple(limit for limit in self.limits if limit.kind in MINIMUMS)


def counts(limit: Limit, candidate: Candidate, granted: int) -> int:
    """Return what a selected candidate adds to a limit's count: a dossier, or its granted money.

    For ``min_score`` a dossier under the score counts one, and none is allowed.
    """
    match limit.kind:
        case Kind.MIN_SCORE:
            return int(candidate.score < limit.bound)
        case Kind.BUDGET:
            return granted
        case Kind.REGION_MIN | Kind.REGION_MAX:
            return int(candidate.region == limit.about[0])
        case Kind.THEME_MIN:
            return int(candidate.theme == limit.about[0])
        case Kind.THEME_MAX:
            return granted if candidate.theme == limit.about[0] else 0
        case Kind.AT_MOST_ONE:
            return int(candidate.id in limit.about)


def allowed(limit: Limit) -> int:
    """Return what the count of a limit may reach at most, or must reach at least for a minimum."""
    if limit.kind is Kind.MIN_SCORE:
        return 0
    return 1 if limit.kind is Kind.AT_MOST_ONE else limit.bound
