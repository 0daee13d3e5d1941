"""The members of a jury: whom each represents, what he carries, whether he has declared his conflicts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, ScalarSelect, Select, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.permissions import Actor, Role
from ptce_aap.domain.persons import fold
from ptce_aap.models import Assignment, Call, Conflict, ConflictStatement, Dossier, Person, RoleGrant
from ptce_aap.models.jury import standing
from ptce_aap.models.visibility import counted_for
from ptce_aap.services.calls import calls


@dataclass(frozen=True, slots=True)
class Juror:
    """A member of the jury as a person sees him: ``load`` and ``conflicts`` count the dossiers open to that person."""

    person_id: int
    reference: str
    name: str
    email: str
    seat: str
    load: int
    declared_at: datetime | None
    conflicts: int


def jurors(session: Session, actor: Actor, call: Call) -> list[Juror]:
    """Return the members of the jury as this person sees them, the least loaded first.

    A dossier that is closed to him counts in no figure: what is left of a load would name its readers.
    """
    definition = calls.definition_of(session, call)
    query = (
        select(Person, _load(call, actor), _statement(call), _conflicts(call, actor))
        .where(Person.active, _is_juror(call.id))
        .options(joinedload(Person.grants))
    )
    found = [
        Juror(
            person.id,
            person.reference,
            person.name or person.email,
            person.email,
            seats_of(person, call.id, definition),
            load,
            at,
            conflicts,
        )
        for person, load, at, conflicts in session.execute(query).unique()
    ]
    return sorted(found, key=lambda juror: (juror.load, fold(juror.name), juror.reference))


def seats_of(person: Person, call_id: int, definition: CallDefinition) -> str:
    """Return whom a juror represents on a call, in words."""
    held = [g.seat for g in person.grants if g.seat is not None and g.call_id in {None, call_id}]
    named = [(seat.label if (seat := definition.sheet.seat(key)) else key) for key in dict.fromkeys(held)]
    return ", ".join(named)


def _is_juror(call_id: int) -> ColumnElement[bool]:
    return exists().where(
        RoleGrant.person_id == Person.id,
        RoleGrant.role == Role.JUROR.value,
        or_(RoleGrant.call_id == call_id, RoleGrant.call_id.is_(None)),
    )


def _load(call: Call, actor: Actor) -> ScalarSelect[int]:
    return (
        select(func.count())
        .select_from(Assignment)
        .where(
            Assignment.person_id == Person.id,
            Assignment.call_id == call.id,
            Assignment.dossier_id.in_(_open_to(actor, call)),
            standing(call.id),
        )
        .correlate(Person)
        .scalar_subquery()
    )


def _statement(call: Call) -> ScalarSelect[datetime]:
    return (
        select(ConflictStatement.at)
        .where(ConflictStatement.call_id == call.id, ConflictStatement.person_id == Person.id)
        .correlate(Person)
        .scalar_subquery()
    )


def _conflicts(call: Call, actor: Actor) -> ScalarSelect[int]:
    return (
        select(func.count())
        .select_from(Conflict)
        .where(
            Conflict.call_id == call.id,
            Conflict.person_id == Person.id,
            Conflict.dossier_id.in_(_open_to(actor, call)),
        )
        .correlate(Person)
        .scalar_subquery()
    )


def _open_to(actor: Actor, call: Call) -> Select[tuple[int]]:
    return counted_for(actor.person_id, call).with_only_columns(Dossier.id)
