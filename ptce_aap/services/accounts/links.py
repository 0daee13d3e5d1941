"""Personal links: secrets that leave by mail, each for one person and one purpose, opened once before they end."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session, joinedload

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.models import Person, PersonToken
from ptce_aap.services.accounts.accounts import digest_of


def new(session: Session, person: Person, purpose: str, expires_at: datetime) -> str:
    """Make a link; return its secret, of which the digest alone is kept."""
    secret = secrets.token_urlsafe(32)
    session.add(PersonToken(digest=digest_of(secret), person_id=person.id, purpose=purpose, expires_at=expires_at))
    return secret


def person_of(session: Session, secret: str, purpose: str, *, now: datetime) -> Person:
    """Return the person a link was sent to, without using the link. Errors: ``link_dead``."""
    token = session.get(PersonToken, digest_of(secret))
    if token is None or token.purpose != purpose or token.used_at is not None or token.expires_at <= now:
        raise RuleViolation("link_dead")
    person = session.get_one(Person, token.person_id)
    if not person.active:
        raise RuleViolation("link_dead")
    return person


def use(session: Session, secret: str, purpose: str, *, now: datetime) -> Person:
    """Use a link once, and return whose it was: the condition is in the update, so two clicks cannot both win.

    Errors: ``link_dead``.
    """
    used = session.execute(
        update(PersonToken)
        .where(
            PersonToken.digest == digest_of(secret),
            PersonToken.purpose == purpose,
            PersonToken.used_at.is_(None),
            PersonToken.expires_at > now,
        )
        .values(used_at=now)
        .returning(PersonToken.person_id)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if used is None:
        raise RuleViolation("link_dead")
    return session.get_one(Person, used, options=[joinedload(Person.grants)])


def kill(session: Session, person: Person, *, now: datetime) -> None:
    """End the links of somebody that nobody has used."""
    session.execute(
        update(PersonToken)
        .where(PersonToken.person_id == person.id, PersonToken.used_at.is_(None))
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )


def made_in_a_day(session: Session, whose: ColumnElement[bool], purpose: str, life: timedelta, *, now: datetime) -> int:
    """Return how many links of a purpose were made since yesterday, of the people that a condition names."""
    made = select(func.count()).select_from(PersonToken).join(Person, Person.id == PersonToken.person_id)
    since = now - timedelta(days=1) + life  # a link says when it ends
    return session.scalar(made.where(whose, PersonToken.purpose == purpose, PersonToken.expires_at > since)) or 0
