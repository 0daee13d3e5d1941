"""What is always true of the marks revised in session."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from ptce_aap.models import Call, Conflict, DiscussionMark, Mark, Sheet
from ptce_aap.services.calls import calls


def revisions_follow_one_another(session: Session) -> Iterator[str]:
    """The revisions of a mark are numbered from 1; each starts from the mark in force, at first the first mark."""
    query = (
        select(
            Sheet.reference,
            DiscussionMark.criterion,
            DiscussionMark.sequence,
            DiscussionMark.before,
            DiscussionMark.half_points,
            Mark.half_points.label("first"),
        )
        .join(Sheet, Sheet.id == DiscussionMark.sheet_id)
        .outerjoin(Mark, (Mark.sheet_id == Sheet.id) & (Mark.criterion == DiscussionMark.criterion))
        .order_by(Sheet.reference, DiscussionMark.criterion, DiscussionMark.sequence)
    )
    in_force: dict[tuple[str, str], tuple[int, int | None]] = {}
    broken: dict[str, None] = {}
    for row in session.execute(query):
        key = (row.reference, row.criterion)
        number, mark = in_force.get(key, (0, row.first))
        if (row.sequence, row.before) != (number + 1, mark):
            broken[row.reference] = None
        in_force[key] = (row.sequence, row.half_points)
    yield from broken


def revisions_are_on_the_scale(session: Session) -> Iterable[str]:
    """A revised mark is on the scale of its call's grid."""
    broken: set[str] = set()
    for call in calls.all_calls(session):
        allowed = calls.definition_of(session, call).grid.allowed_marks()
        query = select(Sheet.reference).join(DiscussionMark, DiscussionMark.sheet_id == Sheet.id)
        broken.update(
            session.scalars(query.where(Sheet.call_id == call.id, DiscussionMark.half_points.not_in(allowed)))
        )
    return sorted(broken)


def revisions_are_made_in_session(session: Session) -> Iterable[str]:
    """Marks are revised on final sheets only, after the marking is closed and before the list is frozen."""
    query = (
        select(Sheet.reference)
        .join(DiscussionMark, DiscussionMark.sheet_id == Sheet.id)
        .join(Call, Call.id == Sheet.call_id)
        .where(
            or_(
                Sheet.state != "final",
                Call.marking_closed_at.is_(None),
                DiscussionMark.at < Call.marking_closed_at,
                DiscussionMark.at > Call.frozen_at,
            )
        )
    )
    return sorted(set(session.scalars(query)))


def nobody_revises_in_conflict(session: Session) -> Iterable[str]:
    """Neither the reader nor who records had declared a conflict with the dossier, or with one of the call's."""
    reader = exists().where(
        Conflict.dossier_id == Sheet.dossier_id,
        Conflict.person_id == Sheet.person_id,
        Conflict.declared_at < DiscussionMark.at,
    )
    recorder = exists().where(
        Conflict.call_id == Sheet.call_id,
        Conflict.person_id == DiscussionMark.recorded_by_id,
        Conflict.declared_at < DiscussionMark.at,
    )
    query = select(Sheet.reference).join(DiscussionMark, DiscussionMark.sheet_id == Sheet.id)
    return sorted(set(session.scalars(query.where(reader | recorder))))


CHECKS: dict[str, Callable[[Session], Iterable[str]]] = {
    "discussion.follows_the_mark_in_force": revisions_follow_one_another,
    "discussion.is_in_session": revisions_are_made_in_session,
    "discussion.is_on_the_scale": revisions_are_on_the_scale,
    "discussion.not_in_conflict": nobody_revises_in_conflict,
}
