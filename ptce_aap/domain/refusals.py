"""What is wrong with one value of a dossier: its place, a code, and the sentence that tells how to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ptce_aap.domain.errors import RuleViolation


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refused value. ``place`` reads ``membres.membres[0].siren``; ``sentence`` is French."""

    place: str
    code: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.place} : {self.sentence}" if self.place else self.sentence


class BadAnswers(RuleViolation):
    """Values that cannot be read; every one of them is told."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__("bad_answers", refusals=tuple(refusals))
        self.refusals = tuple(refusals)

    def __str__(self) -> str:
        return " ".join(str(refusal) for refusal in self.refusals)


class Unreadable(Exception):
    """A raw value is not a value of its kind; the caller knows the place."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(code, sentence)
        self.code = code
        self.sentence = sentence

    def at(self, place: str) -> Refusal:
        """Return the refusal of the value found at ``place``."""
        return Refusal(place, self.code, self.sentence)
