"""The marks that count: the first ones, as each juror gave them alone, and the final ones, after the discussion."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from ptce_aap.domain.dossier import State
from ptce_aap.models import Call, Conflict, ConflictCorrection, DiscussionMark, Dossier, Mark, Person, Sheet

Sheets = dict[str, dict[str, dict[str, int]]]
"""Dossier → sheet → criterion → mark in half points; dossiers and sheets are named by reference."""


@dataclass(frozen=True, slots=True)
class Revision:
    """A mark revised in session; marks in half points."""

    criterion: str
    before: int
    after: int
    reason: str
    recorded_by: str
    at: datetime


def first_marks(session: Session, call: Call, *, until: datetime) -> Sheets:
    """Return the marks of the sheets that count at an instant, as they were given before any discussion.

    A sheet counts when it is final and its reader has no conflict with the dossier. One statement at any size.
    """
    found: Sheets = {}
    query = (
        select(Dossier.reference, Sheet.reference, Mark.criterion, Mark.half_points)
        .select_from(Dossier)
        .join(Sheet, Sheet.dossier_id == Dossier.id)
        .join(Mark, Mark.sheet_id == Sheet.id)
        .where(*_counting(call, until), Mark.half_points.is_not(None))
    )
    for dossier, sheet, criterion, half_points in session.execute(query):
        found.setdefault(dossier, {}).setdefault(sheet, {})[criterion] = int(half_points or 0)
    return found


def final_marks(session: Session, call: Call, *, until: datetime) -> Sheets:
    """Return the same marks after the discussion: the last revision of each, where there is one. Two statements."""
    found = first_marks(session, call, until=until)
    query = (
        select(Dossier.reference, Sheet.reference, DiscussionMark.criterion, DiscussionMark.half_points)
        .select_from(Dossier)
        .join(Sheet, Sheet.dossier_id == Dossier.id)
        .join(DiscussionMark, DiscussionMark.sheet_id == Sheet.id)
        .where(*_counting(call, until), DiscussionMark.at <= until)
        .order_by(DiscussionMark.sequence)
    )
    for dossier, sheet, criterion, half_points in session.execute(query):
        found.setdefault(dossier, {}).setdefault(sheet, {})[criterion] = half_points
    return found


def revisions(session: Session, sheet_ids: Collection[int]) -> dict[int, tuple[Revision, ...]]:
    """Return what was revised on each sheet, in order; sheets without a revision are not there. One statement."""
    query = (
        select(DiscussionMark, Person.name)
        .join(Person, Person.id == DiscussionMark.recorded_by_id)
        .where(DiscussionMark.sheet_id.in_(sheet_ids))
        .order_by(DiscussionMark.id)
    )
    found: dict[int, tuple[Revision, ...]] = {}
    for mark, name in session.execute(query):
        revision = Revision(mark.criterion, mark.before, mark.half_points, mark.reason, name, mark.at)
        found[mark.sheet_id] = (*found.get(mark.sheet_id, ()), revision)
    return found


def revised(marks: Mapping[str, int], made: Collection[Revision]) -> dict[str, int]:
    """Return the marks of a sheet after its revisions, given in order."""
    return {**marks, **{revision.criterion: revision.after for revision in made}}


def _counting(call: Call, until: datetime) -> tuple[ColumnElement[bool], ...]:
    in_conflict: Any = exists().where(
        Conflict.dossier_id == Sheet.dossier_id, Conflict.person_id == Sheet.person_id, Conflict.declared_at <= until
    )
    # A conflict that held then, and was found to be a mistake later: the sheet counts from the correction on.
    corrected_since: Any = exists().where(
        ConflictCorrection.dossier_id == Sheet.dossier_id,
        ConflictCorrection.person_id == Sheet.person_id,
        ConflictCorrection.declared_at <= until,
        ConflictCorrection.corrected_at > until,
    )
    return (
        Dossier.call_id == call.id,
        Dossier.state == State.ELIGIBLE.value,
        Sheet.state == "final",
        Sheet.final_at <= until,
        ~in_conflict,
        ~corrected_since,
    )
