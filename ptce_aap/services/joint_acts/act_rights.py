"""Who may propose, answer and know of an act of two persons."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session, selectinload

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Actor, Role
from ptce_aap.domain.two_persons import PAIRS, JointAct, mailbox, of_one_maker
from ptce_aap.models import Call, Person, ProposedAct, RoleGrant
from ptce_aap.services.accounts import accounts
from ptce_aap.services.joint_acts import role_givers
from ptce_aap.services.ranking import standings


def require_proposer(session: Session, actor: Actor, call: Call, kind: JointAct) -> None:
    """Refuse to propose what one's roles or one's conflicts close. Errors: ``not_allowed``, ``deport``…"""
    if not PAIRS[kind].proposers & actor.roles_on(call.id):
        raise RuleViolation("not_allowed", act=kind.value)
    require_free(session, actor, call, kind)


def require_free(session: Session, actor: Actor, call: Call, kind: JointAct) -> None:
    """Refuse an act to whom it may serve: in conflict with a dossier, or preparing one that would have more time.

    Errors: ``deport``, ``own_dossier_in_call``.
    """
    if kind is JointAct.EXTENSION:
        if standings.has_part(session, actor, call):
            raise RuleViolation("own_dossier_in_call")
    else:
        standings.require_no_deport(session, actor, call)


def why_not_confirm(session: Session, actor: Actor, call: Call, act: ProposedAct) -> RuleViolation | None:
    """Return what keeps a person from answering a proposal, None where he may.

    Two accounts of one mailbox are one person, and nobody answers about himself.
    """
    kind = JointAct(act.kind)
    if not PAIRS[kind].confirmers & actor.roles_on(call.id):
        return RuleViolation("not_allowed", act=act.kind)
    parties = [number for number in (act.proposed_by_id, act.concerns_id) if number is not None]
    if any(_one_person(actor, person_now(session, number)) for number in parties):
        return RuleViolation("own_act")
    try:
        require_free(session, actor, call, kind)
    except RuleViolation as refusal:
        return refusal
    if owes_his_role(session, actor, call, act):
        return RuleViolation("role_of_one_maker")
    return None


def owes_his_role(session: Session, actor: Actor, call: Call, act: ProposedAct) -> bool:
    """Tell whether the role to confirm and the role to propose come one from the other, or both from one manager.

    Whoever asks about himself needs no role to ask, so owes none. One pair of roles that owe nothing is enough.
    """
    if act.concerns_id == act.proposed_by_id:
        return False
    pair, proposer = PAIRS[JointAct(act.kind)], person_now(session, act.proposed_by_id)
    to_propose = role_givers.debts(session, proposer.id, pair.proposers, call.id)
    to_confirm = role_givers.debts(session, actor.person_id, pair.confirmers, call.id)
    boxes = mailbox(proposer.email), mailbox(actor.email)
    return bool(to_propose and to_confirm) and all(
        of_one_maker(boxes[0], owed, boxes[1], due) for owed in to_propose for due in to_confirm
    )


def kept_by_debt(session: Session, call: Call, act: ProposedAct) -> list[Person]:
    """Return the people whom nothing but the origin of their role keeps from answering a proposal."""
    return [
        person
        for person, refusal in _answers(session, call, act)
        if refusal is not None and refusal.code == "role_of_one_maker"
    ]


def who_may_confirm(session: Session, call: Call, act: ProposedAct) -> list[Person]:
    """Return the people who may answer a proposal now, by name."""
    return [person for person, refusal in _answers(session, call, act) if refusal is None]


def _answers(session: Session, call: Call, act: ProposedAct) -> list[tuple[Person, RuleViolation | None]]:
    roles = [role.value for role in PAIRS[JointAct(act.kind)].confirmers]
    holds = exists().where(RoleGrant.person_id == Person.id, RoleGrant.role.in_(roles), _on(call.id))
    query = select(Person).where(Person.active, holds).options(selectinload(Person.grants))
    people = session.scalars(query.order_by(Person.name, Person.email_key))
    return [(one, why_not_confirm(session, accounts.actor_of(one), call, act)) for one in people]


def accounts_of(session: Session, email: str) -> list[Person]:
    """Return the accounts whose address leads to this box: one person, however many there are."""
    local, _, host = mailbox(email).rpartition("@")
    said = func.coalesce(Person.claimed_key, Person.email_key)
    alike = said.startswith(local, autoescape=True) & said.contains(host, autoescape=True)
    return [one for one in session.scalars(select(Person).where(alike)) if mailbox(one.email) == mailbox(email)]


def may_know(session: Session, actor: Actor, call: Call, act: ProposedAct) -> bool:
    """Tell whether a person may know of a proposal: a party to it, or one of those who answer or control it.

    Nobody in conflict knows of what tells of the ranking, or of another's conflict, before the publication; nor,
    after it, of another's conflict with the dossier that is closed to him.
    """
    if actor.person_id in {act.proposed_by_id, act.concerns_id} and act.kind == JointAct.CORRECTION:
        return True
    pair = PAIRS[JointAct(act.kind)]
    if not (pair.proposers | pair.confirmers | {Role.AUDITOR}) & actor.roles_on(call.id):
        return False
    if act.kind == JointAct.CORRECTION and standings.is_closed_to(session, actor, act.object):
        return False
    return act.kind == JointAct.EXTENSION or not standings.in_deport(session, actor, call)


def may_still_propose(session: Session, call: Call, act: ProposedAct, proposer: Person) -> bool:
    """Tell whether whoever proposed an act could propose it now."""
    if not proposer.active:
        return False
    if act.concerns_id == proposer.id:
        return True  # asks about himself: no role is needed, and he is in conflict by what he asks
    try:
        require_proposer(session, accounts.actor_of(proposer), call, JointAct(act.kind))
    except RuleViolation:
        return False
    return True


def _one_person(actor: Actor, other: Person) -> bool:
    return actor.person_id == other.id or mailbox(actor.email) == mailbox(other.email)


def person_now(session: Session, person_id: int) -> Person:
    """Load a person with the roles of now, whatever this session has read of him before."""
    query = select(Person).where(Person.id == person_id).options(selectinload(Person.grants))
    return session.scalars(query.execution_options(populate_existing=True)).one()


def as_of_now(session: Session, actor: Actor) -> Actor:
    """Return an actor with the roles that he holds now: his request began before, and may have been long to come."""
    person = person_now(session, actor.person_id)
    found = accounts.actor_of(person)
    return found if person.active else replace(found, grants=frozenset())


def _on(call_id: int) -> ColumnElement[bool]:
    return or_(RoleGrant.call_id == call_id, RoleGrant.call_id.is_(None))
