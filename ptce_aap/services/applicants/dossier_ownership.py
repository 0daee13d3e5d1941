"""Handing a dossier over: offered by its owner to one of its people, taken by that person, never left to nobody."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ptce_aap import addresses
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor
from ptce_aap.domain.sharing import Kind, Right
from ptce_aap.mail import messages
from ptce_aap.models import Dossier, DossierPerson, Person
from ptce_aap.services.accounts.accounts import email_key
from ptce_aap.services.applicants import dossier_invitations, dossier_people, holding
from ptce_aap.services.exchanges import letters


def offer(session: Session, actor: Actor, reference: str, link: str, *, base_url: str, now: datetime) -> None:
    """Offer one's dossier to one of its people; nothing changes until that person takes it. One offer at a time.

    Errors: those of ``dossier_people.locked``, ``people_settled``, ``not_found``, ``already_done``.
    """
    dossier = dossier_people.locked(session, actor, reference)
    call = dossier_people.require_open(session, dossier)
    heir = dossier_people.link_of(session, dossier, link)
    if heir.person_id is None:
        raise NotFound()
    if heir.ownership_offered_at is not None:
        raise RuleViolation("already_done")
    _take_offers_back(session, dossier)
    heir.ownership_offered_at = now
    holding.record(session, actor, "ownership.offered", dossier, now, link=heir.reference)
    letter = messages.ownership_offered(
        session.get_one(Person, heir.person_id).email,
        giver=actor.name,
        title=dossier.title or dossier_invitations.WITHOUT_NAME,
        call_title=call.title,
        link=base_url + addresses.ownership_offer(dossier.reference),
    )
    letters.send(session, letter, at=now, call_id=call.id)


def withdraw_offer(session: Session, actor: Actor, reference: str, *, now: datetime) -> None:
    """Keep one's dossier after all. Errors: those of ``dossier_people.locked``, ``already_done``."""
    dossier = dossier_people.locked(session, actor, reference)
    if not _take_offers_back(session, dossier):
        raise RuleViolation("already_done")
    holding.record(session, actor, "ownership.kept", dossier, now)


def take(session: Session, actor: Actor, reference: str, *, base_url: str, now: datetime) -> Dossier:
    """Become the owner of a dossier that was offered; the former owner goes on as a co-editor, and may leave.

    Errors: ``not_found``, ``people_settled``, ``offer_gone``.
    """
    dossier, link = _offered(session, actor, reference)
    call = dossier_people.require_open(session, dossier)
    former = dossier.owner
    link.ended_at, link.ownership_offered_at = now, None
    dossier.owner = session.get_one(Person, actor.person_id)
    dossier.counted_since = None  # the leave of the former owner is not that of this one
    revisions = update(Dossier).where(Dossier.revises_id == dossier.id).values(owner_id=actor.person_id)
    session.execute(revisions.execution_options(synchronize_session="fetch"))
    session.add(
        DossierPerson(
            dossier_id=dossier.id,
            person_id=former.id,
            email=former.email,
            email_key=email_key(former.email),
            kind=Kind.EDITOR.value,
            given=Right.EDIT.value,
            invited_by_id=actor.person_id,
            invited_at=now,
            sent_at=now,
            accepted_at=now,
        )
    )
    dossier_invitations.tie(session, dossier, former.id, now=now)
    holding.record(session, actor, "ownership.taken", dossier, now, link=link.reference, former=former.reference)
    letter = messages.ownership_transferred(
        actor.email,
        giver=former.name or former.email,
        title=dossier.title or dossier_invitations.WITHOUT_NAME,
        call_title=call.title,
        link=base_url + addresses.dossier(dossier.reference),
    )
    letters.send(session, letter, at=now, call_id=call.id)
    news = messages.people_news(
        former.email,
        what="ownership_taken",
        who=actor.name,
        title=dossier.title or dossier_invitations.WITHOUT_NAME,
        call_title=call.title,
        link=base_url + addresses.people_of_dossier(dossier.reference),
    )
    letters.send(session, news, at=now, call_id=call.id)
    return dossier


def refuse(session: Session, actor: Actor, reference: str, *, base_url: str, now: datetime) -> None:
    """Leave an offered dossier to its owner. Errors: ``not_found``, ``offer_gone``."""
    dossier, link = _offered(session, actor, reference)
    link.ownership_offered_at = None
    holding.record(session, actor, "ownership.refused", dossier, now, link=link.reference)
    call = dossier_people.call_of(session, dossier)
    dossier_invitations.tell_owner(session, dossier, call, "ownership_refused", actor.name, base_url=base_url, now=now)


def _offered(session: Session, actor: Actor, reference: str) -> tuple[Dossier, DossierPerson]:
    dossier = dossier_people.locked(session, actor, reference, right=Right.READ)
    link = dossier_people.own_link(session, dossier, actor)
    if link.ownership_offered_at is None:
        raise RuleViolation("offer_gone")
    return dossier, link


def _take_offers_back(session: Session, dossier: Dossier) -> bool:
    offered = select(DossierPerson).where(
        DossierPerson.dossier_id == dossier.id, DossierPerson.ownership_offered_at.is_not(None)
    )
    found = session.scalars(offered.with_for_update()).all()
    for link in found:
        link.ownership_offered_at = None
    session.flush()
    return bool(found)
