"""Holding a dossier for an act of an applicant: with which right, in which time, and the journal's line of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from ptce_aap.domain import calendar
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Deed, Role
from ptce_aap.domain.sharing import Right
from ptce_aap.models import Call, Dossier, JournalEntry, visibility
from ptce_aap.services.calls import calls
from ptce_aap.services.journal import journal

# What is told to who reads a dossier and lacks the right to do what he asks for.
_WITHOUT = {
    Right.READ: "not_found",
    Right.EDIT: "dossier_read_only",
    Right.FILE: "filing_not_given",
    Right.OWN: "owner_only",
}


def locked(session: Session, actor: Actor, reference: str, *, right: Right = Right.OWN) -> Dossier:
    """Load a dossier on which the actor has this right: nobody else changes it before this transaction ends.

    Errors: ``not_found`` for who may not read it, else ``dossier_read_only``, ``filing_not_given``, ``owner_only``.
    """
    held = visibility.held_by(actor.person_id, right).where(Dossier.reference == reference)
    dossier = session.scalar(held.options(joinedload(Dossier.owner)).with_for_update(of=Dossier))
    if dossier is not None:
        return dossier
    read = visibility.read_by_applicant(actor.person_id).where(Dossier.reference == reference)
    if session.scalar(read.with_only_columns(Dossier.id)) is None:
        raise NotFound()
    raise RuleViolation(_WITHOUT[right])


def require_open(call: Call, now: datetime) -> None:
    """Refuse what is done outside the window. Errors: ``call_not_open_yet``, ``call_closed``."""
    if now < call.opens_at:
        raise RuleViolation("call_not_open_yet", opens=call.opens_at)
    if not call.allows(Deed.FILE_DOSSIER, now=now):
        raise RuleViolation("call_closed", closed=calls.last_moment(call))


def require_time(call: Call, draft: Dossier, now: datetime) -> None:
    """Refuse what comes too late for this draft: after the closing, or after the term of a limited revision.

    Errors: ``call_not_open_yet``, ``call_closed``, ``term_passed``.
    """
    if draft.due_at is None:
        require_open(call, now)
    elif now >= draft.due_at:
        raise RuleViolation("term_passed", due=calendar.last_moment(draft.due_at))


def record(session: Session, actor: Actor, act: str, dossier: Dossier, at: datetime, **facts: object) -> JournalEntry:
    """Write the journal's line of an act of the applicant on his dossier, and return it."""
    on = ("dossier", dossier.reference)
    if dossier.revises_id is not None:
        # What is done on a revision is done to its dossier: who must not read the one must not read of the other.
        on = ("dossier", session.scalars(select(Dossier.reference).where(Dossier.id == dossier.revises_id)).one())
    return journal.record(session, actor, act, on=on, at=at, call_id=dossier.call_id, role=Role.APPLICANT, facts=facts)
