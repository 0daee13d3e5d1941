"""How people come to work on a dossier and go: inviting, accepting by a personal link, revoking, leaving."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ptce_aap import addresses
from ptce_aap.documents import french
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor
from ptce_aap.domain.sharing import GIVEN_RIGHTS, Kind, Right
from ptce_aap.mail import messages
from ptce_aap.mail.message import parse_address
from ptce_aap.models import Call, Conflict, Dossier, DossierPerson, Person
from ptce_aap.services.accounts import one_person
from ptce_aap.services.accounts.accounts import digest_of, email_key
from ptce_aap.services.applicants import dossier_people, holding
from ptce_aap.services.calls import calls
from ptce_aap.services.exchanges import letters

MOST_WAITING = 20
MOST_A_DAY = 40  # by one person, on all his dossiers: nobody fills mailboxes by inviting and revoking
SENT_AGAIN_AFTER = timedelta(minutes=10)
# What each right lets do, as the end of « vous pourrez ».
MAY = {
    Right.READ: "lire le dossier, sans le modifier",
    Right.EDIT: "lire le dossier et le modifier",
    Right.FILE: "lire le dossier, le modifier et le déposer",
}
WITHOUT_NAME = "Dossier sans nom"
WORKS_ON_IT = "Participe à la préparation du dossier"


@dataclass(frozen=True, slots=True)
class Invitation:
    """What an invited person reads before she accepts."""

    dossier: Dossier
    call: Call
    inviter: str
    kind: Kind
    right: Right
    until: datetime


def invite(
    session: Session,
    actor: Actor,
    reference: str,
    email: str,
    kind: Kind,
    right: Right,
    *,
    base_url: str,
    now: datetime,
) -> str:
    """Invite an address to work on one's dossier, or its representative to confirm it; return the link's secret.

    The same is done and told whether the address has an account or not.
    Errors: those of ``dossier_people.locked``, ``people_settled``, ``call_closed``, ``mail_address_refused``,
    ``own_address``, ``already_invited``, ``person_already_there``, ``too_many_invitations``.
    """
    dossier = dossier_people.locked(session, actor, reference)
    call = dossier_people.require_open(session, dossier)
    if kind is Kind.REPRESENTATIVE:
        holding.require_open(call, now)
        right = Right.READ
    if right not in GIVEN_RIGHTS:
        raise NotFound()
    parse_address(email.strip())
    # A representative may well be who prepares the dossier: the link says who confirms, the account who files.
    if email_key(email) == email_key(actor.email) and kind is not Kind.REPRESENTATIVE:
        raise RuleViolation("own_address")
    _require_room(session, actor, dossier, kind, email_key(email), now=now)
    link = DossierPerson(
        dossier_id=dossier.id,
        email=email.strip(),
        email_key=email_key(email),
        kind=kind.value,
        given=right.value,
        invited_by_id=actor.person_id,
        invited_at=now,
        sent_at=now,
    )
    session.add(link)
    secret = _send(session, link, dossier, call, actor.name, base_url=base_url, now=now)
    facts = {"link": link.reference, "kind": kind.value, "right": right.value}
    holding.record(session, actor, "person.invited", dossier, now, **facts)
    return secret


def send_again(session: Session, actor: Actor, reference: str, link: str, *, base_url: str, now: datetime) -> str:
    """Send a new link to somebody who has not answered; the former link dies. Return the secret.

    Errors: those of ``dossier_people.locked``, ``not_found``, ``already_done``, ``people_settled``, ``call_closed``,
    ``sent_a_moment_ago``.
    """
    dossier = dossier_people.locked(session, actor, reference)
    call = dossier_people.require_open(session, dossier)
    found = dossier_people.link_of(session, dossier, link)
    if found.accepted_at is not None:
        raise RuleViolation("already_done")
    if found.kind == Kind.REPRESENTATIVE:
        holding.require_open(call, now)
    # Each new message waits as long as all those before: a mailbox is not filled by pressing a button.
    again = found.sent_at + max(SENT_AGAIN_AFTER, found.sent_at - found.invited_at)
    if now < again:
        raise RuleViolation("sent_a_moment_ago", sent=found.sent_at, again=again)
    found.sent_at = now
    secret = _send(session, found, dossier, call, actor.name, base_url=base_url, now=now)
    holding.record(session, actor, "person.invited_again", dossier, now, link=found.reference)
    return secret


def give_right(session: Session, actor: Actor, reference: str, link: str, right: Right, *, now: datetime) -> None:
    """Change what somebody may do on one's dossier, from the next request on.

    Errors: those of ``dossier_people.locked``, ``not_found``, ``already_done``, ``people_settled``.
    """
    dossier = dossier_people.locked(session, actor, reference)
    dossier_people.require_open(session, dossier)
    found = dossier_people.link_of(session, dossier, link)
    if found.kind == Kind.REPRESENTATIVE or right not in GIVEN_RIGHTS:
        raise NotFound()
    if found.given == right:
        return
    facts = {"link": found.reference, "before": found.given, "right": right.value}
    found.given = right.value
    holding.record(session, actor, "person.right_changed", dossier, now, **facts)


def revoke(session: Session, actor: Actor, reference: str, link: str, *, now: datetime) -> None:
    """Close one's dossier to somebody, or take an invitation back: nothing opens from the next request on.

    Errors: those of ``dossier_people.locked``, ``not_found``, ``already_done``.
    """
    dossier = dossier_people.locked(session, actor, reference)
    found = dossier_people.link_of(session, dossier, link)
    _end(found, now)
    holding.record(session, actor, "person.revoked", dossier, now, link=found.reference)


def leave(session: Session, actor: Actor, reference: str, *, now: datetime) -> None:
    """Stop working on a dossier. Errors: ``not_found``, ``owner_stays`` for its owner, who hands it over first."""
    dossier = dossier_people.locked(session, actor, reference, right=Right.READ)
    if dossier.owner_id == actor.person_id:
        raise RuleViolation("owner_stays")
    found = dossier_people.own_link(session, dossier, actor)
    _end(found, now)
    holding.record(session, actor, "person.left", dossier, now, link=found.reference)


def invitation_of(session: Session, secret: str, *, now: datetime) -> Invitation:
    """Return what a link invites to, without using it. Errors: ``link_dead``."""
    link, dossier, call = dossier_people.by_secret(session, secret, representative=False, now=now)
    inviter = session.get_one(Person, link.invited_by_id)
    until = dossier_people.last_moment_of(link, call)
    return Invitation(dossier, call, inviter.name or inviter.email, Kind(link.kind), Right(link.given), until)


def accept(session: Session, actor: Actor, secret: str, *, now: datetime) -> Dossier:
    """Come to work on the dossier that a link invites to; of two at once, one is told that the link has served.

    Errors: ``link_dead``, ``people_settled``, ``already_of_the_dossier``, ``role_on_the_call``: an officer of the call
    may have judged what was filed, and what he said of it stands.
    """
    link, dossier = dossier_people.held_by_secret(session, secret, representative=False, now=now)
    call = dossier_people.require_open(session, dossier)
    if dossier.filed_at is not None and actor.grants_on(call.id):
        raise RuleViolation("role_on_the_call")
    if dossier.owner_id == actor.person_id or session.scalar(dossier_people.own_links(dossier, actor)) is not None:
        raise RuleViolation("already_of_the_dossier")
    link.person_id, link.accepted_at, link.token_digest = actor.person_id, now, None
    tie(session, dossier, actor.person_id, now=now)
    facts = {"link": link.reference, "kind": link.kind, "right": link.given}
    holding.record(session, actor, "person.joined", dossier, now, **facts)
    return dossier


def decline(session: Session, secret: str, *, base_url: str, now: datetime) -> None:
    """Answer no to an invitation: the link dies, and the owner learns it. Errors: ``link_dead``."""
    link, dossier = dossier_people.held_by_secret(session, secret, representative=False, now=now)
    _end(link, now)
    call = dossier_people.call_of(session, dossier)
    holding.record(session, calls.SYSTEM, "person.declined", dossier, now, link=link.reference)
    tell_owner(session, dossier, call, "invitation_declined", link.email, base_url=base_url, now=now)


def tie(session: Session, dossier: Dossier, person_id: int, *, now: datetime) -> None:
    """Write that whoever works on a dossier is in conflict with it in every other room, and stays so."""
    if session.get(Conflict, (dossier.id, person_id)) is None:
        session.add(
            Conflict(
                dossier_id=dossier.id,
                person_id=person_id,
                call_id=dossier.call_id,
                reason=WORKS_ON_IT,
                declared_at=now,
            )
        )
        one_person.spread(session, session.get_one(Person, person_id), dossier, WORKS_ON_IT, now=now)


def tell_owner(
    session: Session, dossier: Dossier, call: Call, what: str, who: str, *, base_url: str, now: datetime
) -> None:
    """Write to the owner of a dossier what one of its people did."""
    letter = messages.people_news(
        dossier.owner.email,
        what=what,
        who=who,
        title=dossier.title or WITHOUT_NAME,
        call_title=call.title,
        link=base_url + addresses.people_of_dossier(dossier.reference),
    )
    letters.send(session, letter, at=now, call_id=call.id)


def _require_room(session: Session, actor: Actor, dossier: Dossier, kind: Kind, key: str, *, now: datetime) -> None:
    live = select(DossierPerson).where(DossierPerson.dossier_id == dossier.id, DossierPerson.ended_at.is_(None))
    waiting = 0
    for other in session.scalars(live):
        waiting += other.accepted_at is None
        same_sort = (other.kind == Kind.REPRESENTATIVE) == (kind is Kind.REPRESENTATIVE)
        if other.email_key == key and same_sort:
            raise RuleViolation("already_invited" if other.accepted_at is None else "person_already_there")
    sent = select(func.count()).where(
        DossierPerson.invited_by_id == actor.person_id, DossierPerson.invited_at > now - timedelta(days=1)
    )
    if waiting >= MOST_WAITING or (session.scalar(sent) or 0) >= MOST_A_DAY:
        raise RuleViolation("too_many_invitations", maximum=MOST_WAITING)


def _send(
    session: Session, link: DossierPerson, dossier: Dossier, call: Call, inviter: str, *, base_url: str, now: datetime
) -> str:
    """Give a link its secret and owe the mail that carries it."""
    secret = secrets.token_urlsafe(32)
    link.token_digest = digest_of(secret)
    session.flush()
    title = dossier.title or WITHOUT_NAME
    if link.kind == Kind.REPRESENTATIVE:
        letter = messages.representative_confirmation(
            link.email,
            asker=inviter,
            title=title,
            call_title=call.title,
            closes=f"{french.long_instant(calls.last_moment(call))} (heure de Paris)",
            link=base_url + addresses.representative(secret),
        )
    else:
        letter = messages.dossier_invitation(
            link.email,
            inviter=inviter,
            title=title,
            call_title=call.title,
            may=MAY[Right(link.given)],
            until=f"{french.long_instant(dossier_people.last_moment_of(link, call))} (heure de Paris)",
            link=base_url + addresses.dossier_invitation(secret),
        )
    letters.send(session, letter, at=now, call_id=call.id)
    return secret


def _end(link: DossierPerson, now: datetime) -> None:
    link.ended_at, link.token_digest, link.ownership_offered_at = now, None, None
