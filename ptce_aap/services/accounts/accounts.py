"""Accounts and their sessions: signing in and out, and who the actor of a request is."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import ROLE_LABELS, Actor, Grant, Permission, Role
from ptce_aap.models import Authenticator, BoundIdentity, HalfSignIn, Passkey, Person, SignIn
from ptce_aap.services.accounts import absences, passwords
from ptce_aap.services.journal import journal

IDLE_LIFE = timedelta(hours=8)
IDLE_LIFE_OF_OFFICIALS = timedelta(hours=1)
ABSOLUTE_LIFE = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=5)
HALF_LIFE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The session of a request: who acts, how he proved who he is, and whether its use must be written down."""

    actor: Actor
    digest: str
    refresh: bool
    email_confirmed: bool
    strong: bool  # opened with a second factor
    proved_at: datetime  # the last proof: a second factor where the session is strong, else the password

    @property
    def must_enrol(self) -> bool:
        """Tell whether a second factor is needed before anything else: whoever holds a role has one."""
        return bool(self.actor.grants) and not self.strong


@dataclass(frozen=True, slots=True)
class Entry:
    """What a right password opens: a session, or the question of the second factor; ``secret`` is its key."""

    secret: str
    half: bool
    new: bool = False  # the account was created on the way


def email_key(email: str) -> str:
    """Fold an address for comparison: blanks off, case folded."""
    return email.strip().casefold()


@dataclass(frozen=True, slots=True)
class Recognised:
    """The account that a password opens, and the hash that it answered to."""

    person_id: int
    password_hash: str


def recognise(session: Session, email: str, password: str) -> Recognised:
    """Verify a password; writes nothing, so that no lock is held while it costs what it costs.

    Errors: ``wrong_credentials``, the same for an unknown address, a wrong password and a closed account.
    """
    person = who_enters(session, email, password)
    if person is None:
        raise RuleViolation("wrong_credentials")
    return Recognised(person.id, person.password_hash or "")


def let_in(session: Session, known: Recognised, *, now: datetime) -> Entry:
    """Let in whoever was just recognised, unless his password or his account changed since.

    Errors: ``wrong_credentials``.
    """
    chosen = select(Person).where(Person.id == known.person_id).options(joinedload(Person.grants))
    person = session.scalars(chosen).unique().one()
    if not person.active or person.password_hash != known.password_hash:
        raise RuleViolation("wrong_credentials")
    return enter(session, person, now=now)


def who_enters(session: Session, email: str, password: str) -> Person | None:
    """Return the account that an address and a password open, None where there is none.

    Two passwords are verified whatever is known of the address: that of the account that proved it, and that of the
    newest account that only says so. Neither the answer nor the work tells whether there is one.
    """
    key = email_key(email)
    said = or_(Person.email_key == key, Person.claimed_key == key)
    newest = select(Person).where(said).order_by(Person.email_confirmed_at.is_(None), Person.id.desc()).limit(2)
    found = list(session.scalars(newest.options(joinedload(Person.grants))).unique())
    proved = next((one for one in found if one.email_confirmed_at is not None), None)
    saying = next((one for one in found if one.email_confirmed_at is None and one.password_hash is not None), None)
    # Both are verified before either is looked at.
    opened = [
        one if passwords.verify_password(one.password_hash if one else None, password) else None
        for one in (proved, saying)
    ]
    return next((one for one in opened if one is not None and one.active), None)


def enter(session: Session, person: Person, *, now: datetime, by_password: bool = True) -> Entry:
    """Let in whoever has just shown the password: at once, or up to the question of his second factor.

    Of an official without an application it is a passkey where he has one, or the outside service that he comes by:
    else a stolen password would link an application of its own. Who comes by that service is not sent back to it.
    """
    other_way = person.grants and (
        _has_passkey(session, person) or (by_password and _comes_from_outside(session, person))
    )
    if session.get(Authenticator, person.id) is None and not other_way:
        return Entry(open_session(session, person, now=now), half=False)
    session.execute(delete(HalfSignIn).where(HalfSignIn.person_id == person.id, HalfSignIn.expires_at < now))
    secret = secrets.token_urlsafe(32)
    session.add(HalfSignIn(digest=digest_of(secret), person_id=person.id, expires_at=now + HALF_LIFE, used_at=None))
    return Entry(secret, half=True)


def _has_passkey(session: Session, person: Person) -> bool:
    return session.scalar(select(Passkey.id).where(Passkey.person_id == person.id).limit(1)) is not None


def _comes_from_outside(session: Session, person: Person) -> bool:
    bound = select(BoundIdentity.subject).where(BoundIdentity.person_id == person.id)
    return session.scalar(bound.limit(1)) is not None


def open_session(session: Session, person: Person, *, now: datetime, strong: bool = False) -> str:
    """Open a session for a person who has just proved who he is; return its secret.

    ``strong``: he gave a second factor too.
    """
    secret = secrets.token_urlsafe(32)
    session.add(
        SignIn(
            digest=digest_of(secret),
            person_id=person.id,
            created_at=now,
            seen_at=now,
            expires_at=now + ABSOLUTE_LIFE,
            ended_at=None,
            strong=strong,
            proved_at=now,
        )
    )
    journal.record(session, actor_of(person), "account.signed_in", on=("person", person.reference), at=now)
    return secret


def sign_out(session: Session, actor: Actor, digest: str, *, now: datetime) -> None:
    """End a session: its cookie is worth nothing from now on."""
    session.execute(
        update(SignIn)
        .where(SignIn.digest == digest, SignIn.ended_at.is_(None))
        .values(ended_at=now)
        .execution_options(synchronize_session=False)
    )
    journal.record(session, actor, "account.signed_out", on=("person", actor.reference), at=now)


def signed_in(session: Session, secret: str, *, now: datetime) -> SignedIn | None:
    """Return the session that a cookie's secret opens, or None where it is ended, idle or unknown."""
    digest = digest_of(secret)
    found = session.execute(
        select(SignIn, Person, absences.acts_for_somebody(now))
        .join(Person, Person.id == SignIn.person_id)
        .options(joinedload(Person.grants))
        .where(SignIn.digest == digest, SignIn.ended_at.is_(None), SignIn.expires_at > now, Person.active)
    )
    row = found.unique().one_or_none()
    if row is None:
        return None
    sign, person, acts_for_somebody = row
    if now - sign.seen_at > idle_life(bool(person.grants)):
        return None
    return SignedIn(
        actor=acting(session, person, now=now) if acts_for_somebody else actor_of(person),
        digest=digest,
        refresh=now - sign.seen_at > SEEN_EVERY,
        email_confirmed=person.email_confirmed_at is not None,
        strong=sign.strong,
        proved_at=sign.proved_at,
    )


def end_sessions(session: Session, person: Person, *, now: datetime) -> None:
    """End every session of a person, and every sign-in that awaits its second factor."""
    for row in (SignIn, HalfSignIn):
        over = SignIn.ended_at if row is SignIn else HalfSignIn.used_at
        session.execute(
            update(row)
            .where(row.person_id == person.id, over.is_(None))
            .values({over: now})
            .execution_options(synchronize_session=False)
        )


def idle_life(official: bool) -> timedelta:
    """Return how long a session lives without being used: less for whoever holds a role."""
    return IDLE_LIFE_OF_OFFICIALS if official else IDLE_LIFE


def note_seen(session: Session, digest: str, *, now: datetime) -> None:
    """Write down that a session is in use (at most every five minutes; autosave never does)."""
    session.execute(
        update(SignIn).where(SignIn.digest == digest).values(seen_at=now).execution_options(synchronize_session=False)
    )


def actor_of(person: Person) -> Actor:
    """Return the actor that a person is, with his grants."""
    return Actor(
        person_id=person.id,
        reference=person.reference,
        name=person.name or person.email,
        email=person.email,
        grants=frozenset(Grant(Role(g.role), g.call_id, g.region, g.seat) for g in person.grants),
    )


def acting(session: Session, person: Person, *, now: datetime) -> Actor:
    """Return the actor that a person is at this instant: with the regions of the absent people for whom he acts."""
    actor = actor_of(person)
    return replace(actor, grants=actor.grants | absences.grants_of(session, actor, now=now))


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account of the demonstration, shown on its sign-in page."""

    email: str
    name: str
    role: str


def demo_accounts(session: Session) -> list[DemoAccount]:
    """Return the accounts that have a password: in the demonstration, one a role."""
    people = session.scalars(
        select(Person)
        .options(selectinload(Person.grants))
        .where(Person.password_hash.is_not(None), Person.email.endswith("@example.org"))
        .order_by(Person.id)
    )
    return [
        DemoAccount(
            email=person.email,
            name=person.name,
            role=ROLE_LABELS[Role(person.grants[0].role)] if person.grants else ROLE_LABELS[Role.APPLICANT],
        )
        for person in people
    ]


def require(actor: Actor, permission: Permission, call_id: int | None) -> None:
    """Refuse an act that no role of the actor carries on this call. Errors: ``not_allowed``."""
    if not actor.may(permission, call_id):
        raise RuleViolation("not_allowed", permission=permission.value)


def digest_of(secret: str) -> str:
    """Return what is kept of a secret that a cookie or a link carries."""
    return hashlib.sha256(secret.encode()).hexdigest()
