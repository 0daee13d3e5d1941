"""Who stands in where those of a role are in conflict, so that nothing blocks: acting chair, substitute manager."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, aliased, selectinload

from ptce_aap import addresses
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Permission, Role
from ptce_aap.domain.two_persons import mailbox
from ptce_aap.models import Call, Person, RoleGrant, Substitution
from ptce_aap.services.accounts import accounts, enrolment
from ptce_aap.services.calls import calls
from ptce_aap.services.joint_acts import act_rights, role_givers, two_persons
from ptce_aap.services.journal import journal
from ptce_aap.services.ranking import standings

NEEDED = {Role.CHAIR: 1, Role.TEAM: 2}
"""How many people of a role it takes for every act of the procedure: two managers confirm each other."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A person of a role, and whether a conflict keeps him from what tells of the ranking."""

    name: str
    free: bool
    acting: bool  # named as a substitute


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person without conflict who may stand in."""

    reference: str
    name: str


@dataclass(frozen=True, slots=True)
class Situation:
    """A role of a call: who holds it, whether that is enough, and who may stand in where it is not."""

    role: Role
    holders: tuple[Holder, ...]
    candidates: tuple[Candidate, ...]
    may_name: bool  # this reader

    @property
    def missing(self) -> bool:
        """Tell whether too few people of the role are without conflict."""
        return sum(holder.free for holder in self.holders) < NEEDED[self.role]


def situations(session: Session, actor: Actor, call: Call) -> tuple[Situation, ...]:
    """Return how the two roles stand. Errors: ``not_allowed``, ``deport``: who is in conflict names nobody."""
    _require_namer(session, actor, call)
    return tuple(_situation(session, actor, call, role) for role in NEEDED)


def chair_is_missing(session: Session, call: Call) -> bool:
    """Tell whether nobody presides who may: the chair is in conflict, or there is none."""
    return _free_holders(session, call, Role.CHAIR) < NEEDED[Role.CHAIR]


def name_acting_chair(
    session: Session, actor: Actor, call_id: int, person: str, reason: str, *, base_url: str, now: datetime
) -> None:
    """Name who presides in the place of a chair in conflict: a juror, else one of the team; by reference.

    One act, written in the journal and in the minutes: what the acting chair then decides for good takes two persons.
    Errors: ``not_allowed``, ``deport``, ``already_done``, ``role_can_act``, ``not_found``, ``reason_needed``…
    """
    call = calls.locked(session, call_id)
    _require_namer(session, actor, call)
    chosen = next((one for one in _candidates(session, actor, call) if one.reference == person), None)
    if chosen is None:
        raise NotFound()
    _name(session, actor, call, chosen.email, Role.CHAIR, reason, base_url=base_url, now=now)


def name_manager(
    session: Session, actor: Actor, call_id: int, email: str, reason: str, *, base_url: str, now: datetime
) -> None:
    """Let the administration name a manager for one call where too few are without conflict; never oneself.

    Errors: ``not_allowed``, ``deport``, ``already_done``, ``role_can_act``, ``grant_to_self``, ``person_in_conflict``,
    ``mail_address_refused``, ``reason_needed``…
    """
    call = calls.locked(session, call_id)
    _require_namer(session, actor, call)
    if Role.ADMIN not in actor.roles_on(None):
        raise RuleViolation("not_allowed")
    _name(session, actor, call, email, Role.TEAM, reason, base_url=base_url, now=now)


def named(session: Session, call: Call) -> list[tuple[Substitution, str, str]]:
    """Return the substitutes of a call, each with his name and that of whoever named him."""
    by = aliased(Person)
    rows = session.execute(
        select(Substitution, Person, by)
        .join(Person, Person.id == Substitution.person_id)
        .join(by, by.id == Substitution.named_by_id)
        .where(Substitution.call_id == call.id)
        .order_by(Substitution.id)
    )
    return [(row[0], row[1].name or row[1].email, row[2].name or row[2].email) for row in rows]


def _name(
    session: Session, actor: Actor, call: Call, email: str, role: Role, reason: str, *, base_url: str, now: datetime
) -> None:
    if call.published_at is not None:
        raise RuleViolation("already_done")
    if not _situation(session, actor, call, role).missing:
        raise RuleViolation("role_can_act")
    told = two_persons.required_reason(reason)
    if mailbox(actor.email) == mailbox(email):
        raise RuleViolation("grant_to_self")
    if any(_in_conflict(session, one, call) for one in act_rights.accounts_of(session, email)):
        raise RuleViolation("person_in_conflict")
    enrolment.invite(
        session,
        email,
        role,
        now=now,
        by=actor,
        base_url=base_url,
        call_title=call.title,
        call_id=call.id,
        stands_in=addresses.joint_acts(call.slug),
    )
    person = session.scalars(select(Person).where(Person.email_key == accounts.email_key(email))).one()
    if role is Role.CHAIR:
        role_givers.owe_as(session, person.id, role, {Role.JUROR, Role.TEAM}, call.id)
    session.add(
        Substitution(
            call_id=call.id,
            person_id=person.id,
            role=role.value,
            reason=told,
            named_by_id=actor.person_id,
            named_at=now,
        )
    )
    on, facts = ("person", person.reference), {"role": role.value}
    journal.record(session, actor, "substitute.named", on=on, at=now, call_id=call.id, facts=facts)


def _require_namer(session: Session, actor: Actor, call: Call) -> None:
    accounts.require(actor, Permission.MANAGE_PEOPLE, call.id)
    standings.require_no_deport(session, actor, call)


def _situation(session: Session, actor: Actor, call: Call, role: Role) -> Situation:
    acting = select(Substitution.person_id).where(Substitution.call_id == call.id, Substitution.role == role.value)
    substitutes = set(session.scalars(acting))
    holders = tuple(
        Holder(one.name or one.email, not _in_conflict(session, one, call), one.id in substitutes)
        for one in _holders(session, call, role)
    )
    chair = role is Role.CHAIR
    found = _candidates(session, actor, call) if chair else ()
    return Situation(
        role=role,
        holders=holders,
        candidates=tuple(Candidate(one.reference, one.name or one.email) for one in found),
        may_name=chair or Role.ADMIN in actor.roles_on(None),
    )


def _candidates(session: Session, actor: Actor, call: Call) -> tuple[Person, ...]:
    """Who may preside: the jurors without conflict; where there is none, those of the team; never who names."""
    for role in (Role.JUROR, Role.TEAM):
        free = [
            one
            for one in _holders(session, call, role)
            if mailbox(one.email) != mailbox(actor.email)
            and not any(_in_conflict(session, twin, call) for twin in act_rights.accounts_of(session, one.email))
        ]
        if free:
            return tuple(free)
    return ()


def _free_holders(session: Session, call: Call, role: Role) -> int:
    return sum(not _in_conflict(session, one, call) for one in _holders(session, call, role))


def _holders(session: Session, call: Call, role: Role) -> list[Person]:
    holds = exists().where(
        RoleGrant.person_id == Person.id,
        RoleGrant.role == role.value,
        or_(RoleGrant.call_id == call.id, RoleGrant.call_id.is_(None)),
    )
    query = select(Person).where(Person.active, holds).options(selectinload(Person.grants))
    return list(session.scalars(query.order_by(Person.name, Person.email_key)))


def _in_conflict(session: Session, person: Person, call: Call) -> bool:
    return standings.has_conflict(session, accounts.actor_of(person), call)
