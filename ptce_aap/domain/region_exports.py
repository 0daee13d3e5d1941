"""Exports of a region: what a file is for, and what every file says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

WORDS_LENGTH = 200


class Purpose(StrEnum):
    """What an export is for, as its author says it."""

    CONFERENCE = "conference"
    COMMITTEE = "committee"
    INSTRUCTION = "instruction"
    FOLLOW_UP = "follow_up"
    OTHER = "other"


PURPOSE_LABELS: dict[Purpose, str] = {
    Purpose.CONFERENCE: "Préparation de la conférence régionale",
    Purpose.COMMITTEE: "Comité technique",
    Purpose.INSTRUCTION: "Instruction des dossiers",
    Purpose.FOLLOW_UP: "Suivi après la sélection",
    Purpose.OTHER: "Autre usage",
}
"""How readers know each purpose: a proposal of the application."""


@dataclass(frozen=True, slots=True)
class Cover:
    """What a file says of itself: of which call, for whom, when, what for, how many dossiers."""

    call_title: str
    asked_by: str
    at: datetime
    purpose: Purpose
    words: str
    dossiers: int

    @property
    def used_for(self) -> str:
        """Return the purpose in words, with those of its author."""
        label = PURPOSE_LABELS[self.purpose]
        return f"{label} – {self.words}" if self.words else label
