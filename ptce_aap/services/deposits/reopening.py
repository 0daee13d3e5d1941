"""The applicant comes back on what he filed: changes it, gives the changes up, withdraws it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from ptce_aap.domain.dossier import Act, State, after
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Deed, Permission
from ptce_aap.domain.reasons import read_reason
from ptce_aap.domain.sharing import Right
from ptce_aap.models import Assignment, Call, Dossier, Withdrawal
from ptce_aap.services.accounts import accounts
from ptce_aap.services.applicants import holding
from ptce_aap.services.deposits import deposit_letters, revisions
from ptce_aap.services.exchanges import complement_answers

LONGEST_REASON = 2_000


def reopen(session: Session, actor: Actor, reference: str, *, now: datetime) -> Dossier:
    """Begin to change a dossier that one has filed, while the call is open; return the revision, new or under way.

    Errors: those of ``holding.locked``, ``wrong_state``, ``call_not_open_yet``, ``call_closed``.
    """
    dossier = holding.locked(session, actor, reference, right=Right.FILE)
    if dossier.revises_id is not None:
        raise NotFound()
    if dossier.state not in (State.FILED, State.WITHDRAWN):
        raise RuleViolation("wrong_state", state=dossier.state)
    call = session.get_one(Call, dossier.call_id)
    accounts.require(actor, Permission.FILE_DOSSIER, call.id)
    holding.require_open(call, now)
    revision = revisions.alive(session, dossier.id)
    if revision is None or revisions.is_late(revision, call, now):
        revision = revisions.begin(session, dossier, now=now)
        holding.record(session, actor, "dossier.reopened", dossier, now)
    return revision


def give_up(session: Session, actor: Actor, reference: str, *, now: datetime) -> Dossier:
    """Drop the changes under way, named by the revision; return the dossier, which stays as it was filed.

    What a request for complements opened is not dropped: it is answered or runs out.
    Errors: those of ``holding.locked``.
    """
    revision = holding.locked(session, actor, reference, right=Right.FILE)
    if revision.revises_id is None or revision.due_at is not None:
        raise NotFound()
    dossier = session.get_one(Dossier, revision.revises_id)
    if revision.ended_at is None:
        revisions.end(session, revision, at=now)
        holding.record(session, actor, "dossier.revision_dropped", dossier, now)
    return dossier


def withdraw(session: Session, actor: Actor, reference: str, reason: str, *, base_url: str, now: datetime) -> Dossier:
    """Withdraw a filed dossier: readers no longer find it. Possible until the jury's marking is open.

    Errors: those of ``holding.locked``, ``reason_needed``, ``reason_too_long``, ``withdrawal_too_late``,
    ``already_done``, ``wrong_state``.
    """
    dossier = holding.locked(session, actor, reference)
    if dossier.revises_id is not None:
        raise NotFound()
    call = session.get_one(Call, dossier.call_id, with_for_update={"read": True})
    accounts.require(actor, Permission.FILE_DOSSIER, call.id)
    told = read_reason(reason, most=LONGEST_REASON)
    if dossier.state == State.WITHDRAWN:
        raise RuleViolation("already_done")
    if not call.allows(Deed.WITHDRAW_DOSSIER):
        raise RuleViolation("withdrawal_too_late", since=call.marking_opened_at)
    dossier.state = after(dossier.state, Act.WITHDRAW).value
    session.add(Withdrawal(dossier_id=dossier.id, reason=told, by_id=actor.person_id, at=now))
    session.execute(delete(Assignment).where(Assignment.dossier_id == dossier.id))
    complement_answers.drop_with(session, dossier, now=now)
    holding.record(session, actor, "dossier.withdrawn", dossier, now, number=dossier.number)
    deposit_letters.owe_withdrawal(session, dossier, call, base_url=base_url, now=now)
    return dossier
