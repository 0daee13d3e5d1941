"""Who is told by e-mail that a message waits: never what it says, and not again before the first one is read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session

from ptce_aap import addresses
from ptce_aap.domain.permissions import Actor, Role
from ptce_aap.mail import messages
from ptce_aap.mail.message import is_address
from ptce_aap.models import Call, Dossier, DossierMessage, MessageReading, Person, RoleGrant, visibility
from ptce_aap.services.calls import calls
from ptce_aap.services.exchanges import addressees, letters

AGAIN_AFTER = timedelta(days=1)
_APPLICANT = "applicant"


def owe(
    session: Session, author: Actor, dossier: Dossier, call: Call, side: str, *, base_url: str, now: datetime
) -> None:
    """Tell the other side that a message comes; called before it is there."""
    to_applicant = side != _APPLICANT
    for person, role in _readers(session, dossier, call, to_applicant, now):
        if person.id == author.person_id or not is_address(person.email):
            continue
        if _told(session, person, dossier, side, now):
            continue
        page = addresses.messages_of(dossier.reference, call.slug, role)
        letter = messages.new_message(
            person.email,
            dossier=str(dossier.number),
            call_title=call.title,
            applicant=to_applicant,
            link=base_url + page,
        )
        letters.send(session, letter, at=now, call_id=call.id)


def _readers(
    session: Session, dossier: Dossier, call: Call, to_applicant: bool, now: datetime
) -> Iterable[tuple[Person, str]]:
    if to_applicant:
        return [(person, "") for person in session.scalars(addressees.editors(dossier).where(Person.active))]
    sheet = calls.definition_of(session, call).sheet
    if dossier.region is not None and calls.correspondents_may_read(call, sheet, now):
        held = and_(RoleGrant.role == Role.CORRESPONDENT.value, RoleGrant.region == dossier.region)
        if found := session.scalars(_holders(dossier, call, held)).all():
            return [(person, Role.CORRESPONDENT.value) for person in found]
    if now < call.closes_at:
        return []  # nobody of the call may read the dossier yet: the message waits there
    team = session.scalars(_holders(dossier, call, RoleGrant.role == Role.TEAM.value))
    return [(person, Role.TEAM.value) for person in team]


def _holders(dossier: Dossier, call: Call, role: ColumnElement[bool]) -> Select[Person]:
    """The people who hold a role on the call and to whom no conflict closes the dossier."""
    on_call = or_(RoleGrant.call_id.is_(None), RoleGrant.call_id == call.id)
    held = exists().where(RoleGrant.person_id == Person.id, on_call, role)
    return (
        select(Person)
        .join(Dossier, Dossier.id == dossier.id)
        .where(Person.active, held, visibility.no_conflict(Person.id))
        .order_by(Person.id)
    )


def _told(session: Session, person: Person, dossier: Dossier, side: str, now: datetime) -> bool:
    """Tell whether a message of this side, sent less than a day ago, still waits to be read."""
    read = select(MessageReading.up_to_id).where(
        MessageReading.dossier_id == dossier.id, MessageReading.person_id == person.id
    )
    waiting = select(DossierMessage.id).where(
        DossierMessage.dossier_id == dossier.id,
        DossierMessage.side == side,
        DossierMessage.sent_at > now - AGAIN_AFTER,
        DossierMessage.id > (session.scalar(read) or 0),
    )
    return session.scalar(waiting.limit(1)) is not None
