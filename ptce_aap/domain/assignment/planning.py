"""A jury's readings as an assignment to solve: needs, loads as equal as can be, what is kept, what a reading is worth.

The rule of expertise, in one sentence: a reading is worth 2 points when its reader knows a theme of the dossier, one
more for each other theme that they share, 0 when they share none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from ptce_aap.domain.assignment.instance import GroupLimit, Instance, Need, Objective, Pair, Reader
from ptce_aap.domain.exchange import canonical_json


class Keep(StrEnum):
    """Which of the readings given today a plan leaves where they are."""

    ALL = "all"  # only what is missing is given
    BEGUN = "begun"  # readings that nobody has begun may move


@dataclass(frozen=True, slots=True)
class PlanSettings:
    """What the call team asks of a plan. ``seats``: at least one reader of each on every dossier.

    ``fewer``: the readings that a dossier will do with, where it cannot have them all.
    """

    readings: int
    objective: Objective = Objective.FAIR
    keep: Keep = Keep.ALL
    region_exclusion: bool = False
    seats: tuple[str, ...] = ()
    fewer: Mapping[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the settings as they are stored."""
        return {
            "readings": self.readings,
            "objective": self.objective.value,
            "keep": self.keep.value,
            "region_exclusion": self.region_exclusion,
            "seats": sorted(self.seats),
            "fewer": dict(self.fewer),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> PlanSettings:
        """Return stored settings."""
        return cls(
            readings=stored["readings"],
            objective=Objective(stored["objective"]),
            keep=Keep(stored["keep"]),
            region_exclusion=stored["region_exclusion"],
            seats=tuple(stored["seats"]),
            fewer=dict(stored["fewer"]),
        )


@dataclass(frozen=True, slots=True)
class ToRead:
    """A dossier of the plan."""

    reference: str
    region: str | None
    themes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Member:
    """A juror. ``elsewhere``: his readings of dossiers that are not in the plan; they count in his load.

    ``minimum`` and ``maximum`` None: nobody has set them, and his load is as near to the others' as can be.
    """

    reference: str
    seat: str | None
    region: str | None
    themes: frozenset[str]
    minimum: int | None
    maximum: int | None
    elsewhere: int


@dataclass(frozen=True)
class Situation:
    """Everything that a plan depends on. ``excluded``: pairs in conflict; ``standing``: today's, with "is begun"."""

    dossiers: tuple[ToRead, ...]
    members: tuple[Member, ...]
    excluded: frozenset[Pair]
    standing: Mapping[Pair, bool]

    @cached_property
    def by_member(self) -> Mapping[str, Member]:
        """Return the jurors by reference."""
        return {member.reference: member for member in self.members}

    @cached_property
    def by_dossier(self) -> Mapping[str, ToRead]:
        """Return the dossiers by reference."""
        return {dossier.reference: dossier for dossier in self.dossiers}

    def digest(self) -> str:
        """Return what names this situation: another one, another digest."""
        told = {
            "dossiers": {one.reference: [one.region, sorted(one.themes)] for one in self.dossiers},
            "members": {
                one.reference: [one.seat, one.region, sorted(one.themes), one.minimum, one.maximum, one.elsewhere]
                for one in self.members
            },
            "excluded": sorted(self.excluded),
            "standing": sorted([*pair, begun] for pair, begun in self.standing.items()),
        }
        return hashlib.sha256(canonical_json(told).encode()).hexdigest()

    def kept(self, settings: PlanSettings) -> frozenset[Pair]:
        """Return the readings that stay: those begun, and the others unless they may move or break the region rule."""
        return frozenset(
            pair
            for pair, begun in self.standing.items()
            if begun or (settings.keep is Keep.ALL and not self.same_region(pair, settings))
        )

    def same_region(self, pair: Pair, settings: PlanSettings) -> bool:
        """Tell whether a reader is of the dossier's region, where the plan forbids it."""
        region = self.by_dossier[pair[0]].region
        return settings.region_exclusion and region is not None and region == self.by_member[pair[1]].region

    def worth(self, pair: Pair) -> int:
        """Return what a reading is worth."""
        return expertise(self.by_dossier[pair[0]].themes, self.by_member[pair[1]].themes)

    def demand(self, dossier: str, settings: PlanSettings) -> int:
        """Return how many readers a dossier must have: those it keeps are never too many."""
        kept = sum(pair[0] == dossier for pair in self.kept(settings))
        return max(min(settings.readings, settings.fewer.get(dossier, settings.readings)), kept)


def expertise(dossier: frozenset[str], juror: frozenset[str]) -> int:
    """Return what a reading is worth: 0 without a shared theme, else one more than the themes shared."""
    shared = len(dossier & juror)
    return shared + 1 if shared else 0


def instances(situation: Situation, settings: PlanSettings) -> Iterator[Instance]:
    """Return the same assignment with loads less and less equal: the first that can be done is the one wanted.

    The loads that somebody has set are the same in all; where all are set, there is only one.
    """
    kept = situation.kept(settings)
    forbidden = {
        (dossier.reference, member.reference)
        for dossier in situation.dossiers
        for member in situation.members
        if situation.same_region((dossier.reference, member.reference), settings)
    }
    needs = [Need(one.reference, situation.demand(one.reference, settings)) for one in situation.dossiers]
    affinity = [[expertise(one.themes, member.themes) for member in situation.members] for one in situation.dossiers]
    for slack in _slacks(situation, sum(need.demand for need in needs)):
        yield Instance.of(
            needs,
            [_reader(situation, member, needs, kept, slack) for member in situation.members],
            affinity,
            conflicts=(situation.excluded | forbidden) - kept,
            forced=kept,
            groups={seat: GroupLimit(1) for seat in settings.seats},
            objective=settings.objective,
        )


def _slacks(situation: Situation, readings: int) -> Iterator[int]:
    yield 0
    if any(member.minimum is None or member.maximum is None for member in situation.members):
        slack = 1
        while slack < 2 * readings:
            yield slack
            slack *= 2


def _reader(situation: Situation, member: Member, needs: list[Need], kept: frozenset[Pair], slack: int) -> Reader:
    total = sum(need.demand for need in needs) + sum(one.elsewhere for one in situation.members)
    share, rest = divmod(total, max(1, len(situation.members)))
    held = sum(reader == member.reference for _, reader in kept)
    maximum = share + (rest > 0) + slack if member.maximum is None else member.maximum
    minimum = max(0, share - slack) if member.minimum is None else member.minimum
    if member.maximum is None:
        maximum = max(maximum, minimum)
    highest = max(held, maximum - member.elsewhere, 0)
    lowest = min(highest, max(0, minimum - member.elsewhere))
    return Reader(member.reference, highest, lowest, group=member.seat)
