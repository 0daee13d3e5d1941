"""A table as an XLSX sheet: numbers and dates typed, texts never run, written row by row in constant memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any, BinaryIO

import xlsxwriter

from ptce_aap.clock import PARIS
from ptce_aap.documents import characters
from ptce_aap.documents.spreadsheet import Cell, Column, Kind

LONGEST_TEXT = 32_767
MOST_ROWS = 1_048_576

_CREATED = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_FORMATS = {
    Kind.TEXT: "@",
    Kind.INTEGER: "0",
    Kind.FIGURE: "0.00##",
    Kind.MARK: "0.0",
    Kind.MONEY: '#,##0.00\\ "€"',
    Kind.DATE: "dd/mm/yyyy",
    Kind.INSTANT: "dd/mm/yyyy\\ hh:mm:ss",
    Kind.FLAG: "@",
}
_WIDTHS = {Kind.TEXT: 26.0, Kind.MONEY: 17.0, Kind.DATE: 12.0, Kind.INSTANT: 20.0}


def write_xlsx(
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell]],
    out: BinaryIO,
    *,
    sheet: str,
    title: str,
    about: Sequence[tuple[str, str]] = (),
) -> None:
    """Write the table on one sheet, with what explains it (``about``) on a second one."""
    book = opened(out, title, constant_memory=True)
    _fill(book, book.add_worksheet(sheet), columns, rows, title)
    if about:
        _explain(book, about)
    book.close()


def opened(out: BinaryIO, title: str, **how: bool) -> Any:
    """Return an empty workbook that runs no text; ``how``: options of the library."""
    texts = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, {**how, **texts})
    # The date of the file is fixed, so that the same values give the same bytes.
    book.set_properties({"title": held(title), "author": "ptce-aap", "created": _CREATED})
    return book


def heading(book: Any) -> Any:
    """Return the look of a header's cells."""
    return book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E8F1F2", "bottom": 1})


def set_page(sheet: Any) -> None:
    """Freeze the header and set the sheet so that it prints well: A4, one page wide, header repeated."""
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def held(text: str) -> str:
    """Return a text that a cell can hold, cut with a visible mark where it is too long (counted as Excel counts)."""
    kept = characters.storable(text)
    if kept.startswith("<r>") and kept.endswith("</r>"):
        kept += " "  # the library would take it for markup of its own and write it as it stands
    if 2 * len(kept) <= LONGEST_TEXT or len(units := kept.encode("utf-16-le")) <= 2 * LONGEST_TEXT:
        return kept
    room = LONGEST_TEXT - len(characters.CUT_MARK)
    return units[: 2 * room].decode("utf-16-le", "ignore") + characters.CUT_MARK


def _fill(book: Any, sheet: Any, columns: Sequence[Column], rows: Iterable[Sequence[Cell]], title: str) -> None:
    head = heading(book)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width or _WIDTHS.get(column.kind, 10.0))
    _set_print(sheet, title)
    for place, column in enumerate(columns):
        sheet.write_string(0, place, held(column.label), head)
    writers = [_writer(book, sheet, column.kind) for column in columns]
    last = 0
    for last, row in enumerate(rows, start=1):
        if last >= MOST_ROWS:
            raise OverflowError(f"une feuille XLSX compte au plus {MOST_ROWS} lignes")
        for place, (write, value) in enumerate(zip(writers, row, strict=True)):
            if value is not None:
                write(last, place, value)
    sheet.autofilter(0, 0, last, max(len(columns) - 1, 0))


def _set_print(sheet: Any, title: str) -> None:
    set_page(sheet)
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    # « & » begins a code in a header; 255 characters at most.
    sheet.set_header("&L" + characters.one_line(title, 100).replace("&", "&&"))
    sheet.set_footer("&R&P / &N")


def _writer(book: Any, sheet: Any, kind: Kind) -> Callable[[int, int, Any], Any]:
    look = {"num_format": _FORMATS[kind], "valign": "top"}
    cell = book.add_format(look | ({"text_wrap": True} if kind is Kind.TEXT else {}))

    def text(row: int, place: int, value: Any) -> None:
        sheet.write_string(row, place, held(str(value)), cell)

    def number(divisor: int) -> Callable[[int, int, Any], Any]:
        return lambda row, place, value: sheet.write_number(row, place, float(value) / divisor, cell)

    def moment(row: int, place: int, value: date | datetime) -> None:
        local = value.astimezone(PARIS).replace(tzinfo=None) if isinstance(value, datetime) else value
        sheet.write_datetime(row, place, local, cell)

    match kind:
        case Kind.TEXT:
            return text
        case Kind.FLAG:
            return lambda row, place, value: text(row, place, "oui" if value else "non")
        case Kind.MONEY:
            return number(100)
        case Kind.MARK:
            return number(2)
        case Kind.INTEGER | Kind.FIGURE:
            return number(1)
        case Kind.DATE | Kind.INSTANT:
            return moment


def _explain(book: Any, about: Sequence[tuple[str, str]]) -> None:
    sheet = book.add_worksheet("À propos")
    label = book.add_format({"bold": True, "valign": "top"})
    value = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 90)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    for row, (name, said) in enumerate(about):
        sheet.write_string(row, 0, held(name), label)
        sheet.write_string(row, 1, held(said), value)
