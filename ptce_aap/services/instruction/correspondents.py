"""Who the correspondents are, to write to them: those of a call, of the region of a dossier, or who asked about it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import Session

from ptce_aap.domain.permissions import Role
from ptce_aap.mail.message import is_address
from ptce_aap.models import Call, Dossier, Person, RoleGrant
from ptce_aap.models.visibility import instructed_by, managed_by, no_conflict
from ptce_aap.services.accounts import accounts


def of_call(session: Session, call: Call) -> list[Person]:
    """Return the correspondents of every region of a call who have an address."""
    return _with_address(session, _holders(call))


def of_dossier(session: Session, dossier: Dossier, call: Call) -> list[Person]:
    """Return those of the region of a dossier to whom no conflict closes it."""
    mine = _holders(call, RoleGrant.region == dossier.region)
    return _with_address(session, mine.join(Dossier, Dossier.id == dossier.id).where(no_conflict(Person.id)))


def who_follows(session: Session, asker: Person, dossier: Dossier, call: Call, *, now: datetime) -> list[Person]:
    """Return whoever asked something about a dossier while he may open it, else the correspondents of its region.

    It may have moved since, he may have lost his role, acted for somebody who is back, or declared a conflict.
    """
    actor = accounts.acting(session, asker, now=now)
    if Role.TEAM in actor.roles_on(call.id):
        mine = managed_by(asker.id, call, now=now)
    else:
        regions, absents = actor.regions_on(call.id), actor.closed_with(call.id)
        mine = instructed_by(asker.id, call, regions, readable=True, absents=absents)
    if asker.active and session.scalar(mine.where(Dossier.id == dossier.id)) is not None:
        return [asker] if is_address(asker.email) else []
    return of_dossier(session, dossier, call)


def _holders(call: Call, *further: ColumnElement[bool]) -> Select[Person]:
    on_call = or_(RoleGrant.call_id.is_(None), RoleGrant.call_id == call.id)
    is_one = RoleGrant.role == Role.CORRESPONDENT.value
    held = exists().where(RoleGrant.person_id == Person.id, on_call, is_one, *further)
    return select(Person).where(Person.active, held).order_by(Person.id)


def _with_address(session: Session, query: Select[Person]) -> list[Person]:
    return [person for person in session.scalars(query) if is_address(person.email)]
