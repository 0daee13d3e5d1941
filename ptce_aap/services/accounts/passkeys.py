"""Passkeys (WebAuthn, level 2): a device that asks for its owner's finger, face or code, and signs for this site only.

Verified by its device, a passkey is both factors at once. Challenges are drawn without being kept: they are signed by
us, and the one that was answered is written down so that no answer is taken twice.
"""

from __future__ import annotations

import hmac
import json
import secrets
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from ipaddress import ip_address
from typing import Any, TypeVar
from urllib.parse import urlsplit

from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor
from ptce_aap.mail import messages
from ptce_aap.models import Passkey, Person, SpentChallenge
from ptce_aap.services.accounts import accounts, sealing, second_factor
from ptce_aap.services.exchanges import letters
from ptce_aap.services.journal import journal

LIFE = timedelta(minutes=30)  # of a challenge: as long as the page that carries it stays open before us
MOST = 20
LONGEST_NAME = 80
LONGEST_ANSWER = 20_000
_VERIFIED = UserVerificationRequirement.REQUIRED
_NONCE, _INSTANT = 16, 8
# What reading a hostile answer may raise; nothing of it is ever shown.
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, struct.error, RecursionError)


Read = TypeVar("Read")


class Purpose(StrEnum):
    """What a challenge is good for: an answer to one is none to another."""

    ADD = "add"
    SIGN_IN = "sign-in"
    PROVE = "prove"


@dataclass(frozen=True, slots=True)
class Site:
    """For whom passkeys sign: ``host`` is what they are bound to, ``origin`` the pages they answer."""

    host: str
    origin: str
    name: str
    keys: Sequence[str]  # the secret key in force, then those it replaced


def site_of(base_url: str, *, name: str, keys: Sequence[str]) -> Site | None:
    """Return the site of an installation; None where browsers have no passkeys: an address by numbers, plain http.

    On this machine it is ``localhost``, whichever of its addresses the settings name.
    """
    parts = urlsplit(base_url)
    host, port = parts.hostname or "", f":{parts.port}" if parts.port else ""
    try:
        if not ip_address(host).is_loopback:
            return None
        host = "localhost"
    except ValueError:
        pass
    if parts.scheme != "https" and host != "localhost":
        return None
    return Site(host, f"{parts.scheme}://{host}{port}", name, keys)


def to_add(session: Session, site: Site, actor: Actor, *, now: datetime) -> Mapping[str, Any]:
    """Return what the browser needs to make a passkey for a person: JSON."""
    user = PublicKeyCredentialUserEntity(
        name=actor.email, id=actor.reference.encode(), display_name=actor.name or actor.email
    )
    options, _ = _server(site).register_begin(
        user,
        _credentials(session, actor.person_id),
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=_VERIFIED,
        challenge=_challenge(site, Purpose.ADD, actor.reference, now=now),
    )
    return dict(options)


def to_sign_in(site: Site, *, now: datetime) -> Mapping[str, Any]:
    """Return what the browser needs to sign somebody in, whoever he is: JSON."""
    options, _ = _server(site).authenticate_begin(
        None, user_verification=_VERIFIED, challenge=_challenge(site, Purpose.SIGN_IN, "", now=now)
    )
    return dict(options)


def to_prove(session: Session, site: Site, actor: Actor, *, now: datetime) -> Mapping[str, Any] | None:
    """Return what the browser needs to prove who acts, None where he has no passkey: JSON."""
    credentials = _credentials(session, actor.person_id)
    if not credentials:
        return None
    challenge = _challenge(site, Purpose.PROVE, actor.reference, now=now)
    return dict(_server(site).authenticate_begin(credentials, user_verification=_VERIFIED, challenge=challenge)[0])


def add(session: Session, actor: Actor, name: str, answer: str, *, site: Site, base_url: str, now: datetime) -> None:
    """Keep a passkey that the browser has just made, under the name its owner gave it.

    Errors: ``passkey_name_missing``, ``passkeys_enough``, ``passkey_refused``, ``passkey_known``.
    """
    name = " ".join(name.split())[:LONGEST_NAME]
    if not name:
        raise RuleViolation("passkey_name_missing")
    person = session.scalars(
        select(Person).where(Person.id == actor.person_id).options(joinedload(Person.grants)).with_for_update(of=Person)
    )
    owner = person.unique().one()
    if (session.scalar(select(func.count()).where(Passkey.person_id == owner.id)) or 0) >= MOST:
        raise RuleViolation("passkeys_enough")
    sent = _read(lambda: RegistrationResponse.from_dict(_told(answer)), answer)
    challenge = _read(lambda: sent.response.client_data.challenge, answer)
    state = _spend(session, site, Purpose.ADD, actor.reference, challenge, now=now)
    made = _read(lambda: _server(site).register_complete(state, sent), answer)
    credential = made.credential_data
    if credential is None:
        raise RuleViolation("passkey_refused")
    identifier = websafe_encode(credential.credential_id)
    if session.scalar(select(Passkey.id).where(Passkey.credential_id == identifier)) is not None:
        raise RuleViolation("passkey_known")
    session.add(
        Passkey(
            person_id=owner.id,
            name=name,
            credential_id=identifier,
            credential=websafe_encode(bytes(credential)),
            sign_count=made.counter,
            added_at=now,
            used_at=None,
        )
    )
    _tell(session, actor, owner, "passkey_added", name, base_url=base_url, now=now)


def remove(session: Session, actor: Actor, reference: str, *, base_url: str, now: datetime) -> None:
    """Forget one's own passkey. Errors: ``not_found``."""
    passkey = own(session, actor, reference)
    session.delete(passkey)
    owner = session.get_one(Person, actor.person_id)
    _tell(session, actor, owner, "passkey_removed", passkey.name, base_url=base_url, now=now)


def own(session: Session, actor: Actor, reference: str) -> Passkey:
    """Return one's own passkey. Errors: ``not_found``."""
    found = select(Passkey).where(Passkey.reference == reference, Passkey.person_id == actor.person_id)
    passkey = session.scalars(found).one_or_none()
    if passkey is None:
        raise NotFound()
    return passkey


def sign_in(session: Session, answer: str, *, site: Site, now: datetime) -> tuple[str, str]:
    """Open the session of whoever's passkey has answered; return its secret and the address of the account.

    Errors: ``passkey_refused``, the same for an unknown key, a wrong signature and a closed account.
    """
    passkey = _answered(session, answer, Purpose.SIGN_IN, "", site=site, now=now)
    person = session.scalars(
        select(Person).where(Person.id == passkey.person_id, Person.active).options(joinedload(Person.grants))
    )
    owner = person.unique().one_or_none()
    if owner is None:
        raise RuleViolation("passkey_refused")
    return accounts.open_session(session, owner, now=now, strong=True), owner.email


def prove(session: Session, actor: Actor, digest: str, answer: str, *, site: Site, now: datetime) -> None:
    """Write a fresh proof in the session of this digest, by a passkey of its person. Errors: ``passkey_refused``."""
    passkey = _answered(session, answer, Purpose.PROVE, actor.reference, site=site, now=now)
    if passkey.person_id != actor.person_id:
        raise RuleViolation("passkey_refused")
    second_factor.note_proof(session, actor, digest, now=now)


def _answered(session: Session, answer: str, purpose: Purpose, subject: str, *, site: Site, now: datetime) -> Passkey:
    """Return the passkey that signed an answer, its count and its last use written down."""
    sent = _read(lambda: AuthenticationResponse.from_dict(_told(answer)), answer)
    state = _spend(session, site, purpose, subject, _read(lambda: sent.response.client_data.challenge, answer), now=now)
    known = select(Passkey).where(Passkey.credential_id == websafe_encode(sent.raw_id)).with_for_update()
    passkey = session.scalars(known).one_or_none()
    if passkey is None:
        raise RuleViolation("passkey_refused")
    credential = AttestedCredentialData(websafe_decode(passkey.credential))
    _read(lambda: _server(site).authenticate_complete(state, [credential], sent), answer)
    count = sent.response.authenticator_data.counter
    if (count or passkey.sign_count) and count <= passkey.sign_count:
        raise RuleViolation("passkey_refused")  # a copy of the key: the other one has counted further
    session.execute(update(Passkey).where(Passkey.id == passkey.id).values(sign_count=count, used_at=now))
    return passkey


def _server(site: Site) -> Fido2Server:
    rp = PublicKeyCredentialRpEntity(name=site.name, id=site.host)
    return Fido2Server(rp, verify_origin=lambda origin: origin == site.origin)


def _credentials(session: Session, person_id: int) -> list[AttestedCredentialData]:
    kept = session.scalars(select(Passkey.credential).where(Passkey.person_id == person_id).order_by(Passkey.id))
    return [AttestedCredentialData(websafe_decode(one)) for one in kept]


def _read(read: Callable[[], Read], answer: str) -> Read:
    """Read what a browser sent, or refuse it."""
    try:
        if len(answer) > LONGEST_ANSWER:
            raise ValueError("too long")
        return read()
    except _UNREADABLE as error:
        raise RuleViolation("passkey_refused") from error


def _told(answer: str) -> dict[str, Any]:
    told = json.loads(answer)
    if not isinstance(told, dict):
        raise TypeError("not an object")
    return told


def _challenge(site: Site, purpose: Purpose, subject: str, *, now: datetime) -> bytes:
    """Draw a challenge: 128 random bits, the instant, and our mark on both, their purpose and their person."""
    drawn = secrets.token_bytes(_NONCE) + int(now.timestamp()).to_bytes(_INSTANT, "big")
    return drawn + _mark(site.keys[0], purpose, subject, drawn)


def _spend(
    session: Session, site: Site, purpose: Purpose, subject: str, challenge: bytes, *, now: datetime
) -> dict[str, object]:
    """Use a challenge of ours up, once; return it as the library wants it. Errors: ``passkey_refused``."""
    drawn, mark = challenge[: _NONCE + _INSTANT], challenge[_NONCE + _INSTANT :]
    if not any(hmac.compare_digest(mark, _mark(key, purpose, subject, drawn)) for key in site.keys):
        raise RuleViolation("passkey_refused")
    drawn_at = datetime.fromtimestamp(int.from_bytes(drawn[_NONCE:], "big"), UTC)
    if not timedelta(seconds=-1) <= now - drawn_at <= LIFE:
        raise RuleViolation("passkey_refused")
    session.execute(delete(SpentChallenge).where(SpentChallenge.spent_at < now - 2 * LIFE))
    try:
        with session.begin_nested():
            session.add(SpentChallenge(digest=sha256(challenge).hexdigest(), spent_at=now))
    except IntegrityError as error:
        raise RuleViolation("passkey_refused") from error
    return {"challenge": websafe_encode(challenge), "user_verification": _VERIFIED}


def _mark(key: str, purpose: Purpose, subject: str, drawn: bytes) -> bytes:
    derived = sealing.derive(key, b"ptce-aap: challenges of passkeys, 1")
    return hmac.new(derived, f"{purpose}\n{subject}\n".encode() + drawn, "sha256").digest()


def _tell(session: Session, actor: Actor, owner: Person, what: str, name: str, *, base_url: str, now: datetime) -> None:
    """Write the line of an act, and the person whose account it is."""
    journal.record(session, actor, f"account.{what}", on=("person", owner.reference), at=now)
    letters.send(session, messages.account_news(owner.email, what=what, name=name, base_url=base_url), at=now)
