"""Reminders of what is asked and not answered, some working days before the date."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.clock import PARIS
from ptce_aap.domain import working_days
from ptce_aap.models import Call, Consultation, Dossier
from ptce_aap.services.calls import calls
from ptce_aap.services.instruction import consultation_letters, consultations
from ptce_aap.services.journal import journal

_LOOKED_AT = timedelta(days=60)
_QUIET = timedelta(days=1)


def remind_one(session: Session, *, base_url: str, now: datetime) -> bool:
    """Owe the next reminder that is due, with a new link; tell whether there was one.

    Each request is reminded of once, never after an answer, nor on the day after a link was sent.
    """
    for one, dossier, call in session.execute(
        select(Consultation, Dossier, Call)
        .join(Dossier, Dossier.id == Consultation.dossier_id)
        .join(Call, Call.id == Dossier.call_id)
        .where(
            Consultation.answered_at.is_(None),
            Consultation.withdrawn_at.is_(None),
            Consultation.reminded_at.is_(None),
            Consultation.due_at > now,
            Consultation.due_at <= now + _LOOKED_AT,
            Consultation.sent_at <= now - _QUIET,
        )
        .order_by(Consultation.due_at, Consultation.id)
    ):
        if not consultations.is_over(call, dossier) and _is_near(session, one, call, now):
            return _remind(session, one, dossier, call, base_url=base_url, now=now)
    return False


def _is_near(session: Session, one: Consultation, call: Call, now: datetime) -> bool:
    settings = calls.definition_of(session, call).consultations
    today, last = now.astimezone(PARIS).date(), (one.due_at - timedelta(seconds=1)).astimezone(PARIS).date()
    return settings is not None and working_days.between(today, last) <= settings.reminder_days


def _remind(session: Session, one: Consultation, dossier: Dossier, call: Call, *, base_url: str, now: datetime) -> bool:
    session.refresh(dossier, with_for_update=True)
    session.refresh(one, with_for_update=True)
    if one.answered_at is None and one.withdrawn_at is None and one.reminded_at is None:
        one.reminded_at = one.sent_at = now
        consultation_letters.send_link(session, one, dossier, call, again=True, base_url=base_url, now=now)
        on, facts = ("dossier", dossier.reference), {"consultation": one.reference}
        journal.record(session, calls.SYSTEM, "consultation.reminded", on=on, at=now, call_id=call.id, facts=facts)
    return True
