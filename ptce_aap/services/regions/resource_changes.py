"""Each change of a directory: a resource added, changed, checked, withdrawn or put back, with its history."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ptce_aap.domain import directory
from ptce_aap.domain.directory import ResourceTable
from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Permission
from ptce_aap.domain.persons import fold
from ptce_aap.domain.question import Row
from ptce_aap.models import Call, RegionResource, ResourceChange
from ptce_aap.services.accounts import accounts
from ptce_aap.services.journal import journal
from ptce_aap.services.regions import resources


def add(session: Session, actor: Actor, call_id: int, region: str, row: Row, *, now: datetime) -> str:
    """Add a resource to a directory; return its reference.

    Errors: ``not_found``, ``not_allowed``, ``resource_incomplete``, ``resource_name_taken``, ``too_many_resources``.
    """
    call, table = held_directory(session, actor, call_id, region)
    resource = put(session, actor, call, table, region, row, now=now)
    _record(session, actor, "resource.added", call, resource, now)
    return resource.reference


def change(
    session: Session, actor: Actor, call_id: int, reference: str, row: Row, *, shown: int, now: datetime
) -> None:
    """Change what is said of a resource, which its keeper has just read over: where nothing changes, it still holds.

    ``shown`` is the version that the form showed. Errors: those of ``add``, ``changed_meanwhile``.
    """
    call, table, resource = _held(session, actor, call_id, reference, shown)
    if resources.content_of(row, table) == resource.content:
        resource.checked_at = now
        _note(session, actor, resource, "checked", now)
        _record(session, actor, "resource.checked", call, resource, now)
        return
    rewrite(session, actor, table, resource, row, now=now)
    _record(session, actor, "resource.changed", call, resource, now)


def check(session: Session, actor: Actor, call_id: int, reference: str, *, shown: int, now: datetime) -> None:
    """Say that a resource still holds as it is told. Errors: ``not_found``, ``not_allowed``, ``changed_meanwhile``."""
    call, _, resource = _held(session, actor, call_id, reference, shown)
    resource.checked_at = now
    _note(session, actor, resource, "checked", now)
    _record(session, actor, "resource.checked", call, resource, now)


def withdraw(session: Session, actor: Actor, call_id: int, reference: str, *, shown: int, now: datetime) -> None:
    """Take a resource out of the directory; ``restore`` puts it back. Errors: those of ``check``."""
    call, table, resource = _held(session, actor, call_id, reference, shown)
    row = {key: value for key, value in resources.row_of(resource.content, table).items() if key != directory.PUBLISHED}
    resource.withdrawn_at, resource.published, resource.appeared_at = now, False, None
    resource.content = resources.content_of(row, table)
    _note(session, actor, resource, "withdrawn", now)
    _record(session, actor, "resource.withdrawn", call, resource, now)


def restore(session: Session, actor: Actor, call_id: int, reference: str, *, now: datetime) -> None:
    """Put a withdrawn resource back; it is shown to applicants again where it was.

    Errors: ``not_found``, ``not_allowed``, ``resource_name_taken``, ``too_many_resources``.
    """
    call, table, resource = _held(session, actor, call_id, reference, None)
    if resource.withdrawn_at is None:
        return
    require_room(session, call, resource.region)
    _require_free(session, resource, resource.name_key)
    before = session.scalar(
        select(ResourceChange.content)
        .where(ResourceChange.resource_id == resource.id, ResourceChange.deed != "withdrawn")
        .order_by(ResourceChange.sequence.desc())
        .limit(1)
    )
    resource.withdrawn_at = None
    _write(resource, resources.row_of(before or resource.content, table), table, now)
    _note(session, actor, resource, "restored", now)
    _record(session, actor, "resource.restored", call, resource, now)


def held_directory(session: Session, actor: Actor, call_id: int, region: str) -> tuple[Call, ResourceTable]:
    """Load a directory that a person keeps.

    Errors: ``not_found`` where he may not even see it, ``not_allowed`` where he only reads it.
    """
    accounts.require(actor, Permission.KEEP_DIRECTORY, call_id)
    call = session.get_one(Call, call_id)
    found = resources.room(session, actor, call, region)
    if not found.place.kept:
        raise RuleViolation("not_allowed", permission=Permission.KEEP_DIRECTORY.value)
    return call, found.table


def put(
    session: Session, actor: Actor, call: Call, table: ResourceTable, region: str, row: Row, *, now: datetime,
    checked: bool = True,
) -> RegionResource:  # fmt: skip
    """Write a new resource and the beginning of its history. ``checked``: somebody has just read it over."""
    require_sound(row, table)
    require_room(session, call, region)
    resource = RegionResource(call_id=call.id, region=region, checked_at=now if checked else None)
    _require_free(session, resource, fold(row[directory.NAME]))
    _write(resource, row, table, now)
    session.add(resource)
    session.flush()
    _note(session, actor, resource, "added", now)
    return resource


def rewrite(
    session: Session, actor: Actor, table: ResourceTable, resource: RegionResource, row: Row, *, now: datetime
) -> None:
    """Write what is now said of a resource."""
    require_sound(row, table)
    _require_free(session, resource, fold(row[directory.NAME]))
    _write(resource, row, table, now)
    resource.checked_at = now
    _note(session, actor, resource, "changed", now)


def require_sound(row: Row, table: ResourceTable) -> None:
    """Refuse a resource without what it needs. Errors: ``resource_incomplete`` with the columns, ``resource_wrong``."""
    lacking = [column.label for column in table.table.fields if column.required and not row.get(column.key)]
    if lacking or not fold(row.get(directory.NAME, "")):
        raise RuleViolation("resource_incomplete", words=", ".join(lacking or ["Nom"]))
    if wrong := directory.refusals_of(row):
        raise RuleViolation("resource_wrong", column=wrong[0].place, reason=wrong[0].sentence)


def require_room(session: Session, call: Call, region: str, *, more: int = 1) -> None:
    """Refuse a directory of which nobody would read the end. Errors: ``too_many_resources``."""
    there = (RegionResource.call_id == call.id, RegionResource.region == region, RegionResource.withdrawn_at.is_(None))
    count = session.scalar(select(func.count()).select_from(RegionResource).where(*there)) or 0
    if count + more > directory.MOST:
        raise RuleViolation("too_many_resources", maximum=directory.MOST)


def _held(
    session: Session, actor: Actor, call_id: int, reference: str, shown: int | None
) -> tuple[Call, ResourceTable, RegionResource]:
    found = select(RegionResource).where(RegionResource.reference == reference, RegionResource.call_id == call_id)
    resource = session.scalar(found)
    if resource is None:
        raise NotFound()
    call, table = held_directory(session, actor, call_id, resource.region)
    session.refresh(resource, with_for_update=True)
    if shown is not None and (resource.version != shown or resource.withdrawn_at is not None):
        raise Conflict()
    return call, table, resource


def _require_free(session: Session, resource: RegionResource, name_key: str) -> None:
    taken = select(RegionResource.id).where(
        RegionResource.call_id == resource.call_id,
        RegionResource.region == resource.region,
        RegionResource.name_key == name_key,
        RegionResource.withdrawn_at.is_(None),
    )
    with session.no_autoflush:
        found = session.scalars(taken).all()
    if any(one_id != resource.id for one_id in found):
        raise RuleViolation("resource_name_taken")


def _write(resource: RegionResource, row: Row, table: ResourceTable, now: datetime) -> None:
    resource.content = resources.content_of(row, table)
    resource.name_key = fold(row[directory.NAME])
    published = row.get(directory.PUBLISHED) is True
    resource.appeared_at = (resource.appeared_at or now) if published else None
    resource.published, resource.changed_at = published, now


def _note(session: Session, actor: Actor, resource: RegionResource, deed: str, now: datetime) -> None:
    session.flush()
    last = select(func.coalesce(func.max(ResourceChange.sequence), 0)).where(ResourceChange.resource_id == resource.id)
    session.add(
        ResourceChange(
            resource_id=resource.id,
            sequence=(session.scalar(last) or 0) + 1,
            deed=deed,
            by_id=actor.person_id,
            at=now,
            content=dict(resource.content),
        )
    )
    session.flush()


def _record(session: Session, actor: Actor, act: str, call: Call, resource: RegionResource, now: datetime) -> None:
    on = ("resource", resource.reference)
    role, facts = resources.role_of(actor, call, resource.region), resources.told_region(resource.region)
    journal.record(session, actor, act, on=on, at=now, call_id=call.id, role=role, facts=facts)
