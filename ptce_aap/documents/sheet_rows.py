"""The rows of a spreadsheet as libraries give them: CSV with the numbers of its lines, XLSX opened to be read only."""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Iterator
from typing import Any

_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


class BrokenLine(ValueError):
    """A line of a CSV that cannot be read: a quote that is not closed, or not doubled."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def is_workbook(data: bytes) -> bool:
    """Tell whether the bytes begin as an XLSX file does."""
    return data.startswith(_ZIP)


def is_old_workbook(data: bytes) -> bool:
    """Tell whether the bytes begin as an XLS file does, or as an XLSX file with a password."""
    return data.startswith(_OLD_EXCEL)


def csv_rows(text: str, separator: str, *, strict: bool = True) -> Iterator[tuple[int, list[str]]]:
    """Give each row with the number of the line on which it begins. Errors: ``BrokenLine``."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=strict)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise BrokenLine(line) from error
        if cells is None:
            return
        yield line, cells


def open_workbook(data: bytes, *, formulas: bool = False) -> Any:
    """Open an XLSX row by row: results of formulas as they were last computed, or the formulas themselves.

    Errors: of any kind, where the file is damaged.
    """
    from openpyxl import load_workbook  # heavy: only where a workbook is read

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return load_workbook(io.BytesIO(data), read_only=True, data_only=not formulas, keep_links=False)
