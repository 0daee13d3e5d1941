"""What goes with the list: the reasons given, and the mean of each axis for each dossier."""

from __future__ import annotations

from typing import Any

from reportlab.platypus import Flowable, LongTable, TableStyle

from ptce_aap.documents import french, layout, style, text
from ptce_aap.documents.shortlist.content import Shortlist, ShortlistEntry


def reasons(shortlist: Shortlist) -> list[Flowable]:
    """Return the reasons, dossier by dossier, for those that have one."""
    story: list[Flowable] = []
    for entry in shortlist.entries:
        if entry.reason:
            story.append(text.line(_name(entry), style.SMALL_HEADING))
            story += text.paragraphs(entry.reason, style.BODY)
    return [layout.heading("Motifs"), *story] if story else []


def means(shortlist: Shortlist, room: float) -> list[Flowable]:
    """Return the table of readings, axis means, totals and amounts asked for."""
    axes = shortlist.axes
    numeric = min(74.0, 400 / (len(axes) + 3))
    widths = [30.0, 72.0, room - 102 - numeric * (len(axes) + 3), *[numeric] * (len(axes) + 3)]
    labels = ["Rang", "Numéro", "Dossier", "Demandé", "Lectures", *axes, "Total"]
    head = [
        text.clamped(label, style.CELL_HEAD if place < 3 else style.CELL_HEAD_NUMBER, widths[place] - 6)
        for place, label in enumerate(labels)
    ]
    rows = [head, *(_cells(entry, axes, widths[2]) for entry in shortlist.entries)]
    table = LongTable(rows, colWidths=widths, rowHeights=[21.0, *[13.5] * len(shortlist.entries)], repeatRows=1)
    table.setStyle(TableStyle(_LOOKS))
    return [text.line("Annexe\u00a0: moyennes par axe", style.TABLE_HEADING), table]


def _name(entry: ShortlistEntry) -> str:
    rank = "Non classé" if entry.rank is None else f"Rang {entry.rank}"
    return f"{rank} · {entry.number} · {entry.title}"


def _cells(entry: ShortlistEntry, axes: tuple[str, ...], room: float) -> list[Any]:
    shown = dict(entry.axis_means)
    asked = "–" if entry.requested_cents is None else french.euros(entry.requested_cents)
    figures = [asked, str(entry.readings), *(shown.get(axis, "–") for axis in axes), entry.total_shown or "–"]
    return [
        text.line("–" if entry.rank is None else str(entry.rank), style.CELL_NUMBER),
        text.clamped(entry.number, style.CELL, 64, rows=1),
        text.clamped(entry.title, style.CELL, room - 6, rows=1),
        *(text.line(figure, style.CELL_NUMBER) for figure in figures),
    ]


_LOOKS: list[tuple[Any, ...]] = [
    ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
    ("LINEBELOW", (0, 0), (-1, -1), 0.35, style.RULE),
    ("LINEBELOW", (0, 0), (-1, 0), 0.9, style.ACCENT),
    ("LEFTPADDING", (0, 0), (-1, -1), 3),
    ("RIGHTPADDING", (0, 0), (-1, -1), 3),
    ("TOPPADDING", (0, 0), (-1, -1), 0),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
]
