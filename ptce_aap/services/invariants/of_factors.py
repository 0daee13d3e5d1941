"""What is always true of second factors and of the sessions that they open."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from ptce_aap.models import Authenticator, Passkey, Person, RecoveryCode, SignIn
from ptce_aap.services.accounts.recovery_codes import HOW_MANY


def recovery_codes_go_with_an_application(session: Session) -> Iterable[str]:
    """Recovery codes stand in for the codes of an application: who has none of it has none of them."""
    linked = exists().where(Authenticator.person_id == RecoveryCode.person_id)
    query = select(Person.reference).join(RecoveryCode, RecoveryCode.person_id == Person.id).where(~linked)
    return session.scalars(query.distinct().order_by(Person.reference))


def recovery_codes_are_ten(session: Session) -> Iterable[str]:
    """Who has an application was given ten codes, used or not."""
    given = select(func.count()).where(RecoveryCode.person_id == Authenticator.person_id).scalar_subquery()
    query = select(Person.reference).join(Authenticator, Authenticator.person_id == Person.id).where(given != HOW_MANY)
    return session.scalars(query.order_by(Person.reference))


def open_sessions_are_as_strong_as_their_account(session: Session) -> Iterable[str]:
    """No session opened by a password alone is open once its person has an application."""
    query = (
        select(Person.reference)
        .join(SignIn, SignIn.person_id == Person.id)
        .join(Authenticator, Authenticator.person_id == Person.id)
        .where(~SignIn.strong, SignIn.ended_at.is_(None))
    )
    return session.scalars(query.distinct().order_by(Person.reference))


def proofs_are_given_during_their_session(session: Session) -> Iterable[str]:
    """A proof is given while its session lives, never before it nor after."""
    outside = (SignIn.proved_at < SignIn.created_at) | (SignIn.proved_at > SignIn.expires_at)
    query = select(Person.reference).join(SignIn, SignIn.person_id == Person.id).where(outside)
    return session.scalars(query.distinct().order_by(Person.reference))


def passkeys_are_used_after_they_are_added(session: Session) -> Iterable[str]:
    """A passkey opens nothing before it is known."""
    return session.scalars(select(Passkey.reference).where(Passkey.used_at < Passkey.added_at))


CHECKS: dict[str, Callable[[Session], Iterable[str]]] = {
    "factor.codes_go_with_an_application": recovery_codes_go_with_an_application,
    "factor.codes_are_ten": recovery_codes_are_ten,
    "factor.passkeys_are_used_once_known": passkeys_are_used_after_they_are_added,
    "factor.proofs_are_given_in_a_session": proofs_are_given_during_their_session,
    "factor.sessions_are_as_strong_as_their_account": open_sessions_are_as_strong_as_their_account,
}
