"""The call team decides eligibility: one dossier with its reason, or those that nobody doubts together."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.dossier import Act, State, after
from ptce_aap.domain.eligibility import Result
from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Deed, Permission, Role
from ptce_aap.domain.reasons import read_reason
from ptce_aap.models import Call, Dossier, EligibilityDecision, visibility
from ptce_aap.models.instruction import proposed_whole
from ptce_aap.services.accounts import accounts
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers import listing, managed, rooms
from ptce_aap.services.dossiers.dossiers import PAGE_SIZE, Page, counted
from ptce_aap.services.journal import journal

REASON_LENGTH = 2000
# What the decisions taken together say.
CLEAR_BY_REGION = "Toutes les règles sont remplies, d’après le calcul et d’après la proposition régionale."
CLEAR_WITHOUT_REGIONS = "Toutes les règles sont remplies, d’après le calcul."


@dataclass(frozen=True, slots=True)
class Queue:
    """The call team's queue: tabs with their counts, one page of lines."""

    definition: CallDefinition
    counts: dict[str, int]
    clear: int  # how many of those to decide nobody doubts
    page: Page[listing.Line]


def queue(session: Session, actor: Actor, call: Call, asked: listing.Asked, *, now: datetime) -> Queue:
    """Return one page of the dossiers in a state (``asked.state``)."""
    definition = calls.definition_of(session, call)
    visible = rooms.open_to(actor, call, now=now)
    return Queue(
        definition=definition,
        counts=listing.counts_by_state(session, visible),
        clear=counted(session, visible.where(*_clear(definition))),
        page=managed.masked_lines(session, actor, call, visible, definition, asked),
    )


def clear_dossiers(session: Session, actor: Actor, call: Call, *, page: int, now: datetime) -> Page[listing.Line]:
    """Return the dossiers to decide of which every rule is met, by computation and by proposal."""
    definition = calls.definition_of(session, call)
    asked = listing.Asked(sort="title", page=page)
    visible = rooms.open_to(actor, call, now=now)
    return managed.masked_lines(session, actor, call, visible, definition, asked, *_clear(definition))


def decide(
    session: Session,
    actor: Actor,
    call_id: int,
    reference: str,
    *,
    eligible: bool,
    reason: str,
    version: int,
    now: datetime,
) -> None:
    """Decide whether a dossier goes to the jury. ``version`` is that of the decision shown, 0 where there was none.

    Errors: ``not_allowed``, ``not_found``, ``decision_settled``, ``reason_needed``, ``reason_too_long``,
    ``changed_meanwhile``.
    """
    call = _held_call(session, actor, call_id)
    mine = visibility.managed_by(actor.person_id, call, now=now).where(Dossier.reference == reference)
    dossier = session.scalar(mine.with_for_update(of=Dossier))
    if dossier is None:
        raise NotFound()
    if not may_decide(call, dossier.state):
        raise RuleViolation("decision_settled")
    told = read_reason(reason, most=REASON_LENGTH)
    known = session.get(EligibilityDecision, dossier.id, with_for_update=True)
    if version != (known.version if known is not None else 0):
        raise Conflict()
    _write(session, actor, dossier, known, eligible, told, now)


def decide_clear(
    session: Session, actor: Actor, call_id: int, references: Collection[str], *, now: datetime
) -> tuple[int, int]:
    """Find eligible, in one act, those of these dossiers that nobody doubts; return how many were, and were not.

    Errors: ``not_allowed``, ``nothing_chosen``, ``changed_meanwhile`` where there are more than a page shows.
    """
    call = _held_call(session, actor, call_id)
    if not references:
        raise RuleViolation("nothing_chosen")
    if len(references) > PAGE_SIZE:  # no page of ours shows so many
        raise Conflict()
    definition = calls.definition_of(session, call)
    found = session.scalars(
        visibility.managed_by(actor.person_id, call, now=now)
        .where(Dossier.reference.in_(sorted(set(references))), *_clear(definition))
        .order_by(Dossier.id)
        .with_for_update(of=Dossier)
    ).all()
    decided = [dossier for dossier in found if may_decide(call, dossier.state)]
    for dossier in decided:
        _write(session, actor, dossier, None, True, clear_reason(definition), now)
    return len(decided), len(set(references)) - len(decided)


def clear_reason(definition: CallDefinition) -> str:
    """Return the reason written for the dossiers that are decided together."""
    return CLEAR_BY_REGION if definition.sheet.regions else CLEAR_WITHOUT_REGIONS


def may_decide(call: Call, state: str) -> bool:
    """Tell whether eligibility may be decided: a first time until the marking closes, again until it opens."""
    deed = Deed.DECIDE_ELIGIBILITY if state == State.FILED else Deed.CHANGE_ELIGIBILITY
    return call.allows(deed)


def _held_call(session: Session, actor: Actor, call_id: int) -> Call:
    accounts.require(actor, Permission.DECIDE_ELIGIBILITY, call_id)
    return session.get_one(Call, call_id, with_for_update={"read": True})


def _clear(definition: CallDefinition) -> tuple[ColumnElement[bool], ...]:
    """Filed, computed as met, and proposed as met where the call has regions that propose."""
    proposed = proposed_whole(len(definition.eligibility)) == Result.MET.value
    conditions = (Dossier.state == State.FILED.value, Dossier.computed_eligibility == Result.MET.value)
    return (*conditions, proposed) if definition.sheet.regions else conditions


def _write(
    session: Session,
    actor: Actor,
    dossier: Dossier,
    known: EligibilityDecision | None,
    eligible: bool,
    reason: str,
    now: datetime,
) -> None:
    before = dossier.state
    dossier.state = after(before, Act.FIND_ELIGIBLE if eligible else Act.FIND_NOT_ELIGIBLE).value
    decision = known or EligibilityDecision(dossier_id=dossier.id)
    decision.eligible, decision.reason = eligible, reason
    decision.author_id, decision.at = actor.person_id, now
    session.add(decision)
    session.flush()
    facts = {"number": dossier.number, "eligible": eligible, "state_before": before}
    on = ("dossier", dossier.reference)
    journal.record(
        session, actor, "eligibility.decided", on=on, at=now, call_id=dossier.call_id, role=Role.TEAM, facts=facts
    )
