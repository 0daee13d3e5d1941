"""A long table of rows of known height: its header comes back on every page, its cost grows with its length only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile
from typing import Any

from reportlab.platypus import Flowable, Table, TableStyle

from ptce_aap.documents import style

PADDING = 4


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its cells, laid out when their page comes, its height and its looks.

    ``look`` holds (command, arguments) for the whole row; ``across`` spans its first cell over all columns;
    ``binds`` keeps it on the page of the row that follows.
    """

    cells: Callable[[], list[Any]]
    height: float
    look: tuple[tuple[Any, ...], ...] = ()
    across: bool = False
    binds: bool = False


class Listing(Flowable):
    """The library's own table is copied whole at every page break; this one hands a page its rows."""

    def __init__(self, header: Row, rows: Sequence[Row], widths: Sequence[float]) -> None:
        super().__init__()
        self.header = header
        self.rows = rows
        self.widths = widths

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """Return the size of the whole table."""
        self.height = self.header.height + sum(row.height for row in self.rows)
        return sum(self.widths), self.height

    def split(self, available_width: float, available_height: float) -> list[Flowable]:
        """Return the rows that the page holds, then the others; nothing when the page holds none."""
        ends = accumulate((row.height for row in self.rows), initial=self.header.height)
        count = sum(1 for _ in takewhile(lambda end: end <= available_height, ends)) - 1
        while 0 < count < len(self.rows) and self.rows[count - 1].binds:
            count -= 1
        if count <= 0:
            return []
        first = Listing(self.header, self.rows[:count], self.widths)
        rest = self.rows[count:]
        return [first, Listing(self.header, rest, self.widths)] if rest else [first]

    def draw(self) -> None:
        """Draw the header and the rows, which fit."""
        rows = [self.header, *self.rows]
        table = Table([row.cells() for row in rows], colWidths=self.widths, rowHeights=[row.height for row in rows])
        table.setStyle(TableStyle([*_LOOKS, *(look for n, row in enumerate(rows) for look in _looks(n, row))]))
        table.wrapOn(self.canv, sum(self.widths), self.height)
        table.drawOn(self.canv, 0, 0)


def _looks(place: int, row: Row) -> list[tuple[Any, ...]]:
    whole = ((0, place), (-1, place))
    return [(name, *whole, *values) for name, *values in row.look] + ([("SPAN", *whole)] if row.across else [])


_LOOKS: list[tuple[Any, ...]] = [
    ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
    ("LINEBELOW", (0, 0), (-1, -1), 0.35, style.RULE),
    ("LINEBELOW", (0, 0), (-1, 0), 0.9, style.ACCENT),
    ("LEFTPADDING", (0, 0), (-1, -1), PADDING),
    ("RIGHTPADDING", (0, 0), (-1, -1), PADDING),
    ("TOPPADDING", (0, 0), (-1, -1), 0),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
]
