"""Who the correspondents are, to write to them: those of a call, or of the region of a dossier."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import Session

from ptce_aap.domain.permissions import Role
from ptce_aap.mail.message import is_address
from ptce_aap.models import Call, Dossier, Person, RoleGrant
from ptce_aap.models.visibility import no_conflict


def of_call(session: Session, call: Call) -> list[Person]:
    """Return the correspondents of every region of a call who have an address."""
    return _with_address(session, _holders(call))


def of_dossier(session: Session, dossier: Dossier, call: Call) -> list[Person]:
    """Return those of the region of a dossier to whom no conflict closes it."""
    mine = _holders(call, RoleGrant.region == dossier.region)
    return _with_address(session, mine.join(Dossier, Dossier.id == dossier.id).where(no_conflict(Person.id)))


def _holders(call: Call, *further: ColumnElement[bool]) -> Select[Person]:
    on_call = or_(RoleGrant.call_id.is_(None), RoleGrant.call_id == call.id)
    is_one = RoleGrant.role == Role.CORRESPONDENT.value
    held = exists().where(RoleGrant.person_id == Person.id, on_call, is_one, *further)
    return select(Person).where(Person.active, held).order_by(Person.id)


def _with_address(session: Session, query: Select[Person]) -> list[Person]:
    return [person for person in session.scalars(query) if is_address(person.email)]
