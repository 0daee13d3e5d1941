"""A table as its columns and rows of plain values, and its CSV form as French spreadsheet programs open it."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from io import TextIOWrapper
from typing import Any, BinaryIO, cast

from ptce_aap.clock import PARIS
from ptce_aap.documents import characters, french
from ptce_aap.domain import scoring

Cell = str | int | bool | Fraction | Decimal | date | datetime | None

# A spreadsheet program runs a cell that begins so; the full-width forms are read as the plain ones by some, and what
# is not seen before them (blanks, direction marks, byte order mark) is passed over by others.
UNSEEN = "[\\s\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]*"
LIVE_SIGNS = "[=+\\-@＝＋－＠]"
_LIVE = re.compile(f"[\\t\\r\\n]|{UNSEEN}{LIVE_SIGNS}")


class Kind(StrEnum):
    """What the values of a column are; None is an empty cell in each."""

    TEXT = "text"
    INTEGER = "integer"
    FIGURE = "figure"  # Fraction or Decimal
    MARK = "mark"  # int, in half points
    MONEY = "money"  # int, in cents
    DATE = "date"
    INSTANT = "instant"  # aware datetime, shown in Paris time
    FLAG = "flag"  # bool


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ``key`` names it in JSON, ``label`` in French; ``width`` is in characters."""

    key: str
    label: str
    kind: Kind = Kind.TEXT
    width: float | None = None


def write_csv(columns: Sequence[Column], rows: Iterable[Sequence[Cell]], out: BinaryIO) -> None:
    """Write the table with semicolons, decimal commas and a byte order mark, one row at a time."""
    shown = [_SHOWN[column.kind] for column in columns]
    with csv_writer(out) as writer:
        writer.writerow([harmless(column.label) for column in columns])
        writer.writerows(
            ["" if value is None else show(value) for show, value in zip(shown, row, strict=True)] for row in rows
        )


@contextmanager
def csv_writer(out: BinaryIO) -> Iterator[Any]:
    """Give a writer of CSV lines as French spreadsheet programs open them; ``out`` stays open."""
    text = TextIOWrapper(out, encoding="utf-8-sig", newline="", write_through=False)
    yield csv.writer(text, delimiter=";", lineterminator="\r\n")
    text.flush()
    text.detach()


def harmless(value: object) -> str:
    """Return a text that no spreadsheet program takes for a formula: an apostrophe stands before it."""
    text = str(value)
    kept = characters.storable(text)
    return f"'{kept}" if _LIVE.match(text) or _LIVE.match(kept) else kept


def figure(value: Fraction | Decimal) -> str:
    """Return the figure with a decimal comma: a decimal as it stands, a fraction rounded half up to two decimals."""
    return f"{value:f}".replace(".", ",") if isinstance(value, Decimal) else scoring.shown(value)


def mark(half_points: int) -> str:
    """Return a mark in points: « 3,5 »."""
    whole, half = divmod(half_points, 2)
    return f"{whole},5" if half else str(whole)


def _instant(value: datetime) -> str:
    return value.astimezone(PARIS).strftime("%d/%m/%Y %H:%M:%S")


_SHOWN: dict[Kind, Callable[..., str]] = {
    Kind.TEXT: harmless,
    Kind.INTEGER: str,
    Kind.FIGURE: figure,
    Kind.MARK: mark,
    Kind.MONEY: lambda cents: french.decimal_text(cast(int, cents), ","),
    Kind.DATE: lambda day: day.strftime("%d/%m/%Y"),
    Kind.INSTANT: _instant,
    Kind.FLAG: lambda value: "oui" if value else "non",
}
