"""The directories of a call: whose each is, what it holds, what was done to a resource."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.clock import PARIS
from ptce_aap.domain import directory
from ptce_aap.domain.calls import CallDefinition, Region
from ptce_aap.domain.directory import NATIONAL, ResourceTable
from ptce_aap.domain.errors import NotFound
from ptce_aap.domain.permissions import Actor, Permission, Role
from ptce_aap.domain.question import Row
from ptce_aap.models import Call, Person, RegionResource, ResourceChange
from ptce_aap.services.calls import calls

NATIONAL_NAME = "Ressources nationales"


@dataclass(frozen=True, slots=True)
class Place:
    """A directory as one person finds it: that of a region, or the national one."""

    region: str
    name: str
    kept: bool  # this person changes it; else he reads it


@dataclass(frozen=True, slots=True)
class Entry:
    """A resource of a directory. ``stale``: nobody said for six months that it still holds."""

    reference: str
    region: str
    row: Row
    changed_at: datetime
    checked_at: datetime | None
    withdrawn_at: datetime | None
    version: int
    stale: bool
    running: bool
    shown: bool

    @property
    def name(self) -> str:
        """Return what it is called."""
        return str(self.row[directory.NAME])


@dataclass(frozen=True, slots=True)
class Step:
    """Something that was done to a resource, with what changed in it."""

    deed: str
    by: str
    at: datetime
    differences: tuple[directory.Difference, ...]


@dataclass(frozen=True, slots=True)
class Room:
    """The directories that a person finds in a call, and the one that is open."""

    table: ResourceTable
    places: tuple[Place, ...]
    place: Place

    @property
    def kept_places(self) -> tuple[Place, ...]:
        """Return the directories that this person keeps."""
        return tuple(place for place in self.places if place.kept)


def table_of(definition: CallDefinition) -> ResourceTable:
    """Return what is said of a resource in this call. Errors: ``not_found`` where the call keeps no directory."""
    if definition.directory is None:
        raise NotFound()
    return ResourceTable(definition.directory)


def room(session: Session, actor: Actor, call: Call, region: str | None) -> Room:
    """Return the directories of a person, one of them open: the first that he keeps where none is asked for.

    Errors: ``not_found`` for a region that is not his, and where the call keeps no directory.
    """
    definition = calls.definition_of(session, call)
    table = table_of(definition)
    places = places_of(definition, actor, call)
    if region is None:
        return Room(table, places, next((place for place in places if place.kept), places[0]))
    found = next((place for place in places if place.region == region), None)
    if found is None:
        raise NotFound()
    return Room(table, places, found)


def places_of(definition: CallDefinition, actor: Actor, call: Call) -> tuple[Place, ...]:
    """Return the directories that a person finds: those of his regions, every region's for the team; the national.

    What a person keeps for somebody absent comes after his own.
    """
    mine, team = actor.regions_on(call.id), actor.may(Permission.MANAGE_CALL, call.id)
    lent = actor.absents_on(call.id)
    regions: Iterable[Region] = (region for region in definition.sheet.regions if team or region.code in mine)
    regions = sorted(regions, key=lambda region: region.code in lent)
    found = [Place(region.code, region.name, region.code in mine) for region in regions]
    return (*found, Place(NATIONAL, NATIONAL_NAME, team))


def entries(session: Session, call_id: int, table: ResourceTable, region: str, *, now: datetime) -> tuple[Entry, ...]:
    """Return the resources of a directory, withdrawn ones included, by name: one statement."""
    query = select(RegionResource).where(RegionResource.call_id == call_id, RegionResource.region == region)
    return tuple(entry_of(row, table, now) for row in session.scalars(query.order_by(RegionResource.name_key)))


def entry_of(resource: RegionResource, table: ResourceTable, now: datetime) -> Entry:
    """Return a stored resource as values."""
    row, today = row_of(resource.content, table), now.astimezone(PARIS).date()
    there = resource.withdrawn_at is None
    return Entry(
        reference=resource.reference,
        region=resource.region,
        row=row,
        changed_at=resource.changed_at,
        checked_at=resource.checked_at,
        withdrawn_at=resource.withdrawn_at,
        version=resource.version,
        stale=there and directory.is_stale(resource.checked_at, now),
        running=directory.is_running(row, today),
        shown=there and directory.is_shown(row, today),
    )


def row_of(content: dict[str, Any], table: ResourceTable) -> Row:
    """Return what is stored of a resource as values."""
    return table.table.parse([content])[0] if content else {}


def content_of(row: Row, table: ResourceTable) -> dict[str, Any]:
    """Return what is said of a resource as it is stored: one that is not shown does not say so."""
    told = {key: value for key, value in row.items() if value is not False}
    stored: dict[str, Any] = table.table.to_json((told,))[0]
    return stored


def one(session: Session, actor: Actor, call: Call, reference: str, *, now: datetime) -> tuple[Room, Entry]:
    """Return a resource that a person may see, in its directory. Errors: ``not_found``."""
    query = select(RegionResource).where(RegionResource.reference == reference, RegionResource.call_id == call.id)
    resource = session.scalar(query)
    if resource is None:
        raise NotFound()
    found = room(session, actor, call, resource.region)
    return found, entry_of(resource, found.table, now)


def history(session: Session, reference: str, table: ResourceTable) -> tuple[Step, ...]:
    """Return what was done to a resource, the last first: one statement."""
    query = (
        select(ResourceChange, Person.name)
        .join(RegionResource, RegionResource.id == ResourceChange.resource_id)
        .join(Person, Person.id == ResourceChange.by_id)
        .where(RegionResource.reference == reference)
        .order_by(ResourceChange.sequence)
    )
    steps, before = [], None
    for change, name in session.execute(query):
        row = row_of(change.content, table)
        changed = () if before is None else directory.differences(table.table, before, row)
        steps.append(Step(change.deed, name, change.at, changed))
        before = row
    return tuple(reversed(steps))


def mark_of(found: Iterable[Entry]) -> str:
    """Return the mark of a directory as a page shows it: it changes when one of its resources does."""
    told = ",".join(f"{entry.reference}:{entry.version}" for entry in sorted(found, key=lambda one: one.reference))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def role_of(actor: Actor, call: Call, region: str) -> Role:
    """Return the role in which a person keeps a directory."""
    return Role.CORRESPONDENT if region in actor.regions_on(call.id) else Role.TEAM


def told_region(region: str) -> dict[str, str]:
    """Return what the journal says of whose directory it is: in a region one may act for somebody absent."""
    return {"region": region} if region != NATIONAL else {}
