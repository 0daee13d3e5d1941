"""The second factor: an application of codes (TOTP, RFC 6238), set up, asked, proved again, taken away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
from pyotp.utils import strings_equal
from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session, joinedload

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Actor
from ptce_aap.mail import messages
from ptce_aap.models import Authenticator, BoundIdentity, HalfSignIn, Passkey, Person, SignIn
from ptce_aap.services.accounts import accounts, passwords, recovery_codes, sealing
from ptce_aap.services.exchanges import letters
from ptce_aap.services.journal import journal

STEP_SECONDS = 30
TOLERANCE = (-1, 0, 1)  # steps before and after: clocks of telephones are not ours
FRESH = timedelta(minutes=10)
OFFER_LIFE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Offer:
    """A secret proposed to a person, not his until he has typed one of its codes."""

    sealed: str  # travels in the form: nothing is kept before the code
    secret: str
    uri: str  # what the QR code says

    @property
    def groups(self) -> str:
        """The secret as it is typed by hand: groups of four."""
        return " ".join(self.secret[start : start + 4] for start in range(0, len(self.secret), 4))


@dataclass(frozen=True, slots=True)
class Held:
    """What a person has to prove who he is, beside his password."""

    since: datetime | None  # of the application of codes; None: there is none
    codes_left: int
    passkeys: tuple[Passkey, ...]
    password: bool
    from_outside: bool  # an outside sign-in service opens the account

    @property
    def enrolled(self) -> bool:
        """Tell whether an application gives codes."""
        return self.since is not None


def held(session: Session, person_id: int) -> Held:
    """Return what a person has."""
    application = session.get(Authenticator, person_id)
    keys = session.scalars(select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.id))
    return Held(
        since=application.since if application else None,
        codes_left=recovery_codes.left(session, person_id),
        passkeys=tuple(keys),
        password=session.scalar(select(Person.password_hash).where(Person.id == person_id)) is not None,
        from_outside=session.scalar(select(exists().where(BoundIdentity.person_id == person_id))) is True,
    )


def offer(actor: Actor, *, issuer: str, keys: Sequence[str], now: datetime, sealed: str = "") -> Offer:
    """Draw a secret for a person's application, or show again the one that a form carries."""
    secret = _offered(actor, sealed, keys, now=now) or pyotp.random_base32(32)
    uri = pyotp.TOTP(secret).provisioning_uri(name=actor.email, issuer_name=issuer)
    again = sealing.seal(keys, f"{actor.reference} {secret}", now=now)
    return Offer(again, secret, uri)


def enrol(
    session: Session,
    actor: Actor,
    sealed: str,
    code: str,
    drawn: list[recovery_codes.Drawn],
    *,
    keys: Sequence[str],
    base_url: str,
    now: datetime,
) -> str:
    """Make an offered application the person's own, with its recovery codes; return the secret of a new session.

    Every session before it ends, this one too. Errors: ``offer_over``, ``wrong_code``.
    """
    secret = _offered(actor, sealed, keys, now=now)
    if secret is None:
        raise RuleViolation("offer_over")
    step = _step_of(secret, code, now=now)
    if step is None:
        raise RuleViolation("wrong_code")
    person = _locked(session, actor.person_id)
    had = session.get(Authenticator, person.id)
    if had is not None:
        session.delete(had)
        session.flush()
    kept = sealing.seal(keys, secret, now=now)
    session.add(Authenticator(person_id=person.id, sealed=kept, last_step=step, since=now))
    recovery_codes.replace(session, person.id, drawn, now=now)
    _tell(session, actor, person, "second_factor_set", base_url=base_url, now=now)
    accounts.end_sessions(session, person, now=now)
    return accounts.open_session(session, person, now=now, strong=True)


def person_of_half(session: Session, half: str, *, now: datetime) -> Person:
    """Return who has shown his password and is asked for his second factor. Errors: ``half_over``."""
    person = session.scalar(
        select(Person)
        .join(HalfSignIn, HalfSignIn.person_id == Person.id)
        .options(joinedload(Person.grants))
        .where(
            HalfSignIn.digest == accounts.digest_of(half),
            HalfSignIn.used_at.is_(None),
            HalfSignIn.expires_at > now,
            Person.active,
        )
    )
    if person is None:
        raise RuleViolation("half_over")
    return person


def finish_sign_in(session: Session, half: str, code: str, *, keys: Sequence[str], base_url: str, now: datetime) -> str:
    """Open the session that a password and a code open together; return its secret.

    Errors: ``half_over``, ``wrong_code``.
    """
    person = person_of_half(session, half, now=now)
    take(session, person, code, keys=keys, base_url=base_url, now=now)
    used = session.execute(
        update(HalfSignIn)
        .where(HalfSignIn.digest == accounts.digest_of(half), HalfSignIn.used_at.is_(None))
        .values(used_at=now)
        .returning(HalfSignIn.digest)
        .execution_options(synchronize_session=False)
    )
    if used.scalar_one_or_none() is None:
        raise RuleViolation("half_over")
    return accounts.open_session(session, person, now=now, strong=True)


def take(session: Session, person: Person, code: str, *, keys: Sequence[str], base_url: str, now: datetime) -> None:
    """Use up a code of the application, or a recovery code: neither is taken twice. Errors: ``wrong_code``."""
    if recovery_codes.looks_like_one(code):
        if not recovery_codes.take(session, person.id, code, now=now):
            raise RuleViolation("wrong_code")
        left = recovery_codes.left(session, person.id)
        _tell(session, accounts.actor_of(person), person, "recovery_code_used", base_url=base_url, now=now, left=left)
        return
    application = session.get(Authenticator, person.id)
    secret = sealing.unseal(keys, application.sealed, now=now) if application else None
    step = _step_of(secret, code, now=now) if secret else None
    if step is None:
        raise RuleViolation("wrong_code")
    newer = session.execute(
        update(Authenticator)
        .where(Authenticator.person_id == person.id, Authenticator.last_step < step)
        .values(last_step=step)
        .returning(Authenticator.person_id)
        .execution_options(synchronize_session=False)
    )
    if newer.scalar_one_or_none() is None:
        raise RuleViolation("code_used")


def prove(
    session: Session, actor: Actor, digest: str, code: str, *, keys: Sequence[str], base_url: str, now: datetime
) -> None:
    """Write a fresh proof in the session of this digest, by a code. Errors: ``wrong_code``, ``code_used``."""
    person = _locked(session, actor.person_id)
    take(session, person, code, keys=keys, base_url=base_url, now=now)
    note_proof(session, actor, digest, now=now)


def password_verified(session: Session, actor: Actor, password: str) -> str:
    """Try one's own password, before anything is written; return the hash that it answers to.

    Errors: ``wrong_password``.
    """
    stored = session.scalar(select(Person.password_hash).where(Person.id == actor.person_id))
    if not passwords.verify_password(stored, password):
        raise RuleViolation("wrong_password")
    return str(stored)


def prove_by_password(session: Session, actor: Actor, digest: str, verified: str, *, now: datetime) -> None:
    """Write a fresh proof by the password, for whoever has no second factor. Errors: ``wrong_password``.

    ``verified`` is the hash that it answered to: another one since, and nothing is proved.
    """
    person = _locked(session, actor.person_id)
    weak = session.scalar(select(SignIn.digest).where(SignIn.digest == digest, ~SignIn.strong))
    if person.password_hash != verified or weak is None:
        raise RuleViolation("wrong_password")
    note_proof(session, actor, digest, now=now)


def note_proof(session: Session, actor: Actor, digest: str, *, now: datetime) -> None:
    """Write that the person of a session has proved again who he is: in the session, and in the journal."""
    journal.record(session, actor, "account.proved", on=("person", actor.reference), at=now)
    session.execute(
        update(SignIn).where(SignIn.digest == digest).values(proved_at=now).execution_options(synchronize_session=False)
    )


def renew_codes(
    session: Session, actor: Actor, drawn: list[recovery_codes.Drawn], *, base_url: str, now: datetime
) -> None:
    """Give new recovery codes; the former are worth nothing any more. Errors: ``no_second_factor``."""
    person = _locked(session, actor.person_id)
    if session.get(Authenticator, person.id) is None:
        raise RuleViolation("no_second_factor")
    recovery_codes.replace(session, person.id, drawn, now=now)
    _tell(session, actor, person, "recovery_codes_made", base_url=base_url, now=now)


def remove(session: Session, actor: Actor, *, base_url: str, now: datetime) -> str:
    """Take one's own application away, where no role needs it; sessions end, one opens: its secret.

    Errors: ``no_second_factor``, ``second_factor_needed``.
    """
    person = _locked(session, actor.person_id)
    if person.grants:
        raise RuleViolation("second_factor_needed")
    if session.get(Authenticator, person.id) is None:
        raise RuleViolation("no_second_factor")
    _forget(session, person.id)
    _tell(session, actor, person, "second_factor_removed", base_url=base_url, now=now)
    accounts.end_sessions(session, person, now=now)
    return accounts.open_session(session, person, now=now)


def reset(session: Session, by: Actor, person: Person, *, base_url: str, now: datetime) -> None:
    """Forget what somebody else has lost: application, recovery codes, passkeys, outside identities; sessions end.

    Errors: ``reset_of_oneself``.
    """
    if person.id == by.person_id:
        raise RuleViolation("reset_of_oneself")
    _forget(session, person.id)
    for entry in (Passkey, BoundIdentity):
        session.execute(delete(entry).where(entry.person_id == person.id))
    accounts.end_sessions(session, person, now=now)
    _tell(session, by, person, "second_factor_reset", base_url=base_url, now=now)


def forget_unproven(session: Session, person: Person) -> None:
    """Forget what else opens an account whose address nobody had proved: it may be that of whoever opened it first."""
    _forget(session, person.id)
    for entry in (Passkey, BoundIdentity):
        session.execute(delete(entry).where(entry.person_id == person.id))
    person.password_hash = None


def _forget(session: Session, person_id: int) -> None:
    session.execute(delete(Authenticator).where(Authenticator.person_id == person_id))
    recovery_codes.forget(session, person_id)


def _locked(session: Session, person_id: int) -> Person:
    """Load a person under a lock: two changes of a second factor follow each other."""
    found = select(Person).where(Person.id == person_id).options(joinedload(Person.grants))
    return session.scalars(found.with_for_update(of=Person)).unique().one()


def _tell(
    session: Session, by: Actor, person: Person, what: str, *, base_url: str, now: datetime, left: int = 0
) -> None:
    """Write the line of an act, and the person whose account it is."""
    journal.record(session, by, f"account.{what}", on=("person", person.reference), at=now)
    letters.send(session, messages.account_news(person.email, what=what, left=left, base_url=base_url), at=now)


def _offered(actor: Actor, sealed: str, keys: Sequence[str], *, now: datetime) -> str | None:
    """Return the secret that a form carries, if it was offered to this person less than an hour ago."""
    told = sealing.unseal(keys, sealed, now=now, life=OFFER_LIFE) if sealed else None
    reference, _, secret = (told or "").partition(" ")
    return secret if secret and reference == actor.reference else None


def _step_of(secret: str, code: str, *, now: datetime) -> int | None:
    """Return the 30 seconds of which this is the code, None where it is of none that is near."""
    digits = "".join(code.split())
    application, step = pyotp.TOTP(secret), int(now.timestamp()) // STEP_SECONDS
    for near in TOLERANCE:
        if strings_equal(digits, application.generate_otp(step + near)):
            return step + near
    return None
