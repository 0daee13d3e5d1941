"""A table that somebody brings from a spreadsheet: which columns it has, what each line says, what is refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ptce_aap.domain.cells import Cell, Unknown, as_typed, is_empty, raw_of_cell
from ptce_aap.domain.persons import fold
from ptce_aap.domain.question import Question, Row
from ptce_aap.domain.refusals import Refusal
from ptce_aap.domain.values import QuestionKind

EXAMPLE_COLUMN = "Exemple (ligne laissée de côté)"
EXAMPLE = "EXEMPLE"
_HEADER_WITHIN = 20  # lines: titles and notes may stand above the header
_UNKNOWN_BESIDE_ONE = 2
_FIGURES = frozenset({QuestionKind.MONEY, QuestionKind.NUMBER, QuestionKind.INTEGER})
_TOTALS = frozenset({"total", "totaux", "total general", "sous total"})
_UNCOMPUTED = {
    Unknown.NOT_COMPUTED: Refusal(
        "", "formula_not_computed", "la formule n'a pas de résultat dans le fichier ; écrivez la valeur à sa place."
    ),
    Unknown.ERROR: Refusal("", "formula_in_error", "la formule donne une erreur ; écrivez la valeur à sa place."),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file that is not blank: its number as spreadsheet programs count, and its cells."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class RefusedCell:
    """A cell that could not be read: its column, what it holds as typed, and why."""

    column: Question
    typed: str
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """What a line says: the cells that are right, by column, and those that are refused."""

    number: int
    values: Row
    refused: tuple[RefusedCell, ...]


@dataclass(frozen=True, slots=True)
class ImportedTable:
    """A file read against a table question."""

    rows: tuple[ImportedRow, ...]
    columns: tuple[Question, ...]  # those found
    unknown: tuple[str, ...]  # headers that name no column
    repeated: tuple[str, ...]  # headers that name a column found before
    examples: tuple[int, ...]  # lines left aside because they say that they are an example
    totals: tuple[int, ...]  # lines left aside because they only add the others up

    @property
    def recognised(self) -> bool:
        """Tell whether a column at least was found."""
        return bool(self.columns)


@dataclass(frozen=True, slots=True)
class _Header:
    places: tuple[Question | None, ...]
    example: int | None
    unknown: tuple[str, ...]
    repeated: tuple[str, ...]


def header_of(question: Question, column: Question) -> str:
    """Return the header of a column: its label, or its key where the label is not its own among the table's."""
    return column.label if _column_named(question, column.label) is column else column.key


def read_lines(question: Question, lines: Sequence[Line], *, from_text: bool, headless: bool = False) -> ImportedTable:
    """Read the lines of a file against a table question.

    ``from_text``: cells have no types (CSV). ``headless``: where no header is found, the columns are the question's,
    in its order (cells copied without their header).
    """
    header, rest = _find_header(question, lines)
    if header is None:
        if not headless:
            return ImportedTable((), (), tuple(_names(lines[0].cells)) if lines else (), (), (), ())
        header, rest = _Header(question.fields, None, (), ()), lines
    rows, examples, totals = [], [], []
    for line in rest:
        if _says_example(line, header.example):
            examples.append(line.number)
        elif _only_adds_up(line, header.places):
            totals.append(line.number)
        elif (row := _read(line, header.places, from_text=from_text)) is not None:
            rows.append(row)
    found = tuple(column for column in header.places if column is not None)
    return ImportedTable(tuple(rows), found, header.unknown, header.repeated, tuple(examples), tuple(totals))


def _find_header(question: Question, lines: Sequence[Line]) -> tuple[_Header | None, Sequence[Line]]:
    """Return the line that names the most columns among the first ones, and the lines after it."""
    best, at = None, 0
    for place, line in enumerate(lines[:_HEADER_WITHIN]):
        header = _header(question, line.cells)
        if _found(header) > (_found(best) if best else 0):
            best, at = header, place
    if best is None or (_found(best) == 1 and len(best.unknown) > _UNKNOWN_BESIDE_ONE):
        return None, lines  # a row may well hold the word of one column
    return best, lines[at + 1 :]


def _found(header: _Header) -> int:
    return sum(column is not None for column in header.places)


def _header(question: Question, cells: Iterable[Cell]) -> _Header:
    places: list[Question | None] = []
    unknown, repeated = [], []
    example = None
    for place, cell in enumerate(cells):
        name = " ".join(as_typed(cell).split())
        column = _column_named(question, name)
        if column is None and fold(name) == fold(EXAMPLE_COLUMN):
            example = place
        elif column is None and name:
            unknown.append(name)
        elif column is not None and column in places:
            repeated.append(name)
            column = None
        places.append(column)
    return _Header(tuple(places), example, tuple(unknown), tuple(repeated))


def _column_named(question: Question, name: str) -> Question | None:
    folded = fold(name)
    if not folded:
        return None
    by_label = [column for column in question.fields if fold(column.label) == folded]
    by_key = [column for column in question.fields if fold(column.key) == folded]
    found = by_label if len(by_label) == 1 else by_key
    return found[0] if len(found) == 1 else None


def _names(cells: Iterable[Cell]) -> list[str]:
    return [name for cell in cells if (name := " ".join(as_typed(cell).split()))]


def _says_example(line: Line, place: int | None) -> bool:
    return place is not None and place < len(line.cells) and not is_empty(line.cells[place])


def _only_adds_up(line: Line, places: tuple[Question | None, ...]) -> bool:
    """Tell whether the line is the total of a table of amounts: one word, then figures only."""
    words, figures = [], 0
    for column, cell in zip(places, line.cells, strict=False):
        if is_empty(cell):
            continue
        if column is not None and column.kind in _FIGURES:
            figures += 1
        else:
            words.append(fold(as_typed(cell)))
    has_amounts = any(column is not None and column.kind is QuestionKind.MONEY for column in places)
    return has_amounts and figures > 0 and len(words) == 1 and words[0] in _TOTALS


def _read(line: Line, places: tuple[Question | None, ...], *, from_text: bool) -> ImportedRow | None:
    values, refused = {}, []
    for column, cell in zip(places, line.cells, strict=False):
        if column is None or is_empty(cell):
            continue
        if isinstance(cell, Unknown):
            refused.append(RefusedCell(column, "", _UNCOMPUTED[cell]))
            continue
        reading = column.read(raw_of_cell(column, cell, from_text=from_text))
        if reading.refusals:
            refused.append(RefusedCell(column, as_typed(cell), reading.refusals[0]))
        elif reading.value is not None:
            values[column.key] = reading.value
    return ImportedRow(line.number, values, tuple(refused)) if values or refused else None
