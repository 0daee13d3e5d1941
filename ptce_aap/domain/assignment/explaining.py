"""Why this reader and why not that one: what a plan gives, looked at pair by pair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from ptce_aap.domain.assignment.instance import Pair
from ptce_aap.domain.assignment.planning import Member, PlanSettings, Situation


class Why(StrEnum):
    """What speaks for a pair of a plan."""

    BEGUN = "begun"
    KEPT = "kept"
    BY_HAND = "by_hand"
    THEMES = "themes"
    SEAT = "seat"  # the only reader of a seat that every dossier must have
    ONLY = "only"  # the dossier has no more usable readers than it needs
    LOADS = "loads"  # nothing but the balance of loads


class WhyNot(StrEnum):
    """What speaks against another reader."""

    CONFLICT = "conflict"
    REGION = "region"
    FULL = "full"
    STAY = "stay"  # every reader of the dossier is there already and stays
    FREE = "free"  # the dossier lacks readers: he can be added
    FEWER = "fewer"  # he would bring fewer points than the reader he would replace
    EQUAL = "equal"
    MORE = "more"  # more points here, and the whole would lose


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a reader is not on a dossier; ``points`` that he would cost in place of ``instead_of``."""

    why: WhyNot
    points: int = 0
    instead_of: str = ""


@dataclass(frozen=True)
class Sharing:
    """A plan with its changes made by hand, beside the situation of now. Loads count the readings outside the plan."""

    situation: Situation
    settings: PlanSettings
    pairs: frozenset[Pair]
    demands: Mapping[str, int]
    bounds: Mapping[str, tuple[int, int]]
    by_hand: frozenset[Pair] = frozenset()

    @classmethod
    def of(
        cls,
        situation: Situation,
        settings: PlanSettings,
        proposed: Collection[Pair],
        *,
        added: Collection[Pair],
        removed: Collection[Pair],
        demands: Mapping[str, int],
        bounds: Mapping[str, tuple[int, int]],
    ) -> Sharing:
        """Return the plan as it would be applied now: a reading that is begun stays whatever the plan says."""
        begun = {pair for pair, is_begun in situation.standing.items() if is_begun}
        wanted = (set(proposed) | set(added)) - set(removed)
        here = {
            (dossier, member)
            for dossier, member in wanted
            if dossier in situation.by_dossier and member in situation.by_member
        }
        return cls(
            situation, settings, frozenset((here - situation.excluded) | begun), demands, bounds, frozenset(added)
        )

    @cached_property
    def loads(self) -> Mapping[str, int]:
        """Return what each juror would carry, readings outside the plan included."""
        here = Counter(member for _, member in self.pairs)
        return {one.reference: here[one.reference] + one.elsewhere for one in self.situation.members}

    @cached_property
    def readers(self) -> Mapping[str, tuple[str, ...]]:
        """Return the readers of each dossier, in order of reference."""
        found: dict[str, list[str]] = {dossier.reference: [] for dossier in self.situation.dossiers}
        for dossier, member in sorted(self.pairs):
            found[dossier].append(member)
        return {dossier: tuple(members) for dossier, members in found.items()}

    def points(self, dossier: str) -> int:
        """Return the points of expertise that a dossier has."""
        return sum(self.situation.worth((dossier, member)) for member in self.readers[dossier])

    @property
    def given(self) -> tuple[Pair, ...]:
        """Return the readings that the plan gives, in order of reference."""
        return tuple(sorted(self.pairs - self.situation.standing.keys()))

    @property
    def taken(self) -> tuple[Pair, ...]:
        """Return the readings that the plan takes back, none of them begun."""
        return tuple(sorted(self.situation.standing.keys() - self.pairs))

    @property
    def short(self) -> tuple[str, ...]:
        """Return the dossiers that would have fewer readers than asked for."""
        return tuple(one for one, readers in self.readers.items() if len(readers) < self.settings.readings)

    @property
    def without_seat(self) -> tuple[tuple[str, str], ...]:
        """Return the (dossier, seat) that the plan asks for and does not have."""
        by_member = self.situation.by_member
        return tuple(
            (dossier, seat)
            for dossier, readers in self.readers.items()
            for seat in self.settings.seats
            if seat not in {by_member[reader].seat for reader in readers}
        )

    @property
    def off_load(self) -> tuple[str, ...]:
        """Return the jurors whose load leaves its bounds."""
        return tuple(
            member
            for member, load in self.loads.items()
            if member in self.bounds and not self.bounds[member][0] <= load <= self.bounds[member][1]
        )

    def shared(self, pair: Pair) -> frozenset[str]:
        """Return the themes that a dossier and a juror share."""
        return self.situation.by_dossier[pair[0]].themes & self.situation.by_member[pair[1]].themes

    def why(self, pair: Pair) -> tuple[Why, ...]:
        """Return what speaks for a pair of the plan; the balance of loads where nothing else does."""
        found = []
        if pair in self.situation.standing:
            found.append(Why.BEGUN if self.situation.standing[pair] else Why.KEPT)
        if pair in self.by_hand:
            found.append(Why.BY_HAND)
        if self.shared(pair):
            found.append(Why.THEMES)
        if self._alone_of_his_seat(pair):
            found.append(Why.SEAT)
        if len(self._usable(pair[0])) <= self.demands.get(pair[0], 0):
            found.append(Why.ONLY)
        return tuple(found) or (Why.LOADS,)

    def why_not(self, pair: Pair) -> Refused:
        """Return what speaks against a pair that is not in the plan."""
        dossier, member = pair
        if pair in self.situation.excluded:
            return Refused(WhyNot.CONFLICT)
        if self.situation.same_region(pair, self.settings):
            return Refused(WhyNot.REGION)
        if member in self.bounds and self.loads[member] >= self.bounds[member][1]:
            return Refused(WhyNot.FULL)
        if len(self.readers[dossier]) < self.demands.get(dossier, 0):
            return Refused(WhyNot.FREE)
        kept = self.situation.kept(self.settings)
        movable = [(dossier, one) for one in self.readers[dossier] if (dossier, one) not in kept]
        if not movable:
            return Refused(WhyNot.STAY)
        weakest = min(movable, key=lambda other: (self.situation.worth(other), other))
        cost = self.situation.worth(weakest) - self.situation.worth(pair)
        kind = WhyNot.FEWER if cost > 0 else WhyNot.EQUAL if cost == 0 else WhyNot.MORE
        return Refused(kind, abs(cost), weakest[1])

    def _usable(self, dossier: str) -> list[Member]:
        pairs = [((dossier, member.reference), member) for member in self.situation.members]
        return [
            member
            for pair, member in pairs
            if pair not in self.situation.excluded and not self.situation.same_region(pair, self.settings)
        ]

    def _alone_of_his_seat(self, pair: Pair) -> bool:
        by_member = self.situation.by_member
        seat = by_member[pair[1]].seat
        others = [by_member[one].seat for one in self.readers[pair[0]] if one != pair[1]]
        return seat in self.settings.seats and seat not in others
