"""Tables brought from a spreadsheet: kept a day while their reader looks, then written in one act, or forgotten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.domain.imported import ImportedTable
from ptce_aap.domain.merging import Change, Fate, Mode, likely_mode, merge
from ptce_aap.domain.permissions import Actor
from ptce_aap.domain.question import ROW_ID, Question, Row, filled_rows
from ptce_aap.domain.values import QuestionKind
from ptce_aap.models import TableUpload
from ptce_aap.services.applicants import drafts, holding, tables
from ptce_aap.services.applicants.stored import Stored, new_row_id

KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PendingRow:
    """A line of the file: its number, the cells that are right, and those that could not be read."""

    line: int
    values: Row
    unread: tuple[dict[str, str], ...]  # key, raw, message


@dataclass(frozen=True, slots=True)
class Pending:
    """A table that waits to be imported."""

    reference: str
    filename: str
    columns: tuple[Question, ...]
    rows: tuple[PendingRow, ...]
    unknown: tuple[str, ...]
    repeated: tuple[str, ...]
    examples: tuple[int, ...]
    totals: tuple[int, ...]

    def usable(self, *, keep_unread: bool) -> tuple[PendingRow, ...]:
        """Return the rows to import: all, or only those of which every cell could be read."""
        return tuple(row for row in self.rows if keep_unread or not row.unread)


def keep(
    session: Session,
    actor: Actor,
    reference: str,
    path: str,
    filename: str,
    table: ImportedTable,
    messages: Mapping[tuple[int, str], str],
    *,
    now: datetime,
) -> str:
    """Keep what was read of a file until it is imported; it takes the place of what this person brought before.

    ``messages``: what to tell of each refused cell, by line and column. Errors: those of ``drafts.hold``.
    """
    draft = drafts.hold(session, actor, reference, now=now)
    question = draft.question(path, QuestionKind.TABLE)
    mine = (TableUpload.dossier_id == draft.dossier.id, TableUpload.person_id == actor.person_id)
    session.execute(delete(TableUpload).where(*mine, TableUpload.key == path))
    upload = TableUpload(
        dossier_id=draft.dossier.id,
        key=path,
        person_id=actor.person_id,
        filename=filename,
        content=_content(question, table, messages),
        at=now,
    )
    session.add(upload)
    session.flush()
    return upload.reference


def pending(
    session: Session, actor: Actor, dossier_id: int, question: Question, upload: str, *, now: datetime
) -> Pending:
    """Return what one brought for a table of a dossier that one may change. Errors: ``not_found``, after a day too."""
    found = session.scalar(
        select(TableUpload).where(
            TableUpload.reference == upload,
            TableUpload.dossier_id == dossier_id,
            TableUpload.key == question.path,
            TableUpload.person_id == actor.person_id,
            TableUpload.at > now - KEPT,
        )
    )
    if found is None:
        raise NotFound()
    content = found.content
    rows = tuple(
        PendingRow(row["line"], question.parse([row["values"]])[0] if row["values"] else {}, tuple(row["unread"]))
        for row in content["rows"]
    )
    return Pending(
        reference=upload,
        filename=found.filename,
        columns=tuple(column for column in question.fields if column.key in content["columns"]),
        rows=rows,
        unknown=tuple(content["unknown"]),
        repeated=tuple(content["repeated"]),
        examples=tuple(content["examples"]),
        totals=tuple(content["totals"]),
    )


def offered_mode(table: Pending, there: Sequence[Row]) -> Mode:
    """Return what is offered first: replacing or appending."""
    return likely_mode(table.columns, _cells_of(there), [row.values for row in table.rows])


def changes(table: Pending, there: Sequence[Row], mode: Mode, *, keep_unread: bool) -> tuple[Change, ...]:
    """Return what importing does to the rows that are there, those of which nothing could be read too."""
    usable = table.usable(keep_unread=keep_unread)
    partial = frozenset(place for place, row in enumerate(usable) if row.unread)
    return merge(table.columns, there, [row.values for row in usable], partial, mode)


def apply(
    session: Session,
    actor: Actor,
    reference: str,
    path: str,
    upload: str,
    mode: Mode,
    *,
    keep_unread: bool,
    shown: str,
    now: datetime,
) -> Counter[Fate]:
    """Write an imported table in one act; the table as it was can be put back until the next change.

    ``shown`` is the mark of the table that the preview had shown.
    Errors: those of ``drafts.hold``, ``not_found``, ``changed_meanwhile``, ``too_many_rows``, ``nothing_to_import``.
    """
    draft = drafts.hold(session, actor, reference, now=now)
    question = draft.question(path, QuestionKind.TABLE)
    table = pending(session, actor, draft.dossier.id, question, upload, now=now)
    stored = draft.at(path)
    if shown != stored.mark:
        raise Conflict()
    there = question.read(stored.value, with_ids=True).value or ()
    usable = table.usable(keep_unread=keep_unread)
    if not usable:
        raise RuleViolation("nothing_to_import")
    found = changes(table, there, mode, keep_unread=keep_unread)
    rows, problem = _written(question, stored, found, usable, {column.key for column in table.columns})
    if mode is Mode.APPEND:
        rows, problem = [*(stored.value or ()), *rows], [*stored.problem, *problem]
    if len(rows) > question.max_rows:
        raise RuleViolation("too_many_rows", maximum=question.max_rows)
    before = {"rows": stored.value or [], "problem": list(stored.problem)}
    drafts.write(session, actor, draft, {path: Stored(rows, tuple(problem), before)}, now=now, told=True)
    session.execute(delete(TableUpload).where(TableUpload.reference == upload))
    counts = Counter(change.fate for change in found)
    facts = {fate.value: counts[fate] for fate in Fate}
    holding.record(session, actor, "table.imported", draft.dossier, now, key=path, **facts)
    return counts


def forget_old(session: Session, *, now: datetime) -> None:
    """Forget the tables that nobody imported within a day."""
    session.execute(delete(TableUpload).where(TableUpload.at <= now - KEPT))


def _content(question: Question, table: ImportedTable, messages: Mapping[tuple[int, str], str]) -> dict[str, Any]:
    rows = []
    for row in table.rows:
        unread = [
            {"key": cell.column.key, "raw": cell.typed, "message": messages[row.number, cell.column.key]}
            for cell in row.refused
        ]
        values = question.to_json((row.values,))[0] if row.values else {}
        rows.append({"line": row.number, "values": values, "unread": unread})
    return {
        "rows": rows,
        "columns": [column.key for column in table.columns],
        "unknown": list(table.unknown),
        "repeated": list(table.repeated),
        "examples": list(table.examples),
        "totals": list(table.totals),
    }


def _cells_of(rows: Sequence[Row]) -> list[Row]:
    return [{key: value for key, value in row.items() if key != ROW_ID} for row in filled_rows(rows)]


def _written(
    question: Question, stored: Stored, found: Sequence[Change], usable: Sequence[PendingRow], columns: Container[str]
) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """Return the rows as they are stored, and what could not be read of them, as it was typed."""
    rows: list[dict[str, Any]] = []
    problem: list[dict[str, str]] = []
    for change in found:
        if change.after is None or change.brought is None:
            continue
        identifier = change.after.get(ROW_ID) or new_row_id()
        told = question.to_json((change.after,))
        rows.append({ROW_ID: identifier, **(told[0] if told else {})})
        kept = () if change.before is None else tables.problems_of_row(stored, question.path, identifier)
        problem += [item for item in kept if change.fate is Fate.SAME or _column(item) not in columns]
        for cell in usable[change.brought].unread:
            place = f"{question.path}[{identifier}].{cell['key']}"
            problem.append({"place": place, "raw": cell["raw"], "message": cell["message"]})
    return rows, problem


def _column(problem: Mapping[str, str]) -> str:
    return problem["place"].rpartition(".")[2]
