"""The term of opinions and regional ranks: set by the team of the call, then frozen as it stood at that instant."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ptce_aap import addresses
from ptce_aap.documents import french
from ptce_aap.domain import calendar
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Deed, Permission
from ptce_aap.mail import messages
from ptce_aap.models import Call, OpinionTerm, RegionalOrder
from ptce_aap.models.base import canonical_json
from ptce_aap.services.accounts import accounts
from ptce_aap.services.calls import calls
from ptce_aap.services.calls.calls import SYSTEM
from ptce_aap.services.exchanges import letters
from ptce_aap.services.instruction import correspondents, instruction
from ptce_aap.services.joint_acts import two_persons
from ptce_aap.services.journal import journal

ON_THE_WAY = timedelta(minutes=10)
"""How long after the term its order is frozen: what reached us before it, and took its time, is written by then."""


@dataclass(frozen=True, slots=True)
class TermNotice:
    """What the room says of the term; instants are those that readers know (the last second on time)."""

    last_moment: datetime | None  # None: none is set
    time_left: timedelta | None  # where it is short enough to be shown
    over: bool
    frozen_at: datetime | None
    digest: str | None


def set_term(
    session: Session, actor: Actor, call_id: int, due_at: datetime, reason: str, *, base_url: str, now: datetime
) -> None:
    """Set the term of opinions and regional ranks, or put it off; the correspondents of the call are told.

    ``due_at``: the first instant at which it is too late. Errors: ``not_allowed``, ``not_found`` (the call has no
    regions, hence no opinions), ``opinions_term_too_late``,
    ``opinions_term_not_later`` (``after``), ``reason_needed``, ``reason_too_long``.
    """
    accounts.require(actor, Permission.MANAGE_CALL, call_id)
    call = calls.locked(session, call_id)
    if not calls.definition_of(session, call).sheet.regions:
        raise NotFound()
    if not call.allows(Deed.SET_OPINION_TERM):
        raise RuleViolation("opinions_term_too_late")
    told = two_persons.required_reason(reason)
    before = instruction.opinions_due(call)
    soonest = max(call.closes_at, now, before or now)
    if due_at <= soonest:
        raise RuleViolation("opinions_term_not_later", after=calendar.last_moment(soonest))
    call.opinions_due_at = due_at
    session.add(OpinionTerm(call_id=call.id, before=before, due_at=due_at, reason=told, by_id=actor.person_id, at=now))
    facts = {"due": due_at.isoformat(), **({"before": before.isoformat()} if before else {})}
    on = ("call", call.slug)
    journal.record(session, actor, "opinions.term_set", on=on, at=now, call_id=call.id, facts=facts)
    _owe_letters(session, call, told, put_off=before is not None, base_url=base_url, now=now)


def history(session: Session, call: Call) -> tuple[OpinionTerm, ...]:
    """Return how the term was set and put off, the first time first."""
    return tuple(session.scalars(select(OpinionTerm).where(OpinionTerm.call_id == call.id).order_by(OpinionTerm.id)))


def notice(session: Session, call: Call, *, now: datetime) -> TermNotice:
    """Return what the room says of the term of a call."""
    due = instruction.opinions_due(call)
    if due is None:
        return TermNotice(None, None, False, None, None)
    over = now >= due
    held = _in_force(session, call) if over else None
    return TermNotice(
        last_moment=calendar.last_moment(due),
        time_left=calls.time_left(due, now),
        over=over,
        frozen_at=held.frozen_at if held else None,
        digest=held.digest if held else None,
    )


def freeze(session: Session, *, now: datetime) -> int:
    """Note the orders that held at each term that has passed, and return how many calls were frozen.

    They are those that were last saved before the term, at whatever hour this runs.
    """
    waiting = (
        select(OpinionTerm)
        .join(Call, Call.id == OpinionTerm.call_id)
        .where(OpinionTerm.due_at == Call.opinions_due_at, OpinionTerm.frozen_at.is_(None))
        .where(OpinionTerm.due_at <= now - ON_THE_WAY)
        .order_by(OpinionTerm.id)
    )
    found = session.scalars(waiting).all()
    for term in found:
        call = calls.locked(session, term.call_id)
        if instruction.opinions_due(call) != term.due_at:
            continue  # put off while we waited
        orders = orders_at(session, call, term.due_at)
        term.frozen_at, term.digest = now, digest_of(orders)
        facts = {"due": term.due_at.isoformat(), "sha256": term.digest, "regions": sorted(orders)}
        on = ("call", call.slug)
        journal.record(session, SYSTEM, "opinions.frozen", on=on, at=now, call_id=call.id, facts=facts)
    return len(found)


def orders_at(session: Session, call: Call, instant: datetime) -> dict[str, dict[str, int]]:
    """Return the order of each region (reference → number) as it was last saved before an instant."""
    last = (
        select(func.max(RegionalOrder.id))
        .where(RegionalOrder.call_id == call.id, RegionalOrder.at < instant)
        .group_by(RegionalOrder.region)
    )
    rows = session.scalars(select(RegionalOrder).where(RegionalOrder.id.in_(last)))
    return {row.region: dict(row.ranks) for row in rows}


def digest_of(orders: Mapping[str, Mapping[str, int]]) -> str:
    """Return the SHA-256, in hexadecimal, of the orders of regions."""
    return hashlib.sha256(canonical_json({code: dict(ranks) for code, ranks in orders.items()}).encode()).hexdigest()


def _in_force(session: Session, call: Call) -> OpinionTerm | None:
    query = select(OpinionTerm).where(OpinionTerm.call_id == call.id, OpinionTerm.due_at == call.opinions_due_at)
    return session.scalar(query.order_by(OpinionTerm.id.desc()).limit(1))


def _owe_letters(session: Session, call: Call, reason: str, *, put_off: bool, base_url: str, now: datetime) -> None:
    due = instruction.opinions_due(call)
    assert due is not None
    for person in correspondents.of_call(session, call):
        letter = messages.opinions_due(
            person.email,
            call_title=call.title,
            due=french.long_instant(calendar.last_moment(due)),
            put_off=put_off,
            reason=reason,
            link=base_url + addresses.regional_ranks(call.slug),
        )
        letters.send(session, letter, at=now, call_id=call.id)
