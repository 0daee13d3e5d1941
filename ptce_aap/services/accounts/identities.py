"""People who come from an outside sign-in service: found by their name there, bound to an account at the first visit.

The first visit is believed for an account that was invited, by its verified address; for any other account it has to
be made by somebody who is signed in to it. No role is ever given here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Actor
from ptce_aap.mail import messages
from ptce_aap.mail.message import is_address
from ptce_aap.models import BoundIdentity, Person
from ptce_aap.models.base import new_reference
from ptce_aap.services.accounts import accounts, claims, one_person
from ptce_aap.services.exchanges import letters
from ptce_aap.services.journal import journal


@dataclass(frozen=True, slots=True)
class Comer:
    """Whoever the service says came: ``strong`` where he gave it two factors."""

    issuer: str
    subject: str
    email: str
    email_verified: bool
    name: str
    strong: bool


def enter(session: Session, comer: Comer, *, base_url: str, now: datetime) -> tuple[accounts.Entry, str]:
    """Open the session of whoever came; return it with the address of the account.

    Errors: ``identity_unverified`` where the address is not verified, ``identity_unbound`` where an account that was
    not invited has this address: it is to be entered first, ``wrong_credentials`` for a closed account.
    """
    person = _bound(session, comer) or _invited_or_new(session, comer, base_url=base_url, now=now)
    if not person.active:
        raise RuleViolation("wrong_credentials")
    if comer.strong:
        secret = accounts.open_session(session, person, now=now, strong=True)
        return accounts.Entry(secret, half=False), person.email
    return accounts.enter(session, person, now=now, by_password=False), person.email


def bind(session: Session, actor: Actor, comer: Comer, *, base_url: str, now: datetime) -> None:
    """Bind whoever came to the account that he is signed in to. Errors: ``identity_of_another``."""
    held = _bound(session, comer)
    if held is not None and held.id != actor.person_id:
        raise RuleViolation("identity_of_another")
    if held is None:
        _bind(session, session.get_one(Person, actor.person_id), comer, base_url=base_url, now=now)


def _bound(session: Session, comer: Comer) -> Person | None:
    return session.scalar(
        select(Person)
        .join(BoundIdentity, BoundIdentity.person_id == Person.id)
        .where(BoundIdentity.issuer == comer.issuer, BoundIdentity.subject == comer.subject)
        .options(joinedload(Person.grants))
        .execution_options(populate_existing=True)
    )  # fmt: skip


def _invited_or_new(session: Session, comer: Comer, *, base_url: str, now: datetime) -> Person:
    if not comer.email_verified or not is_address(comer.email):
        raise RuleViolation("identity_unverified")
    key = accounts.email_key(comer.email)
    person = session.scalar(select(Person).where(Person.email_key == key).with_for_update())
    if person is not None and person.grants:
        if person.email_confirmed_at is None:
            person.email_confirmed_at = now
    elif person is not None and person.email_confirmed_at is not None:
        raise RuleViolation("identity_unbound")
    else:
        person = _new(session, comer, key, now=now)
    _bind(session, person, comer, base_url=base_url, now=now)
    return person


def _new(session: Session, comer: Comer, key: str, *, now: datetime) -> Person:
    """Create an applicant's account; whoever only said this address loses it to who has proved it."""
    person = Person(email=comer.email.strip(), email_key="", name=comer.name, created_at=now, grants=[])
    person.reference = new_reference()
    claims.hold_or_claim(session, person, key)
    session.add(person)
    session.flush()
    claims.settle(session, person, now=now)
    person.email_confirmed_at = now
    journal.record(session, accounts.actor_of(person), "account.registered", on=("person", person.reference), at=now)
    one_person.level(session, person, now=now)
    return person


def _bind(session: Session, person: Person, comer: Comer, *, base_url: str, now: datetime) -> None:
    session.add(BoundIdentity(issuer=comer.issuer, subject=comer.subject, person_id=person.id, bound_at=now))
    actor = accounts.actor_of(person)
    journal.record(session, actor, "account.identity_bound", on=("person", person.reference), at=now)
    letters.send(session, messages.account_news(person.email, what="identity_bound", base_url=base_url), at=now)
    session.flush()
