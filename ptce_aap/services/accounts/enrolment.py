"""How people come in: registering, invitations, confirmed addresses, passwords chosen by a link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from ptce_aap import addresses
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import ROLE_LABELS, Actor, Grant, Role
from ptce_aap.domain.two_persons import mailbox
from ptce_aap.mail import messages
from ptce_aap.mail.message import parse_address
from ptce_aap.models import Person, RoleGrant
from ptce_aap.models.base import new_reference
from ptce_aap.services.accounts import claims, links, one_person, passwords, second_factor
from ptce_aap.services.accounts.accounts import (
    Entry,
    Recognised,
    actor_of,
    email_key,
    end_sessions,
    enter,
    let_in,
    open_session,
    recognise,
)
from ptce_aap.services.exchanges import letters
from ptce_aap.services.joint_acts import role_givers
from ptce_aap.services.journal import journal
from ptce_aap.services.running import outbox

INVITATION_LIFE = timedelta(days=7)
CONFIRMATION_LIFE = timedelta(days=7)
RESET_LIFE = timedelta(minutes=30)
RESETS_A_DAY = 5
CONFIRMATIONS_A_DAY = 5
RESET_ASKED = "account.reset"
INVITATION, CONFIRMATION, RESET = "invitation", "confirmation", "reset"


@dataclass(frozen=True, slots=True)
class ProvedAddress:
    """An address that was proved; ``joined``: it had an account, which has what was begun in the other."""

    email: str
    joined: bool


@dataclass(frozen=True, slots=True)
class Ready:
    """What is computed of a new password before anything is written: no lock is held meanwhile."""

    password_hash: str
    known: Recognised | None


def prepare(session: Session, email: str, password: str) -> Ready:
    """Hash a new password, and see whether it opens an account already.

    Errors: ``mail_address_refused``, ``password_too_short``, ``password_too_long``, ``password_common``.
    """
    parse_address(email.strip())
    password_hash = passwords.hash_password(password)
    try:
        return Ready(password_hash, recognise(session, email, password))
    except RuleViolation:
        return Ready(password_hash, None)


def register(session: Session, email: str, name: str, ready: Ready, *, base_url: str, now: datetime) -> Entry:
    """Create an account and open its first session.

    The link that confirms the address leaves by mail, and nothing waits for it. An address that has an account already
    gets the same answer by the same work: the new account claims it (``claims``), and the letter tells its owner.
    Whoever gives the password of his own account simply enters it, by its second factor where it has one.

    Errors: ``wrong_credentials`` where that account has changed since ``prepare``.
    """
    if ready.known is not None:
        return let_in(session, ready.known, now=now)
    person = Person(
        email=email.strip(),
        email_key="",
        name=name.strip(),
        password_hash=ready.password_hash,
        created_at=now,
        grants=[],
    )
    person.reference = new_reference()
    taken = claims.hold_or_claim(session, person, email_key(email))
    session.add(person)
    session.flush()
    journal.record(session, actor_of(person), "account.registered", on=("person", person.reference), at=now)
    secret = links.new(session, person, CONFIRMATION, now + CONFIRMATION_LIFE)
    said = or_(Person.email_key == email_key(email), Person.claimed_key == email_key(email))
    # Nobody fills the mailbox of another: this link is one of those counted.
    if links.made_in_a_day(session, said, CONFIRMATION, CONFIRMATION_LIFE, now=now) <= CONFIRMATIONS_A_DAY:
        letter = messages.confirm_address(person.email, link=base_url + addresses.confirmation(secret), known=taken)
        letters.send(session, letter, at=now)
    return Entry(open_session(session, person, now=now), half=False, new=True)


def invite(
    session: Session,
    email: str,
    role: Role,
    *,
    now: datetime,
    by: Actor,
    base_url: str,
    call_title: str,
    region: str | None = None,
    seat: str | None = None,
    call_id: int | None = None,
    name: str = "",
    stands_in: str = "",
) -> str:
    """Give a role to an address, creating the account if there is none; return the secret of the invitation link.

    An account whose address was never confirmed may be anybody's: it keeps what it began and only claims the address,
    and the role goes to a new one. Another address of one's own box is oneself.
    ``stands_in`` is where a substitute's room is, who is told why he is named.
    Errors: ``grant_to_self``, ``mail_address_refused``.
    """
    parse_address(email.strip())
    if by.email and mailbox(by.email) == mailbox(email):
        raise RuleViolation("grant_to_self")
    person = _account_of(session, email, name, now=now)
    if role is not Role.APPLICANT:
        _give(session, person, Grant(role, call_id, region, seat), by, now=now)
    secret = links.new(session, person, INVITATION, now + INVITATION_LIFE)
    link, label = base_url + addresses.invitation(secret), ROLE_LABELS[role]
    letter = messages.invitation(person.email, role=label, call_title=call_title, link=link)
    if stands_in:
        entered = person.password_hash is not None
        where = base_url + stands_in if entered else link
        letter = messages.substitution(person.email, role=label, call_title=call_title, entered=entered, link=where)
    letters.send(session, letter, at=now, call_id=call_id)
    return secret


def _account_of(session: Session, email: str, name: str, *, now: datetime) -> Person:
    """Return the account of an address, a new one where nobody has proved that it is his."""
    # Held while its roles are read, so that one given twice at once is held once.
    known = select(Person).where(Person.email_key == email_key(email)).with_for_update()
    person = session.scalar(known.options(selectinload(Person.grants)))
    if person is not None and not claims.give_up(session, person):
        return person
    if person is not None:
        end_sessions(session, person, now=now)
    person = Person(email=email.strip(), email_key=email_key(email), name=name.strip(), created_at=now)
    session.add(person)
    session.flush()
    return person


def _give(session: Session, person: Person, grant: Grant, by: Actor, *, now: datetime) -> None:
    """Give a role; whoever held less enters again, with what the role asks for."""
    unknown = person.email_confirmed_at is None
    if unknown:
        second_factor.forget_unproven(session, person)
    if _grant(session, person, grant, by, now=now) or unknown:
        end_sessions(session, person, now=now)
    journal.record(
        session,
        by,
        "role.granted",
        on=("person", person.reference),
        at=now,
        call_id=grant.call_id,
        facts={"role": grant.role.value, "region": grant.region},  # a seat would name who marked, in a bundle
    )
    one_person.level(session, person, now=now)


def ask_reset(session: Session, email: str, *, known_device: bool = False, now: datetime) -> None:
    """Owe a link that replaces a forgotten password; known or not, an address gets the same answer by the same work.

    ``known_device``: this account was entered from the browser that asks.
    """
    outbox.emit(session, RESET_ASKED, {"email": email.strip(), "known_device": known_device}, at=now)


def send_reset(session: Session, email: str, *, base_url: str, known_device: bool = False, now: datetime) -> None:
    """Send the link that was asked for; an unknown address gets none.

    So does an address that was asked for too often today: nobody fills the mailbox of another. Strangers use up the
    letters of strangers only: a device that the account knows has as many again.
    """
    # Held while they are counted, so that many at once are not each the first.
    known = select(Person).where(Person.email_key == email_key(email), Person.active).with_for_update()
    person = session.scalar(known)
    if person is None:
        return
    made = links.made_in_a_day(session, Person.id == person.id, RESET, RESET_LIFE, now=now)
    if made < RESETS_A_DAY * (1 + known_device):
        secret = links.new(session, person, RESET, now + RESET_LIFE)
        letter = messages.reset_password(person.email, link=base_url + addresses.password_reset(secret))
        letters.send(session, letter, at=now)


def confirm_email(
    session: Session, secret: str, *, by: Actor | None = None, verified: str = "", now: datetime
) -> ProvedAddress:
    """Confirm an address by the link sent to it, for whoever opened the account: signed in to it, or by its password.

    The link alone does not do: whoever opens an account with the address of another would hold it at his first click.
    ``verified`` is the hash that the password answered to, tried before anything is written; empty: none was.
    Errors: ``link_dead``, ``wrong_credentials``.
    """
    person = links.person_of(session, secret, CONFIRMATION, now=now)
    signed_in = by is not None and by.person_id == person.id
    if not signed_in and (not verified or verified != person.password_hash):
        raise RuleViolation("wrong_credentials")
    links.use(session, secret, CONFIRMATION, now=now)
    said = person.claimed_key
    holder = claims.settle(session, person, now=now)
    holder.email_confirmed_at = holder.email_confirmed_at or now
    if said is not None:  # the address has changed hands: what was sent for the others opens nothing any more
        for other in session.scalars(select(Person).where(Person.claimed_key == said)).all():
            links.kill(session, other, now=now)
    if holder is not person:
        links.kill(session, person, now=now)
        end_sessions(session, person, now=now)
    journal.record(session, actor_of(holder), "account.email_confirmed", on=("person", holder.reference), at=now)
    one_person.level(session, holder, now=now)
    return ProvedAddress(holder.email, joined=holder is not person)


def choose_password(
    session: Session, secret: str, purpose: str, password_hash: str, *, now: datetime, name: str | None = None
) -> Entry:
    """Set a password by an invitation or a reset link: other sessions and links end.

    A new session opens, or the question of the second factor of whoever has one: a reset does not go round it.
    ``password_hash`` was made before anything is written: no lock is held meanwhile.

    Errors: ``link_dead``.
    """
    person = links.use(session, secret, purpose, now=now)
    if person.email_confirmed_at is None:
        second_factor.forget_unproven(session, person)
    person.password_hash = password_hash
    person.email_confirmed_at = person.email_confirmed_at or now
    if name is not None and name.strip():
        person.name = name.strip()
    end_sessions(session, person, now=now)
    links.kill(session, person, now=now)
    journal.record(session, actor_of(person), "account.password_set", on=("person", person.reference), at=now)
    one_person.level(session, person, now=now)
    return enter(session, person, now=now)


def _grant(session: Session, person: Person, grant: Grant, by: Actor, *, now: datetime) -> bool:
    """Give a role; False where it is held already."""
    for held in person.grants:
        if Grant(Role(held.role), held.call_id, held.region, held.seat) == grant:
            role_givers.note(session, held, by, again=True)
            return False
    given = RoleGrant(
        call_id=grant.call_id, role=grant.role.value, region=grant.region, seat=grant.seat, granted_at=now
    )
    person.grants.append(given)
    session.flush()
    role_givers.note(session, given, by, again=False)
    return True
