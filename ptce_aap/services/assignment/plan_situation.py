"""What a plan of readings is computed from, as the database has it now: dossiers, jurors, conflicts, readings given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.domain.assignment.instance import Pair
from ptce_aap.domain.assignment.planning import Member, Situation, ToRead
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.permissions import Actor, Role
from ptce_aap.domain.sheets import SheetState
from ptce_aap.models import Assignment, Call, Conflict, Dossier, Person, RoleGrant, Sheet
from ptce_aap.models.jury import standing
from ptce_aap.services.assignment.assignment import marked_dossiers
from ptce_aap.services.calls import calls
from ptce_aap.services.jury.juror_terms import terms_of
from ptce_aap.services.jury.jurors import Juror, jurors


@dataclass(frozen=True, slots=True)
class Lost:
    """A reading given that counts no more: its reader declared a conflict, or left the jury."""

    dossier: str
    title: str
    name: str
    in_conflict: bool
    begun: bool


@dataclass(frozen=True, slots=True)
class Known:
    """The situation with the rows that pages name."""

    definition: CallDefinition
    situation: Situation
    dossiers: Mapping[str, Dossier]  # by reference, in the order of their titles
    jurors: Mapping[str, Juror]  # by reference, the least loaded first
    lost: tuple[Lost, ...]


def known(session: Session, actor: Actor, call: Call, *, now: datetime) -> Known:
    """Return the situation of the dossiers open to this person: as many statements at any size."""
    query = marked_dossiers(actor, call, now=now).order_by(Dossier.title_key, Dossier.id)
    rows = {dossier.id: dossier for dossier in session.scalars(query)}
    committee = {juror.person_id: juror for juror in jurors(session, actor, call)}
    query_of_conflicts = select(Conflict.dossier_id, Conflict.person_id).where(Conflict.call_id == call.id)
    declared = {(row.dossier_id, row.person_id) for row in session.execute(query_of_conflicts)}
    given = _given(session, call)
    held = {
        (rows[dossier].reference, committee[person].reference): begun
        for (dossier, person), (counts, begun, _) in given.items()
        if counts and dossier in rows and person in committee and rows[dossier].owner_id != person
    }
    return Known(
        definition=calls.definition_of(session, call),
        situation=Situation(
            dossiers=tuple(_to_read(dossier) for dossier in rows.values()),
            members=_members(session, call, committee, held),
            excluded=_excluded(rows, committee, declared),
            standing=held,
        ),
        dossiers={dossier.reference: dossier for dossier in rows.values()},
        jurors={juror.reference: juror for juror in committee.values()},
        lost=tuple(
            Lost(rows[dossier].reference, rows[dossier].title, name, (dossier, person) in declared, begun)
            for (dossier, person), (counts, begun, name) in given.items()
            if dossier in rows and not (counts and person in committee)
        ),
    )


def _to_read(dossier: Dossier) -> ToRead:
    return ToRead(dossier.reference, dossier.region, frozenset(dossier.themes))


def _given(session: Session, call: Call) -> dict[tuple[int, int], tuple[bool, bool, str]]:
    """Return every reading given: does it count, is it begun, the name of its reader."""
    query = (
        select(
            Assignment.dossier_id, Assignment.person_id, standing(call.id), Sheet.state, Sheet.marks_count,
            Person.name, Person.email,
        )
        .join(Person, Person.id == Assignment.person_id)
        .outerjoin(Sheet, (Sheet.dossier_id == Assignment.dossier_id) & (Sheet.person_id == Assignment.person_id))
        .where(Assignment.call_id == call.id)
        .order_by(Person.name, Assignment.dossier_id, Assignment.person_id)
    )  # fmt: skip
    return {
        (dossier, person): (bool(counts), state == SheetState.FINAL or bool(marks), name or email)
        for dossier, person, counts, state, marks, name, email in session.execute(query)
    }


def _members(
    session: Session, call: Call, committee: Mapping[int, Juror], held: Mapping[Pair, bool]
) -> tuple[Member, ...]:
    terms, seats = terms_of(session, call), _seats(session, call)
    here = Counter(juror for _, juror in held)
    found = []
    for person, juror in committee.items():
        own = terms.get(person)
        found.append(
            Member(
                reference=juror.reference,
                seat=seats.get(person),
                region=own.region if own else None,
                themes=frozenset(own.themes if own else ()),
                minimum=own.minimum if own else None,
                maximum=own.maximum if own else None,
                elsewhere=max(0, juror.load - here[juror.reference]),
            )
        )
    return tuple(found)


def _seats(session: Session, call: Call) -> dict[int, str]:
    """Return the seat of each juror; of several, the one given on this call, then the first in order of key."""
    query = (
        select(RoleGrant.person_id, RoleGrant.seat)
        .where(RoleGrant.role == Role.JUROR.value, (RoleGrant.call_id == call.id) | RoleGrant.call_id.is_(None))
        .order_by(RoleGrant.call_id.is_(None), RoleGrant.seat)
    )
    found: dict[int, str] = {}
    for person, seat in session.execute(query):
        if seat is not None:
            found.setdefault(person, seat)
    return found


def _excluded(
    rows: Mapping[int, Dossier], committee: Mapping[int, Juror], declared: set[tuple[int, int]]
) -> frozenset[Pair]:
    owned = {(dossier.id, dossier.owner_id) for dossier in rows.values()}
    return frozenset(
        (rows[dossier].reference, committee[person].reference)
        for dossier, person in declared | owned
        if dossier in rows and person in committee
    )
