"""The line of the envelope: how many dossiers of the list it covers, and when a tie stands across it.

Source: ``ptce-2015.md`` section 6. Proposed amounts are cumulated in the order of the list; the walk stops at the
first that exceeds what is left of the envelope.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


class Standing(Protocol):
    """A dossier of the list, in its order."""

    @property
    def rank(self) -> int:
        """Return its announced rank, which ties share."""

    @property
    def amount_cents(self) -> int:
        """Return what it takes from the envelope."""

    @property
    def moved(self) -> bool:
        """Tell whether the committee gave it its place, whatever its rank."""


S = TypeVar("S", bound=Standing)


@dataclass(frozen=True, slots=True)
class Crossing(Generic[S]):
    """Where the envelope ends: how many dossiers it covers, what they take, between which their order decides."""

    above: int
    above_cents: int
    tied: tuple[S, ...]  # of one rank, none of which the committee has moved; empty where their order changes nothing


def cross(standings: Iterable[S], envelope: int) -> Crossing[S]:
    """Walk down the list as far as the line, and to the end of the rank that stands across it; amounts in cents."""
    above = cents = reached = 0
    stopped = False
    group: list[S] = []
    before_group = through_group = 0
    for one in standings:
        if not one.moved and (not group or one.rank != group[0].rank):
            if stopped:
                break
            group, before_group = [], cents
        reached += one.amount_cents
        if not one.moved:
            group.append(one)
            through_group = reached
        stopped = stopped or cents + one.amount_cents > envelope
        if not stopped:
            above, cents = above + 1, cents + one.amount_cents
    amounts = [one.amount_cents for one in group]
    decides = order_decides(amounts, envelope - before_group, through_group - before_group)
    return Crossing(above, cents, tuple(group) if decides else ())


def covered(amounts: Sequence[int], envelope: int) -> int:
    """Return how many dossiers, from the first, the envelope covers; amounts and envelope in cents."""
    left = envelope
    for place, amount in enumerate(amounts):
        if amount > left:
            return place
        left -= amount
    return len(amounts)


def order_decides(tied_amounts: Sequence[int], left: int, through: int) -> bool:
    """Tell whether the order of dossiers that share a rank decides which of them the rest of the envelope covers.

    It does where they do not all fit and one of them fits alone: first, it is covered; last, it is not. ``through``
    is what the list takes from the first of them to the last: their sum, and what the committee has placed between.
    """
    return len(tied_amounts) > 1 and min(tied_amounts) <= left < through
