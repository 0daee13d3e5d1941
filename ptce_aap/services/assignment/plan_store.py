"""The plans of a call as stored: asked for, computed by the worker, found again by those who may see all of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.domain.assignment.planning import PlanSettings
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Permission
from ptce_aap.models import Call, Dossier, Person, ReadingPlan
from ptce_aap.services.accounts import accounts
from ptce_aap.services.assignment.assignment import is_open, marked_dossiers
from ptce_aap.services.calls import calls
from ptce_aap.services.jury.jurors import jurors
from ptce_aap.services.running import outbox

KIND = "reading_plan"
_LOOKED_AT = 20  # of the latest plans, where some hold dossiers that this person must not see


def ask(session: Session, actor: Actor, call_id: int, settings: PlanSettings, *, now: datetime) -> str:
    """Ask the worker for a plan; return its reference.

    Errors: ``assignment_closed``, ``readings_out_of_range``, ``unknown_seat``.
    """
    accounts.require(actor, Permission.ASSIGN, call_id)
    call = calls.locked(session, call_id)
    if not is_open(call):
        raise RuleViolation("assignment_closed")
    members = len(jurors(session, actor, call))
    if not 1 <= settings.readings <= max(1, members):
        raise RuleViolation("readings_out_of_range", maximum=members)
    sheet = calls.definition_of(session, call).sheet
    if any(sheet.seat(key) is None for key in settings.seats):
        raise RuleViolation("unknown_seat")
    plan = ReadingPlan(call_id=call.id, asked_by_id=actor.person_id, asked_at=now, settings=settings.as_json())
    plan.edits = {}
    session.add(plan)
    session.flush()
    outbox.emit(session, KIND, {"plan": plan.reference}, at=now)
    return plan.reference


def find(session: Session, actor: Actor, call: Call, reference: str, *, now: datetime) -> ReadingPlan:
    """Return a plan whose every dossier is open to this person. Errors: ``not_found``."""
    accounts.require(actor, Permission.ASSIGN, call.id)
    plan = session.scalar(select(ReadingPlan).where(ReadingPlan.reference == reference, ReadingPlan.call_id == call.id))
    if plan is None or not _open_to(plan, actor, _visible(session, actor, call, now=now)):
        raise NotFound()
    return plan


def latest(session: Session, actor: Actor, call: Call, *, now: datetime) -> ReadingPlan | None:
    """Return the last plan asked for among those that this person may see."""
    query = select(ReadingPlan).where(ReadingPlan.call_id == call.id).order_by(ReadingPlan.id.desc())
    visible = _visible(session, actor, call, now=now)
    return next((plan for plan in session.scalars(query.limit(_LOOKED_AT)) if _open_to(plan, actor, visible)), None)


def asked(session: Session, reference: str) -> tuple[ReadingPlan, Actor, Call] | None:
    """Return a plan to compute, with whoever asked for it; None where nothing is to be done."""
    plan = session.scalar(select(ReadingPlan).where(ReadingPlan.reference == reference))
    if plan is None or plan.computed_at is not None or plan.error is not None:
        return None
    person, call = session.get_one(Person, plan.asked_by_id), session.get_one(Call, plan.call_id)
    return plan, accounts.actor_of(person), call


def record(session: Session, reference: str, *, digest: str, content: Mapping[str, Any], now: datetime) -> None:
    """Store what was computed."""
    plan = session.scalars(select(ReadingPlan).where(ReadingPlan.reference == reference)).one()
    plan.inputs_digest, plan.content, plan.computed_at = digest, dict(content), now


def fail(session: Session, reference: str, error: str) -> None:
    """Store that a plan could not be computed."""
    session.scalars(select(ReadingPlan).where(ReadingPlan.reference == reference)).one().error = error


def _visible(session: Session, actor: Actor, call: Call, *, now: datetime) -> set[str]:
    return set(session.scalars(marked_dossiers(actor, call, now=now).with_only_columns(Dossier.reference)))


def _open_to(plan: ReadingPlan, actor: Actor, visible: set[str]) -> bool:
    """A plan whose dossiers are not all open to somebody does not exist for him: its figures would tell of them."""
    if plan.content is None:
        return plan.asked_by_id == actor.person_id
    return set(plan.content["demands"]) <= visible
