"""What every act of two persons shares: proposed by one, confirmed by another exactly as it was proposed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor
from ptce_aap.domain.reasons import read_reason
from ptce_aap.domain.two_persons import LIFE, JointAct, Outcome
from ptce_aap.models import Call, Person, ProposedAct, ProposedActEnd
from ptce_aap.models.base import canonical_json
from ptce_aap.services.calls.calls import SYSTEM
from ptce_aap.services.joint_acts import act_letters, act_rights
from ptce_aap.services.journal import journal

REASON_MOST = 1_000


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed. ``state`` is what it stands on: once it is another, nothing of this can be confirmed."""

    kind: JointAct
    on: str  # reference of a dossier, or the call's name
    content: Mapping[str, Any]
    state: str
    reason: str = ""
    concerns_id: int | None = None
    until: datetime | None = None  # earlier than the usual term

    def digest(self, call: Call) -> str:
        """Return the SHA-256 of everything that is proposed, in its one form."""
        return _digest(call.slug, self.kind, self.on, self.concerns_id, self.content, self.state, self.reason)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Two persons want this act: what is asked for by the services that do it. Only ``confirmed`` makes one."""

    call: Call  # locked
    act: ProposedAct
    by: Actor
    proposer: Person
    at: datetime


def propose(
    session: Session, actor: Actor, call: Call, proposal: Proposal, *, base_url: str | None, now: datetime
) -> ProposedAct:
    """Write a proposal on a locked call, and tell those who may confirm it; nobody where there is no address to link.

    One that waits for the same thing is overtaken where what it stands on has changed since; else it is answered
    first. Errors: ``act_already_proposed``.
    """
    waiting = _waiting_for_the_same(session, call, proposal, now=now)
    if waiting is not None:
        if waiting.state == proposal.state:
            raise RuleViolation("act_already_proposed")
        _end(session, actor, call, waiting, Outcome.OVERTAKEN, now=now)
    act = ProposedAct(
        call_id=call.id,
        kind=proposal.kind.value,
        object=proposal.on,
        concerns_id=proposal.concerns_id,
        content=dict(proposal.content),
        state=proposal.state,
        reason=proposal.reason,
        digest=proposal.digest(call),
        proposed_by_id=actor.person_id,
        proposed_at=now,
        expires_at=min(now + LIFE, proposal.until or now + LIFE),
    )
    session.add(act)
    session.flush()
    _tell(session, actor, call, act, "proposed", now=now)
    if base_url is None:
        return act
    for person in act_rights.who_may_confirm(session, call, act):
        act_letters.to_confirm(session, call, act, person, proposer=actor.name, base_url=base_url, now=now)
    return act


def required_reason(text: str) -> str:
    """Return a reason without its outer blanks. Errors: ``reason_needed``, ``reason_too_long``."""
    return read_reason(text.replace("\r\n", "\n").replace("\x00", ""), most=REASON_MOST)


def held(session: Session, actor: Actor, call: Call, reference: str, *, now: datetime) -> ProposedAct:
    """Return a proposal that still waits, to somebody who may know of it.

    Errors: ``not_found``, ``act_ended``, ``act_expired``.
    """
    act = session.scalar(select(ProposedAct).where(ProposedAct.reference == reference, ProposedAct.call_id == call.id))
    if act is None or not act_rights.may_know(session, actor, call, act):
        raise NotFound()
    if session.get(ProposedActEnd, act.id) is not None:
        raise RuleViolation("act_ended")
    if act.expires_at <= now:
        raise RuleViolation("act_expired", since=act.expires_at)
    return act


def confirmed(
    session: Session, actor: Actor, call: Call, act: ProposedAct, *, seen: str, state: str, now: datetime
) -> Confirmed:
    """Return that two persons want an act that waits on a locked call; the caller does it, then calls ``settle``.

    ``seen`` is the digest of what the second person has read, ``state`` what the act would stand on now. Errors:
    ``not_allowed``, ``deport``, ``own_dossier_in_call``, ``own_act``, ``proposer_gone``, ``act_moved``.
    """
    refusal = act_rights.why_not_confirm(session, actor, call, act)
    if refusal is not None:
        raise refusal
    proposer = act_rights.person_now(session, act.proposed_by_id)
    if not act_rights.may_still_propose(session, call, act, proposer):
        raise RuleViolation("proposer_gone")
    if act.state != state or act.digest != seen or not digest_holds(call, act):
        raise RuleViolation("act_moved")
    return Confirmed(call, act, actor, proposer, now)


def settle(session: Session, done: Confirmed, *, base_url: str | None) -> None:
    """Write that a confirmed act is done, and tell who proposed it."""
    _end(session, done.by, done.call, done.act, Outcome.CONFIRMED, now=done.at)
    if base_url is not None:
        _tell_proposer(session, done.by, done.call, done.act, Outcome.CONFIRMED, base_url=base_url, now=done.at)


def refuse(
    session: Session, actor: Actor, call: Call, act: ProposedAct, reason: str, *, base_url: str, now: datetime
) -> None:
    """Answer no, with a reason: another proposal may be made. Errors: as ``confirmed``, ``reason_needed``…"""
    refusal = act_rights.why_not_confirm(session, actor, call, act)
    if refusal is not None:
        raise refusal
    told = required_reason(reason)
    _end(session, actor, call, act, Outcome.REFUSED, reason=told, now=now)
    _tell_proposer(session, actor, call, act, Outcome.REFUSED, base_url=base_url, now=now)


def withdraw(session: Session, actor: Actor, call: Call, act: ProposedAct, *, now: datetime) -> None:
    """Take one's own proposal back. Errors: ``not_allowed``."""
    if act.proposed_by_id != actor.person_id:
        raise RuleViolation("not_allowed", act=act.kind)
    _end(session, actor, call, act, Outcome.WITHDRAWN, now=now)


def expire(session: Session, call: Call, act: ProposedAct, *, base_url: str, now: datetime) -> None:
    """Write that nobody answered a proposal in time, and tell who made it."""
    session.add(ProposedActEnd(act_id=act.id, outcome=Outcome.EXPIRED.value, reason="", by_id=None, at=now))
    _tell(session, SYSTEM, call, act, Outcome.EXPIRED.value, now=now)
    proposer = session.get_one(Person, act.proposed_by_id)
    act_letters.ended(session, call, act, proposer, Outcome.EXPIRED, who="", base_url=base_url, now=now)


def digest_holds(call: Call, act: ProposedAct) -> bool:
    """Tell whether a proposal is the one whose digest was written down."""
    return _digest_of(call, act) == act.digest


def waiting(session: Session, call: Call, *, now: datetime) -> list[ProposedAct]:
    """Return the proposals of a call that nobody has answered yet, the oldest first."""
    return list(session.scalars(_waiting(call, now).order_by(ProposedAct.id)))


def run_out(session: Session, *, now: datetime) -> list[tuple[Call, ProposedAct]]:
    """Return the proposals whose term has passed and of which nobody has noted the end."""
    ended = exists().where(ProposedActEnd.act_id == ProposedAct.id)
    query = select(Call, ProposedAct).join(ProposedAct, ProposedAct.call_id == Call.id)
    rows = session.execute(query.where(ProposedAct.expires_at <= now, ~ended).order_by(ProposedAct.id))
    return [(row[0], row[1]) for row in rows]


def _waiting(call: Call, now: datetime) -> Any:
    ended = exists().where(ProposedActEnd.act_id == ProposedAct.id)
    return select(ProposedAct).where(ProposedAct.call_id == call.id, ProposedAct.expires_at > now, ~ended)


def _waiting_for_the_same(session: Session, call: Call, proposal: Proposal, *, now: datetime) -> ProposedAct | None:
    same = [ProposedAct.kind == proposal.kind.value, ProposedAct.object == proposal.on]
    if proposal.concerns_id is not None:
        same.append(ProposedAct.concerns_id == proposal.concerns_id)
    found: ProposedAct | None = session.scalar(_waiting(call, now).where(*same).limit(1))
    return found


def _digest_of(call: Call, act: ProposedAct) -> str:
    kind = JointAct(act.kind)
    return _digest(call.slug, kind, act.object, act.concerns_id, act.content, act.state, act.reason)


def _digest(
    slug: str,
    kind: JointAct,
    on: str,
    concerns_id: int | None,
    content: Mapping[str, Any],
    state: str,
    reason: str,
) -> str:
    told = {
        "call": slug,
        "concerns": concerns_id,
        "content": dict(content),
        "kind": kind.value,
        "on": on,
        "reason": reason,
        "state": state,
    }
    return hashlib.sha256(canonical_json(told).encode()).hexdigest()


def _end(
    session: Session, actor: Actor, call: Call, act: ProposedAct, outcome: Outcome, *, reason: str = "", now: datetime
) -> None:
    session.add(ProposedActEnd(act_id=act.id, outcome=outcome.value, reason=reason, by_id=actor.person_id, at=now))
    _tell(session, actor, call, act, outcome.value, now=now)


def _tell(session: Session, actor: Actor, call: Call, act: ProposedAct, what: str, *, now: datetime) -> None:
    kind = "dossier" if act.kind == JointAct.CORRECTION else "call"
    facts: dict[str, object] = {"proposal": act.reference, "digest": act.digest}
    if act.proposed_by_id != actor.person_id:
        facts["proposed_by"] = session.get_one(Person, act.proposed_by_id).reference
    if act.concerns_id is not None:
        facts["concerns"] = session.get_one(Person, act.concerns_id).reference
    journal.record(session, actor, f"{act.kind}.{what}", on=(kind, act.object), at=now, call_id=call.id, facts=facts)


def _tell_proposer(
    session: Session,
    actor: Actor,
    call: Call,
    act: ProposedAct,
    outcome: Outcome,
    *,
    base_url: str,
    now: datetime,
) -> None:
    proposer = session.get_one(Person, act.proposed_by_id)
    act_letters.ended(session, call, act, proposer, outcome, who=actor.name, base_url=base_url, now=now)
