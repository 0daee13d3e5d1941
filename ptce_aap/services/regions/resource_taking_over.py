"""The resources of a region taken over from another call: what still fits comes, and is to be checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ptce_aap.domain import directory
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.directory import NATIONAL, ResourceTable
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor
from ptce_aap.domain.persons import fold
from ptce_aap.domain.question import Row
from ptce_aap.models import Call, RegionResource
from ptce_aap.services.calls import calls
from ptce_aap.services.regions import resource_changes, resource_imports, resources


@dataclass(frozen=True, slots=True)
class Source:
    """Another call in which the same region keeps resources."""

    slug: str
    title: str
    closes_at: datetime
    count: int


def sources(session: Session, call: Call, region: str) -> tuple[Source, ...]:
    """Return the other calls in which this region, or the nation, keeps resources, the latest to close first."""
    query = (
        select(Call, func.count(RegionResource.id))
        .join(RegionResource, RegionResource.call_id == Call.id)
        .where(Call.id != call.id, RegionResource.region == region, RegionResource.withdrawn_at.is_(None))
        .group_by(Call.id)
        .order_by(Call.closes_at.desc(), Call.id.desc())
    )
    here = calls.definition_of(session, call)
    return tuple(
        Source(other.slug, other.short_title, other.closes_at, count)
        for other, count in session.execute(query)
        if _same_region(here, calls.definition_of(session, other), region)
    )


def take_over(session: Session, actor: Actor, call_id: int, region: str, source: str, *, now: datetime) -> int:
    """Copy the resources of a region from another call, but those that bear a name already here; return how many.

    What the call does not know of (kind, need, scheme) is left out; nobody has checked them for this call yet.
    Errors: ``not_found``, ``not_allowed``, ``nothing_to_take_over``, ``too_many_resources``.
    """
    call, table = resource_changes.held_directory(session, actor, call_id, region)
    if all(one.slug != source for one in sources(session, call, region)):
        raise NotFound()
    other = calls.call_by_slug(session, source)
    before = resources.table_of(calls.definition_of(session, other))
    here = {entry.row[directory.NAME] for entry in resources.entries(session, call.id, table, region, now=now)
            if entry.withdrawn_at is None}  # fmt: skip
    taken = {fold(name) for name in here}
    rows = [
        row
        for entry in resources.entries(session, other.id, before, region, now=now)
        if entry.withdrawn_at is None and fold(entry.name) not in taken
        if (row := _known(entry.row, table)) is not None
    ]
    if not rows:
        raise RuleViolation("nothing_to_take_over")
    resource_changes.require_room(session, call, region, more=len(rows))
    for row in rows:
        resource_changes.put(session, actor, call, table, region, row, now=now, checked=False)
    facts = {"added": len(rows), "source": source}
    resource_imports.record_whole(session, actor, "resources.taken_over", call, region, facts, now=now)
    return len(rows)


def _same_region(here: CallDefinition, there: CallDefinition, region: str) -> bool:
    if there.directory is None:
        return False
    one, other = here.sheet.region(region), there.sheet.region(region)
    return region == NATIONAL or (one is not None and other is not None and one.name == other.name)


def _known(row: Row, table: ResourceTable) -> Row | None:
    """Return what this call lets be said of a resource; None where it has no such kind."""
    kept: dict[str, object] = {}
    for column in table.table.fields:
        value = row.get(column.key)
        if column.options and value is not None:
            offered = {option.value for option in column.options}
            value = tuple(one for one in value if one in offered) if isinstance(value, tuple) else value
            value = None if value == () or (isinstance(value, str) and value not in offered) else value
        if value is not None:
            kept[column.key] = value
    return _sound(kept)


def _sound(row: Mapping[str, object]) -> Row | None:
    return dict(row) if directory.KIND in row and directory.NAME in row else None
