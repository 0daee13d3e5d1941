"""The filed dossiers of a call as its team, its chair and its auditor read them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import Session

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.errors import NotFound
from ptce_aap.domain.permissions import Actor
from ptce_aap.models import Call, Dossier
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers import listing, reading, rooms
from ptce_aap.services.dossiers.dossiers import Page
from ptce_aap.services.instruction import instruction
from ptce_aap.services.jury import opinion_masks


@dataclass(frozen=True, slots=True)
class ManagedPage:
    """A dossier with everything that was said of it before the jury."""

    definition: CallDefinition
    document: reading.Document
    instruction: instruction.Instruction


def listed(session: Session, actor: Actor, call: Call, asked: listing.Asked, *, now: datetime) -> Page[listing.Line]:
    """Return one page of the filed dossiers that a person finds in the management room."""
    definition = calls.definition_of(session, call)
    return masked_lines(session, actor, call, rooms.open_to(actor, call, now=now), definition, asked)


def masked_lines(
    session: Session,
    actor: Actor,
    call: Call,
    visible: Select[Dossier],
    definition: CallDefinition,
    asked: listing.Asked,
    *extra: ColumnElement[bool],
) -> Page[listing.Line]:
    """Return one page of a list of the management.

    Whoever still has to mark dossiers neither reads their opinions here nor finds them by what these say.
    """
    masked = opinion_masks.masked(session, actor, call)
    if masked:
        asked = replace(asked, verdict="", sort="filed" if asked.sorted_by == "rank" else asked.sort)
    found = listing.lines(session, actor, visible, definition, asked, *extra)
    lines = (
        replace(line, verdict="", regional_rank=None) if line.reference in masked else line for line in found.items
    )
    return replace(found, items=tuple(lines))


def page(session: Session, actor: Actor, call: Call, reference: str, *, now: datetime) -> ManagedPage:
    """Open a dossier in the management room. Errors: ``not_found``."""
    definition = calls.definition_of(session, call)
    dossier = session.scalar(rooms.open_to(actor, call, now=now).where(Dossier.reference == reference))
    if dossier is None:
        raise NotFound()
    return ManagedPage(
        definition=definition,
        document=reading.read(session, dossier, call, definition),
        instruction=instruction.instruction_of(session, actor, call, dossier, definition),
    )
