"""The call team gives dossiers to jurors, by hand: what each dossier lacks, what each juror carries, who must not."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, insert, select
from sqlalchemy.orm import Session

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.dossier import State
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Deed, Permission, Role
from ptce_aap.models import Assignment, Call, Conflict, Dossier, Person, Sheet
from ptce_aap.models.jury import standing
from ptce_aap.models.visibility import managed_by
from ptce_aap.services.accounts import accounts
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers import rooms
from ptce_aap.services.dossiers.dossiers import Page, counted, found_by, paged
from ptce_aap.services.dossiers.reading import region_name
from ptce_aap.services.journal import journal
from ptce_aap.services.jury.jurors import Juror, jurors


@dataclass(frozen=True, slots=True)
class Line:
    """A dossier on the page of the assignment: how many readers it has, and who they are."""

    reference: str
    title: str
    carrier: str
    region: str
    given: int
    readers: tuple[str, ...]
    lost: int  # assignments that a conflict or a withdrawn role made void


@dataclass(frozen=True, slots=True)
class Overview:
    """The page of the assignment."""

    page: Page[Line]
    needed: int  # readings asked of each dossier
    dossiers: int
    lacking: int  # dossiers with fewer readers than needed
    jurors: int
    open: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """A juror beside one dossier: does he read it, may he."""

    juror: Juror
    assigned: bool
    in_conflict: bool
    marks_count: int
    final: bool


@dataclass(frozen=True, slots=True)
class Readers:
    """The page where the readers of one dossier are chosen."""

    dossier: Dossier
    region: str
    needed: int
    given: int
    candidates: tuple[Candidate, ...]
    next: str | None  # reference of another dossier that lacks readers
    open: bool


def overview(
    session: Session, actor: Actor, call: Call, *, search: str, view: str, number: int, now: datetime
) -> Overview:
    """Return a page of the eligible dossiers with their readers; ``view`` "lacking" keeps those that lack some."""
    accounts.require(actor, Permission.SEE_MANAGEMENT, call.id)
    definition = calls.definition_of(session, call)
    needed = definition.grid.minimal_readings
    visible = marked_dossiers(actor, call, now=now)
    query = visible.add_columns(given(call)).order_by(Dossier.title_key, Dossier.id)
    if view == "lacking":
        query = query.where(given(call) < needed)
    found = paged(session, query.where(*found_by(search)), number)
    readers = _readers_of(session, call, [dossier.id for dossier, _ in found.items])
    items = [_overview_line(row, readers.get(row[0].id, []), definition) for row in found.items]
    return Overview(
        page=Page(items, found.number, found.pages, found.total),
        needed=needed,
        dossiers=counted(session, visible),
        lacking=counted(session, visible.where(given(call) < needed)),
        jurors=len(jurors(session, actor, call)),
        open=is_open(call),
    )


def readers(session: Session, actor: Actor, call: Call, reference: str, *, now: datetime) -> Readers:
    """Return a dossier with every juror beside it. Errors: ``not_found``."""
    accounts.require(actor, Permission.SEE_MANAGEMENT, call.id)
    visible = marked_dossiers(actor, call, now=now)
    row = session.execute(visible.add_columns(given(call)).where(Dossier.reference == reference)).one_or_none()
    if row is None:
        raise NotFound()
    dossier, count = row
    definition = calls.definition_of(session, call)
    needed = definition.grid.minimal_readings
    following = visible.with_only_columns(Dossier.reference).where(given(call) < needed, Dossier.id != dossier.id)
    return Readers(
        dossier=dossier,
        region=region_name(definition, dossier.region),
        needed=needed,
        given=count,
        candidates=_candidates(session, actor, call, dossier),
        next=session.scalar(following.order_by(Dossier.title_key, Dossier.id).limit(1)),
        open=is_open(call),
    )


def choose_readers(
    session: Session,
    actor: Actor,
    call_id: int,
    reference: str,
    *,
    shown: Collection[str],
    chosen: Collection[str],
    now: datetime,
) -> tuple[int, int]:
    """Give a dossier to the jurors chosen and take it from those no longer chosen; return how many of each.

    ``shown``: the readers that the page showed as chosen. Only the difference is applied, so that what somebody else
    did meanwhile stands. Errors: ``not_found``, ``assignment_closed``, ``reader_in_conflict``, ``reader_is_done``.
    """
    accounts.require(actor, Permission.ASSIGN, call_id)
    call = calls.locked(session, call_id)
    dossier = session.scalar(managed_by(actor.person_id, call, now=now).where(Dossier.reference == reference))
    if dossier is None or dossier.state != State.ELIGIBLE:
        raise NotFound()
    if not is_open(call):
        raise RuleViolation("assignment_closed")
    candidates = {one.juror.reference: one for one in _candidates(session, actor, call, dossier)}
    wanted, unwanted = set(chosen) - set(shown), set(shown) - set(chosen)
    if not wanted <= candidates.keys():
        raise NotFound()
    added = [candidates[juror] for juror in sorted(wanted) if not candidates[juror].assigned]
    removed = [candidates[j] for j in sorted(unwanted) if j in candidates and candidates[j].assigned]
    for one in added:
        if one.in_conflict:
            raise RuleViolation("reader_in_conflict", name=one.juror.name)
    give(session, actor, call, [(dossier, one.juror) for one in added], now=now)
    for one in removed:
        _take_back(session, actor, call, dossier, one, now=now)
    return len(added), len(removed)


def give(
    session: Session,
    actor: Actor,
    call: Call,
    readings: Sequence[tuple[Dossier, Juror]],
    *,
    now: datetime,
    **facts: object,
) -> None:
    """Give each dossier to its juror: as many statements whatever their number.

    The caller has made sure that each may read what he is given. ``facts`` are told in the journal with each.
    """
    if not readings:
        return
    rows = [
        {
            "dossier_id": dossier.id,
            "person_id": juror.person_id,
            "call_id": call.id,
            "assigned_by_id": actor.person_id,
            "assigned_at": now,
        }
        for dossier, juror in readings
    ]
    session.execute(insert(Assignment), rows)
    lines = [
        journal.Line(
            actor=actor.reference,
            role=Role.TEAM,
            act="assignment.given",
            on=("dossier", dossier.reference),
            at=now,
            facts={"juror": juror.reference, **facts},
        )
        for dossier, juror in readings
    ]
    journal.record_all(session, call.id, lines)


def is_open(call: Call) -> bool:
    """Tell whether dossiers may still be given: until the marking is closed."""
    return call.allows(Deed.ASSIGN_READINGS)


def marked_dossiers(actor: Actor, call: Call, *, now: datetime) -> Select[Any]:
    """The eligible dossiers that this person follows through the jury, those on which he has a conflict left out."""
    return rooms.open_to(actor, call, now=now).where(Dossier.state == State.ELIGIBLE)


def given(call: Call) -> ColumnElement[int]:
    """How many readers a dossier has, those that a conflict took away left out."""
    return (
        select(func.count())
        .select_from(Assignment)
        .where(Assignment.dossier_id == Dossier.id, standing(call.id))
        .correlate(Dossier)
        .scalar_subquery()
    )


def _take_back(session: Session, actor: Actor, call: Call, dossier: Dossier, one: Candidate, *, now: datetime) -> None:
    if one.final:
        raise RuleViolation("reader_is_done", name=one.juror.name)
    session.delete(session.get_one(Assignment, (dossier.id, one.juror.person_id)))
    on, facts = ("dossier", dossier.reference), {"juror": one.juror.reference}
    journal.record(session, actor, "assignment.taken_back", on=on, at=now, call_id=call.id, role=Role.TEAM, facts=facts)


def _candidates(session: Session, actor: Actor, call: Call, dossier: Dossier) -> tuple[Candidate, ...]:
    rows = session.execute(
        select(Assignment.person_id, Sheet.state, Sheet.marks_count)
        .outerjoin(Sheet, (Sheet.dossier_id == Assignment.dossier_id) & (Sheet.person_id == Assignment.person_id))
        .where(Assignment.dossier_id == dossier.id)
    )
    assigned = {person_id: (state, count or 0) for person_id, state, count in rows}
    declared = session.scalars(select(Conflict.person_id).where(Conflict.dossier_id == dossier.id))
    in_conflict = {dossier.owner_id, *declared}
    return tuple(
        Candidate(
            juror=juror,
            assigned=juror.person_id in assigned,
            in_conflict=juror.person_id in in_conflict,
            marks_count=assigned.get(juror.person_id, ("", 0))[1],
            final=assigned.get(juror.person_id, ("", 0))[0] == "final",
        )
        for juror in jurors(session, actor, call)
    )


def _readers_of(session: Session, call: Call, identifiers: list[int]) -> dict[int, list[tuple[str, bool]]]:
    """Return, dossier by dossier, the names of those it was given to and whether each still counts."""
    rows = session.execute(
        select(Assignment.dossier_id, Person.name, Person.email, standing(call.id))
        .join(Person, Person.id == Assignment.person_id)
        .where(Assignment.dossier_id.in_(identifiers))
        .order_by(Person.name, Person.id)
    )
    found: dict[int, list[tuple[str, bool]]] = {}
    for dossier_id, name, email, counts in rows:
        found.setdefault(dossier_id, []).append((name or email, bool(counts)))
    return found


def _overview_line(row: Any, readers: list[tuple[str, bool]], definition: CallDefinition) -> Line:
    dossier, count = row
    return Line(
        reference=dossier.reference,
        title=dossier.title,
        carrier=dossier.carrier,
        region=region_name(definition, dossier.region),
        given=count,
        readers=tuple(name for name, counts in readers if counts),
        lost=sum(not counts for _, counts in readers),
    )
