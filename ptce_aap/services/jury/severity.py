"""The severity of named readers, personal data: shown to the chair, with a line in the journal, and to each of them.

It is shown nowhere else, under a name or under a number that could be matched with one.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.corrected.aids import LeaveOneOut
from ptce_aap.domain.corrected.storing import from_json
from ptce_aap.domain.corrected.values import Corrected, ReaderFit
from ptce_aap.domain.permissions import Actor, Permission
from ptce_aap.domain.persons import fold
from ptce_aap.models import Call, JournalEntry, Person
from ptce_aap.services.accounts import accounts
from ptce_aap.services.calls import calls
from ptce_aap.services.journal import journal
from ptce_aap.services.jury.jurors import seats_of
from ptce_aap.services.ranking import corrected_store, room_door, standings
from ptce_aap.services.ranking.corrected_store import Freshness, Part

ACT = "severity.consulted"
# One line of the journal a session: the names stay readable that long.
CONSULTED_FOR = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class NamedReader:
    """A reader under his name: how generous he is, and how many dossiers change side of the line without him."""

    name: str
    seat: str
    fit: ReaderFit
    changes: int | None  # dossiers that would stand on the other side of the line without him


@dataclass(frozen=True, slots=True)
class Readers:
    """The page of the readers. ``named`` is None where this person may not read names, or has not asked to."""

    freshness: Freshness
    result: Corrected | None
    may_ask: bool
    named: tuple[NamedReader, ...] | None


@dataclass(frozen=True, slots=True)
class Own:
    """What a reader learns about himself; ``fit`` is None where nothing is shown yet."""

    definition: CallDefinition
    deport: bool
    marking_closed: bool
    fit: ReaderFit | None
    width: float


def consult(session: Session, actor: Actor, call_id: int, *, now: datetime) -> None:
    """Ask for the names: the journal keeps who did. Errors: ``not_allowed``, those of ``room_door.enter``."""
    accounts.require(actor, Permission.SEE_SEVERITY, call_id)
    call = calls.locked(session, call_id)
    room_door.enter(session, actor, call)
    if not is_consulted(session, actor, call, now=now):
        journal.record(session, actor, ACT, on=("call", call.slug), at=now, call_id=call.id)


def is_consulted(session: Session, actor: Actor, call: Call, *, now: datetime) -> bool:
    """Tell whether this person may read the names now: his role carries it, and he asked for them lately."""
    if not actor.may(Permission.SEE_SEVERITY, call.id):
        return False
    asked = select(JournalEntry.sequence).where(
        JournalEntry.call_id == call.id,
        JournalEntry.at > now - CONSULTED_FOR,
        JournalEntry.act == ACT,
        JournalEntry.actor == actor.reference,
    )
    return bool(session.scalar(select(asked.exists())))


def readers(session: Session, actor: Actor, call: Call, *, now: datetime) -> Readers:
    """Return the page of the readers. Errors: those of ``room_door.enter``."""
    room_door.enter(session, actor, call)
    held = corrected_store.held(session, call.id)
    fresh = corrected_store.freshness(session, call, held)
    may_ask = actor.may(Permission.SEE_SEVERITY, call.id)
    if held is None:
        return Readers(fresh, None, may_ask, None)
    result = from_json(Corrected, corrected_store.part(session, held, Part.RESULT))
    if not is_consulted(session, actor, call, now=now):
        return Readers(fresh, result, may_ask, None)
    stored = corrected_store.part(session, held, Part.LEFT_OUT)
    left = from_json(LeaveOneOut, stored).readers if stored is not None else ()
    changes = {one.reader: len(one.entering) + len(one.leaving) for one in left}
    names = named(session, call, [one.reader for one in result.readers])
    found = [NamedReader(*names[fit.reader], fit, changes.get(fit.reader)) for fit in result.readers]
    return Readers(fresh, result, may_ask, tuple(sorted(found, key=lambda one: (fold(one.name), one.fit.reader))))


def named(session: Session, call: Call, references: Collection[str]) -> dict[str, tuple[str, str]]:
    """Return the name and the seat of readers by reference: two statements."""
    definition = calls.definition_of(session, call)
    query = select(Person).where(Person.reference.in_(references)).options(selectinload(Person.grants))
    return {
        person.reference: (person.name or person.email, seats_of(person, call.id, definition))
        for person in session.scalars(query)
    }


def own(session: Session, actor: Actor, call: Call) -> Own:
    """Return what a reader learns about himself, once the marking is closed; nothing with fewer than three dossiers.

    Until publication a reader in conflict with a dossier learns nothing: the figure is made of its sheets too.
    """
    accounts.require(actor, Permission.SCORE, call.id)
    definition = calls.definition_of(session, call)
    closed, deport = call.marking_closed_at is not None, standings.in_deport(session, actor, call)
    held = corrected_store.held(session, call.id) if closed and not deport else None
    fit = None
    if held is not None:
        result = from_json(Corrected, corrected_store.part(session, held, Part.RESULT))
        fit = next((one for one in result.readers if one.reader == actor.reference), None)
    return Own(definition, deport, closed, fit, float(definition.grid.total_on))
