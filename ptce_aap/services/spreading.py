"""Giving at once the readings that are missing: a plan that is shown first, then applied as one act."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, union_all
from sqlalchemy.orm import Session

from ptce_aap.domain.errors import Conflict as Changed
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Actor, Permission
from ptce_aap.domain.spreading import Need, spread
from ptce_aap.models import Assignment, Call, Conflict, Dossier
from ptce_aap.services import accounts, calls
from ptce_aap.services.assignment import give, given, is_open, marked_dossiers
from ptce_aap.services.jurors import Juror, jurors


@dataclass(frozen=True, slots=True)
class PlannedDossier:
    """A dossier and the jurors that the plan adds to it."""

    dossier: Dossier
    given: int
    added: tuple[Juror, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be given to whom; ``digest`` names exactly this plan."""

    readings: int
    dossiers: tuple[PlannedDossier, ...]
    loads: tuple[tuple[Juror, int], ...]  # juror → his load once the plan is applied
    short: int  # dossiers that would still lack readers
    digest: str

    @property
    def pairs(self) -> int:
        """Return how many readings the plan gives."""
        return sum(len(planned.added) for planned in self.dossiers)


def plan(session: Session, actor: Actor, call: Call, *, readings: int, now: datetime) -> Plan:
    """Return how the missing readings would be spread, the least loaded juror first; nothing is written.

    Errors: ``readings_out_of_range``.
    """
    accounts.require(actor, Permission.ASSIGN, call.id)
    committee = {juror.reference: juror for juror in jurors(session, call)}
    if not 1 <= readings <= max(1, len(committee)):
        raise RuleViolation("readings_out_of_range", maximum=len(committee))
    lacking = _lacking(actor, call, readings, now=now)
    rows = {dossier.reference: (dossier, count) for dossier, count in session.execute(lacking)}
    excluded = _excluded(session, lacking, committee)
    needs = [
        Need(reference, readings - count, frozenset(excluded.get(dossier.id, ())))
        for reference, (dossier, count) in rows.items()
    ]
    pairs = spread(needs, {reference: juror.load for reference, juror in committee.items()})
    added: dict[str, list[Juror]] = {}
    for reference, juror in pairs:
        added.setdefault(reference, []).append(committee[juror])
    planned = tuple(
        PlannedDossier(dossier, count, tuple(added.get(reference, ()))) for reference, (dossier, count) in rows.items()
    )
    extra = [juror for _, juror in pairs]
    return Plan(
        readings=readings,
        dossiers=planned,
        loads=tuple((juror, juror.load + extra.count(reference)) for reference, juror in committee.items()),
        short=sum(one.given + len(one.added) < readings for one in planned),
        digest=hashlib.sha256(repr(sorted(pairs)).encode()).hexdigest(),
    )


def apply(session: Session, actor: Actor, call_id: int, *, readings: int, digest: str, now: datetime) -> int:
    """Give what the plan shown says, as one act; return how many readings were given.

    Errors: ``changed_meanwhile`` where the plan would no longer be the one shown, ``assignment_closed``.
    """
    accounts.require(actor, Permission.ASSIGN, call_id)
    call = calls.locked(session, call_id)
    if not is_open(call):
        raise RuleViolation("assignment_closed")
    shown = plan(session, actor, call, readings=readings, now=now)
    if shown.digest != digest:
        raise Changed()
    pairs = [(one.dossier, juror) for one in shown.dossiers for juror in one.added]
    give(session, actor, call, pairs, now=now, spread=True)
    return shown.pairs


def _lacking(actor: Actor, call: Call, readings: int, *, now: datetime) -> Select[Any]:
    query = marked_dossiers(actor, call, now=now).add_columns(given(call)).where(given(call) < readings)
    return query.order_by(Dossier.title_key, Dossier.id)


def _excluded(session: Session, lacking: Select[Any], committee: dict[str, Juror]) -> dict[int, set[str]]:
    """Return, dossier by dossier, the jurors who read it already or must not."""
    concerned = lacking.with_only_columns(Dossier.id).order_by(None)
    by_id = {juror.person_id: reference for reference, juror in committee.items()}
    found: dict[int, set[str]] = {}
    excluded = union_all(
        *(
            select(model.dossier_id, model.person_id).where(model.dossier_id.in_(concerned))
            for model in (Assignment, Conflict)
        ),
        lacking.with_only_columns(Dossier.id, Dossier.owner_id).order_by(None),
    )
    for dossier_id, person_id in session.execute(excluded):
        if person_id in by_id:
            found.setdefault(dossier_id, set()).add(by_id[person_id])
    return found
