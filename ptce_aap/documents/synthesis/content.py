"""What the documents of a synthesis hold, and the words and rows that its page shares with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from ptce_aap.documents import french
from ptce_aap.domain.synthesis import Figure, Line, Table

NBSP = french.NBSP


@dataclass(frozen=True, slots=True)
class Content:
    """The synthesis as it is printed. ``quotes``: (title of the section, [(dossier, text)])."""

    title: str
    call_title: str
    organiser: str
    scope: str  # whose dossiers, in words
    at: datetime
    dossiers: int
    amount_cents: int
    tables: tuple[Table, ...]
    places: tuple[tuple[str, int, int], ...]  # territory, dossiers, cents asked for
    quotes: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    partial: bool
    fictional: bool


def finding(table: Table) -> str:
    """Return what a table shows first, in a sentence."""
    first = table.first
    if first is None or first.whole == 0:
        return "Aucun dossier ne l’a dit."
    match table.section.figure:
        case Figure.AMOUNTS:
            told = f"{french.euros(table.whole)} en tout"
            if not table.section.settled:
                return told
            settled = f"{told}, dont {french.euros(table.settled)} {_settled_words(table)}"
            return f"{settled} ; {_remainder(table).lower()}{NBSP}: {french.euros(table.remaining)}".replace(
                " ;", f"{NBSP};"
            )
        case Figure.CROSSED if (pair := _strongest(table)) is not None:
            line, column, count = pair
            return f"{line.label} et {column}{NBSP}: {_dossiers(count)} sur {table.asked}"
        case _:
            return f"{first.label}{NBSP}: {_dossiers(first.whole)} sur {table.asked}"


def head(table: Table) -> tuple[str, ...]:
    """Return the headings of a table: what its rows are, its columns, the whole of a row, what remains."""
    whole = ("Total", _remainder(table)) if table.section.settled else ("Total",)
    return (table.section.rows.heading, *table.columns, *(whole if table.in_cents else ("Dossiers",)))


def rows(table: Table) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Give each row: its label, then figures in the order of ``head`` (dossiers, or cents)."""
    settled = [place for place, entry in enumerate(table.entries) if entry in table.section.settled]
    for line in table.lines:
        remaining = (line.whole - sum(line.cells[place] for place in settled),) if table.section.settled else ()
        yield line.label, (*line.cells, line.whole, *remaining)


def _strongest(table: Table) -> tuple[Line, str, int] | None:
    """Return the cell that counts most, apart from those of a row with itself."""
    cells = [
        (line, label, count)
        for line in table.lines
        for entry, label, count in zip(table.entries, table.columns, line.cells, strict=True)
        if count and not (table.section.columns == table.section.rows and entry == line.entry)
    ]
    return max(cells, key=lambda cell: cell[2], default=None)


def _settled_words(table: Table) -> str:
    labels: Sequence[str] = [
        label for entry, label in zip(table.entries, table.columns, strict=True) if entry in table.section.settled
    ]
    return " et ".join(f"«{NBSP}{label.lower()}{NBSP}»" for label in labels)


def _remainder(table: Table) -> str:
    return table.section.remainder or "Reste"


def _dossiers(count: int) -> str:
    return french.counted(count, "dossier", "dossiers")
