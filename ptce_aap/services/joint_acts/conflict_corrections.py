"""A conflict declared by mistake is taken back by two persons, never by the one alone; that it was declared stays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, aliased

from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Permission
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
    ProposedActEnd,
    Sheet,
)
from ptce_aap.models.visibility import declarable, no_conflict
from ptce_aap.services.accounts import accounts
from ptce_aap.services.calls import calls
from ptce_aap.services.joint_acts import act_rights, two_persons
from ptce_aap.services.joint_acts.two_persons import Confirmed, Proposal
from ptce_aap.services.journal import journal
from ptce_aap.services.ranking import corrected_refresh, standings


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
    if person != actor.reference:
        act_rights.require_proposer(session, actor, call, JointAct.CORRECTION)
        _require_open(session, actor, dossier)
    found, declared, somebody = _declared(session, call, dossier, person)
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


@dataclass(frozen=True, slots=True)
class DeclaredConflict:
    """A conflict as the team reads it. ``correctable``: it was declared, not made by preparing the dossier."""

    dossier: str
    title: str
    person: str
    name: str
    reason: str
    declared_at: datetime
    correctable: bool


@dataclass(frozen=True, slots=True)
class Corrected:
    """A conflict that was taken back, with both names."""

    title: str
    number: str
    name: str
    declared_at: datetime
    corrected_at: datetime
    reason: str
    proposed_by: str
    confirmed_by: str


def listed(session: Session, actor: Actor, call: Call) -> list[DeclaredConflict]:
    """Return the conflicts of a call with the dossiers that were filed, to its team.

    Those with a dossier that is closed to the reader are not his to read, published or not.
    Errors: ``not_allowed``, ``deport``.
    """
    accounts.require(actor, Permission.MANAGE_CALL, call.id)
    standings.require_no_deport(session, actor, call)
    query = (
        declarable(call, judged=True, managed=True, regions=())
        .join(Conflict, Conflict.dossier_id == Dossier.id)
        .join(Person, Person.id == Conflict.person_id)
        .where(no_conflict(actor.person_id))
        .add_columns(Conflict, Person, _prepared(Dossier.id, Person.id) | (Dossier.owner_id == Person.id))
        .order_by(Person.name, Dossier.title_key, Dossier.id)
    )
    return [
        DeclaredConflict(
            dossier=dossier.reference,
            title=dossier.title,
            person=person.reference,
            name=person.name or person.email,
            reason=conflict.reason,
            declared_at=conflict.declared_at,
            correctable=call.frozen_at is None and not prepared,
        )
        for dossier, conflict, person, prepared in session.execute(query)
    ]


def declared_one(session: Session, actor: Actor, call: Call, dossier: str, person: str) -> DeclaredConflict:
    """Return one conflict, to the team or to the person who declared it. Errors: ``not_found``, as ``listed``.

    The reader's right is looked at first: what he is answered does not tell whether somebody declared a conflict.
    """
    if person != actor.reference:
        accounts.require(actor, Permission.MANAGE_CALL, call.id)
        standings.require_no_deport(session, actor, call)
        _require_open(session, actor, dossier)
    found, declared, somebody = _declared(session, call, dossier, person)
    require_correctable(session, call, found, somebody)
    return DeclaredConflict(
        dossier=found.reference,
        title=found.title,
        person=somebody.reference,
        name=somebody.name or somebody.email,
        reason=declared.reason,
        declared_at=declared.declared_at,
        correctable=True,
    )


def corrected(session: Session, call: Call, *, reader: Actor | None = None) -> list[Corrected]:
    """Return the conflicts of a call that were corrected, the first one first, as the minutes print them.

    ``reader``: without those about a dossier that is closed to him.
    """
    read = () if reader is None else (no_conflict(reader.person_id),)
    proposer, confirmer = aliased(Person), aliased(Person)
    rows = session.execute(
        select(ConflictCorrection, ProposedAct.reason, Dossier.title, Dossier.number, Person, proposer, confirmer)
        .join(ProposedAct, ProposedAct.id == ConflictCorrection.act_id)
        .join(ProposedActEnd, ProposedActEnd.act_id == ProposedAct.id)
        .join(Dossier, Dossier.id == ConflictCorrection.dossier_id)
        .join(Person, Person.id == ConflictCorrection.person_id)
        .join(proposer, proposer.id == ProposedAct.proposed_by_id)
        .join(confirmer, confirmer.id == ProposedActEnd.by_id)
        .where(ConflictCorrection.call_id == call.id, *read)
        .order_by(ConflictCorrection.act_id)
    )
    return [
        Corrected(
            title=title,
            number=number or "",
            name=person.name or person.email,
            declared_at=correction.declared_at,
            corrected_at=correction.corrected_at,
            reason=reason,
            proposed_by=by.name or by.email,
            confirmed_by=other.name or other.email,
        )
        for correction, reason, title, number, person, by, other in rows
    ]


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
    if dossier.owner_id == person.id or session.scalar(select(_prepared(dossier.id, person.id))):
        raise RuleViolation("conflict_of_applicant")


def _prepared(dossier_id: Any, person_id: Any) -> ColumnElement[bool]:
    """A person works or worked on a dossier, or filed it."""
    worked = exists().where(DossierPerson.dossier_id == dossier_id, DossierPerson.person_id == person_id)
    filed = exists().where(Filing.dossier_id == dossier_id, Filing.filed_by_id == person_id)
    return worked | filed


def _require_open(session: Session, actor: Actor, dossier: str) -> None:
    if standings.is_closed_to(session, actor, dossier):
        raise NotFound()


def _declared(session: Session, call: Call, dossier: str, person: str) -> tuple[Dossier, Conflict, Person]:
    row = session.execute(
        declarable(call, judged=True, managed=True, regions=())
        .join(Conflict, Conflict.dossier_id == Dossier.id)
        .join(Person, Person.id == Conflict.person_id)
        .where(Dossier.reference == dossier, Person.reference == person)
        .add_columns(Conflict, Person)
    ).one_or_none()
    if row is None:
        raise NotFound()
    return row[0], row[1], row[2]
