"""The letters of consultations: the personal link of somebody who is asked, the answer told to whoever asked."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from ptce_aap import addresses
from ptce_aap.documents import french
from ptce_aap.domain import calendar
from ptce_aap.domain.consultations import Purpose
from ptce_aap.mail import messages
from ptce_aap.models import Call, Consultation, Dossier, Person
from ptce_aap.services.accounts.accounts import digest_of
from ptce_aap.services.exchanges import letters
from ptce_aap.services.instruction import correspondents


def send_link(
    session: Session,
    one: Consultation,
    dossier: Dossier,
    call: Call,
    *,
    again: bool = False,
    base_url: str,
    now: datetime,
) -> str:
    """Give a request a new link, which kills the former one, and owe the letter that carries it; return the secret."""
    secret = secrets.token_urlsafe(32)
    one.token_digest = digest_of(secret)
    session.flush()
    asker = contact(session, one, dossier, call, now=now)
    letter = messages.consultation_request(
        one.email,
        addressee=one.addressee,
        asker=asker.name or asker.email,
        asker_email=asker.email,
        funding=one.purpose == Purpose.FUNDING,
        again=again,
        number=str(dossier.number),
        title=dossier.title,
        call_title=call.title,
        question=one.question,
        until=f"{french.long_instant(calendar.last_moment(one.due_at))} (heure de Paris)",
        link=base_url + addresses.consultation(secret),
    )
    letters.send(session, letter, at=now, call_id=call.id)
    return secret


def contact(session: Session, one: Consultation, dossier: Dossier, call: Call, *, now: datetime) -> Person:
    """Return the person to whom whoever is consulted writes: who asked, or who follows the dossier since."""
    asker = session.get_one(Person, one.asked_by_id)
    return next(iter(correspondents.who_follows(session, asker, dossier, call, now=now)), asker)


def tell(
    session: Session,
    people: Iterable[Person],
    one: Consultation,
    dossier: Dossier,
    call: Call,
    *,
    base_url: str,
    now: datetime,
) -> None:
    """Owe to people to whom the dossier is open the letter that says that an answer has come."""
    for person in people:
        letter = messages.consultation_answered(
            person.email,
            number=str(dossier.number),
            service=one.service,
            call_title=call.title,
            link=base_url + addresses.consultations_of(call.slug, dossier.reference),
        )
        letters.send(session, letter, at=now, call_id=call.id)
