"""A plan changed by hand, its consequences read, applied as one act, undone while nobody has begun."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, select, tuple_
from sqlalchemy.orm import Session

from ptce_aap.domain.assignment.explaining import Sharing
from ptce_aap.domain.assignment.instance import Pair
from ptce_aap.domain.errors import Conflict as Changed
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Permission, Role
from ptce_aap.models import Assignment, Call, ReadingPlan
from ptce_aap.services.accounts import accounts
from ptce_aap.services.assignment import plan_page, plan_situation, plan_store
from ptce_aap.services.assignment.assignment import give, is_open
from ptce_aap.services.assignment.plan_page import PlanPage
from ptce_aap.services.assignment.plan_situation import Known
from ptce_aap.services.calls import calls
from ptce_aap.services.journal import journal


def edit(
    session: Session,
    actor: Actor,
    call_id: int,
    reference: str,
    dossier: str,
    *,
    chosen: Collection[str],
    version: int,
    now: datetime,
) -> None:
    """Change by hand the readers that a plan gives to one dossier; nothing is given yet.

    Errors: ``not_found``, ``assignment_closed``, ``plan_applied``, ``changed_meanwhile``, ``reader_in_conflict``,
    ``reading_begun``.
    """
    found = _open(session, actor, call_id, reference, version, now)
    plan, known, sharing = found.plan, found.known, _computed(found)
    if dossier not in known.dossiers or not set(chosen) <= known.jurors.keys():
        raise NotFound()
    wanted = {(dossier, juror) for juror in chosen}
    for pair in sorted(wanted & known.situation.excluded):
        raise RuleViolation("reader_in_conflict", name=known.jurors[pair[1]].name)
    for pair, begun in known.situation.standing.items():
        if begun and pair[0] == dossier and pair not in wanted:
            raise RuleViolation("reading_begun", name=known.jurors[pair[1]].name)
    if wanted == {pair for pair in sharing.pairs if pair[0] == dossier}:
        return
    assert plan.content is not None
    proposed = {pair for pair in plan_page.pairs_of(plan.content["pairs"]) if pair[0] == dossier}
    changes = {"added": wanted - proposed, "removed": proposed - wanted}
    plan.edits = {
        kind: sorted([*(pair for pair in plan.edits.get(kind, []) if pair[0] != dossier), *map(list, pairs)])
        for kind, pairs in changes.items()
    }


def apply(
    session: Session, actor: Actor, call_id: int, reference: str, *, version: int, now: datetime
) -> tuple[int, int]:
    """Give and take what the plan says, as one act; return how many readings of each. None that is begun is taken.

    Errors: ``not_found``, ``assignment_closed``, ``plan_applied``, ``changed_meanwhile`` where what it was computed
    from has changed, or the plan itself since it was shown.
    """
    found = _open(session, actor, call_id, reference, version, now)
    plan, sharing = found.plan, _computed(found)
    if found.changed:
        raise Changed()
    given, taken = sharing.given, sharing.taken
    call = session.get_one(Call, call_id)
    facts = {"plan": plan.reference, "given": len(given), "taken": len(taken), "readings": found.settings.readings}
    journal.record(
        session,
        actor,
        "plan.applied",
        on=("call", call.slug),
        at=now,
        call_id=call.id,
        role=Role.TEAM,
        facts={**facts, "inputs": plan.inputs_digest},
    )
    _take_back(session, actor, call, found.known, taken, plan, now)
    _give(session, actor, call, found.known, given, plan, now)
    plan.applied = {"given": [list(pair) for pair in given], "taken": [list(pair) for pair in taken]}
    plan.applied_at = now
    return len(given), len(taken)


def undo(session: Session, actor: Actor, call_id: int, reference: str, *, now: datetime) -> tuple[int, int]:
    """Take back what a plan gave and give again what it took, while nobody has begun; return how many of each.

    What was changed by hand since stands. Errors: ``not_found``, ``assignment_closed``, ``already_done``,
    ``plan_begun``.
    """
    accounts.require(actor, Permission.ASSIGN, call_id)
    call = calls.locked(session, call_id)
    plan = plan_store.find(session, actor, call, reference, now=now)
    if not is_open(call):
        raise RuleViolation("assignment_closed")
    if plan.applied is None or plan.undone_at is not None:
        raise RuleViolation("already_done")
    known = plan_situation.known(session, actor, call, now=now)
    standing = known.situation.standing
    given, taken = (plan_page.pairs_of(plan.applied[kind]) for kind in ("given", "taken"))
    if any(standing.get(pair) for pair in given):
        raise RuleViolation("plan_begun")
    back = sorted(pair for pair in given if pair in standing)
    again = sorted(pair for pair in taken if _may_be_given(known, pair))
    facts = {"plan": plan.reference, "taken": len(back), "given": len(again)}
    on = ("call", call.slug)
    journal.record(session, actor, "plan.undone", on=on, at=now, call_id=call.id, role=Role.TEAM, facts=facts)
    _take_back(session, actor, call, known, back, plan, now)
    _give(session, actor, call, known, again, plan, now)
    plan.undone_at = now
    return len(back), len(again)


def may_be_undone(found: PlanPage) -> bool:
    """Tell whether a plan that was applied can still be undone."""
    plan = found.plan
    if plan.applied is None or plan.undone_at is not None or not found.open:
        return False
    standing = found.known.situation.standing
    return not any(standing.get(pair) for pair in plan_page.pairs_of(plan.applied["given"]))


def _open(session: Session, actor: Actor, call_id: int, reference: str, version: int, now: datetime) -> PlanPage:
    accounts.require(actor, Permission.ASSIGN, call_id)
    call = calls.locked(session, call_id)
    found = plan_page.page(session, actor, call, reference, now=now)
    if not found.open:
        raise RuleViolation("assignment_closed")
    if found.plan.applied_at is not None:
        raise RuleViolation("plan_applied")
    if found.plan.version != version:
        raise Changed()
    return found


def _computed(found: PlanPage) -> Sharing:
    if found.sharing is None:
        raise NotFound()
    return found.sharing


def _may_be_given(known: Known, pair: Pair) -> bool:
    there = pair[0] in known.dossiers and pair[1] in known.jurors
    return there and pair not in known.situation.standing and pair not in known.situation.excluded


def _give(
    session: Session, actor: Actor, call: Call, known: Known, pairs: Sequence[Pair], plan: ReadingPlan, now: datetime
) -> None:
    readings = [(known.dossiers[dossier], known.jurors[juror]) for dossier, juror in pairs]
    held = _rows(session, known, pairs)
    # A row whose reader left the jury and came back is there still: it counts again by itself.
    fresh = [one for one in readings if (one[0].id, one[1].person_id) not in held]
    give(session, actor, call, fresh, now=now, plan=plan.reference)


def _take_back(
    session: Session, actor: Actor, call: Call, known: Known, pairs: Sequence[Pair], plan: ReadingPlan, now: datetime
) -> None:
    if not pairs:
        return
    keys = [(known.dossiers[dossier].id, known.jurors[juror].person_id) for dossier, juror in pairs]
    session.execute(
        delete(Assignment)
        .where(tuple_(Assignment.dossier_id, Assignment.person_id).in_(keys))
        .execution_options(synchronize_session=False)
    )
    lines = [
        journal.Line(
            actor=actor.reference,
            role=Role.TEAM,
            act="assignment.taken_back",
            on=("dossier", dossier),
            at=now,
            facts={"juror": juror, "plan": plan.reference},
        )
        for dossier, juror in pairs
    ]
    journal.record_all(session, call.id, lines)


def _rows(session: Session, known: Known, pairs: Sequence[Pair]) -> set[tuple[int, int]]:
    keys = [(known.dossiers[dossier].id, known.jurors[juror].person_id) for dossier, juror in pairs]
    query = select(Assignment.dossier_id, Assignment.person_id)
    found = session.execute(query.where(tuple_(Assignment.dossier_id, Assignment.person_id).in_(keys)))
    return {(row.dossier_id, row.person_id) for row in found}
