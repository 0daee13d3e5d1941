"""A juror's room: his calls, how far he is, what to read next, and the sheets of others once they are open to him."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import Session, joinedload

from ptce_aap.domain.calendar import Phase, phase
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.permissions import Actor, Deed, Permission
from ptce_aap.domain.scoring import sheet_total, shown
from ptce_aap.domain.sheets import Entry, marks_of
from ptce_aap.models import Call, Dossier, JurorTerms, Person, Sheet
from ptce_aap.models.jury import received
from ptce_aap.models.visibility import read_by_juror
from ptce_aap.services.accounts import accounts
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers import dossiers
from ptce_aap.services.dossiers.reading import region_name
from ptce_aap.services.jury import conflicts, given_marks
from ptce_aap.services.jury.given_marks import Revision
from ptce_aap.services.jury.jurors import seats_of
from ptce_aap.services.ranking import standings

TO_READ, DRAFT, FINAL = "to_read", "draft", "final"
STATES = (TO_READ, DRAFT, FINAL)


@dataclass(frozen=True, slots=True)
class CallOfJuror:
    """A call on which somebody is a juror."""

    call: Call
    phase: Phase


@dataclass(frozen=True, slots=True)
class Reading:
    """A dossier given to a juror, and where he is with it."""

    reference: str
    title: str
    carrier: str
    region: str
    amount_cents: int | None
    state: str  # one of STATES
    marks_count: int
    saved_at: datetime | None
    final_at: datetime | None


@dataclass(frozen=True, slots=True)
class Room:
    """The first page of a juror on a call."""

    finished_at: datetime | None  # of his declaration; until then he sees no dossier
    declared: int
    added: int
    phase: Phase
    counts: Mapping[str, int]  # state → dossiers
    criteria: int
    next: Reading | None
    page: dossiers.Page[Reading]
    themes: tuple[str, ...] | None  # that he says he knows, in words; None where the call has no theme

    @property
    def total(self) -> int:
        """Return how many dossiers were given to him, those closed by a conflict left out."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class OtherSheet:
    """The final sheet of another juror, as read once one's own is final and the marking is closed."""

    name: str
    seat: str
    total: str  # after the discussion
    entries: Mapping[str, Entry]  # as first given
    revisions: tuple[Revision, ...] = ()


def my_calls(session: Session, actor: Actor, *, now: datetime) -> list[CallOfJuror]:
    """Return the calls on which this person may mark or declare conflicts, the latest to close first."""
    return [
        CallOfJuror(call, phase(calls.calendar_of(call), now))
        for call in calls.all_calls(session)
        if actor.may(Permission.DECLARE_CONFLICT, call.id)
    ]


def room(session: Session, actor: Actor, call: Call, *, state: str, search: str, number: int, now: datetime) -> Room:
    """Return what a juror sees first: progress, what to read next, and a page of his dossiers."""
    accounts.require(actor, Permission.SCORE, call.id)
    definition = calls.definition_of(session, call)
    finished = conflicts.finished_at(session, actor, call)
    counts = _counts(session, actor, call)
    found = dossiers.paged(session, _readings(actor, call, state).where(*dossiers.found_by(search)), number)
    return Room(
        finished_at=finished,
        declared=conflicts.declared_by(session, actor, call),
        added=conflicts.added_since(session, call, finished),
        phase=phase(calls.calendar_of(call), now),
        counts=counts,
        criteria=len(definition.grid.criteria),
        next=next_reading(session, actor, call),
        page=dossiers.Page([_line(row, definition) for row in found.items], found.number, found.pages, found.total),
        themes=_own_themes(session, actor, call, definition),
    )


def _own_themes(session: Session, actor: Actor, call: Call, definition: CallDefinition) -> tuple[str, ...] | None:
    if dossiers.theme_question(definition) is None:
        return None
    terms = session.get(JurorTerms, (call.id, actor.person_id))
    return tuple(dossiers.theme_name(definition, theme) for theme in (terms.themes if terms else ()))


def next_reading(session: Session, actor: Actor, call: Call, *, after: str = "") -> Reading | None:
    """Return the dossier to read next: one already begun first, then in the list's order; None when all is done."""
    query = _readings(actor, call, "").where(or_(Sheet.id.is_(None), Sheet.state != FINAL))
    row = session.execute(query.where(Dossier.reference != after).limit(1)).first()
    return None if row is None else _line(row, calls.definition_of(session, call))


def others_sheets(session: Session, actor: Actor, call: Call, dossier: Dossier) -> list[OtherSheet]:
    """Return the other final sheets of a dossier; none before this juror's own is final and the marking is closed.

    What others revised in session is closed, until publication, to a juror in conflict with a dossier of the call.
    """
    accounts.require(actor, Permission.SCORE, call.id)
    query = received(call.id).where(Sheet.dossier_id == dossier.id).options(joinedload(Sheet.marks))
    sheets = session.scalars(query.order_by(Sheet.final_at, Sheet.id)).unique().all()
    if not call.allows(Deed.READ_OTHERS_MARKS) or actor.person_id not in {sheet.person_id for sheet in sheets}:
        return []
    definition = calls.definition_of(session, call)
    others = [sheet for sheet in sheets if sheet.person_id != actor.person_id]
    authors = _authors(session, {sheet.person_id for sheet in others})
    closed = standings.in_deport(session, actor, call)
    made = {} if closed else given_marks.revisions(session, [sheet.id for sheet in others])
    return [_other(sheet, authors[sheet.person_id], made.get(sheet.id, ()), definition, call) for sheet in others]


def own_revisions(session: Session, actor: Actor, call: Call, dossier: Dossier) -> tuple[Revision, ...]:
    """Return what this juror has revised of his own marks on a dossier, in session; none while the marking is open."""
    accounts.require(actor, Permission.SCORE, call.id)
    if call.marking_closed_at is None:
        return ()
    query = received(call.id).where(Sheet.dossier_id == dossier.id, Sheet.person_id == actor.person_id)
    sheet = session.scalars(query).one_or_none()
    return () if sheet is None else given_marks.revisions(session, [sheet.id]).get(sheet.id, ())


def _other(
    sheet: Sheet, author: Person, made: tuple[Revision, ...], definition: CallDefinition, call: Call
) -> OtherSheet:
    entries = {mark.criterion: Entry(mark.half_points, mark.comment) for mark in sheet.marks}
    return OtherSheet(
        name=author.name or author.email,
        seat=seats_of(author, call.id, definition),
        total=shown(sheet_total(definition.grid, given_marks.revised(marks_of(entries), made))),
        entries=entries,
        revisions=made,
    )


def _authors(session: Session, identifiers: set[int]) -> dict[int, Person]:
    query = select(Person).where(Person.id.in_(identifiers)).options(joinedload(Person.grants))
    return {person.id: person for person in session.scalars(query).unique()}


_state = case((Sheet.id.is_(None), TO_READ), (Sheet.state == FINAL, FINAL), else_=DRAFT)


def _with_own_sheet(actor: Actor, call: Call) -> Select[Any]:
    return read_by_juror(actor.person_id, call).outerjoin(
        Sheet, (Sheet.dossier_id == Dossier.id) & (Sheet.person_id == actor.person_id)
    )


def _readings(actor: Actor, call: Call, state: str) -> Select[Any]:
    query = _with_own_sheet(actor, call).add_columns(_state, Sheet.marks_count, Sheet.saved_at, Sheet.final_at)
    if state in STATES:
        query = query.where(_state == state)
    begun_first = case((_state == DRAFT, 0), (_state == TO_READ, 1), else_=2)
    return query.order_by(begun_first, Dossier.title_key, Dossier.id)


def _counts(session: Session, actor: Actor, call: Call) -> dict[str, int]:
    each = _with_own_sheet(actor, call).with_only_columns(_state.label("reading")).subquery()
    rows = session.execute(select(each.c.reading, func.count()).group_by(each.c.reading))
    return dict.fromkeys(STATES, 0) | dict(rows.all())


def _line(row: Any, definition: CallDefinition) -> Reading:
    dossier, state, marks_count, saved_at, final_at = row
    return Reading(
        reference=dossier.reference,
        title=dossier.title,
        carrier=dossier.carrier,
        region=region_name(definition, dossier.region),
        amount_cents=dossier.amount_cents,
        state=state,
        marks_count=marks_count or 0,
        saved_at=saved_at,
        final_at=final_at,
    )
