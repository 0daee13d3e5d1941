"""A conflict declared by mistake is taken back by two persons, never by the one alone; that it was declared stays."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor
from ptce_aap.domain.sheets import SheetState
from ptce_aap.domain.two_persons import JointAct
from ptce_aap.models import (
    Call,
    Conflict,
    ConflictCorrection,
    Dossier,
    DossierPerson,
    Filing,
    Person,
    ProposedAct,
    Sheet,
)
from ptce_aap.models.visibility import listed_for_conflicts
from ptce_aap.services import calls, corrected_refresh, journal, two_persons
from ptce_aap.services.two_persons import Confirmed, Proposal


def propose(
    session: Session,
    actor: Actor,
    call_id: int,
    dossier: str,
    person: str,
    reason: str,
    *,
    base_url: str,
    now: datetime,
) -> ProposedAct:
    """Ask that a conflict be taken back, as the person who declared it or as the team; both named by reference.

    Errors: those of ``two_persons.propose``, ``not_found``, ``conflicts_closed``, ``conflict_of_applicant``,
    ``reason_needed``, ``reason_too_long``.
    """
    call = calls.locked(session, call_id)
    found, declared, somebody = _declared(session, call, dossier, person)
    if somebody.id != actor.person_id:
        two_persons.require_proposer(session, actor, call, JointAct.CORRECTION)
    require_correctable(session, call, found, somebody)
    proposal = Proposal(
        kind=JointAct.CORRECTION,
        on=found.reference,
        content={"person": somebody.reference},
        state=declared.declared_at.isoformat(),
        reason=two_persons.required_reason(reason),
        concerns_id=somebody.id,
    )
    return two_persons.propose(session, actor, call, proposal, base_url=base_url, now=now)


def state_of(session: Session, call: Call, act: ProposedAct) -> str:
    """Return what a proposal to correct a conflict stands on: its declaration. Errors: ``not_found``…"""
    found, declared, somebody = _declared(session, call, act.object, act.content["person"])
    require_correctable(session, call, found, somebody)
    return declared.declared_at.isoformat()


def correct(session: Session, done: Confirmed) -> None:
    """Take the conflict back: the dossier opens to the person at the next request, as it stood when it closed.

    What others marked, opined or voted in between stays. A final sheet of the person counts again, once the ranking is
    computed again.
    """
    act, call = done.act, done.call
    found, declared, somebody = _declared(session, call, act.object, act.content["person"])
    session.add(
        ConflictCorrection(
            act_id=act.id,
            call_id=call.id,
            dossier_id=found.id,
            person_id=somebody.id,
            declared_reason=declared.reason,
            declared_at=declared.declared_at,
            corrected_at=done.at,
        )
    )
    session.delete(declared)
    session.flush()
    facts = {"person": somebody.reference, "declared_at": declared.declared_at.isoformat()}
    on = ("dossier", found.reference)
    journal.record(session, done.by, "conflict.corrected", on=on, at=done.at, call_id=call.id, facts=facts)
    sheet = select(Sheet.state).where(Sheet.dossier_id == found.id, Sheet.person_id == somebody.id)
    if session.scalar(sheet) == SheetState.FINAL:
        corrected_refresh.ask(session, call.id, at=done.at)


def require_correctable(session: Session, call: Call, dossier: Dossier, person: Person) -> None:
    """Refuse what is no mistake: who prepared a dossier stays in conflict with it, and a frozen list is history.

    Errors: ``conflicts_closed``, ``conflict_of_applicant``.
    """
    if call.frozen_at is not None:
        raise RuleViolation("conflicts_closed")
    worked = exists().where(DossierPerson.dossier_id == dossier.id, DossierPerson.person_id == person.id)
    filed = exists().where(Filing.dossier_id == dossier.id, Filing.filed_by_id == person.id)
    if dossier.owner_id == person.id or session.scalar(select(or_(worked, filed))):
        raise RuleViolation("conflict_of_applicant")


def _declared(session: Session, call: Call, dossier: str, person: str) -> tuple[Dossier, Conflict, Person]:
    row = session.execute(
        listed_for_conflicts(call)
        .join(Conflict, Conflict.dossier_id == Dossier.id)
        .join(Person, Person.id == Conflict.person_id)
        .where(Dossier.reference == dossier, Person.reference == person)
        .add_columns(Conflict, Person)
    ).one_or_none()
    if row is None:
        raise NotFound()
    return row[0], row[1], row[2]
