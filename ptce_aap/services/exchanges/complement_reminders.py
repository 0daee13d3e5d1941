"""Requests for complements recalled where nothing is answered: before their term, once; by hand, once a day."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ptce_aap.clock import PARIS
from ptce_aap.domain.complements import REMINDED_AT, reminder_day
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Actor
from ptce_aap.models import Call, ComplementRequest, Dossier
from ptce_aap.services.calls import calls
from ptce_aap.services.calls.calls import SYSTEM
from ptce_aap.services.exchanges import complement_answers, complement_letters, complements
from ptce_aap.services.journal import journal

_FARTHEST = timedelta(days=14)  # no two working days of France span more


def send_due(session: Session, *, base_url: str, now: datetime) -> int:
    """Recall one request whose moment has come; return how many were, 0 when all are told.

    A request is recalled once, whatever the number of rounds and their hour; one that was recalled by hand since that
    moment is not recalled again, nor one that is answered, closed or out of time.
    """
    held = _waiting(now).with_only_columns(
        ComplementRequest.id, ComplementRequest.due_at, ComplementRequest.reminded_at
    )
    for number, due_at, told in session.execute(held).all():
        moment = reminder_moment(due_at)
        if now < moment or (told is not None and told >= moment):
            continue
        untold = ComplementRequest.reminded_at.is_(None) | (ComplementRequest.reminded_at < moment)
        query = _waiting(now).where(ComplementRequest.id == number, untold).with_for_update()
        request = session.scalar(query)
        if request is not None:
            _recall(session, request, base_url=base_url, now=now)
            return 1
    return 0


def remind(session: Session, actor: Actor, call_id: int, reference: str, *, base_url: str, now: datetime) -> None:
    """Recall the request that waits to the people of the dossier, once a day in Paris at most, its own letter counted.

    Errors: those of ``complements.held``, ``already_done``, ``complement_reminded``.
    """
    call = session.get_one(Call, call_id, with_for_update={"read": True})
    dossier = complements.held(session, actor, call, reference, now=now, lock=True)
    request = complement_answers.open_of(session, dossier.id)
    if request is None or request.due_at <= now:
        raise RuleViolation("already_done")
    if complement_answers.is_told_today(request, now=now):
        raise RuleViolation("complement_reminded")
    request.reminded_at = now
    complements.record(session, actor, "complement.reminded", dossier, now)
    definition = calls.definition_of(session, call)
    complement_letters.owe_reminder(session, call, dossier, definition, request, at=now, base_url=base_url)


def reminder_moment(due_at: datetime) -> datetime:
    """Return from when a request is recalled; ``due_at`` is the first instant at which it is too late."""
    last_day = (due_at - timedelta(seconds=1)).astimezone(PARIS).date()
    return datetime.combine(reminder_day(last_day), REMINDED_AT, PARIS)


def _waiting(now: datetime) -> Select[ComplementRequest]:
    return (
        select(ComplementRequest)
        .where(
            ComplementRequest.ended_at.is_(None),
            ComplementRequest.due_at > now,
            ComplementRequest.due_at <= now + _FARTHEST,
        )
        .order_by(ComplementRequest.id)
    )


def _recall(session: Session, request: ComplementRequest, *, base_url: str, now: datetime) -> None:
    dossier = session.get_one(Dossier, request.dossier_id)
    call = session.get_one(Call, dossier.call_id)
    request.reminded_at = now
    on = ("dossier", dossier.reference)
    journal.record(session, SYSTEM, "complement.reminded", on=on, at=now, call_id=call.id)
    definition = calls.definition_of(session, call)
    complement_letters.owe_reminder(session, call, dossier, definition, request, at=now, base_url=base_url)
