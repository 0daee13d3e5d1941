"""Answering a proposed act: confirmed, it is done at once, exactly as it was proposed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from ptce_aap.domain.permissions import Actor
from ptce_aap.domain.two_persons import JointAct
from ptce_aap.models import Call, ProposedAct
from ptce_aap.services.calls import calls
from ptce_aap.services.deposits import results
from ptce_aap.services.joint_acts import act_rights, conflict_corrections, extensions, two_persons
from ptce_aap.services.joint_acts.two_persons import Confirmed
from ptce_aap.services.selection import shortlists

_STATES: dict[JointAct, Callable[[Session, Call, ProposedAct], str]] = {
    JointAct.EXTENSION: lambda _session, call, _act: extensions.state_of(call),
    JointAct.FREEZING: lambda session, call, _act: shortlists.list_state(session, call),
    JointAct.PUBLICATION: lambda session, call, _act: shortlists.publication_state(session, call),
    JointAct.CORRECTION: conflict_corrections.state_of,
}


def confirm(
    session: Session, actor: Actor, call_id: int, reference: str, *, seen: str, base_url: str, now: datetime
) -> JointAct:
    """Do an act that another person proposed; ``seen`` is the digest of the proposal that was read.

    Of several at once, one does it. Errors: those of ``two_persons.held``, of ``two_persons.confirmed``, and of the
    act itself.
    """
    call = calls.locked(session, call_id)
    actor = act_rights.as_of_now(session, actor)
    act = two_persons.held(session, actor, call, reference, now=now)
    refusal = act_rights.why_not_confirm(session, actor, call, act)
    if refusal is not None:
        raise refusal  # before the list is read, which takes time
    state = state_of(session, call, act)
    done = two_persons.confirmed(session, actor, call, act, seen=seen, state=state, now=now)
    _do(session, done, base_url=base_url)
    two_persons.settle(session, done, base_url=base_url)
    return JointAct(act.kind)


def refuse(
    session: Session, actor: Actor, call_id: int, reference: str, reason: str, *, base_url: str, now: datetime
) -> None:
    """Refuse an act that another person proposed. Errors: those of ``two_persons.held`` and ``two_persons.refuse``."""
    call = calls.locked(session, call_id)
    actor = act_rights.as_of_now(session, actor)
    act = two_persons.held(session, actor, call, reference, now=now)
    two_persons.refuse(session, actor, call, act, reason, base_url=base_url, now=now)


def withdraw(session: Session, actor: Actor, call_id: int, reference: str, *, now: datetime) -> None:
    """Take one's own proposal back. Errors: those of ``two_persons.held``, ``not_allowed``."""
    call = calls.locked(session, call_id)
    act = two_persons.held(session, actor, call, reference, now=now)
    two_persons.withdraw(session, actor, call, act, now=now)


def run_out(session: Session, *, base_url: str, now: datetime) -> None:
    """Note the proposals that nobody answered in time, and write to those who made them."""
    for call, act in two_persons.run_out(session, now=now):
        two_persons.expire(session, call, act, base_url=base_url, now=now)


def state_of(session: Session, call: Call, act: ProposedAct) -> str:
    """Return what a proposed act would stand on now. Errors: where it cannot be done any more."""
    return _STATES[JointAct(act.kind)](session, call, act)


def _do(session: Session, done: Confirmed, *, base_url: str) -> None:
    match JointAct(done.act.kind):
        case JointAct.EXTENSION:
            extensions.extend(session, done, base_url=base_url)
        case JointAct.FREEZING:
            shortlists.freeze(session, done)
        case JointAct.PUBLICATION:
            results.publish(session, done)
        case JointAct.CORRECTION:
            conflict_corrections.correct(session, done)
