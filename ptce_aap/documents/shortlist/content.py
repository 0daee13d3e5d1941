"""What the frozen ranked shortlist says, before any form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction


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
    fictional: bool = False
    signatures: tuple[str, ...] = ()

    def part(self, outcome: Outcome) -> tuple[ShortlistEntry, ...]:
        """Return the entries of one part, in their order."""
        return tuple(entry for entry in self.entries if entry.outcome is outcome)

    @property
    def axes(self) -> tuple[str, ...]:
        """Return the labels of the axes, in the order of the first dossier that has marks."""
        return tuple(dict.fromkeys(label for entry in self.entries for label, _ in entry.axis_means))
