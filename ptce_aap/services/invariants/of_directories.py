"""What is always true of the directories of regions: of a region of their call, and told by their history."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ptce_aap.domain import directory
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.directory import NATIONAL, ResourceTable
from ptce_aap.domain.persons import fold
from ptce_aap.models import Call, RegionResource, ResourceChange
from ptce_aap.services.calls import calls


def resources_are_of_their_call(session: Session) -> Iterator[str]:
    """A resource is of a region of its call, or national, and says what the call's files let be said of one."""
    query = select(RegionResource, Call).join(Call, Call.id == RegionResource.call_id)
    for resource, call in session.execute(query.order_by(RegionResource.reference)):
        if not _fits(resource, calls.definition_of(session, call)):
            yield resource.reference


def histories_end_as_resources_are(session: Session) -> Iterable[str]:
    """The last thing that was done to a resource leaves what is said of it, and whether it is withdrawn."""
    last = select(func.max(ResourceChange.sequence)).where(ResourceChange.resource_id == RegionResource.id)
    rows = session.execute(
        select(RegionResource, ResourceChange)
        .outerjoin(
            ResourceChange,
            (ResourceChange.resource_id == RegionResource.id)
            & (ResourceChange.sequence == last.correlate(RegionResource).scalar_subquery()),
        )
        .order_by(RegionResource.reference)
    )
    for resource, change in rows:
        told = change is not None and change.content == resource.content
        if not told or (change.deed == "withdrawn") != (resource.withdrawn_at is not None):
            yield resource.reference


def _fits(resource: RegionResource, definition: CallDefinition) -> bool:
    if definition.directory is None:
        return False
    if resource.region != NATIONAL and definition.sheet.region(resource.region) is None:
        return False
    reading = ResourceTable(definition.directory).table.read([resource.content])
    if reading.refusals or not reading.value:
        return False
    row = reading.value[0]
    shown = row.get(directory.PUBLISHED) is True
    return fold(row.get(directory.NAME, "")) == resource.name_key and shown == resource.published


CHECKS: dict[str, Callable[[Session], Iterable[str]]] = {
    "resource.history_ends_as_it_is": histories_end_as_resources_are,
    "resource.is_of_its_call": resources_are_of_their_call,
}
