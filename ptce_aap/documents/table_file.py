"""The rows of a table question as a file that can be brought back: XLSX with its template, CSV."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO

import xlsxwriter

from ptce_aap.documents import characters, french
from ptce_aap.documents.spreadsheet import LIVE_SIGNS, UNSEEN, csv_writer
from ptce_aap.documents.workbook import heading, held, opened, set_page
from ptce_aap.domain.cells import BETWEEN, french_date, written_option
from ptce_aap.domain.imported import EXAMPLE, EXAMPLE_COLUMN, header_of
from ptce_aap.domain.question import Question, Row
from ptce_aap.domain.typed import raw_of_typed
from ptce_aap.domain.values import QuestionKind

_LISTS, _EXPLAINED = "Listes", "Explications"
_FIRST_DAY = date(1900, 3, 1)  # earlier days are not the same in every spreadsheet program
_MOST_DIGITS = 15  # of a number that a spreadsheet program keeps whole
_FORMATS = {
    QuestionKind.INTEGER: "0",
    QuestionKind.NUMBER: "0.####",
    QuestionKind.MONEY: '#,##0.00\\ "€"',
    QuestionKind.DATE: "dd/mm/yyyy",
}
_WIDE = frozenset({QuestionKind.TEXT, QuestionKind.LONG_TEXT, QuestionKind.CHOICE, QuestionKind.CHOICES})
# A spreadsheet program runs a cell that begins so; what an apostrophe already guards is guarded once more.
_LIVE = re.compile(f"'*{UNSEEN}{LIVE_SIGNS}|'*[\\t\\r\\n]")
_KIND_WORDS = {
    QuestionKind.TEXT: "un texte",
    QuestionKind.LONG_TEXT: "un texte",
    QuestionKind.INTEGER: "un nombre entier",
    QuestionKind.NUMBER: "un nombre, 4 décimales au plus",
    QuestionKind.MONEY: "un montant en euros : 12 500,50",
    QuestionKind.DATE: "une date : 12/06/2015",
    QuestionKind.YES_NO: "oui ou non",
    QuestionKind.CHOICE: "un choix dans la liste",
    QuestionKind.CHOICES: "un ou plusieurs choix de la liste, séparés par « | »",
    QuestionKind.SIREN: "9 chiffres",
    QuestionKind.SIRET: "14 chiffres",
    QuestionKind.RNA: "W et 9 caractères",
    QuestionKind.EMAIL: "une adresse électronique",
    QuestionKind.PHONE: "un numéro de téléphone",
    QuestionKind.COMMUNE: "un code Insee de 5 caractères",
    QuestionKind.POSTCODE: "5 chiffres",
}
_EXAMPLES = {
    QuestionKind.TEXT: "Texte",
    QuestionKind.LONG_TEXT: "Texte",
    QuestionKind.INTEGER: 3,
    QuestionKind.NUMBER: Decimal("1.5"),
    QuestionKind.MONEY: 1_250_000,
    QuestionKind.DATE: date(2015, 6, 12),
    QuestionKind.YES_NO: True,
    QuestionKind.SIREN: "000000018",
    QuestionKind.SIRET: "00000001800003",
    QuestionKind.RNA: "W123456789",
    QuestionKind.EMAIL: "nom@example.org",
    QuestionKind.PHONE: "01 23 45 67 89",
    QuestionKind.COMMUNE: "59350",
    QuestionKind.POSTCODE: "59000",
}


def guarded(text: str) -> str:
    """Return a text that no spreadsheet program takes for a formula; ``unguarded`` gives it back."""
    kept = characters.storable(text)
    return f"'{kept}" if _LIVE.match(kept) else kept


def unguarded(text: str) -> str:
    """Return what was guarded."""
    return text[1:] if text.startswith("'") and _LIVE.match(text[1:]) else text


def shown(column: Question, value: Any) -> str:
    """Return a value as text that imports back to the same value: « 12500,50 », « 12/06/2015 », « Oui »."""
    match column.kind:
        case QuestionKind.MONEY:
            return french.decimal_text(value, ",")
        case QuestionKind.NUMBER:
            return f"{value:f}".replace(".", ",")
        case QuestionKind.DATE:
            return french_date(value)
        case QuestionKind.YES_NO:
            return "oui" if value else "non"
        case QuestionKind.CHOICE:
            return written_option(column, value)
        case QuestionKind.CHOICES:
            return BETWEEN.join(written_option(column, one) for one in value)
        case _:
            return str(value)


def write_csv(question: Question, rows: Iterable[Row], out: BinaryIO, *, template: bool = False) -> None:
    """Write the rows of a table, or a template with its example, as CSV: semicolons, byte order mark."""
    aside = [EXAMPLE_COLUMN] if template else []
    with csv_writer(out) as writer:
        writer.writerow([guarded(name) for name in (*aside, *_headers(question))])
        if template:
            example = example_of(question)
            writer.writerow([EXAMPLE, *(_text(column, example) for column in question.fields)])
        writer.writerows([_text(column, row) for column in question.fields] for row in rows)


def write_xlsx(question: Question, rows: Sequence[Row], out: BinaryIO, *, template: bool = False) -> None:
    """Write the rows of a table, or a template with its example, as a workbook whose lists can be chosen from."""
    book = opened(out, question.label, in_memory=True)
    sheet = book.add_worksheet(_sheet_name(question.label))
    _explain(book, question)
    lists = _write_lists(book, question)
    head = heading(book)
    first = 1 if template else 0
    if template:
        aside = book.add_format({"italic": True, "font_color": "#666666", "num_format": "@", "valign": "top"})
        sheet.set_column(0, 0, 14)
        sheet.write_string(0, 0, EXAMPLE_COLUMN, head)
        sheet.write_string(1, 0, EXAMPLE, aside)
    told = [example_of(question), *rows] if template else list(rows)
    for place, column in enumerate(question.fields):
        look = book.add_format({"num_format": _FORMATS.get(column.kind, "@"), "valign": "top", "text_wrap": True})
        sheet.set_column(first + place, first + place, 26 if column.kind in _WIDE else 14, look)
        sheet.write_string(0, first + place, held(header_of(question, column)), head)
        write = _writer(sheet, column, look)
        for line, row in enumerate(told, start=1):
            if column.key in row:
                write(line, first + place, row[column.key])
        if column.key in lists:
            source = {"validate": "list", "source": lists[column.key], "error_type": "warning"}
            sheet.data_validation(1, first + place, question.max_rows + 1, first + place, source)
    set_page(sheet)
    book.close()


def example_of(question: Question) -> Row:
    """Return the row that shows how to fill the table: every cell of it can be read."""
    row: dict[str, Any] = {}
    for column in question.fields:
        if column.options:
            value = column.options[0].value
            row[column.key] = (value,) if column.kind is QuestionKind.CHOICES else value
        else:
            told = column.read(raw_of_typed(column.kind, column.example)).value
            row[column.key] = _EXAMPLES.get(column.kind, "Texte") if told is None else told
    return row


def _headers(question: Question) -> list[str]:
    return [header_of(question, column) for column in question.fields]


def _text(column: Question, row: Row) -> str:
    return guarded(shown(column, row[column.key])) if column.key in row else ""


def _sheet_name(label: str) -> str:
    kept = re.sub(r"[\[\]:*?/\\']", " ", characters.one_line(label, 60))
    name = " ".join(kept.split())[:31].strip() or "Tableau"
    return f"{name[:29]} 1" if name.casefold() in {_LISTS.casefold(), _EXPLAINED.casefold(), "history"} else name


def _writer(sheet: Any, column: Question, look: Any) -> Callable[[int, int, Any], Any]:
    def text(line: int, place: int, value: Any) -> None:
        sheet.write_string(line, place, held(shown(column, value)), look)

    def number(line: int, place: int, value: Any) -> None:
        exact = Decimal(value) / 100 if column.kind is QuestionKind.MONEY else Decimal(value)
        if len(exact.normalize().as_tuple().digits) > _MOST_DIGITS:
            text(line, place, value)
        else:
            sheet.write_number(line, place, float(exact), look)

    def day(line: int, place: int, value: date) -> None:
        if value < _FIRST_DAY:
            text(line, place, value)
        else:
            sheet.write_datetime(line, place, datetime(value.year, value.month, value.day), look)

    match column.kind:
        case QuestionKind.MONEY | QuestionKind.NUMBER | QuestionKind.INTEGER:
            return number
        case QuestionKind.DATE:
            return day
        case _:
            return text


def _explain(book: Any, question: Question) -> None:
    sheet = book.add_worksheet(_EXPLAINED)
    head = book.add_format({"bold": True, "valign": "top", "bottom": 1})
    cell = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
    for place, (name, width) in enumerate((("Colonne", 34), ("Ce que l’on écrit", 40), ("Aide", 80))):
        sheet.set_column(place, place, width)
        sheet.write_string(3, place, name, head)
    sheet.write_string(0, 0, held(f"{question.label} : {question.max_rows} lignes au plus"), head)
    sheet.write_string(1, 0, "Une ligne marquée dans la colonne « Exemple » n’est pas importée.")
    for line, column in enumerate(question.fields, start=4):
        written = _KIND_WORDS.get(column.kind, "un texte") + (" (obligatoire)" if column.required else "")
        help_text = " ".join(
            part for part in (column.help, f"Exemple : {column.example}" * bool(column.example)) if part
        )
        for place, said in enumerate((header_of(question, column), written, help_text)):
            sheet.write_string(line, place, held(said), cell)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _write_lists(book: Any, question: Question) -> dict[str, str]:
    """Write the words of every choice on a sheet; return where each column's stand, by key."""
    columns = [
        (column, [written_option(column, option.value) for option in column.options])
        for column in question.fields
        if column.options
    ]
    columns += [(column, ["oui", "non"]) for column in question.fields if column.kind is QuestionKind.YES_NO]
    if not columns:
        return {}
    sheet = book.add_worksheet(_LISTS)
    head = book.add_format({"bold": True, "bottom": 1})
    where: dict[str, str] = {}
    for place, (column, words) in enumerate(columns):
        sheet.set_column(place, place, 30)
        sheet.write_string(0, place, held(header_of(question, column)), head)
        for line, word in enumerate(words, start=1):
            sheet.write_string(line, place, held(word))
        if column.kind is not QuestionKind.CHOICES:  # several choices are typed: a list would allow one only
            letters = xlsxwriter.utility.xl_col_to_name(place)
            where[column.key] = f"={_LISTS}!${letters}$2:${letters}${len(words) + 1}"
    return where
