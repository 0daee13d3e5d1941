"""Rights by absence: what a correspondent may do for a colleague, computed from the days each time he comes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from ptce_aap.domain.permissions import Absent, Actor, Grant, Permission, Role
from ptce_aap.models import Absence, Person, RoleGrant
from ptce_aap.models.absence import is_under_way

_INSTRUCTS = RoleGrant.role == Role.CORRESPONDENT.value


def acts_for_somebody(now: datetime) -> ColumnElement[bool]:
    """Tell, in a query on people, who is named for an absence that is under way."""
    return exists().where(Absence.substitute_id == Person.id, is_under_way(now))


def grants_of(session: Session, actor: Actor, *, now: datetime) -> frozenset[Grant]:
    """Return the regions of the absent people for whom somebody acts: one statement.

    From the roles that they hold at this instant and nothing else: an absence gives no right that it was given, so
    nothing is passed on. Who is no correspondent of the call any more, on either side, gives and gets nothing; nor
    does who marks its dossiers, to whom opinions that he never wrote would open before his marks are final.
    """
    rows = session.execute(
        select(Absence.call_id, RoleGrant.region, Person.id, Person.reference)
        .join(Person, Person.id == Absence.absent_id)
        .join(RoleGrant, RoleGrant.person_id == Absence.absent_id)
        .where(Absence.substitute_id == actor.person_id, is_under_way(now), Person.active, _INSTRUCTS)
        .where(or_(RoleGrant.call_id == Absence.call_id, RoleGrant.call_id.is_(None)))
    )
    return frozenset(
        Grant(Role.CORRESPONDENT, call_id, region, absent=Absent(reference, person_id))
        for call_id, region, person_id, reference in rows
        if Role.CORRESPONDENT in actor.roles_on(call_id) and not actor.may(Permission.SCORE, call_id)
    )
