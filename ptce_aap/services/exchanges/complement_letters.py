"""The letters of a request for complements: to those who may answer, then to whoever asked."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from ptce_aap import addresses
from ptce_aap.documents import french
from ptce_aap.domain import calendar
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.mail import messages
from ptce_aap.models import Call, ComplementRequest, Dossier, Filing, Person
from ptce_aap.services.exchanges import addressees, letters
from ptce_aap.services.instruction import correspondents


def owe_request(
    session: Session,
    call: Call,
    dossier: Dossier,
    definition: CallDefinition,
    request: ComplementRequest,
    *,
    base_url: str,
) -> None:
    """Owe the letter of a request to those who may change the dossier and to its contact."""
    for to in addressees.of_dossier(session, dossier, definition):
        letter = messages.complement_request(
            to,
            number=str(dossier.number),
            questions=len(request.questions),
            until=f"{french.long_instant(calendar.last_moment(request.due_at))} (heure de Paris)",
            link=base_url + addresses.complements(dossier.reference),
        )
        letters.send(session, letter, at=request.asked_at, call_id=call.id)


def owe_reminder(
    session: Session,
    call: Call,
    dossier: Dossier,
    definition: CallDefinition,
    request: ComplementRequest,
    *,
    at: datetime,
    base_url: str,
) -> None:
    """Owe to the same people the letter that recalls a request which waits."""
    for to in addressees.of_dossier(session, dossier, definition):
        letter = messages.complement_reminder(
            to,
            number=str(dossier.number),
            until=f"{french.long_instant(calendar.last_moment(request.due_at))} (heure de Paris)",
            link=base_url + addresses.complements(dossier.reference),
        )
        letters.send(session, letter, at=at, call_id=call.id)


def owe_answer(
    session: Session, call: Call, dossier: Dossier, request: ComplementRequest, filing: Filing, *, base_url: str
) -> None:
    """Owe the letter that says that the answer has come to whoever asked, or to those who follow the dossier since."""
    asker = session.get_one(Person, request.asked_by_id)
    for person in correspondents.who_follows(session, asker, dossier, call, now=filing.filed_at):
        letter = messages.complement_answered(
            person.email,
            number=str(dossier.number),
            call_title=call.title,
            received=f"{french.long_instant(filing.filed_at)} (heure de Paris)",
            link=base_url + addresses.complements_of(call.slug, dossier.reference),
        )
        letters.send(session, letter, at=filing.filed_at, call_id=call.id)
