"""The synthesis as a PDF for a regional conference: what it counts, then one table a section under its finding."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from reportlab.platypus import Flowable, KeepTogether, Spacer

from ptce_aap.documents import blocks, french, layout, style, text
from ptce_aap.documents.listing import PADDING, Listing, Row
from ptce_aap.documents.synthesis.content import Content, finding, head, rows

_ROW, _HEADER = 18.5, 30
_FIRST_SHARE = 0.3
_MOST_COLUMNS = (
    9  # beyond, words of headings are cut: the table goes on under itself, each part with the whole of the rows
)
_QUOTE_LENGTH = 900


def render_pdf(content: Content) -> bytes:
    """Return the document: the same content gives the same bytes."""
    sheet = layout.Sheet(
        service=content.organiser,
        call=content.call_title,
        title=content.title,
        footer=f"{content.scope} · établie le {french.long_instant(content.at)}",
        subject=content.title,
        wide=True,
        fictional=content.fictional,
    )
    story: list[Flowable] = [
        text.line(content.title, style.TITLE),
        text.line(content.scope, style.SUBTITLE),
        blocks.facts(_facts(content), sheet.room),
        Spacer(1, 6),
    ]
    if len(content.places) > 1:
        places = [(name, (french.grouped(count), french.euros(cents))) for name, count, cents in content.places]
        story += _table("Territoires", "", ("Territoire", "Dossiers", "Aide demandée"), places, sheet.room)
    for table in content.tables:
        shown = french.euros if table.in_cents else french.grouped
        lines = [(label, tuple(shown(figure) for figure in figures)) for label, figures in rows(table)]
        about = f"{finding(table)}. {table.section.plain}"
        story += _table(table.section.title, about, head(table), lines, sheet.room)
    for title, quotes in content.quotes:
        story.append(text.heading(title))
        for dossier, words in quotes:
            cut = words if len(words) <= _QUOTE_LENGTH else f"{words[:_QUOTE_LENGTH].rsplit(' ', 1)[0]} […]"
            story += [text.line(dossier, style.SMALL_HEADING), *text.paragraphs(f"« {cut} »", style.BODY)]
    return layout.rendered(sheet, story)


def _facts(content: Content) -> list[tuple[str, str]]:
    found = [
        ("Dossiers comptés", french.grouped(content.dossiers)),
        ("Aide demandée", french.euros(content.amount_cents)),
        ("Établie le", french.long_instant(content.at)),
    ]
    if content.partial:
        found.append(("Vue partielle – déport", "Les dossiers qui vous sont fermés ne sont pas comptés."))
    return found


def _table(
    title: str, about: str, labels: Sequence[str], lines: Sequence[tuple[str, tuple[str, ...]]], room: float
) -> list[Flowable]:
    """A heading, what the table shows, and its rows; nothing but the sentence where it has no row."""
    opening: list[Flowable] = [text.heading(title), *([text.line(about, style.BODY, limit=900)] if about else [])]
    if not lines:
        return opening
    story: list[Flowable] = [KeepTogether([*opening, Spacer(1, 3)])]
    for places in _parts(len(labels)):
        part = [(label, tuple(figures[place - 1] for place in places[1:])) for label, figures in lines]
        story += [_listing([labels[place] for place in places], part, room), Spacer(1, 8)]
    return story


def _parts(columns: int) -> list[list[int]]:
    """Return the columns of each part of a table: its first and its last are in all of them."""
    between, most = list(range(1, columns - 1)), _MOST_COLUMNS - 1
    chunks = [between[start : start + most] for start in range(0, len(between), most)] or [[]]
    return [[0, *chunk, columns - 1] for chunk in chunks]


def _listing(labels: Sequence[str], lines: Sequence[tuple[str, tuple[str, ...]]], room: float) -> Listing:
    first = room * _FIRST_SHARE
    widths = [first, *[(room - first) / (len(labels) - 1)] * (len(labels) - 1)]
    rows_of = [Row(partial(_cells, label, figures, widths), _ROW) for label, figures in lines]
    return Listing(Row(partial(_header, labels, widths), _HEADER), rows_of, widths)


def _header(labels: Sequence[str], widths: Sequence[float]) -> list[Any]:
    return [
        text.clamped(label, style.CELL_HEAD_NUMBER if place else style.CELL_HEAD, widths[place] - 2 * PADDING, rows=3)
        for place, label in enumerate(labels)
    ]


def _cells(label: str, figures: Sequence[str], widths: Sequence[float]) -> list[Any]:
    first = text.clamped(label, style.CELL_STRONG, widths[0] - 2 * PADDING)
    return [first, *(text.line(figure, style.CELL_NUMBER) for figure in figures)]
