"""A dossier as rules read it: rows with their implicit values, persons, and results already computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ptce_aap.domain.conditions import Condition
from ptce_aap.domain.persons import Person, PersonGroup, gather
from ptce_aap.domain.questionnaire import Answers, Questionnaire, Row, is_filled


@dataclass(frozen=True, slots=True)
class Implicit:
    """What an empty cell means: ``value`` where the condition is met by its row, ``otherwise`` elsewhere."""

    table: str
    column: str
    condition: Condition
    value: str
    otherwise: str

    def fill(self, row: Row) -> Row:
        """Return the row with its empty cell told."""
        if row.get(self.column) is not None:
            return row
        return {**row, self.column: self.value if self.condition.holds(row) else self.otherwise}


@dataclass(frozen=True, slots=True)
class Where:
    """Which rows are meant: every row, or those that meet a condition; ``needs`` are columns that must be known."""

    condition: Condition | None = None
    needs: frozenset[str] = frozenset()


class Facts:
    """One dossier at one moment, with the call's closing and envelope."""

    def __init__(
        self,
        questionnaire: Questionnaire,
        answers: Answers,
        *,
        submitted_at: datetime | None,
        closes_at: datetime,
        envelope_cents: int,
        implicits: tuple[Implicit, ...] = (),
    ) -> None:
        self.questionnaire = questionnaire
        self.answers = answers
        self.submitted_at = submitted_at
        self.closes_at = closes_at
        self.envelope_cents = envelope_cents
        self.missing = questionnaire.missing(answers)
        self.results: dict[str, Any] = {}  # indicators already computed, by key
        self._implicits = implicits
        self._numbered: dict[str, list[tuple[int, Row]]] = {}
        self._rows: dict[str, list[Row]] = {}
        self._persons: dict[str, tuple[Person, ...]] = {}
        self._filled: dict[tuple[str, str], bool] = {}

    def get(self, path: str, /) -> Any:
        """Return the value of a question or of a group's sub-field, None when not answered."""
        if path in self.answers:
            return self.answers[path]
        parent, _, key = path.rpartition(".")
        group = self.answers.get(parent)
        return group.get(key) if isinstance(group, Mapping) else None

    def every(self, path: str) -> list[Any]:
        """Return the answers found at a question, a sub-field, or down a column."""
        table, _, column = path.rpartition(".")
        if isinstance(self.answers.get(table), tuple):
            return [row[column] for row in self.rows(table) if row.get(column) is not None]
        value = self.get(path)
        return [] if value is None else [value]

    def numbered_rows(self, table: str) -> list[tuple[int, Row]]:
        """Return the rows of a table with their places from 0; an empty row is not a row."""
        if table not in self._numbered:
            fillers = [implicit for implicit in self._implicits if implicit.table == table]
            rows = [(index, row) for index, row in enumerate(self.answers.get(table, ())) if is_filled(row)]
            for implicit in fillers:
                rows = [(index, implicit.fill(row)) for index, row in rows]
            self._numbered[table] = rows
        return self._numbered[table]

    def rows(self, table: str) -> list[Row]:
        """Return the rows of a table."""
        if table not in self._rows:
            self._rows[table] = [row for _, row in self.numbered_rows(table)]
        return self._rows[table]

    def matching(self, table: str, where: Where) -> list[Row] | None:
        """Return the rows that meet a condition; None where nothing is known of it.

        Nothing is known of a table with no row, nor where a needed column is empty in every row.
        """
        rows = self.rows(table)
        if not rows or not all(self._is_told(table, column) for column in where.needs):
            return None
        if where.condition is None:
            return rows
        return [row for row in rows if where.condition.holds(row)]

    def _is_told(self, table: str, column: str) -> bool:
        """Tell whether a column has an answer in one row at least."""
        place = (table, column)
        if place not in self._filled:
            self._filled[place] = any(row.get(column) is not None for row in self.rows(table))
        return self._filled[place]

    def persons(self, group: PersonGroup) -> tuple[Person, ...]:
        """Return the distinct persons that a table tells of."""
        if group.key not in self._persons:
            self._persons[group.key] = gather(self.rows(group.table), group)
        return self._persons[group.key]
