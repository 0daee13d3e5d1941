"""Answers of a dossier as they are printed: worded by kind, tables cut into panels that fit the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import CondPageBreak, Flowable, Spacer, Table, TableStyle

from ptce_aap.documents import fonts, french, style, text
from ptce_aap.domain.questionnaire import Question, QuestionKind, filled_rows
from ptce_aap.domain.wording import write_decimal

NOT_ANSWERED = "Non renseigné"
_PAD = 3
_ROOM_OF_A_TABLE = 90
_NUMERIC = frozenset({QuestionKind.MONEY, QuestionKind.INTEGER, QuestionKind.NUMBER})
# Points that a column of this kind asks for; a panel is as wide as the page, whatever they add up to.
_WIDTHS = {
    QuestionKind.MONEY: 62.0,
    QuestionKind.INTEGER: 52.0,
    QuestionKind.NUMBER: 52.0,
    QuestionKind.DATE: 56.0,
    QuestionKind.YES_NO: 46.0,
    QuestionKind.CHOICE: 84.0,
    QuestionKind.SIREN: 58.0,
    QuestionKind.SIRET: 76.0,
    QuestionKind.COMMUNE: 50.0,
    QuestionKind.LONG_TEXT: 180.0,
}
_WIDTH = 100.0
_NUMBER = 22.0  # of the column that numbers the rows


def worded(question: Question, value: Any) -> str:
    """Return a simple answer in words, as French readers write it; empty where unanswered."""
    if value is None or value == "":
        return ""
    match question.kind:
        case QuestionKind.MONEY:
            return french.euros(value)
        case QuestionKind.INTEGER | QuestionKind.NUMBER:
            return write_decimal(value, 4)
        case QuestionKind.DATE if isinstance(value, date):
            return f"{value:%d/%m/%Y}"
        case QuestionKind.YES_NO:
            return "Oui" if value else "Non"
        case QuestionKind.CHOICE:
            return question.option_label(value)
        case QuestionKind.CHOICES:
            return ", ".join(question.option_label(one) for one in value)
        case QuestionKind.ATTACHMENT:
            return "\n".join(value)
        case _:
            return str(value)


def answer(question: Question, value: Any, room: float) -> Iterator[Flowable]:
    """Yield a question and its answer, whatever its kind and length."""
    if question.is_table:
        rows = filled_rows(value)
        tally = french.counted(len(rows), "ligne", "lignes")
        # A table may begin at the foot of a page, with some rows under its heading.
        yield CondPageBreak(_ROOM_OF_A_TABLE)
        yield text.line(f"{question.label} ({tally})" if rows else question.label, style.TABLE_SMALL_HEADING)
        yield from _table(question, rows, room) if rows else [text.line(NOT_ANSWERED, style.LABEL)]
        return
    yield text.line(question.label, style.SMALL_HEADING)
    if question.kind is QuestionKind.GROUP:
        yield _group(question, value or {}, room)
        return
    words = worded(question, value)
    yield from text.paragraphs(words, style.BODY) if words else [text.line(NOT_ANSWERED, style.LABEL)]


def _group(question: Question, value: Mapping[str, Any], room: float) -> Flowable:
    told = [(part, worded(part, value.get(part.key))) for part in question.fields]
    cells = [
        [
            text.line(part.label, style.FINE),
            text.paragraphs(words, style.BODY) if words else [text.line("—", style.LABEL)],
        ]
        for part, words in told
    ]
    cut = any(text.may_fill_a_page(words) for _, words in told)
    table = Table(cells, colWidths=[room * 0.34, room * 0.66], splitInRow=int(cut))
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEBELOW", (0, 0), (-1, -2), 0.3, style.RULE),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 1.5),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
            ]
        )
    )
    return table


def _table(question: Question, rows: Sequence[Mapping[str, Any]], room: float) -> Iterator[Flowable]:
    """Yield the rows in panels side by side in reading order: each repeats the number of the row and what names it."""
    shown = [part for part in question.fields if any(worded(part, row.get(part.key)) for row in rows)]
    panels = _panels(shown, room)
    for place, columns in enumerate(panels, start=1):
        if len(panels) > 1:
            yield text.line(f"Colonnes, partie {place} sur {len(panels)}", style.FINE)
        yield _panel(columns, rows, room)
        yield Spacer(1, 4)


def _panels(shown: list[Question], room: float) -> list[list[Question]]:
    named, rest = shown[0], shown[1:]
    left = room - _NUMBER - _asked(named)
    panels: list[list[Question]] = []
    width = left
    for column in rest:
        if not panels or width + _asked(column) > left:
            panels.append([named])
            width = 0.0
        panels[-1].append(column)
        width += _asked(column)
    return panels or [[named]]


def _asked(column: Question) -> float:
    return _WIDTHS.get(column.kind, _WIDTH)


def _panel(columns: Sequence[Question], rows: Sequence[Mapping[str, Any]], room: float) -> Table:
    share = (room - _NUMBER) / sum(_asked(column) for column in columns)
    widths = [_NUMBER, *(_asked(column) * share for column in columns)]
    numeric = [place for place, column in enumerate(columns, start=1) if column.kind in _NUMERIC]
    head: list[Any] = [text.line("N°", style.CELL_HEAD)]
    head += [
        text.line(column.label, style.CELL_HEAD_NUMBER if column.kind in _NUMERIC else style.CELL_HEAD)
        for column in columns
    ]
    body = [
        [
            str(number),
            *(
                _cell(worded(column, row.get(column.key)), width, style.CELL)
                for column, width in zip(columns, widths[1:], strict=True)
            ),
        ]
        for number, row in enumerate(rows, start=1)
    ]
    table = Table([head, *body], colWidths=widths, repeatRows=1, splitInRow=1)
    looks: list[Any] = [*_LOOK, *(("ALIGN", (place, 1), (place, -1), "RIGHT") for place in numeric)]
    table.setStyle(TableStyle(looks))
    return table


def _cell(words: str, width: float, look: ParagraphStyle) -> Any:
    """Return a cell: a text that fits on its line needs no layout, which is most of a table's time."""
    if "\n" not in words and len(words) <= 60:
        drawn = text.drawn(words)
        if fonts.width(drawn, look.fontName, look.fontSize) <= width - 2 * _PAD:
            return drawn
    return text.paragraphs(words, look)


_LOOK: list[tuple[Any, ...]] = [
    ("FONT", (0, 0), (-1, -1), fonts.REGULAR, style.CELL.fontSize, style.CELL.leading),
    ("TEXTCOLOR", (0, 0), (-1, -1), style.INK),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("BACKGROUND", (0, 0), (-1, 0), style.WASH),
    ("LINEBELOW", (0, 0), (-1, 0), 0.8, style.ACCENT),
    ("LINEBELOW", (0, 1), (-1, -1), 0.3, style.RULE),
    ("LEFTPADDING", (0, 0), (-1, -1), _PAD),
    ("RIGHTPADDING", (0, 0), (-1, -1), _PAD),
    ("TOPPADDING", (0, 0), (-1, -1), 2),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
]
