"""The lines of a spreadsheet that somebody sends, XLSX or CSV: read in bounds, whatever the file holds."""

from __future__ import annotations

import io
import re
import unicodedata
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite
from typing import Any

from ptce_aap.documents.sheet_rows import BrokenLine, csv_rows, is_old_workbook, is_workbook, open_workbook
from ptce_aap.documents.table_file import unguarded
from ptce_aap.domain.cells import Cell, Unknown, is_empty
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.imported import Line

MAXIMUM_BYTES = 5 * 1024 * 1024
MOST_LINES = 2_000
MOST_COLUMNS = 60  # cells after them are not looked at
_LAST_LINE = 20_000  # nor lines after it, blank or not
_LONGEST_CELL = 40_000
_MOST_TEXT = 2_000_000  # characters of a sheet
_LARGEST_UNPACKED = 40 * 1024 * 1024
# What reading a workbook costs is the number of its tags, whatever their size; formats cost the most.
_MOST_TAGS, _MOST_TAGS_OF_STYLES = 600_000, 40_000
_MOST_SHEETS = 5
_SEPARATORS = "\t;,"
_LINE_END = re.compile(r"\r\n|\r|\n")
_FORMULA = re.compile(rb"<(\w+:)?f[ />]")


@dataclass(frozen=True, slots=True)
class Received:
    """A sheet of a file: its lines that are not blank; ``from_text`` where its cells have no types."""

    lines: tuple[Line, ...]
    from_text: bool


def sheets_of(data: bytes) -> Iterator[Received]:
    """Give the sheets of a file, one for a CSV.

    Errors: ``RuleViolation`` of ``table_empty``, ``table_old_excel``, ``table_unreadable``, ``table_not_text``,
    ``table_too_long``, ``file_expands_too_much``.
    """
    if not data.strip():
        raise RuleViolation("table_empty")
    if is_workbook(data):
        yield from _workbook(data)
    elif is_old_workbook(data):
        raise RuleViolation("table_old_excel")
    else:
        yield of_text(decoded(data))


def of_text(text: str) -> Received:
    """Return the lines of a text with separators: semicolons, commas, or the tabs of copied cells."""
    separator = _separator(text)
    try:
        return Received(tuple(_within(_split(text, separator))), from_text=True)
    except BrokenLine as error:
        raise RuleViolation("table_unreadable") from error


def decoded(data: bytes) -> str:
    """Return the text of a CSV: UTF-8 with or without its mark, UTF-16 with it, else as Windows writes in France."""
    encodings = ("utf-16",) if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise RuleViolation("table_not_text")


def _separator(text: str) -> str:
    """Return the separator found most often in the first lines that have one."""
    head = [line for line in _LINE_END.split(text[:20_000]) if line.strip()][:20]
    return max(_SEPARATORS, key=lambda sign: sum(line.count(sign) for line in head))


def _split(text: str, separator: str) -> Iterator[tuple[int, list[Cell]]]:
    try:
        rows = list(_up_to_the_last(csv_rows(text, separator)))
    except BrokenLine:
        rows = list(_up_to_the_last(csv_rows(text, separator, strict=False)))
    for number, cells in rows:
        yield number, [unguarded(unicodedata.normalize("NFC", cell)) for cell in cells[:MOST_COLUMNS]]


def _up_to_the_last(rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    for number, cells in rows:
        if number > _LAST_LINE:
            raise RuleViolation("table_too_long", maximum=MOST_LINES)
        yield number, cells


def _within(numbered: Iterable[tuple[int, list[Cell]]]) -> Iterator[Line]:
    """Give the lines that are not blank, as long as they are within bounds."""
    count = length = 0
    for number, cells in numbered:
        if all(is_empty(cell) for cell in cells):
            continue
        lengths = [len(cell) for cell in cells if isinstance(cell, str)]
        count, length = count + 1, length + sum(lengths)
        if count > MOST_LINES:
            raise RuleViolation("table_too_long", maximum=MOST_LINES)
        if max(lengths, default=0) > _LONGEST_CELL:
            raise RuleViolation("table_cell_too_long", line=number)
        if length > _MOST_TEXT:
            raise RuleViolation("table_too_big")
        yield Line(number, tuple(cells))


def _workbook(data: bytes) -> Iterator[Received]:
    try:
        formulas = _weigh(data)
        values = open_workbook(data)
        written = open_workbook(data, formulas=True) if formulas else None
        for place, sheet in enumerate(values.worksheets[:_MOST_SHEETS]):
            other = written.worksheets[place] if written else None
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                lines = tuple(_within(_rows(sheet, other)))
            yield Received(lines, from_text=False)
    except RuleViolation:
        raise
    except Exception as error:  # a damaged workbook makes the library raise errors of any kind
        raise RuleViolation("table_unreadable") from error


def _weigh(data: bytes) -> bool:
    """Refuse a workbook that would cost too much to read; tell whether its sheets hold formulas."""
    formulas, tags = False, 0
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        members = packed.infolist()
        if sum(member.file_size for member in members) > _LARGEST_UNPACKED:
            raise RuleViolation("file_expands_too_much")
        for member in members:
            if not member.filename.endswith((".xml", ".rels")):
                continue
            content = packed.read(member)
            found = content.count(b"<")
            tags += found
            if tags > _MOST_TAGS or ("styles" in member.filename and found > _MOST_TAGS_OF_STYLES):
                raise RuleViolation("table_too_long", maximum=MOST_LINES)
            formulas = formulas or ("worksheets/" in member.filename and _FORMULA.search(content) is not None)
    return formulas


def _rows(sheet: Any, written: Any | None) -> Iterator[tuple[int, list[Cell]]]:
    """Give the numbered rows of a sheet; ``written`` is the same sheet with its formulas, where it has some."""
    bounds = {"max_row": _LAST_LINE, "max_col": MOST_COLUMNS}
    told = written.iter_rows(**bounds) if written is not None else None
    for number, cells in enumerate(sheet.iter_rows(**bounds), start=1):
        formulas = next(told, ()) if told is not None else ()
        computed = {place for place, cell in enumerate(formulas) if getattr(cell, "data_type", "") == "f"}
        if computed or any(cell.value is not None for cell in cells):
            yield number, [_cell(cell, computed=place in computed) for place, cell in enumerate(cells)]


def _cell(cell: Any, *, computed: bool) -> Cell:
    value = cell.value
    if getattr(cell, "data_type", "") == "e":
        return Unknown.ERROR
    match value:
        case None:
            return Unknown.NOT_COMPUTED if computed else None
        case bool() | int() | datetime() | date():
            return value
        case float():
            return value if isfinite(value) else Unknown.ERROR
        case _:
            return unicodedata.normalize("NFC", str(value))
