"""All dossiers with all marks leave as typed rows, one at a time."""

import csv
import io
import json
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from openpyxl import load_workbook

from ptce_aap.documents.marks import Cell, Column, Kind, write_csv, write_json, write_xlsx

COLUMNS = (
    Column("number", "Numéro"),
    Column("amount", "Montant", Kind.MONEY),
    Column("mark", "Note", Kind.MARK),
    Column("total", "Total", Kind.FIGURE),
    Column("count", "Lectures", Kind.INTEGER),
    Column("day", "Jour", Kind.DATE),
    Column("at", "Remise", Kind.INSTANT),
    Column("final", "Définitive", Kind.FLAG),
)
ROW: tuple[Cell, ...] = (
    "=1+1",
    2_600_050,
    7,
    Fraction(235, 3),
    3,
    date(2015, 6, 12),
    datetime(2015, 6, 12, 8, 2, 5, tzinfo=UTC),
    True,
)
EMPTY: tuple[Cell, ...] = (None,) * len(COLUMNS)


def written(write: Callable[..., None], *rows: tuple[Cell, ...]) -> bytes:
    out = io.BytesIO()
    write(COLUMNS, iter(rows), out)
    return out.getvalue()


def test_csv_writes_french_numbers_and_paris_time() -> None:
    text = written(write_csv, ROW, EMPTY).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
    assert rows[1] == ["'=1+1", "26000,50", "3,5", "78,33", "3", "12/06/2015", "12/06/2015 10:02:05", "oui"]
    assert rows[2] == [""] * 8


def test_json_writes_exact_values() -> None:
    first, second = json.loads(written(write_json, ROW, EMPTY))
    assert first == {
        "number": "=1+1",
        "amount": "26000.50",
        "mark": 3.5,
        "total": "235/3",
        "count": 3,
        "day": "2015-06-12",
        "at": "2015-06-12T08:02:05Z",
        "final": True,
    }
    assert set(second.values()) == {None}
    assert json.loads(written(write_json)) == []


def test_xlsx_writes_typed_cells() -> None:
    sheet = load_workbook(io.BytesIO(written(write_xlsx, ROW, EMPTY)))["Notes"]
    first = [cell.value for cell in sheet[2]]
    assert first[:3] == ["=1+1", 26000.5, 3.5]
    assert first[4:] == [3, datetime(2015, 6, 12), datetime(2015, 6, 12, 10, 2, 5), "oui"]
    assert sheet["A2"].data_type == "s"


def test_a_decimal_keeps_its_digits() -> None:
    columns = (Column("ratio", "Part", Kind.FIGURE),)
    out = io.BytesIO()
    write_csv(columns, [(Decimal("0.0375"),)], out)
    assert out.getvalue().decode("utf-8-sig").splitlines()[1] == "0,0375"


@pytest.mark.parametrize("write", [write_csv, write_json, write_xlsx])
def test_memory_does_not_grow_with_the_rows(write: Callable[..., None], tmp_path: Path) -> None:
    def rows(count: int) -> Iterator[tuple[Cell, ...]]:
        yield from (ROW for _ in range(count))

    def peak(count: int) -> int:
        tracemalloc.start()
        with (tmp_path / "export").open("wb") as out:
            write(COLUMNS, rows(count), out)
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    peak(10)
    assert peak(4_000) < 2 * peak(400) + 200_000


@pytest.mark.parametrize("write", [write_csv, write_json, write_xlsx])
def test_the_same_rows_have_the_same_bytes(write: Callable[..., None]) -> None:
    assert written(write, ROW, EMPTY) == written(write, ROW, EMPTY)
