"""What becomes of a request for complements: answered by a deposit, run out, dropped; and the time that it stops."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.clock import PARIS
from ptce_aap.domain.calls import CallSheet
from ptce_aap.domain.complements import Outcome, Stop
from ptce_aap.domain.permissions import Actor
from ptce_aap.models import Call, ComplementRequest, Dossier, Filing
from ptce_aap.services.calls.calls import SYSTEM
from ptce_aap.services.exchanges import complement_letters
from ptce_aap.services.exchanges.complement_readings import RequestReading
from ptce_aap.services.journal import journal

DROPPED_WITH_THE_DOSSIER = "Le dossier a été retiré."


def answered(
    session: Session, actor: Actor, call: Call, revision: Dossier, dossier: Dossier, filing: Filing, *, base_url: str
) -> None:
    """Note that a limited revision was filed: the request is answered, and whoever asked is told."""
    request = session.scalar(
        select(ComplementRequest).where(ComplementRequest.revision_id == revision.id).with_for_update()
    )
    if request is None:
        return
    _end(request, Outcome.ANSWERED, at=filing.filed_at)
    request.filing_id = filing.id
    facts = {"deposit": filing.sequence}
    on = ("dossier", dossier.reference)
    journal.record(session, actor, "complement.answered", on=on, at=filing.filed_at, call_id=call.id, facts=facts)
    complement_letters.owe_answer(session, call, dossier, request, filing, base_url=base_url)


def drop_with(session: Session, dossier: Dossier, *, now: datetime) -> None:
    """Close what is asked of a dossier that its applicant withdraws, unless its term has passed.

    What he typed stays readable.
    """
    request = open_of(session, dossier.id)
    if request is None:
        return
    if request.due_at <= now:
        expire(session, request, dossier, now=now)
    else:
        close_request(session, request, DROPPED_WITH_THE_DOSSIER, now=now)


def close_request(session: Session, request: ComplementRequest, reason: str, *, now: datetime) -> None:
    """Close a request before its term: nothing more is filed in its revision, which stays readable."""
    _end(request, Outcome.CLOSED, at=now)
    request.reason = reason
    session.get_one(Dossier, request.revision_id).due_at = now


def open_of(session: Session, dossier_id: int) -> ComplementRequest | None:
    """Return the request of a dossier that has not ended, for a change."""
    held = select(ComplementRequest).where(
        ComplementRequest.dossier_id == dossier_id, ComplementRequest.ended_at.is_(None)
    )
    return session.scalar(held.with_for_update())


def run_out(session: Session, *, now: datetime) -> int:
    """Note the requests whose term has passed without an answer; return how many."""
    rows = session.execute(
        select(ComplementRequest, Dossier)
        .join(Dossier, Dossier.id == ComplementRequest.dossier_id)
        .where(ComplementRequest.ended_at.is_(None), ComplementRequest.due_at <= now)
        .order_by(ComplementRequest.id)
        .with_for_update(of=ComplementRequest)
    ).all()
    for request, dossier in rows:
        expire(session, request, dossier, now=now)
    return len(rows)


def expire(session: Session, request: ComplementRequest, dossier: Dossier, *, now: datetime) -> None:
    """Note that a request ran out, at the end of the delay that it gave."""
    _end(request, Outcome.EXPIRED, at=request.due_at)
    on = ("dossier", dossier.reference)
    journal.record(session, SYSTEM, "complement.expired", on=on, at=now, call_id=dossier.call_id)


def stops_of(requests: Sequence[ComplementRequest], *, now: datetime) -> tuple[Stop, ...]:
    """Return the times during which the administration waited, in Paris days, as they are known now."""
    found = []
    for request in requests:
        end = request.ended_at
        if end is None and request.due_at <= now:
            end = request.due_at
        # The last moment of a delay is in the day before the instant at which it is too late.
        moment = None if end is None else end - timedelta(seconds=end == request.due_at)
        found.append(
            Stop(
                start=request.asked_at.astimezone(PARIS).date(),
                end=None if moment is None else moment.astimezone(PARIS).date(),
                answered=request.outcome in (Outcome.ANSWERED, Outcome.CLOSED),
            )
        )
    return tuple(found)


def is_told_today(request: ComplementRequest | RequestReading, *, now: datetime) -> bool:
    """Tell whether a letter of a request left on the present day in Paris: its own, or the last that recalled it."""
    told = request.reminded_at or request.asked_at
    return told.astimezone(PARIS).date() == now.astimezone(PARIS).date()


def silence_decides_on(
    sheet: CallSheet, dossier: Dossier, requests: Sequence[ComplementRequest], *, now: datetime
) -> date | None:
    """Return the day on which silence decides about a filed dossier, from the deposit that counts and its requests.

    None where none is known, or where the text that says what it means is not approved.
    """
    if not sheet.tells_silence or dossier.filed_at is None:
        return None
    received = dossier.filed_at.astimezone(PARIS).date()
    return sheet.implied_decision_day(received, stops_of(requests, now=now))


def before(session: Session, dossier_id: int, until: datetime) -> Sequence[ComplementRequest]:
    """Return what was asked of a dossier up to an instant, in order: one statement."""
    held = select(ComplementRequest).where(
        ComplementRequest.dossier_id == dossier_id, ComplementRequest.asked_at <= until
    )
    return session.scalars(held.order_by(ComplementRequest.id)).all()


def _end(request: ComplementRequest, outcome: Outcome, *, at: datetime) -> None:
    request.outcome, request.ended_at = outcome.value, at
