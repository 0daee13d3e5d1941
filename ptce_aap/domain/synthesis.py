"""The synthesis of a territory: what its dossiers say together, counted by sections that the call's files declare."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import product
from typing import Any

from ptce_aap.domain.questionnaire import Question, QuestionKind

Raw = Mapping[str, Any]
"""The answers of one dossier as they are stored: canonical JSON by the path of the question."""


class Figure(StrEnum):
    """What a section counts, by the key that names it in definition files."""

    DOSSIERS = "compte"
    CROSSED = "croise"
    AMOUNTS = "somme"
    QUOTED = "cite"


@dataclass(frozen=True, slots=True)
class Source:
    """Where the entries of a section are read: a question, or the column of a table (``table``: its path)."""

    question: Question
    table: str | None = None

    @property
    def path(self) -> str:
        """Return the path under which the answer is stored."""
        return self.table or self.question.path

    def entries(self, answer: Any) -> tuple[str, ...]:
        """Return what one answer, or one cell, names: options, yes or no, the department of a commune."""
        match self.question.kind:
            case QuestionKind.CHOICES:
                return tuple(answer or ())
            case QuestionKind.YES_NO:
                return () if answer is None else (_YES if answer else _NO,)
            case QuestionKind.COMMUNE:
                return (department_of(answer),) if answer else ()
            case _:
                return (answer,) if answer else ()

    def label(self, entry: str) -> str:
        """Return an entry in words."""
        if self.question.kind is QuestionKind.COMMUNE:
            return f"Département {entry}"
        if self.question.kind is QuestionKind.YES_NO:
            return _WORDS[entry]
        return self.question.option_label(entry) if self.question.options else entry

    @property
    def heading(self) -> str:
        """Return what its entries are, in words: those of a commune's code are departments."""
        return "Département" if self.question.kind is QuestionKind.COMMUNE else self.question.label

    @property
    def order(self) -> tuple[str, ...]:
        """Return the entries in the form's order; none where they are not known before they are read."""
        if self.question.kind is QuestionKind.YES_NO:
            return (_YES, _NO)
        return tuple(option.value for option in self.question.options)


@dataclass(frozen=True, slots=True)
class Example:
    """Dossiers, and what the section must find of them: (row, column, value) in the entries of the files."""

    said: str
    dossiers: tuple[Raw, ...]
    expected: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the synthesis: what it counts, and how it is told."""

    key: str
    title: str
    plain: str  # what it says and how it is counted, for readers
    figure: Figure
    rows: Source
    columns: Source | None = None
    amount: Question | None = None  # of AMOUNTS: a column of the same table
    settled: tuple[str, ...] = ()  # the columns that are acquired: the others remain
    remainder: str = ""  # what remains, in words
    examples: tuple[Example, ...] = ()

    @property
    def paths(self) -> frozenset[str]:
        """Return the paths of the answers that the section reads."""
        return frozenset({self.rows.path, *([self.columns.path] if self.columns else [])})


@dataclass(frozen=True, slots=True)
class Tile:
    """Where a territory stands on the map of the call: line and column, from 1."""

    code: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class SynthesisSheet:
    """The synthesis as a call declares it."""

    title: str
    sections: tuple[Section, ...]
    tiles: tuple[Tile, ...] = ()

    @property
    def paths(self) -> frozenset[str]:
        """Return the paths of every answer that it reads."""
        return frozenset().union(*(section.paths for section in self.sections))


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table: cells in the order of the columns, how many dossiers are behind it, the whole of the row."""

    entry: str
    label: str
    cells: tuple[int, ...]
    dossiers: int
    whole: int


@dataclass(frozen=True, slots=True)
class Table:
    """A section once counted. Cells count dossiers, or cents of euros where the section sums amounts."""

    section: Section
    columns: tuple[str, ...]  # labels; empty: one column, the whole
    lines: tuple[Line, ...]
    answered: int  # dossiers that have an entry at least
    asked: int  # dossiers read
    entries: tuple[str, ...] = ()  # the columns, as files write them
    settled: int = 0  # cents acquired, of AMOUNTS

    def value(self, row: str, column: str = "") -> int:
        """Return a cell by its entries, the whole of the row where no column is named; 0 where there is none."""
        line = next((line for line in self.lines if line.entry == row), None)
        if line is None or (column and column not in self.entries):
            return 0
        return line.cells[self.entries.index(column)] if column else line.whole

    @property
    def in_cents(self) -> bool:
        """Tell whether cells are amounts."""
        return self.section.figure is Figure.AMOUNTS

    @property
    def whole(self) -> int:
        """Return the sum of the rows; for amounts only: a dossier may stand in several rows of the others."""
        return sum(line.whole for line in self.lines)

    @property
    def remaining(self) -> int:
        """Return the cents that were asked or hoped for, and are not acquired."""
        return self.whole - self.settled

    @property
    def first(self) -> Line | None:
        """Return the row that counts most, None where nothing was answered."""
        return max(self.lines, key=lambda line: line.whole, default=None) if self.answered else None


_YES, _NO = "oui", "non"
_WORDS = {_YES: "Oui", _NO: "Non"}
_NOTHING: tuple[None] = (None,)


def department_of(commune: str) -> str:
    """Return the department of a commune, by its INSEE code: two signs, three overseas."""
    return commune[:3] if commune.startswith(("97", "98")) else commune[:2]


def table_of(section: Section, dossiers: Sequence[Raw]) -> Table:
    """Count one section over these dossiers: exact, in the order of the form."""
    found: dict[tuple[str, str | None], int] = defaultdict(int)
    behind: Counter[str] = Counter()
    answered = 0
    for raw in dossiers:
        own = _found_in(section, raw)
        for pair, value in own.items():
            found[pair] += value
        # A line without its amount stands behind no sum: it would hide that one dossier makes it alone.
        behind.update({row for (row, _), value in own.items() if value})
        answered += bool(own)
    columns = _ordered(section.columns, {column for _, column in found if column is not None})
    lines = tuple(
        _line(section, row, columns, found, behind[row]) for row in _ordered(section.rows, {row for row, _ in found})
    )
    return Table(
        section=section,
        columns=tuple(section.columns.label(entry) for entry in columns) if section.columns else (),
        lines=lines,
        answered=answered,
        asked=len(dossiers),
        entries=columns,
        settled=sum(value for (_, column), value in found.items() if column in section.settled),
    )


def cents(text: Any) -> int:
    """Return the cents of an amount as it is stored, 0 where it is not answered."""
    return int(Decimal(str(text)).scaleb(2)) if text not in (None, "") else 0


def _line(
    section: Section,
    row: str,
    columns: Sequence[str],
    found: Mapping[tuple[str, str | None], int],
    dossiers: int,
) -> Line:
    cells = tuple(found.get((row, column), 0) for column in columns)
    whole = sum(cells) + found.get((row, None), 0) if section.figure is Figure.AMOUNTS else dossiers
    return Line(entry=row, label=section.rows.label(row), cells=cells, dossiers=dossiers, whole=whole)


def _ordered(source: Source | None, entries: set[str]) -> tuple[str, ...]:
    """Return these entries in the form's order, then by their own name."""
    if source is None:
        return ()
    known = [entry for entry in source.order if entry in entries]
    return (*known, *sorted(entries.difference(known)))


def _found_in(section: Section, raw: Raw) -> dict[tuple[str, str | None], int]:
    """Return what one dossier brings: 1 to each (row, column) that it names, or its cents."""
    found: dict[tuple[str, str | None], int] = defaultdict(int)
    for row, column, value in _named_in(section, raw):
        found[row, column] = found[row, column] + value if section.figure is Figure.AMOUNTS else 1
    return found


def _named_in(section: Section, raw: Raw) -> Iterator[tuple[str, str | None, int]]:
    columns = section.columns
    if section.rows.table is not None and (columns is None or columns.table == section.rows.table):
        for item in _rows(raw.get(section.rows.table)):
            value = cents(item.get(section.amount.key)) if section.amount is not None else 1
            across = columns.entries(item.get(columns.question.key)) if columns is not None else ()
            down = section.rows.entries(item.get(section.rows.question.key))
            yield from ((row, column, value) for row, column in product(down, across or _NOTHING))
        return
    down = _all_entries(section.rows, raw)
    across = _all_entries(columns, raw) if columns is not None else ()
    yield from ((row, column, 1) for row, column in product(down, across or _NOTHING))


def _all_entries(source: Source, raw: Raw) -> tuple[str, ...]:
    answer = raw.get(source.path)
    if source.table is None:
        return source.entries(answer)
    return tuple(dict.fromkeys(e for item in _rows(answer) for e in source.entries(item.get(source.question.key))))


def _rows(answer: Any) -> Iterable[Mapping[str, Any]]:
    return (item for item in answer or () if isinstance(item, Mapping))
