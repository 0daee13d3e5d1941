"""No file of ours computes what people typed: a table that leaves holds texts, whole or visibly cut, all of it seen."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from openpyxl import load_workbook

from ptce_aap.documents import characters, marks, table_file
from ptce_aap.documents.marks import Column, Kind
from ptce_aap.documents.shortlist import Outcome, render_csv, render_xlsx
from ptce_aap.domain.question import Question, QuestionKind, Row
from tests import hostile
from tests.unit.documents.shortlists import entry, shortlist

LONG = "=" + "x" * 40_000
TEXTS = (*hostile.FORMULAS, *hostile.STATEMENTS, *hostile.SCRIPTS, "a" * 40_000, LONG)
WHEN = datetime(2015, 6, 12, 8, 2, 5, tzinfo=UTC)
_RUNS = re.compile(r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*[=+\-@＝＋－＠]|[\t\r\n]")
QUESTION = Question(
    key="membres",
    path="membres.membres",
    label="=Membres",
    kind=QuestionKind.TABLE,
    fields=(
        Question(key="nom", path="membres.membres.nom", label="+Nom", kind=QuestionKind.TEXT),
        Question(key="role", path="membres.membres.role", label="@Rôle", kind=QuestionKind.LONG_TEXT),
        Question(key="jour", path="membres.membres.jour", label="-Jour", kind=QuestionKind.DATE),
    ),
)


def exports() -> dict[str, tuple[bytes, bytes]]:
    """Return each table that leaves, as CSV and as a workbook."""
    listed = shortlist(
        *(
            entry(place, Outcome.NOT_SELECTED, title=text, carrier=text, region=text, stage=text, reason=text)
            for place, text in enumerate(TEXTS, start=1)
        )
    )
    columns = (
        Column("text", "=Texte"),
        Column("day", "Jour", Kind.DATE),
        Column("at", "Le", Kind.INSTANT),
        Column("n", "N", Kind.INTEGER),
    )
    typed = [(text, date(2015, 6, 12), WHEN, -3) for text in TEXTS]
    rows: list[Row] = [{"nom": text, "role": text, "jour": date(2015, 6, 12)} for text in TEXTS]
    return {
        "shortlist": (render_csv(listed), render_xlsx(listed)),
        "marks": (written(marks.write_csv, columns, typed), written(marks.write_xlsx, columns, typed, title="=x")),
        "table": (written(table_file.write_csv, QUESTION, rows), written(table_file.write_xlsx, QUESTION, rows)),
    }


def written(write: Any, *given: Any, **more: Any) -> bytes:
    out = io.BytesIO()
    write(*given, out, **more)
    return out.getvalue()


@pytest.fixture(scope="module")
def made() -> dict[str, tuple[bytes, bytes]]:
    return exports()


@pytest.mark.target("SEC-17")
@pytest.mark.parametrize("name", ["shortlist", "marks", "table"])
def test_no_cell_of_a_csv_is_read_as_a_formula_and_every_text_is_whole(
    made: dict[str, tuple[bytes, bytes]], name: str
) -> None:
    text = made[name][0].decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=";") for cell in row]
    figures = re.compile(r"-?\d+(,\d+)?")
    assert [cell for cell in cells if _RUNS.match(cell) and not figures.fullmatch(cell)] == []
    held = set(cells)
    assert [one for one in TEXTS if not {kept := characters.storable(one), f"'{kept}"} & held] == []


@pytest.mark.target("SEC-17")
@pytest.mark.parametrize("name", ["shortlist", "marks", "table"])
def test_no_cell_of_a_workbook_is_live_hidden_or_silently_cut(made: dict[str, tuple[bytes, bytes]], name: str) -> None:
    book = load_workbook(io.BytesIO(made[name][1]))
    cells = list(cells_of(book))
    assert {cell.data_type for cell in cells} <= {"s", "n", "d", "b"}
    assert [cell.value for cell in cells if cell.hyperlink] == []
    assert all(sheet.sheet_state == "visible" for sheet in book)
    for sheet in book:
        assert not [key for key, column in sheet.column_dimensions.items() if column.hidden]
        assert not [key for key, row in sheet.row_dimensions.items() if row.hidden]
    assert book.defined_names == {} or {str(one.attr_text)[:1] for one in book.defined_names.values()} != {"="}
    shown = {str(cell.value).replace("_x005F_", "_") for cell in cells}  # how a workbook writes an underscore
    seen = {value.strip() for value in shown}
    short = [one for one in TEXTS if len(one) < 32_767]
    assert [one for one in short if characters.storable(one).strip() not in seen] == []
    cut = [value for value in shown if value.endswith(characters.CUT_MARK)]
    assert len(cut) == len(TEXTS) - len(short)
    assert {len(value) for value in cut} == {32_767}
    days = [cell for cell in cells if cell.is_date]
    assert name == "shortlist" or len(days) >= len(TEXTS)


def cells_of(book: Any) -> Iterator[Any]:
    for sheet in book:
        for row in sheet.iter_rows():
            yield from (cell for cell in row if cell.value is not None)


def test_what_was_guarded_comes_back_as_it_was() -> None:
    kept = [characters.storable(text) for text in TEXTS]
    for text in (*kept, *(f"'{one}" for one in kept)):
        assert table_file.unguarded(table_file.guarded(text)) == text
