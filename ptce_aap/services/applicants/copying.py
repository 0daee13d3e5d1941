"""A former dossier taken up again in an open call: what fits is copied, what no longer fits is kept readable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.domain.calendar import Phase
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor
from ptce_aap.domain.reuse import Leftover, Reused, reuse
from ptce_aap.domain.sharing import Right
from ptce_aap.models import Call, Dossier, DossierCopy, visibility
from ptce_aap.services.applicants import drafts, holding
from ptce_aap.services.calls import calls
from ptce_aap.services.deposits import filing
from ptce_aap.services.dossiers import dossiers


@dataclass(frozen=True, slots=True)
class Offer:
    """An open call in which a former dossier may be taken up, and what of it would be."""

    card: calls.CallCard
    reused: Reused
    started: str | None  # the address of the dossier, where it was taken up already


@dataclass(frozen=True, slots=True)
class OffersPage:
    """A former dossier with the calls in which it may be taken up again."""

    dossier: Dossier
    call: Call
    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """What of the former dossier did not fit in this one."""

    dossier: Dossier
    source_title: str
    leftovers: tuple[Leftover, ...]
    put_away: bool


def offers(session: Session, actor: Actor, reference: str, *, now: datetime) -> OffersPage:
    """Return the open calls, other than its own, in which one's dossier may be taken up. Errors: ``not_found``."""
    dossier = _own(session, actor, reference)
    call = session.get_one(Call, dossier.call_id)
    former = calls.definition_of(session, call)
    started = {
        row.call_id: row.reference
        for row in session.execute(
            select(DossierCopy.call_id, Dossier.reference)
            .join(Dossier, Dossier.id == DossierCopy.dossier_id)
            .where(DossierCopy.source_id == dossier.id)
        )
    }
    open_now = [card for card in calls.public_cards(session, now=now) if card.phase is Phase.OPEN]
    found = tuple(
        Offer(
            card, _reused(session, dossier, former, calls.definition_of(session, card.call)), started.get(card.call.id)
        )
        for card in open_now
        if card.call.id != call.id
    )
    return OffersPage(dossier, call, found)


def start(session: Session, actor: Actor, call: Call, reference: str, *, now: datetime) -> Dossier:
    """Start a dossier on a call with what fits of a former one of one's own; twice is once.

    Errors: those of ``holding.locked`` and ``filing.create_dossier``, ``already_done``.
    """
    source = holding.locked(session, actor, reference)
    if source.revises_id is not None or source.call_id == call.id:
        raise NotFound()
    known = session.scalar(
        select(Dossier)
        .join(DossierCopy, DossierCopy.dossier_id == Dossier.id)
        .where(DossierCopy.source_id == source.id, DossierCopy.call_id == call.id)
    )
    if known is not None:
        if known.owner_id != actor.person_id:
            raise RuleViolation("already_done")
        return known
    former = calls.definition_of(session, session.get_one(Call, source.call_id))
    definition = calls.definition_of(session, call)
    dossier = filing.create_dossier(session, actor, call, now=now)
    reused = _reused(session, source, former, definition)
    filing.write_answers(session, dossier, definition, reused.answers, actor.person_id, now)
    session.add(
        DossierCopy(
            dossier_id=dossier.id,
            source_id=source.id,
            call_id=call.id,
            at=now,
            leftovers=[one.as_json() for one in reused.leftovers],
        )
    )
    facts = {"answers": len(reused.answers), "left": len(reused.leftovers)}
    holding.record(session, actor, "dossier.copied", dossier, now, **facts)
    return dossier


def taken(session: Session, actor: Actor, reference: str) -> Taken:
    """Return what did not fit of the dossier from which this one was started. Errors: ``not_found``."""
    mine = visibility.read_by_applicant(actor.person_id).where(Dossier.reference == reference)
    dossier = session.scalar(mine)
    copy = session.get(DossierCopy, dossier.id) if dossier is not None else None
    if dossier is None or copy is None:
        raise NotFound()
    title = session.scalars(select(Dossier.title).where(Dossier.id == copy.source_id)).one()
    return Taken(dossier, title, tuple(Leftover(**one) for one in copy.leftovers), copy.put_away_at is not None)


def left_of(session: Session, dossier: Dossier) -> int:
    """Return how much of a former dossier waits to be looked at in a draft that one reads: one statement."""
    copy = session.get(DossierCopy, dossier.id)
    return len(copy.leftovers) if copy is not None and copy.put_away_at is None else 0


def put_away(session: Session, actor: Actor, reference: str, *, now: datetime) -> None:
    """Put away what did not fit: its page stays, nothing points to it. Errors: those of ``holding.locked``."""
    dossier = holding.locked(session, actor, reference, right=Right.EDIT)
    copy = session.get(DossierCopy, dossier.id)
    if copy is None:
        raise NotFound()
    copy.put_away_at = copy.put_away_at or now


def _own(session: Session, actor: Actor, reference: str) -> Dossier:
    mine = visibility.owned_by(actor.person_id).where(Dossier.reference == reference, visibility.is_dossier())
    dossier = session.scalar(mine)
    if dossier is None:
        raise NotFound()
    return dossier


def _reused(session: Session, source: Dossier, former: CallDefinition, definition: CallDefinition) -> Reused:
    stored = drafts.stored_answers(session, source.id)
    values = {path: item.value for path, item in stored.items() if item.value is not None}
    answers = dossiers.from_stored(values, former.questionnaire)
    unread = {path: [item["raw"] for item in one.problem if item["raw"].strip()] for path, one in stored.items()}
    return reuse(former.questionnaire, definition.questionnaire, answers, unread)
