"""To whom it is written about a filed dossier, and the letter of a request for complements."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap import addresses
from ptce_aap.documents import french
from ptce_aap.domain import calendar
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.sharing import Right
from ptce_aap.mail import messages
from ptce_aap.mail.message import is_address
from ptce_aap.models import Call, ComplementRequest, Dossier, DossierPerson, Person
from ptce_aap.services import accounts, dossiers, letters


def owe_request(
    session: Session,
    call: Call,
    dossier: Dossier,
    definition: CallDefinition,
    request: ComplementRequest,
    *,
    base_url: str,
) -> None:
    """Owe the letter of a request to those who answer for the dossier."""
    for to in addressees(session, dossier, definition):
        letter = messages.complement_request(
            to,
            number=str(dossier.number),
            questions=len(request.questions),
            until=f"{french.long_instant(calendar.last_moment(request.due_at))} (heure de Paris)",
            link=base_url + addresses.complements(dossier.reference),
        )
        letters.send(session, letter, at=request.asked_at, call_id=call.id)


def addressees(session: Session, dossier: Dossier, definition: CallDefinition) -> list[str]:
    """Return the addresses of those who answer for a dossier: its owner, who may change it, its contact; once each."""
    owner = session.get_one(Person, dossier.owner_id)
    editing = (Right.EDIT.value, Right.FILE.value)
    others = session.scalars(
        select(Person.email)
        .join(DossierPerson, DossierPerson.person_id == Person.id)
        .where(
            DossierPerson.dossier_id == dossier.id, DossierPerson.ended_at.is_(None), DossierPerson.given.in_(editing)
        )
        .order_by(DossierPerson.id)
    )
    answers = dossiers.answers_of(session, dossier.id, definition.questionnaire)
    contact = str(dossiers.value_at(answers, definition.sheet.projection.contact_email) or "")
    found = {accounts.email_key(to): to for to in (owner.email, *others, contact) if is_address(to)}
    return list(found.values())
