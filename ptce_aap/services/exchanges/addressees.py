"""To whom it is written about a dossier: those who may change it, and the contact that it names."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.questionnaire import Answers
from ptce_aap.domain.sharing import GIVEN_RIGHTS, Right
from ptce_aap.mail.message import is_address
from ptce_aap.models import Dossier, DossierPerson, Person
from ptce_aap.services.accounts import accounts
from ptce_aap.services.dossiers import dossiers


def editors(dossier: Dossier) -> Select[Person]:
    """The people who may change a dossier: its owner first, then those whom he lets."""
    enough = [given.value for given in GIVEN_RIGHTS if given.covers(Right.EDIT)]
    others = select(DossierPerson.person_id).where(
        DossierPerson.dossier_id == dossier.id, DossierPerson.ended_at.is_(None), DossierPerson.given.in_(enough)
    )
    held = or_(Person.id == dossier.owner_id, Person.id.in_(others))
    return select(Person).where(held).order_by(Person.id != dossier.owner_id, Person.id)


def of_dossier(session: Session, dossier: Dossier, definition: CallDefinition) -> list[str]:
    """Return the addresses of those who may change a dossier and of its contact: two statements."""
    people = session.scalars(editors(dossier)).all()
    answers = dossiers.answers_of(session, dossier.id, definition.questionnaire)
    return with_contact([person.email for person in people], definition, answers)


def with_contact(addresses: Iterable[str], definition: CallDefinition, answers: Answers) -> list[str]:
    """Return these addresses and the contact's, once each, without those to which nothing can be sent."""
    contact = str(dossiers.value_at(answers, definition.sheet.projection.contact_email) or "")
    found: dict[str, str] = {}
    for to in (*addresses, contact):
        if is_address(to):
            found.setdefault(accounts.email_key(to), to)
    return list(found.values())
