"""What the rules of one call may cite: its questions, and what its files declared under a name."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ptce_aap.definitions.reader import Problem, Section
from ptce_aap.domain.budget import Control
from ptce_aap.domain.conditions import Cited
from ptce_aap.domain.eligibility import Rule
from ptce_aap.domain.facts import Implicit
from ptce_aap.domain.indicators import Indicator
from ptce_aap.domain.persons import PersonGroup
from ptce_aap.domain.questionnaire import Question, Questionnaire
from ptce_aap.domain.requirements import Requirement
from ptce_aap.domain.statements import PartRole

ALIASES = "|"  # separates several names in one cell of a list


@dataclass(frozen=True, slots=True)
class ReferenceList:
    """A list that comes with a call: laureates of a former call…"""

    key: str
    columns: frozenset[str]
    rows: tuple[Mapping[str, str], ...]

    def entries(self, column: str) -> set[str]:
        """Return every name or number of a column; a cell may hold several."""
        cells = (cell for row in self.rows for cell in row[column].split(ALIASES))
        return {cell.strip() for cell in cells if cell.strip()}


@dataclass(frozen=True, slots=True)
class Example:
    """An input and the expected answer of a declared rule, indicator, demand or check."""

    file: str
    key: str
    subject: Rule | Indicator | Requirement | Control
    model: str | None  # named answers that the example starts from
    answers: Mapping[str, Any]  # raw, same shape as a dossier's file
    submitted_at: str | None
    expected: Any


@dataclass(slots=True)
class Vocabulary:
    """The names in force while the rule files of a call are read."""

    call: str
    questionnaire: Questionnaire
    sources: Mapping[str, str]
    problems: list[Problem]
    conditions: dict[str, tuple[str, Cited]] = field(default_factory=dict)  # key → table, condition
    groups: dict[str, PersonGroup] = field(default_factory=dict)
    roles: dict[str, PartRole] = field(default_factory=dict)
    lists: dict[str, ReferenceList] = field(default_factory=dict)
    indicators: dict[str, Indicator] = field(default_factory=dict)
    implicits: list[Implicit] = field(default_factory=list)
    models: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    examples: list[Example] = field(default_factory=list)

    def question(self, section: Section, key: str) -> Question | None:
        """Return the question or sub-field (of a group) whose path is written under ``key``."""
        path = section.text(key)
        found = self.questionnaire.question(path)
        if found is None and path:
            section.refuse(f"« {path} » n'est pas une question du dossier.", key)
        return found

    def table(self, section: Section, key: str) -> Question | None:
        """Return the table whose path is written under ``key``."""
        found = self.question(section, key)
        if found is not None and not found.is_table:
            section.refuse(f"« {found.path} » n'est pas un tableau.", key)
            return None
        return found

    def column_of(self, path: str) -> tuple[Question, Question] | None:
        """Return the table and the column of a path ``stage.table.column``."""
        parent, _, key = path.rpartition(".")
        table = self.questionnaire.question(parent)
        column = table.sub(key) if table is not None and table.is_table else None
        return None if table is None or column is None else (table, column)

    def columns(self, section: Section, key: str) -> tuple[Question | None, tuple[Question, ...]]:
        """Return the table and the columns whose paths (one text, or a list) are written under ``key``."""
        written = (section.text(key),) if isinstance(section.raw(key), str) else section.texts(key)
        found = []
        for path in written:
            if (pair := self.column_of(path)) is None:
                section.refuse(f"« {path} » n'est pas une colonne d'un tableau du dossier.", key)
            else:
                found.append(pair)
        tables = {table.path: table for table, _ in found}
        if len(tables) > 1:
            section.refuse("les colonnes doivent être celles d'un même tableau.", key)
        return next(iter(tables.values()), None), tuple(column for _, column in found)

    def cited(self, section: Section, key: str, known: Mapping[str, Any], told: str) -> Any:
        """Return what is declared under the name written at ``key``, None (told) where nothing is."""
        name = section.text(key)
        if name and name not in known:
            section.refuse(f"« {name} » n'est pas {told} déclaré(e) plus haut.", key)
        return known.get(name)

    def fields(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Return these paths and those that their implicit values read, in the form's order."""
        found = set(paths)
        for implicit in self.implicits:
            if f"{implicit.table}.{implicit.column}" in found:
                found |= {f"{implicit.table}.{column}" for column in implicit.condition.reads()}
        return self.questionnaire.in_form_order(found)

    def reference_list(self, section: Section) -> ReferenceList | None:
        """Read a list declared in a rule file: a CSV file beside the questionnaires, cells separated by « ; »."""
        key, name = section.text("cle"), section.text("fichier")
        text = self.sources.get(f"forms/{self.call}/{name}")
        if text is None:
            section.refuse(f"le fichier « forms/{self.call}/{name} » manque.", "fichier")
            return None
        reader = csv.DictReader(text.lstrip("\ufeff").splitlines(), delimiter=";", strict=True)
        try:
            rows = tuple({column: row[column] or "" for column in reader.fieldnames or ()} for row in reader)
        except csv.Error as error:
            section.refuse(f"le fichier « {name} » est illisible ({error}).", "fichier")
            return None
        return ReferenceList(key, frozenset(reader.fieldnames or ()), rows)
