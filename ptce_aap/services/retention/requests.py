"""Asking that one's data be erased, taking the request back, granting it: asked by the person, done by another."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.domain.dossier import State
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Permission
from ptce_aap.domain.retention import Durations
from ptce_aap.models import Call, Dossier, ErasureRequest, Person
from ptce_aap.services.accounts import accounts
from ptce_aap.services.journal import journal
from ptce_aap.services.retention import due, people
from ptce_aap.services.retention.due import Term

ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Held:
    """A dossier as « Mes données » shows it: until when it is kept, and whether an erasure would take it."""

    reference: str
    title: str
    call: str
    filed: bool
    term: Term
    goes: bool  # with the account; else it stays until its term


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the administration reads it; ``refusal``: why it cannot be granted yet, None where it can."""

    reference: str
    name: str
    email: str
    asked_at: datetime
    refusal: str | None
    goes: int
    stays: int
    keeps_name: bool


def held_by(session: Session, actor: Actor, durations: Durations) -> list[Held]:
    """Return one's own dossiers, the latest first, each with its term."""
    query = (
        select(Dossier, Call)
        .join(Call, Call.id == Dossier.call_id)
        .where(people.owned_by(actor.person_id))
        .order_by(Dossier.id.desc())
    )
    found = session.execute(query).all()
    selected = {call.id: due.selected_of(session, call) for call in {row[1].id: row[1] for row in found}.values()}
    return [
        Held(
            reference=dossier.reference,
            title=dossier.title,
            call=call.short_title,
            filed=dossier.state != State.DRAFT,
            term=due.term_of(call, dossier, selected[call.id], durations),
            goes=people.goes_with_account(dossier.state) and call.slug not in durations.held,
        )
        for dossier, call in found
    ]


def open_request(session: Session, actor: Actor) -> ErasureRequest | None:
    """Return one's own request, if it still waits."""
    mine = (ErasureRequest.person_id == actor.person_id, ErasureRequest.ended_at.is_(None))
    return session.scalar(select(ErasureRequest).where(*mine))


def ask(session: Session, actor: Actor, *, now: datetime) -> None:
    """Ask that one's data be erased; asking twice is asking once."""
    if open_request(session, actor) is not None:
        return
    session.add(ErasureRequest(person_id=actor.person_id, asked_at=now))
    journal.record(session, actor, "account.erasure_asked", on=("person", actor.reference), at=now)


def withdraw(session: Session, actor: Actor, *, now: datetime) -> None:
    """Take one's request back. Errors: ``not_found`` where there is none."""
    request = open_request(session, actor)
    if request is None:
        raise NotFound()
    request.outcome, request.ended_at = "withdrawn", now
    journal.record(session, actor, "account.erasure_withdrawn", on=("person", actor.reference), at=now)


def waiting(session: Session, actor: Actor, *, held: Collection[str]) -> list[Asked]:
    """Return the requests that wait, the oldest first. Errors: ``not_allowed`` but for the administration.

    ``held``: the calls of which nothing is erased for now (``Durations``).
    """
    accounts.require(actor, Permission.GRANT_ERASURE, None)
    return [_asked(session, request, held) for request in _waiting(session)]


def waiting_one(session: Session, actor: Actor, reference: str, *, held: Collection[str]) -> Asked:
    """Return one request that waits. Errors: ``not_allowed``, ``not_found``."""
    accounts.require(actor, Permission.GRANT_ERASURE, None)
    return _asked(session, _one(session, reference), held)


def grant(session: Session, actor: Actor, reference: str, *, held: Collection[str], now: datetime) -> None:
    """Erase who asks for it. Errors: ``not_allowed``, ``not_found`` and those of ``people.erase``."""
    accounts.require(actor, Permission.GRANT_ERASURE, None)
    person = session.get_one(Person, _one(session, reference, lock=True).person_id)
    people.erase(session, actor, person, why=ASKED, now=now, held=held)


def _waiting(session: Session) -> Sequence[ErasureRequest]:
    return session.scalars(
        select(ErasureRequest).where(ErasureRequest.ended_at.is_(None)).order_by(ErasureRequest.id)
    ).all()


def _one(session: Session, reference: str, *, lock: bool = False) -> ErasureRequest:
    query = select(ErasureRequest).where(ErasureRequest.reference == reference, ErasureRequest.ended_at.is_(None))
    request = session.scalar(query.with_for_update() if lock else query)
    if request is None:
        raise NotFound()
    return request


def _asked(session: Session, request: ErasureRequest, held: Collection[str]) -> Asked:
    person = session.get_one(Person, request.person_id)
    try:
        people.require_erasable(session, person, held=held)
        refusal = None
    except RuleViolation as violation:
        refusal = violation.code
    states = session.scalars(select(Dossier.state).where(people.owned_by(person.id))).all()
    goes = sum(people.goes_with_account(state) for state in states)
    return Asked(
        reference=request.reference,
        name=person.name,
        email=person.email,
        asked_at=request.asked_at,
        refusal=refusal,
        goes=goes,
        stays=len(states) - goes,
        keeps_name=bool(session.scalar(select(people.acted_officially(person.id)))),
    )
