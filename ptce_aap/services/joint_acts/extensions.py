"""Putting the closing of a call off, by two persons: with a reason, kept with its history, told to applicants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, joinedload

from ptce_aap import addresses
from ptce_aap.documents import french
from ptce_aap.domain import calendar
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Actor, Deed
from ptce_aap.domain.two_persons import JointAct
from ptce_aap.mail import messages
from ptce_aap.models import Call, CallExtension, Dossier, EligibilityDecision, ProposedAct, visibility
from ptce_aap.services.applicants import applicant
from ptce_aap.services.calls import calls
from ptce_aap.services.exchanges import letters
from ptce_aap.services.joint_acts import act_rights, two_persons
from ptce_aap.services.joint_acts.two_persons import REASON_MOST, Confirmed, Proposal
from ptce_aap.services.journal import journal

LONGEST_REASON = REASON_MOST


def propose(
    session: Session, actor: Actor, call_id: int, closes_at: datetime, reason: str, *, base_url: str, now: datetime
) -> ProposedAct:
    """Propose to put the closing off to this first instant at which it is too late.

    The closing stays where it is until another person confirms: a proposal neither closes nor opens anything.
    Errors: those of ``two_persons.propose``, ``reason_needed``, ``reason_too_long``, ``extension_too_late``,
    ``extension_not_later``, ``extension_past_opinions``.
    """
    call = calls.locked(session, call_id)
    act_rights.require_proposer(session, actor, call, JointAct.EXTENSION)
    told = two_persons.required_reason(reason)
    _require_later(session, call, closes_at, now=now)
    proposal = Proposal(
        kind=JointAct.EXTENSION,
        on=call.slug,
        content={"closes_at": closes_at.astimezone(UTC).isoformat()},
        state=state_of(call),
        reason=told,
        until=closes_at,
    )
    return two_persons.propose(session, actor, call, proposal, base_url=base_url, now=now)


def state_of(call: Call) -> str:
    """Return what a proposal to put the closing off stands on: the closing of now."""
    return call.closes_at.isoformat()


def proposed_closing(act: ProposedAct) -> datetime:
    """Return the closing that a proposal asks for."""
    return datetime.fromisoformat(act.content["closes_at"])


def extend(session: Session, done: Confirmed, *, base_url: str) -> None:
    """Put the closing off as two persons want it.

    Possible after the closing too, as long as nothing was decided on the dossiers: a service that fails in the last
    hour is made up for. Errors: ``extension_too_late``, ``extension_not_later``, ``extension_past_opinions``.
    """
    call, now, closes_at = done.call, done.at, proposed_closing(done.act)
    _require_later(session, call, closes_at, now=now)
    before, call.closes_at = call.closes_at, closes_at
    reason = done.act.reason
    session.add(
        CallExtension(call_id=call.id, before=before, after=closes_at, reason=reason, by_id=done.by.person_id, at=now)
    )
    facts = {"closed": before.isoformat(), "closes": closes_at.isoformat()}
    journal.record(session, done.by, "call.extended", on=("call", call.slug), at=now, call_id=call.id, facts=facts)
    _owe_letters(session, call, reason, base_url=base_url, now=now)


def history(session: Session, call: Call) -> tuple[CallExtension, ...]:
    """Return how the closing was put off, the first time first."""
    query = select(CallExtension).where(CallExtension.call_id == call.id).order_by(CallExtension.id)
    return tuple(session.scalars(query))


@dataclass(frozen=True, slots=True)
class Deadline:
    """What an open page asks again: the time of the server, and until when one may file."""

    now: datetime
    closes_at: datetime

    @property
    def last_moment(self) -> datetime:
        """The last second at which a deposit is on time."""
        return calendar.last_moment(self.closes_at)


def deadline_of(session: Session, actor: Actor, reference: str, *, now: datetime) -> Deadline:
    """Return until when a dossier that one reads may be filed. Errors: ``not_found``."""
    dossier = applicant.own_dossier(session, actor, reference)
    return Deadline(now, dossier.due_at or session.get_one(Call, dossier.call_id).closes_at)


def _require_later(session: Session, call: Call, closes_at: datetime, *, now: datetime) -> None:
    if not call.allows(Deed.EXTEND_CALL) or _is_decided(session, call):
        raise RuleViolation("extension_too_late")
    if closes_at <= max(call.closes_at, now):
        raise RuleViolation("extension_not_later", closes=calendar.last_moment(max(call.closes_at, now)))
    if call.opinions_due_at is not None and closes_at >= call.opinions_due_at:
        raise RuleViolation("extension_past_opinions", due=calendar.last_moment(call.opinions_due_at))


def _is_decided(session: Session, call: Call) -> bool:
    decided = exists().where(EligibilityDecision.dossier_id == Dossier.id, Dossier.call_id == call.id)
    return bool(session.scalar(select(decided)))


def _owe_letters(session: Session, call: Call, reason: str, *, base_url: str, now: datetime) -> None:
    closing = french.long_instant(calls.last_moment(call))
    for dossier in session.scalars(visibility.unfinished(call).options(joinedload(Dossier.owner))):
        letter = messages.closing_put_off(
            dossier.owner.email,
            title=dossier.title,
            call_title=call.title,
            closing=closing,
            reason=reason,
            link=base_url + addresses.dossier(dossier.reference),
        )
        letters.send(session, letter, at=now, call_id=call.id)
