"""The rows of a table question: written one by one, moved, copied, taken out and put back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor
from ptce_aap.domain.questionnaire import ROW_ID, Question, QuestionKind, is_filled
from ptce_aap.services.applicants import drafts
from ptce_aap.services.applicants.drafts import Draft
from ptce_aap.services.applicants.stored import Given, Stored, mark_of, new_row_id

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Held:
    """A table of a draft that is held for a change, as it is stored."""

    draft: Draft
    question: Question
    stored: Stored


def _held(session: Session, actor: Actor, reference: str, path: str, *, now: datetime) -> _Held:
    """Load a table of a draft that one may change. Errors: those of ``drafts.hold``, ``not_found``."""
    draft = drafts.hold(session, actor, reference, now=now)
    return _Held(draft, draft.question(path, QuestionKind.TABLE), draft.at(path))


def save_row(
    session: Session,
    actor: Actor,
    reference: str,
    path: str,
    row_id: str | None,
    given: Given,
    *,
    now: datetime,
) -> str | None:
    """Write a row, a new one at the end where ``row_id`` is None; return its identifier (None: nothing was typed).

    Errors: those of ``drafts.hold``, ``too_many_rows``, ``changed_meanwhile``, ``row_gone`` where somebody took it out.
    """
    table = _held(session, actor, reference, path, now=now)
    return _save_row(session, actor, table, row_id, given, now=now, typing=False)


def save_row_as(
    session: Session, actor: Actor, reference: str, path: str, row_id: str, given: Given, *, now: datetime
) -> str:
    """Write a row while one types and return the mark of what was sent, by which its form goes on.

    Errors: those of ``save_row``.
    """
    table = _held(session, actor, reference, path, now=now)
    _save_row(session, actor, table, row_id, given, now=now, typing=True)
    return mark_of(*_as_stored(table.question, row_id, given))


def _save_row(
    session: Session, actor: Actor, table: _Held, row_id: str | None, given: Given, *, now: datetime, typing: bool
) -> str | None:
    question, path, stored = table.question, table.question.path, table.stored
    rows = rows_of(stored)
    if row_id is None and given.value is None and not given.unread:
        return None
    identifier = row_id or new_row_id()
    row, problem = _as_stored(question, identifier, given)
    others = tuple(item for item in stored.problem if not _is_of_row(item, path, identifier))
    if row_id is None:
        _require_room(question, rows)
        rows.append(row)
    elif all(one.get(ROW_ID) != row_id for one in rows):
        raise RuleViolation("row_gone")
    else:
        place, there, sent = _place_of(rows, row_id), row_mark(stored, path, row_id), mark_of(row, problem)
        if sent in {there, given.shown}:
            return identifier  # stored already, or untouched by this reader: what another wrote meanwhile stays
        if there != given.shown:
            raise Conflict()
        rows[place] = row
    _write(session, actor, table, Stored(rows, (*others, *problem), row_undo(stored)), now=now, typing=typing)
    return identifier


def duplicate_row(session: Session, actor: Actor, reference: str, path: str, row_id: str, *, now: datetime) -> None:
    """Copy a row just below itself. Errors: those of ``drafts.hold``, ``too_many_rows``."""
    table = _held(session, actor, reference, path, now=now)
    rows = rows_of(table.stored)
    place = _place_of(rows, row_id)
    _require_room(table.question, rows)
    rows.insert(place + 1, {**rows[place], ROW_ID: new_row_id()})
    _write_rows(session, actor, table, rows, now=now)


def move_row(
    session: Session, actor: Actor, reference: str, path: str, row_id: str, steps: int, *, now: datetime
) -> None:
    """Move a row up (negative steps) or down; a row at the end stays there. Errors: those of ``drafts.hold``."""
    table = _held(session, actor, reference, path, now=now)
    place = _place_of(rows_of(table.stored), row_id)
    _move(session, actor, table, place, place + steps, now=now)


def place_row(
    session: Session, actor: Actor, reference: str, path: str, row_id: str, position: int, *, now: datetime
) -> None:
    """Move a row to a position, from 1; beyond the ends is at the end. Errors: those of ``drafts.hold``."""
    table = _held(session, actor, reference, path, now=now)
    _move(session, actor, table, _place_of(rows_of(table.stored), row_id), position - 1, now=now)


def _move(session: Session, actor: Actor, table: _Held, place: int, target: int, *, now: datetime) -> None:
    rows = rows_of(table.stored)
    target = min(max(target, 0), len(rows) - 1)
    if target != place:
        rows.insert(target, rows.pop(place))
        _write_rows(session, actor, table, rows, now=now)


def remove_row(session: Session, actor: Actor, reference: str, path: str, row_id: str, *, now: datetime) -> None:
    """Take a row out; it is kept until the stage is saved, so that it can be put back."""
    table = _held(session, actor, reference, path, now=now)
    stored = table.stored
    rows = rows_of(stored)
    place = _place_of(rows, row_id)
    gone = [item for item in stored.problem if _is_of_row(item, path, row_id)]
    kept = tuple(item for item in stored.problem if item not in gone)
    removed = {"at": place, "row": rows.pop(place), "problem": gone}
    _write(session, actor, table, Stored(rows or None, kept, removed), now=now)


def restore_row(
    session: Session, actor: Actor, reference: str, path: str, *, shown: str | None = None, now: datetime
) -> None:
    """Put the row last taken out back in its place; after an import, the table as it was.

    ``shown``: the mark of what the page offered to put back (None: whatever it is). Somebody who would put a row back
    does not undo the import that another did meanwhile. Errors: those of ``drafts.hold``, ``already_done``,
    ``changed_meanwhile``.
    """
    table = _held(session, actor, reference, path, now=now)
    stored = table.stored
    if stored.removed is None:
        raise RuleViolation("already_done")
    if shown is not None and shown != undo_mark(stored):
        raise Conflict()
    if "rows" in stored.removed:
        before = Stored(stored.removed["rows"] or None, tuple(stored.removed["problem"]))
        _write(session, actor, table, before, now=now)
        return
    rows = rows_of(stored)
    _require_room(table.question, rows)
    rows.insert(stored.removed["at"], stored.removed["row"])
    _write(session, actor, table, Stored(rows, (*stored.problem, *stored.removed["problem"])), now=now)


def undo_mark(stored: Stored) -> str:
    """Return the mark of what can be put back, by which a button knows what it had offered."""
    return mark_of(stored.removed, ())


def rows_of(stored: Stored) -> Rows:
    """Return the stored rows of a table, to be changed."""
    return [dict(row) for row in stored.value or ()]


def row_mark(stored: Stored, path: str, row_id: str) -> str:
    """Return the mark of a row, by which its form knows what it had shown. Errors: ``not_found``."""
    rows = rows_of(stored)
    return mark_of(rows[_place_of(rows, row_id)], problems_of_row(stored, path, row_id))


def problems_of_row(stored: Stored, path: str, row_id: str) -> list[dict[str, str]]:
    """Return what could not be read in a row."""
    return [item for item in stored.problem if _is_of_row(item, path, row_id)]


def row_undo(stored: Stored) -> Any:
    """Return what can still be put back after a row has changed: a row, but no longer the table before an import."""
    return stored.removed if stored.removed is not None and "row" in stored.removed else None


def _as_stored(question: Question, identifier: str, given: Given) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Return a row that was sent as it is stored, and what could not be read of it."""
    problem = [{**one.as_json(), "place": _in_row(one.place, question.path, identifier)} for one in given.unread]
    return {ROW_ID: identifier, **_row_json(question, given)}, problem


def _row_json(question: Question, given: Given) -> dict[str, Any]:
    if given.value is None:
        return {}
    told: dict[str, Any] = question.to_json((given.value,))[0]
    return told


def _place_of(rows: Rows, row_id: str) -> int:
    for place, row in enumerate(rows):
        if row.get(ROW_ID) == row_id:
            return place
    raise NotFound()


def _require_room(question: Question, rows: Rows) -> None:
    if sum(is_filled(row) for row in rows) >= question.max_rows:
        raise RuleViolation("too_many_rows", maximum=question.max_rows)


def _is_of_row(problem: dict[str, str], path: str, row_id: str) -> bool:
    return problem["place"].startswith(f"{path}[{row_id}].")


def _in_row(place: str, path: str, row_id: str) -> str:
    """Name a cell by its row's identifier, which holds when rows move."""
    return f"{path}[{row_id}].{place.rpartition('.')[2]}"


def _write(
    session: Session, actor: Actor, table: _Held, stored: Stored, *, now: datetime, typing: bool = False
) -> None:
    drafts.write(session, actor, table.draft, {table.question.path: stored}, now=now, typing=typing)


def _write_rows(session: Session, actor: Actor, table: _Held, rows: Rows, *, now: datetime) -> None:
    """Write rows that were put in another order, or one more of them: what could not be read stays as it was."""
    after = replace(table.stored, value=rows, removed=row_undo(table.stored))
    _write(session, actor, table, after, now=now)
