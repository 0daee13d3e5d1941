"""Checks of a dossier's coherence, declared: what they find is an error or a warning at a named place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from ptce_aap.domain.conditions import Condition
from ptce_aap.domain.facts import Facts
from ptce_aap.domain.wording import Sentence


class Severity(StrEnum):
    """How much a finding matters, by the word of definition files. None of them prevents filing."""

    ERROR = "erreur"
    WARNING = "alerte"


@dataclass(frozen=True, slots=True)
class WhenTrue:
    """A condition of the whole dossier (``si``): one finding when it holds."""

    condition: Condition
    place: str

    def places(self, facts: Facts) -> Iterator[tuple[str, str]]:
        """Give the place if the condition holds; there is no value to tell."""
        if self.condition.holds(facts):
            yield self.place, ""


@dataclass(frozen=True, slots=True)
class EachRow:
    """A condition of a row (``chaque_ligne``): one finding for each row that meets it, at one of its cells."""

    table: str
    condition: Condition
    column: str

    def places(self, facts: Facts) -> Iterator[tuple[str, str]]:
        """Give the cells, with the row's number as readers count, from 1."""
        for index, row in facts.numbered_rows(self.table):
            if self.condition.holds(row):
                yield f"{self.table}[{index}].{self.column}", str(index + 1)


@dataclass(frozen=True, slots=True)
class Repeated:
    """A value that several rows carry (``repete``): one finding for each such value."""

    table: str
    column: str
    condition: Condition
    place: str

    def places(self, facts: Facts) -> Iterator[tuple[str, str]]:
        """Give the place once a repeated value, with the value."""
        rows = (row for row in facts.rows(self.table) if self.condition.holds(row))
        counts = Counter(row[self.column] for row in rows if row.get(self.column) is not None)
        for value, count in counts.items():
            if count > 1:
                yield self.place, str(value)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend or to look at."""

    key: str  # place
    message: str  # French


@dataclass(frozen=True, slots=True)
class Control:
    """A declared check."""

    key: str
    severity: Severity
    trigger: WhenTrue | EachRow | Repeated
    sentence: Sentence

    def find(self, facts: Facts) -> list[Finding]:
        """Return what the check finds on a dossier, drafts included."""
        return [Finding(place, self.sentence.fill(facts, value)) for place, value in self.trigger.places(facts)]
