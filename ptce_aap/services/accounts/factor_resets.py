"""Somebody has lost telephone and recovery codes: another person, who manages his roles, lets him start again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, union
from sqlalchemy.orm import Session, selectinload

from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Permission, Role
from ptce_aap.models import Authenticator, BoundIdentity, Passkey, Person
from ptce_aap.services.accounts import accounts, people, second_factor


def equipped(session: Session, references: Collection[str]) -> frozenset[str]:
    """Return which of these people have an application of codes, a passkey or an outside identity."""
    having = union(
        select(Person.reference).join(Authenticator).where(Person.reference.in_(references)),
        select(Person.reference).join(Passkey).where(Person.reference.in_(references)),
        select(Person.reference).join(BoundIdentity).where(Person.reference.in_(references)),
    )
    return frozenset(session.scalars(having))


def reset(session: Session, actor: Actor, reference: str, *, base_url: str, now: datetime) -> None:
    """Forget the second factor of somebody whose every role this person manages: never one's own.

    Errors: ``not_found``, ``not_allowed`` (a role elsewhere, or the administration of accounts),
    ``reset_of_oneself``, ``no_second_factor``.
    """
    people.held_by(session, actor, reference)
    chosen = select(Person).where(Person.reference == reference).options(selectinload(Person.grants))
    person = session.scalars(chosen.with_for_update(of=Person)).one_or_none()
    if person is None:
        raise NotFound()
    if not may_reset(actor, person):
        raise RuleViolation("not_allowed")
    _reset(session, actor, person, base_url=base_url, now=now)


def reset_by_address(session: Session, by: Actor, email: str, *, base_url: str, now: datetime) -> None:
    """Forget the second factor of an address: the command line's, where nobody else is left to do it.

    Errors: ``not_found``, ``no_second_factor``.
    """
    chosen = select(Person).where(Person.email_key == accounts.email_key(email)).options(selectinload(Person.grants))
    person = session.scalars(chosen.with_for_update(of=Person)).one_or_none()
    if person is None:
        raise NotFound()
    _reset(session, by, person, base_url=base_url, now=now)


def _reset(session: Session, by: Actor, person: Person, *, base_url: str, now: datetime) -> None:
    if not equipped(session, {person.reference}):
        raise RuleViolation("no_second_factor")
    second_factor.reset(session, by, person, base_url=base_url, now=now)


def may_reset(actor: Actor, person: Person) -> bool:
    """Tell whether every role of a person is of those that this one manages."""
    if any(grant.role == Role.ADMIN for grant in person.grants) and Role.ADMIN not in actor.roles_on(None):
        return False
    return all(actor.may(Permission.MANAGE_PEOPLE, grant.call_id) for grant in person.grants)
