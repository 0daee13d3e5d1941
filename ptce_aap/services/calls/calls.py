"""Opening a call from its files, and finding what it was opened with."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.definitions.loading import parse_sources
from ptce_aap.domain import calendar
from ptce_aap.domain.calendar import Calendar, Phase, ReadFrom, phase
from ptce_aap.domain.calls import CallDefinition, CallSheet, Place, Text
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Deed, Permission, Relation
from ptce_aap.models import Call, DefinitionSource
from ptce_aap.services.accounts import accounts
from ptce_aap.services.journal import journal

SHOW_TIME_LEFT_UNDER = timedelta(days=3)

# What the command line and the start of the application sign their journal lines with.
SYSTEM = Actor(person_id=0, reference="system", name="", email="")


def open_call(
    session: Session,
    actor: Actor,
    definition: CallDefinition,
    *,
    now: datetime,
    opens_at: datetime | None = None,
    closes_at: datetime | None = None,
    fictional: bool = False,
) -> Call:
    """Open a call: its definitions are stored with their digests and never read from the files again.

    Errors: ``calendar_missing``, ``calendar_backwards``.
    """
    opens, closes = opens_at or definition.sheet.opens_at, closes_at or definition.sheet.closes_at
    if opens is None or closes is None:
        raise RuleViolation("calendar_missing")
    if opens >= closes:
        raise RuleViolation("calendar_backwards")
    _store_sources(session, definition, now=now)
    call = Call(
        slug=_free_slug(session, definition.sheet.name),
        name=definition.sheet.name,
        title=definition.sheet.title,
        short_title=definition.sheet.short_title,
        sources=dict(definition.digests),
        envelope_cents=definition.sheet.envelope_cents,
        opens_at=opens,
        closes_at=closes,
        draw_seed=secrets.randbelow(2**31),
        fictional=fictional,
        created_at=now,
    )
    session.add(call)
    session.flush()
    record_opening(session, actor, call, now=now)
    return call


def record_opening(session: Session, actor: Actor, call: Call, *, now: datetime) -> None:
    """Write in the journal the files and the calendar that a call is opened with."""
    facts = {
        "sources": dict(call.sources),
        "opens_at": call.opens_at.isoformat(),
        "closes_at": call.closes_at.isoformat(),
    }
    journal.record(session, actor, "call.opened", on=("call", call.slug), at=now, call_id=call.id, facts=facts)


def open_for(
    session: Session,
    actor: Actor,
    definition: CallDefinition,
    *,
    now: datetime,
    opens_at: datetime | None = None,
    closes_at: datetime | None = None,
) -> Call:
    """Open a call for a person of a team that manages every call. Errors: ``not_allowed``, those of ``open_call``."""
    accounts.require(actor, Permission.MANAGE_CALL, None)
    return open_call(session, actor, definition, now=now, opens_at=opens_at, closes_at=closes_at)


def all_calls(session: Session) -> list[Call]:
    """Return every call, the latest to close first."""
    return list(session.scalars(select(Call).order_by(Call.closes_at.desc(), Call.id.desc())))


@dataclass(frozen=True, slots=True)
class CallCard:
    """A call on the public list."""

    call: Call
    phase: Phase
    sheet: CallSheet
    last_moment: datetime


@dataclass(frozen=True, slots=True)
class CallPage:
    """A call as it is presented to the public."""

    call: Call
    phase: Phase
    definition: CallDefinition
    texts: tuple[Text, ...]
    last_moment: datetime
    time_left: timedelta | None


def public_cards(session: Session, *, now: datetime) -> list[CallCard]:
    """Return the calls with the phase that each is in."""
    return [
        CallCard(call, phase(calendar_of(call), now), definition_of(session, call).sheet, last_moment(call))
        for call in all_calls(session)
    ]


def public_page(session: Session, call: Call, *, now: datetime) -> CallPage:
    """Return what the public reads of a call."""
    definition = definition_of(session, call)
    return CallPage(
        call=call,
        phase=phase(calendar_of(call), now),
        definition=definition,
        texts=definition.sheet.texts_for(Place.HOME),
        last_moment=last_moment(call),
        time_left=time_left(call.closes_at, now),
    )


def last_moment(call: Call) -> datetime:
    """Return the last second at which a dossier is on time, as readers know the closing."""
    return calendar.last_moment(call.closes_at)


def time_left(too_late_at: datetime, now: datetime) -> timedelta | None:
    """Return the time that is left, where it is short enough to be shown."""
    left = too_late_at - now
    return left if timedelta(0) < left < SHOW_TIME_LEFT_UNDER else None


def database_answers(session: Session) -> None:
    """Ask the database for nothing, to know that it answers."""
    session.execute(select(1))


def call_by_slug(session: Session, slug: str) -> Call:
    """Return a call. Errors: ``not_found``."""
    call = session.scalar(select(Call).where(Call.slug == slug))
    if call is None:
        raise NotFound()
    return call


def definition_of(session: Session, call: Call) -> CallDefinition:
    """Return the definitions a call was opened with; no statement once this process has read them."""
    key = tuple(sorted(call.sources.items()))
    known = _by_digests.get(key)
    if known is None:
        held = session.execute(
            select(DefinitionSource.digest, DefinitionSource.content).where(
                DefinitionSource.digest.in_(call.sources.values())
            )
        )
        stored = {row.digest: row.content for row in held}
        known = parse_sources({path: stored[digest] for path, digest in key})
        _by_digests[key] = known
    return known


def calendar_of(call: Call) -> Calendar:
    """Return the calendar of a call as the domain reads it."""
    return call.calendar


def correspondents_may_read(call: Call, sheet: CallSheet, now: datetime) -> bool:
    """Tell whether filed dossiers are open to the correspondents of their regions."""
    chosen = sheet.read_from is ReadFrom.DEPOSIT
    return call.allows(Deed.READ_INSTRUCTED, Relation.CORRESPONDENT_HERE, now=now, chosen=chosen)


def open_marking(session: Session, actor: Actor, call_id: int, *, now: datetime) -> None:
    """Open the jury's marking, after the closing. Errors: ``too_early``, ``already_done``."""
    call = locked(session, call_id)
    accounts.require(actor, Permission.MANAGE_CALL, call.id)
    if not call.allows(Deed.OPEN_MARKING):
        raise RuleViolation("already_done")
    if not call.allows(Deed.OPEN_MARKING, now=now):
        raise RuleViolation("too_early", until=call.closes_at)
    call.marking_opened_at = now
    journal.record(session, actor, "marking.opened", on=("call", call.slug), at=now, call_id=call.id)


def locked(session: Session, call_id: int) -> Call:
    """Load a call for a transition: nobody else changes it before this transaction ends."""
    return session.get_one(Call, call_id, with_for_update=True)


_by_digests: dict[tuple[tuple[str, str], ...], CallDefinition] = {}


def _store_sources(session: Session, definition: CallDefinition, *, now: datetime) -> None:
    held = set(session.scalars(select(DefinitionSource.digest)))
    for path, digest in definition.digests.items():
        if digest not in held:
            session.add(DefinitionSource(digest=digest, content=definition.sources[path], stored_at=now))
            held.add(digest)


def _free_slug(session: Session, name: str) -> str:
    taken = set(session.scalars(select(Call.slug).where(Call.slug.startswith(name))))
    if name not in taken:
        return name
    return next(slug for n in range(2, len(taken) + 3) if (slug := f"{name}-{n}") not in taken)
