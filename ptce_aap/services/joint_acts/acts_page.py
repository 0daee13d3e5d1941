"""The acts of a call that take two persons, as those who propose, answer or control them see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.domain import calendar
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Permission
from ptce_aap.domain.two_persons import JointAct, Outcome
from ptce_aap.models import Call, Dossier, Person, ProposedAct, ProposedActEnd
from ptce_aap.services.accounts import accounts
from ptce_aap.services.joint_acts import act_rights, extensions, joint_acts, two_persons
from ptce_aap.services.selection import shortlists

PAST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Shown:
    """A proposal in words that its reader may know. ``outcome`` is None while it waits."""

    act: ProposedAct
    kind: JointAct
    proposer: str
    mine: bool
    answers: bool  # this reader may confirm it or refuse it
    concerns: str  # the person, empty where it is about nobody
    dossier: str  # its title, empty where it is about none
    last_moment: datetime | None  # of the closing that is asked for
    outcome: Outcome | None
    by: str
    at: datetime | None
    answer: str


@dataclass(frozen=True, slots=True)
class Acts:
    """Every act of a call that this reader may know of."""

    to_answer: tuple[Shown, ...]
    waiting: tuple[Shown, ...]  # for somebody else
    past: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class OneAct:
    """A proposal that waits, before its answer. ``obstacle``: why it cannot be confirmed by anybody any more."""

    shown: Shown
    obstacle: RuleViolation | None
    refusal: RuleViolation | None  # why this reader does not answer
    may_confirm: tuple[str, ...]  # names
    kept_by_debt: tuple[str, ...]  # names of those who could, had their role another origin
    preview: shortlists.Preview | None  # of the list to freeze, where it is still what was proposed


@dataclass(frozen=True, slots=True)
class Pending:
    """What waits, as the dashboard says it first."""

    to_answer: tuple[Shown, ...] = ()
    mine: tuple[Shown, ...] = ()


def read(session: Session, actor: Actor, call: Call, *, now: datetime) -> Acts:
    """Return the acts of a call. Errors: ``not_allowed``."""
    accounts.require(actor, Permission.SEE_MANAGEMENT, call.id)
    waiting = _waiting(session, actor, call, now=now)
    return Acts(
        to_answer=tuple(one for one in waiting if one.answers),
        waiting=tuple(one for one in waiting if not one.answers),
        past=tuple(_past(session, actor, call, now=now)),
    )


def pending(session: Session, actor: Actor, call: Call, *, now: datetime) -> Pending:
    """Return what waits for this person's answer, and what he proposed that waits for another's."""
    waiting = _waiting(session, actor, call, now=now)
    return Pending(
        to_answer=tuple(one for one in waiting if one.answers),
        mine=tuple(one for one in waiting if one.mine),
    )


def read_one(session: Session, actor: Actor, call: Call, reference: str, *, now: datetime) -> OneAct:
    """Return a proposal that waits. Errors: ``not_allowed``, those of ``two_persons.held``."""
    accounts.require(actor, Permission.SEE_MANAGEMENT, call.id)
    act = two_persons.held(session, actor, call, reference, now=now)
    obstacle = _obstacle(session, call, act)
    preview = None
    sees_list = act.kind == JointAct.FREEZING and actor.may(Permission.FREEZE_SHORTLIST, call.id)
    if obstacle is None and sees_list:
        preview = shortlists.preview(session, actor, call)
        obstacle = next(iter(preview.obstacles), None)
    return OneAct(
        shown=_shown(session, actor, call, act, None),
        obstacle=obstacle,
        refusal=act_rights.why_not_confirm(session, actor, call, act),
        may_confirm=tuple(person.name or person.email for person in act_rights.who_may_confirm(session, call, act)),
        kept_by_debt=tuple(person.name or person.email for person in act_rights.kept_by_debt(session, call, act)),
        preview=preview,
    )


def waiting_for(
    session: Session, actor: Actor, call: Call, kind: JointAct, *, now: datetime, on: str = ""
) -> Shown | None:
    """Return the proposal of this kind that waits, about a dossier where one is named; None where there is none."""
    found = (
        act
        for act in two_persons.waiting(session, call, now=now)
        if act.kind == kind and (not on or act.object == on) and act_rights.may_know(session, actor, call, act)
    )
    act = next(found, None)
    return None if act is None else _shown(session, actor, call, act, None)


def _waiting(session: Session, actor: Actor, call: Call, *, now: datetime) -> list[Shown]:
    return [
        _shown(session, actor, call, act, None)
        for act in two_persons.waiting(session, call, now=now)
        if act_rights.may_know(session, actor, call, act)
    ]


def _past(session: Session, actor: Actor, call: Call, *, now: datetime) -> list[Shown]:
    query = (
        select(ProposedAct, ProposedActEnd)
        .outerjoin(ProposedActEnd, ProposedActEnd.act_id == ProposedAct.id)
        .where(ProposedAct.call_id == call.id, ProposedActEnd.act_id.is_not(None) | (ProposedAct.expires_at <= now))
        .order_by(ProposedAct.id.desc())
        .limit(PAST_SHOWN)
    )
    return [
        _shown(session, actor, call, act, end, over=True)
        for act, end in session.execute(query)
        if act_rights.may_know(session, actor, call, act)
    ]


def _shown(
    session: Session, actor: Actor, call: Call, act: ProposedAct, end: ProposedActEnd | None, *, over: bool = False
) -> Shown:
    kind = JointAct(act.kind)
    outcome = Outcome(end.outcome) if end is not None else Outcome.EXPIRED if over else None
    return Shown(
        act=act,
        kind=kind,
        proposer=_name(session, act.proposed_by_id),
        mine=act.proposed_by_id == actor.person_id,
        answers=outcome is None and act_rights.why_not_confirm(session, actor, call, act) is None,
        concerns=_name(session, act.concerns_id),
        dossier=_title(session, act.object) if kind is JointAct.CORRECTION else "",
        last_moment=calendar.last_moment(extensions.proposed_closing(act)) if kind is JointAct.EXTENSION else None,
        outcome=outcome,
        by=_name(session, end.by_id) if end is not None else "",
        at=end.at if end is not None else act.expires_at if over else None,
        answer=end.reason if end is not None else "",
    )


def _obstacle(session: Session, call: Call, act: ProposedAct) -> RuleViolation | None:
    try:
        moved = joint_acts.state_of(session, call, act) != act.state
    except NotFound:
        moved = True
    except RuleViolation as refusal:
        return refusal
    return RuleViolation("act_moved") if moved else None


def _name(session: Session, person_id: int | None) -> str:
    if person_id is None:
        return ""
    person = session.get_one(Person, person_id)
    return person.name or person.email


def _title(session: Session, reference: str) -> str:
    return session.scalar(select(Dossier.title).where(Dossier.reference == reference)) or ""
