"""Coming in as the pages have it, in one transaction: the password is hashed or tried, then the service is called."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from ptce_aap.services.accounts import accounts, enrolment, links, passwords
from ptce_aap.services.accounts.accounts import Entry


def register(session: Session, email: str, password: str, name: str, *, base_url: str, now: datetime) -> Entry:
    """Create an account, or enter one's own."""
    ready = enrolment.prepare(session, email, password)
    return enrolment.register(session, email, name, ready, base_url=base_url, now=now)


def sign_in(session: Session, email: str, password: str, *, now: datetime) -> Entry:
    """Enter one's account by its password."""
    return accounts.let_in(session, accounts.recognise(session, email, password), now=now)


def choose_password(
    session: Session, secret: str, purpose: str, password: str, *, now: datetime, name: str | None = None
) -> Entry:
    """Choose a password by a link."""
    made = passwords.hash_password(password)
    return enrolment.choose_password(session, secret, purpose, made, now=now, name=name)


def confirm_email(session: Session, secret: str, password: str, *, now: datetime) -> enrolment.ProvedAddress:
    """Confirm an address by its link and the password of the new account."""
    stored = links.person_of(session, secret, enrolment.CONFIRMATION, now=now).password_hash
    verified = stored if passwords.verify_password(stored, password) else ""
    return enrolment.confirm_email(session, secret, verified=verified or "", now=now)
