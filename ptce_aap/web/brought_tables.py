"""A table that somebody brings, as a file or as pasted cells: read in bounds, with how to mend each refused cell."""

from __future__ import annotations

import io
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import PurePath

from werkzeug.datastructures import FileStorage

from ptce_aap.documents import received_table, sheet_rows
from ptce_aap.documents.received_table import Received
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.imported import ImportedTable, RefusedCell, read_lines
from ptce_aap.domain.persons import fold
from ptce_aap.domain.questionnaire import Question
from ptce_aap.storage import inspection
from ptce_aap.web.questionnaires import worded

_PASTED = "Cellules collées"
_LONGEST_PASTE = 1_000_000
_MOST_NEAREST, _LONGEST_CHOICE = 100, 100  # looking for the nearest choice is slow


def received(table: Question, sent: FileStorage | None, pasted: str) -> tuple[str, ImportedTable]:
    """Return the name and what is read of a file that was sent, else of pasted cells: the sheet with the most columns.

    Errors: those of ``received_table`` and of ``inspection``, ``table_file_missing``, ``table_not_recognised``.
    """
    if sent is not None and sent.filename:
        name = inspection.clean_name(sent.filename)
        data = sent.stream.read(received_table.MAXIMUM_BYTES + 1)
        if len(data) > received_table.MAXIMUM_BYTES:
            raise RuleViolation("table_too_big")
        if sheet_rows.is_workbook(data):
            inspection.inspect(io.BytesIO(data), f"{PurePath(name).stem or 'tableau'}.xlsx")
        return name, _most_recognised(table, received_table.sheets_of(data))
    if not pasted.strip():
        raise RuleViolation("table_file_missing")
    if len(pasted) > _LONGEST_PASTE:
        raise RuleViolation("table_too_big")
    return _PASTED, _most_recognised(table, [received_table.of_text(pasted)], headless=True)


def _most_recognised(table: Question, sheets: Iterable[Received], *, headless: bool = False) -> ImportedTable:
    """Read the sheet on which the most columns are found."""
    read = [read_lines(table, one.lines, from_text=one.from_text, headless=headless) for one in sheets]
    best = max(read, key=lambda one: len(one.columns), default=None)
    if best is None or not best.recognised:
        raise RuleViolation("table_not_recognised")
    return best


def messages(table: ImportedTable) -> dict[tuple[int, str], str]:
    """Return how to mend each refused cell, by line and column; where a choice is not known, with the nearest ones."""
    near: dict[tuple[str, str], str] = {}
    told = {}
    for row in table.rows:
        for cell in row.refused:
            meant = (cell.column.path, cell.typed)
            if meant not in near:
                near[meant] = _nearest(cell) if len(near) < _MOST_NEAREST else ""
            told[row.number, cell.column.key] = worded(cell.refusal, cell.column) + near[meant]
    return told


def _nearest(cell: RefusedCell) -> str:
    labels = {fold(option.label): option.label for option in cell.column.options}
    found = get_close_matches(fold(cell.typed), labels, n=2, cutoff=0.5) if len(cell.typed) < _LONGEST_CHOICE else []
    meant = " ou ".join(f"«\u00a0{labels[one]}\u00a0»" for one in found)
    return f" Peut-être {meant}." if meant else ""
