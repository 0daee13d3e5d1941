"""What a public register tells of a legal person, and which questions of a call each of these facts may fill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ptce_aap.domain.questionnaire import Question


class Fact(StrEnum):
    """The closed list of what is read of a register, by the word that definition files use."""

    NAME = "nom"
    SEAT = "siret"  # of the registered office
    ASSOCIATION = "rna"
    STREET = "voie"
    POSTCODE = "code_postal"
    COMMUNE = "commune"  # Insee code
    LEGAL_FORM = "nature_juridique"  # four digits
    STATE = "etat_administratif"  # A: in activity, C: ended
    CREATED = "date_creation"  # year-month-day


Facts = Mapping[Fact, str]


@dataclass(frozen=True, slots=True)
class Match:
    """A register's code, by how it begins, and the option that says the same in a call."""

    begins: str
    option: str


@dataclass(frozen=True, slots=True)
class FilledField:
    """A field that a fact fills: as it is, or through the first match of its code."""

    question: Question
    fact: Fact
    matches: tuple[Match, ...] = ()

    def proposed(self, facts: Facts) -> str | None:
        """Return the raw answer that the register gives, None where it gives none that the field takes."""
        told = facts.get(self.fact)
        if told is None:
            return None
        if self.matches:
            told = next((match.option for match in self.matches if told.startswith(match.begins)), None)
        if told is None or self.question.read(told).refusals:
            return None
        return told


@dataclass(frozen=True, slots=True)
class Completion:
    """A group or a table whose number is looked up in the register, and the fields beside it that are filled."""

    number: Question
    fields: tuple[FilledField, ...]

    @property
    def holder(self) -> str:
        """Return the path of the group or of the table."""
        return self.number.path.rpartition(".")[0]
