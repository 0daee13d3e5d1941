"""A table question as its applicant sees it: some columns, the rows, the totals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import url_for

from ptce_aap.domain.figures import Figures, of_stage
from ptce_aap.domain.questionnaire import ROW_ID, Answers, Question, QuestionKind, Row, Stage
from ptce_aap.services.applicants import tables
from ptce_aap.services.applicants.applicant import DossierPage
from ptce_aap.web.formats import euros, number

_COLUMNS = 5
_FIGURES = frozenset({QuestionKind.MONEY, QuestionKind.INTEGER, QuestionKind.NUMBER})


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the list: its text where the value has one of one line, else None."""

    value: Any
    text: str | None


@dataclass(frozen=True, slots=True)
class RowView:
    """A row of the list: its identifier, its name for buttons, the cells of the shown columns, what is wrong."""

    identifier: str
    name: str
    cells: tuple[Cell, ...]
    missing: tuple[str, ...]
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableView:
    """A table question on its stage's page."""

    question: Question
    columns: tuple[Question, ...]
    numeric: tuple[bool, ...]  # columns of figures
    hidden: int  # columns that only the page of a row shows
    rows: tuple[RowView, ...]
    figures: Figures
    removed: str | None  # name of the row that can be put back
    export: str  # address of its file
    undo: str  # what a button puts back, as it was when the page was made
    before_import: int | None  # rows of the table that can be put back as it was before an import

    @property
    def errors(self) -> list[tuple[str, str]]:
        """Every message with the anchor of its table."""
        return [
            (f"q-{self.question.key}", f"{self.question.label}, ligne {number} : {message}")
            for number, row in enumerate(self.rows, start=1)
            for message in row.messages
        ]


def views_of(page: DossierPage, stage: Stage) -> dict[str, TableView]:
    """Return the table questions of a stage as its page shows them, by path."""
    figures = figures_of(page, stage, page.answers)
    return {path: _view(page, question, figures[path]) for path, question in _tables(stage)}


def figures_of(page: DossierPage, stage: Stage, answers: Answers) -> dict[str, Figures]:
    """Return the figures beside each table of a stage, by path, were these the answers."""
    measured = page.evaluation.measures if answers is page.answers else ()
    return of_stage(page.definition, answers, stage, closes_at=page.call.closes_at, measured=measured)


def _tables(stage: Stage) -> Iterator[tuple[str, Question]]:
    return ((question.path, question) for question in stage.questions if question.kind is QuestionKind.TABLE)


def _view(page: DossierPage, question: Question, figures: Figures) -> TableView:
    columns = columns_of(question)
    stored = page.stored_at(question.path)
    rows: tuple[Row, ...] = page.answers.get(question.path, ())
    removed = stored.removed.get("row") if stored.removed else None
    return TableView(
        question=question,
        columns=columns,
        numeric=tuple(column.kind in _FIGURES for column in columns),
        hidden=len(question.fields) - len(columns),
        rows=tuple(_row(page, question, columns, number, row) for number, row in enumerate(rows)),
        figures=figures,
        removed=None if removed is None else name_of(question, _row_of(question, removed), 0),
        export=_export(page, question),
        undo=f"{question.key}:{tables.undo_mark(stored)}",
        before_import=len(stored.removed["rows"]) if stored.removed and "rows" in stored.removed else None,
    )


def columns_of(question: Question) -> tuple[Question, ...]:
    """Choose the columns to show: amounts, which people compare, then what is obligatory, then the first others."""
    amounts = [part for part in question.fields if part.kind is QuestionKind.MONEY][: _COLUMNS - 2]
    others = [part for part in question.fields if part.kind not in {QuestionKind.MONEY, QuestionKind.LONG_TEXT}]
    others.sort(key=lambda part: not part.required)
    chosen = {part.key for part in (*amounts, *others[: _COLUMNS - len(amounts)])}
    return tuple(part for part in question.fields if part.key in chosen)


def _row(page: DossierPage, question: Question, columns: tuple[Question, ...], number: int, row: Row) -> RowView:
    identifier = str(row.get(ROW_ID, ""))
    here = f"{question.path}[{number}]."
    missing = tuple(
        named.field.label for named in page.missing if named.field is not None and named.place.startswith(here)
    )
    problems = tables.problems_of_row(page.stored_at(question.path), question.path, identifier)
    labels = {part.key: part.label for part in question.fields}
    return RowView(
        identifier=identifier,
        name=name_of(question, row, number),
        cells=tuple(_cell(column, row.get(column.key)) for column in columns),
        missing=missing,
        messages=tuple(f"{labels.get(item['place'].rpartition('.')[2], '')} : {item['message']}" for item in problems),
    )


def _cell(column: Question, value: Any) -> Cell:
    """Return a cell with its text made here where it can be: hundreds of rows are one page."""
    match column.kind:
        case _ if value is None:
            return Cell(None, None)
        case QuestionKind.MONEY:
            return Cell(value, euros(value))
        case QuestionKind.INTEGER | QuestionKind.NUMBER:
            return Cell(value, number(value))
        case QuestionKind.CHOICE:
            return Cell(value, column.option_label(value))
        case QuestionKind.TEXT if "\n" not in value:
            return Cell(value, value)
        case _:
            return Cell(value, None)


def _export(page: DossierPage, question: Question) -> str:
    stage, _, key = question.path.partition(".")
    return url_for(
        "applicant.table_file_of",
        reference=page.dossier.reference,
        stage=stage,
        question=key,
        name="tableau",
        kind="xlsx",
    )


def _row_of(question: Question, raw: Any) -> Row:
    rows: tuple[Row, ...] = question.read([raw], with_ids=True).value or ({},)
    return rows[0]


def name_of(question: Question, row: Row, number: int) -> str:
    """Name a row by its first answer in words, else by its number, from 0."""
    for part in question.fields:
        value = row.get(part.key)
        if value is None:
            continue
        if part.kind is QuestionKind.CHOICE:
            return part.option_label(value)
        if isinstance(value, str):
            return value
    return f"ligne {number + 1}"


def position_of(typed: str) -> int | None:
    """Return the place in a table that somebody typed, from 1; None where it is none."""
    digits = "".join(typed.split())
    return int(digits[:6]) if digits.isascii() and digits.isdigit() and int(digits[:6]) > 0 else None
