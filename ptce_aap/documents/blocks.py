"""The blocks that our PDF documents share: summary box, notice, list, steps, signatures."""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.lib.colors import Color
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, KeepTogether, Spacer, Table, TableStyle

from ptce_aap.documents import style, text

FLAT = [("LEFTPADDING", (0, 0), (-1, -1), 0), ("RIGHTPADDING", (0, 0), (-1, -1), 0)]

TIGHT = [("TOPPADDING", (0, 0), (-1, -1), 0), ("BOTTOMPADDING", (0, 0), (-1, -1), 0)]


def facts(rows: Sequence[tuple[str, str]], room: float, *, label_width: float = 130) -> Table:
    """Return a summary box: one labelled fact a line."""
    cells = [[text.line(label, style.LABEL), text.line(value, style.BODY, limit=600)] for label, value in rows]
    cut = any(text.may_fill_a_page(value) for _, value in rows)
    table = Table(cells, colWidths=[label_width, room - label_width], splitInRow=int(cut))
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("BACKGROUND", (0, 0), (-1, -1), style.WASH),
                ("LINEBELOW", (0, 0), (-1, -2), 0.4, style.RULE),
                ("TOPPADDING", (0, 0), (-1, -1), 3),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
                ("LEFTPADDING", (0, 0), (-1, -1), 8),
                ("RIGHTPADDING", (0, 0), (-1, -1), 8),
            ]
        )
    )
    return table


def panel(content: Sequence[Flowable], room: float, *, background: Color, edge: Color) -> Table:
    """Return a coloured panel with its edge on the left; it may go on over a page."""
    table = Table([[item] for item in content], colWidths=[room])
    table.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, -1), background),
                ("LINEBEFORE", (0, 0), (0, -1), 3, edge),
                ("LEFTPADDING", (0, 0), (-1, -1), 12),
                ("RIGHTPADDING", (0, 0), (-1, -1), 10),
                ("TOPPADDING", (0, 0), (-1, -1), 1.5),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
                ("TOPPADDING", (0, 0), (-1, 0), 8),
                ("BOTTOMPADDING", (0, -1), (-1, -1), 8),
            ]
        )
    )
    return table


def listed(items: Sequence[str], item_style: ParagraphStyle) -> list[Flowable]:
    """Return one dashed line an item."""
    return [text.line(f"–\u00a0{item}", item_style) for item in items]


def dated(rows: Sequence[tuple[str, str]], room: float) -> Table:
    """Return the steps to come: the date in bold, then what happens."""
    cells = [[text.line(when, style.STRONG), text.line(what, style.BODY, limit=600)] for when, what in rows]
    table = Table(cells, colWidths=[150, room - 150])
    table.setStyle(
        TableStyle(
            [
                *FLAT,
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEBELOW", (0, 0), (-1, -2), 0.4, style.RULE),
                ("TOPPADDING", (0, 0), (-1, -1), 3),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
                ("RIGHTPADDING", (0, 0), (0, -1), 10),
            ]
        )
    )
    return table


def signatures(signers: Sequence[str], signed: str, room: float) -> KeepTogether:
    """Return what is signed and a box for each signer, two or three a row, never parted."""
    columns = min(len(signers), 3)
    width = room / columns
    cells = [
        [text.line(signer, style.STRONG), text.line("Nom, date et signature\u00a0:", style.FINE), Spacer(1, 48)]
        for signer in signers
    ]
    padded: list[list[Flowable] | str] = [*cells, *[""] * (-len(cells) % columns)]
    rows = [padded[start : start + columns] for start in range(0, len(padded), columns)]
    table = Table(rows, colWidths=[width] * columns)
    boxes = [
        ("BOX", (i % columns, i // columns), (i % columns, i // columns), 0.6, style.RULE) for i in range(len(cells))
    ]
    table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), *boxes]))
    return KeepTogether([text.line("Signatures", style.HEADING), text.line(signed, style.BODY), Spacer(1, 6), table])
