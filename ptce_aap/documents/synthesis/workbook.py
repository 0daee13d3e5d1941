"""The synthesis as a workbook: one sheet a section, figures typed, and what explains them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from ptce_aap.documents import french
from ptce_aap.documents.synthesis.content import Content, finding, head, rows
from ptce_aap.documents.workbook import heading, held, opened, set_page

_LONGEST_NAME = 31
_UNNAMED = re.compile(r"[\[\]:*?/\\']")


def render_xlsx(content: Content) -> bytes:
    """Return the workbook: the same content gives the same bytes."""
    out = BytesIO()
    book = opened(out, content.title)
    money = (book.add_format({"num_format": '#,##0.00\\ "€"', "valign": "top"}), 100)  # kept in cents
    whole = (book.add_format({"num_format": "0", "valign": "top"}), 1)
    text = book.add_format({"num_format": "@", "valign": "top", "text_wrap": True})
    bold = heading(book)
    _about(book, content, text, bold)
    used: set[str] = {"à propos"}
    if len(content.places) > 1:
        places = [(name, (count, cents)) for name, count, cents in content.places]
        sheet = _sheet(book, "Territoires", used)
        _table(sheet, ("Territoire", "Dossiers", "Aide demandée"), places, [whole, money], bold, text)
    for table in content.tables:
        sheet = _sheet(book, table.section.title, used)
        looks = [money if table.in_cents else whole] * (len(head(table)) - 1)
        _table(sheet, head(table), list(rows(table)), looks, bold, text)
    for title, quotes in content.quotes:
        sheet = _sheet(book, title, used)
        sheet.set_column(1, 1, 110)
        for place, label in enumerate(("Dossier", "Texte")):
            sheet.write_string(0, place, label, bold)
        for row, (dossier, words) in enumerate(quotes, start=1):
            sheet.write_string(row, 0, held(dossier), text)
            sheet.write_string(row, 1, held(words), text)
    book.close()
    return out.getvalue()


def _about(book: Any, content: Content, text: Any, bold: Any) -> None:
    sheet = book.add_worksheet("À propos")
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 100)
    lines = [
        (content.title, content.call_title),
        ("Dossiers comptés", content.scope),
        ("Nombre de dossiers", french.grouped(content.dossiers)),
        ("Aide demandée", french.euros(content.amount_cents)),
        ("Établie le", french.long_instant(content.at)),
        *([("Vue partielle", "Les dossiers qui vous sont fermés ne sont pas comptés.")] if content.partial else []),
        *([("Démonstration", "Données fictives, document sans valeur.")] if content.fictional else []),
        *((table.section.title, f"{finding(table)}. {table.section.plain}") for table in content.tables),
    ]
    for row, (label, words) in enumerate(lines):
        sheet.write_string(row, 0, held(label), bold)
        sheet.write_string(row, 1, held(words), text)


def _sheet(book: Any, title: str, used: set[str]) -> Any:
    """Add a sheet under a name that a workbook admits, and that no other has."""
    base = _UNNAMED.sub(" ", title).strip() or "Feuille"
    name, number = base[:_LONGEST_NAME], 1
    while name.lower() in used:
        number += 1
        end = f" {number}"
        name = base[: _LONGEST_NAME - len(end)] + end
    used.add(name.lower())
    sheet = book.add_worksheet(name)
    sheet.set_column(0, 0, 42)
    set_page(sheet)
    return sheet


def _table(
    sheet: Any,
    labels: Sequence[str],
    lines: Sequence[tuple[str, tuple[int, ...]]],
    looks: Sequence[Any],
    bold: Any,
    text: Any,
) -> None:
    sheet.set_column(1, max(1, len(labels) - 1), 16)
    for place, label in enumerate(labels):
        sheet.write_string(0, place, held(label), bold)
    for row, (label, figures) in enumerate(lines, start=1):
        sheet.write_string(row, 0, held(label), text)
        for place, (figure, (look, divisor)) in enumerate(zip(figures, looks, strict=True), start=1):
            sheet.write_number(row, place, figure / divisor, look)
