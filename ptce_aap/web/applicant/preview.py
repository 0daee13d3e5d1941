"""What an import will do, as its reader sees it before he decides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ptce_aap.domain.merging import Change, Fate, Mode
from ptce_aap.domain.questionnaire import Question, Row, Value, filled_rows
from ptce_aap.services.applicants import table_imports
from ptce_aap.services.applicants.table_imports import Pending
from ptce_aap.web.answer_fields import shown
from ptce_aap.web.applicant.tables import columns_of, name_of

_MOST_SHOWN = 60
_WORDS = {Fate.ADDED: "Ajoutée", Fate.CHANGED: "Modifiée", Fate.REMOVED: "Retirée", Fate.SAME: "Inchangée"}
_COLOURS = {Fate.ADDED: "success", Fate.CHANGED: "info", Fate.REMOVED: "warning", Fate.SAME: "neutral"}


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A cell to mend: where it is, what it holds, what to do."""

    line: int
    column: str
    typed: str
    message: str


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """A row that the import adds, changes or takes out."""

    fate: str
    colour: str
    name: str
    line: int | None
    cells: tuple[Value, ...]
    unread: tuple[str, ...]  # what is written where a cell is to correct, else nothing; in the order of ``cells``
    details: tuple[str, ...]  # what changes, cell by cell


@dataclass(frozen=True, slots=True)
class Preview:
    """Everything that the page shows before the act."""

    pending: Pending
    mode: Mode
    counts: tuple[tuple[str, int], ...]
    usable: int  # rows that will be imported
    sound: int  # those of them of which every cell is read
    refused: tuple[RefusedLine, ...]
    refused_more: int
    columns: tuple[Question, ...]
    changes: tuple[ChangeLine, ...]
    changes_more: int
    too_many: int  # rows over the table's maximum
    there_already: int  # rows to append that the table holds as they are


def preview_of(question: Question, pending: Pending, there: Sequence[Row], mode: Mode) -> Preview:
    """Return what importing will do to the rows that are there."""
    found = table_imports.changes(pending, there, mode, keep_unread=True)
    counts = Counter(change.fate for change in found)
    refused = [
        RefusedLine(row.line, _label(question, cell["key"]), cell["raw"], cell["message"])
        for row in pending.rows
        for cell in row.unread
    ]
    columns = columns_of(question)
    told = [change for change in found if change.fate is not Fate.SAME]
    kept = len(filled_rows(there)) if mode is Mode.APPEND else 0
    return Preview(
        pending=pending,
        mode=mode,
        counts=tuple((_WORDS[fate], counts[fate]) for fate in Fate if counts[fate]),
        usable=len(pending.rows),
        sound=len(pending.usable(keep_unread=False)),
        refused=tuple(refused[:_MOST_SHOWN]),
        refused_more=max(len(refused) - _MOST_SHOWN, 0),
        columns=columns,
        changes=tuple(_line(question, columns, pending, change) for change in told[:_MOST_SHOWN]),
        changes_more=max(len(told) - _MOST_SHOWN, 0),
        there_already=_there_already(pending, there) if mode is Mode.APPEND else 0,
        too_many=max(kept + len(pending.rows) - question.max_rows, 0),
    )


def _there_already(pending: Pending, there: Sequence[Row]) -> int:
    found = table_imports.changes(pending, there, Mode.REPLACE, keep_unread=True)
    return sum(change.fate is Fate.SAME for change in found)


def _line(question: Question, columns: tuple[Question, ...], pending: Pending, change: Change) -> ChangeLine:
    row = change.after if change.after is not None else change.before or {}
    brought = None if change.brought is None else pending.rows[change.brought]
    line = None if brought is None else brought.line
    unread = {} if brought is None else {cell["key"]: cell["raw"] for cell in brought.unread}
    return ChangeLine(
        fate=_WORDS[change.fate],
        colour=_COLOURS[change.fate],
        name=name_of(question, row, (line or 1) - 1),
        line=line,
        cells=tuple(row.get(column.key) for column in columns),
        unread=tuple(unread.get(column.key, "") for column in columns),
        details=_details(question, change) if change.fate is Fate.CHANGED else (),
    )


def _details(question: Question, change: Change) -> tuple[str, ...]:
    before, after = change.before or {}, change.after or {}
    return tuple(
        f"{column.label}\u00a0: {_told(column, before)} → {_told(column, after)}"
        for column in question.fields
        if before.get(column.key) != after.get(column.key)
    )


def _told(column: Question, row: Row) -> str:
    value = row.get(column.key)
    if value is None:
        return "vide"
    if column.options:
        chosen = value if isinstance(value, tuple) else (value,)
        return ", ".join(column.option_label(one) for one in chosen)
    return str(shown(column, value))


def _label(question: Question, key: str) -> str:
    column = question.sub(key)
    return column.label if column is not None else key
