"""The export of all dossiers with all marks: rows in, bytes out one row at a time, in constant memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, BinaryIO

from ptce_aap.documents import canonical, characters, french, workbook
from ptce_aap.documents.spreadsheet import Cell, Column, Kind, write_csv

__all__ = ["Cell", "Column", "Kind", "write_csv", "write_json", "write_xlsx"]


def write_json(columns: Sequence[Column], rows: Iterable[Sequence[Cell]], out: BinaryIO) -> None:
    """Write a JSON array with one object a row, sorted keys, one row a line; money is text with two decimals."""
    values = [_VALUE.get(column.kind) for column in columns]
    keys = [column.key for column in columns]
    encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode
    separator = "[\n"
    for row in rows:
        plain = {
            key: value if value is None or convert is None else convert(value)
            for key, convert, value in zip(keys, values, row, strict=True)
        }
        out.write((separator + characters.encodable(encode(plain))).encode("utf-8"))
        separator = ",\n"
    out.write(b"[]\n" if separator == "[\n" else b"\n]\n")


def write_xlsx(
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell]],
    out: BinaryIO,
    *,
    sheet: str = "Notes",
    title: str = "",
    about: Sequence[tuple[str, str]] = (),
) -> None:
    """Write a workbook whose first sheet holds the rows; ``about`` explains it on the second."""
    workbook.write_xlsx(columns, rows, out, sheet=sheet, title=title or sheet, about=about)


def _day(value: date) -> str:
    return value.isoformat()


def _moment(value: datetime) -> str:
    return canonical.instant(value)


def _figure(value: Fraction | Decimal) -> str | None:
    return canonical.exact(value) if isinstance(value, Fraction) else f"{value:f}"


def _mark(half_points: int) -> float | int:
    return half_points // 2 if half_points % 2 == 0 else half_points / 2


_VALUE: dict[Kind, Callable[[Any], object]] = {
    Kind.FIGURE: _figure,
    Kind.MARK: _mark,
    Kind.MONEY: french.decimal_text,
    Kind.DATE: _day,
    Kind.INSTANT: _moment,
}
