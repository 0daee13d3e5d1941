"""What the frozen ranked shortlist says, before any form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from ptce_aap.documents import french


class Outcome(StrEnum):
    """The part of the list in which a dossier stands."""

    SELECTED = "selected"
    RESERVE = "reserve"
    NOT_SELECTED = "not_selected"
    UNRANKED = "unranked"


PART_TITLES = {
    Outcome.SELECTED: "Retenus",
    Outcome.RESERVE: "Liste complémentaire",
    Outcome.NOT_SELECTED: "Non retenus",
    Outcome.UNRANKED: "Non classés",
}
OUTCOME_WORDS = {
    Outcome.SELECTED: "retenu",
    Outcome.RESERVE: "liste complémentaire",
    Outcome.NOT_SELECTED: "non retenu",
    Outcome.UNRANKED: "non classé",
}
NO_DEPARTURE = "Aucun écart\u00a0: la liste adoptée suit le classement annoncé."


@dataclass(frozen=True, slots=True)
class ShortlistEntry:
    """One dossier of the list. ``total`` is exact, ``total_shown`` its print; ``axis_means`` are (label, shown)."""

    rank: int | None
    number: str
    title: str
    carrier: str
    region: str
    stage: str
    requested_cents: int | None
    amount_cents: int | None
    cumulated_cents: int | None
    total: Fraction | None
    total_shown: str
    readings: int
    axis_means: tuple[tuple[str, str], ...]
    outcome: Outcome
    tie: bool = False
    reason: str = ""
    announced_place: int | None = None  # as printed by the rule, the votes on ties included
    adopted_place: int | None = None  # None too where the committee put the dossier out of the list

    @property
    def moved(self) -> bool:
        """Tell whether the dossier does not stand where the rule puts it: it was moved, or others were."""
        return self.announced_place != self.adopted_place


@dataclass(frozen=True, slots=True)
class ShortlistDeparture:
    """One departure from the announced ranking that the committee adopted, with its reason.

    ``before`` and ``after`` are places in the list when its turn comes; ``after`` is None where it is put out.
    ``decided_on`` and ``confirmed_on`` number the computations of the ranking.
    """

    number: str
    title: str
    rank: int | None
    before: int | None
    after: int | None
    ground: str
    reason: str
    decided_at: datetime
    decided_on: int
    confirmed_on: int | None = None

    @property
    def words(self) -> str:
        """Say what was decided, in one sentence."""
        return french.departure(self.before, self.after)


@dataclass(frozen=True, slots=True)
class Shortlist:
    """The frozen list, its entries in the printed order; ``digest`` identifies the frozen content."""

    call_title: str
    call_name: str
    organiser: str
    frozen_at: datetime
    envelope_cents: int
    selected_cents: int
    seed: int
    rule: str
    entries: tuple[ShortlistEntry, ...]
    digest: str
    departures: tuple[ShortlistDeparture, ...] = ()
    fictional: bool = False
    signatures: tuple[str, ...] = ()
    minutes: tuple[str, ...] = ()  # who proposed and confirmed, who stood in, which conflicts were corrected

    def part(self, outcome: Outcome) -> tuple[ShortlistEntry, ...]:
        """Return the entries of one part, in their order."""
        return tuple(entry for entry in self.entries if entry.outcome is outcome)

    @property
    def axes(self) -> tuple[str, ...]:
        """Return the labels of the axes, in the order of the first dossier that has marks."""
        return tuple(dict.fromkeys(label for entry in self.entries for label, _ in entry.axis_means))
