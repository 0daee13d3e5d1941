"""Directories brought from a spreadsheet: kept a day while their keeper looks, written in one act, or forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ptce_aap.domain import directory, directory_import
from ptce_aap.domain.directory import ResourceTable
from ptce_aap.domain.directory_import import BroughtLine, Fate, Plan
from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.domain.imported import ImportedTable
from ptce_aap.domain.permissions import Actor
from ptce_aap.models import Call, RegionResource, ResourceUpload
from ptce_aap.services.applicants.table_imports import KEPT
from ptce_aap.services.journal import journal
from ptce_aap.services.regions import resource_changes, resources
from ptce_aap.services.regions.resources import Entry

NATIONAL_WORD = "national"


@dataclass(frozen=True, slots=True)
class Pending:
    """A directory that waits to be imported; ``unknown`` and ``repeated`` are headers that are not read."""

    reference: str
    filename: str
    lines: tuple[BroughtLine, ...]
    unknown: tuple[str, ...]
    repeated: tuple[str, ...]
    examples: tuple[int, ...]


def keep(
    session: Session,
    actor: Actor,
    call_id: int,
    region: str,
    filename: str,
    brought: ImportedTable,
    messages: Mapping[tuple[int, str], str],
    *,
    now: datetime,
) -> str:
    """Keep what was read of a file until it is imported; it takes the place of what this person brought before.

    ``messages``: what to tell of each refused cell, by line and column. Errors: ``not_found``, ``not_allowed``.
    """
    call, table = resource_changes.held_directory(session, actor, call_id, region)
    session.execute(
        delete(ResourceUpload).where(
            ResourceUpload.call_id == call.id,
            ResourceUpload.region == region,
            ResourceUpload.person_id == actor.person_id,
        )
    )
    upload = ResourceUpload(
        call_id=call.id,
        region=region,
        person_id=actor.person_id,
        filename=filename,
        content=_content(table, brought, messages),
        at=now,
    )
    session.add(upload)
    session.flush()
    return upload.reference


def pending(
    session: Session, actor: Actor, call: Call, region: str, table: ResourceTable, upload: str, *, now: datetime
) -> Pending:
    """Return what one brought for a directory. Errors: ``not_found``, after a day too."""
    found = session.scalar(
        select(ResourceUpload).where(
            ResourceUpload.reference == upload,
            ResourceUpload.call_id == call.id,
            ResourceUpload.region == region,
            ResourceUpload.person_id == actor.person_id,
            ResourceUpload.at > now - KEPT,
        )
    )
    if found is None:
        raise NotFound()
    content = found.content
    return Pending(
        reference=upload,
        filename=found.filename,
        lines=tuple(_line(row, table) for row in content["rows"]),
        unknown=tuple(content["unknown"]),
        repeated=tuple(content["repeated"]),
        examples=tuple(content["examples"]),
    )


def plan_of(table: ResourceTable, there: tuple[Entry, ...], brought: Pending) -> Plan:
    """Return what importing would do to a directory as it is."""
    return directory_import.plan(
        table, [(entry.reference, entry.row) for entry in there if entry.withdrawn_at is None], brought.lines
    )


def apply(session: Session, actor: Actor, call_id: int, region: str, upload: str, *, shown: str, now: datetime) -> Plan:
    """Import what was brought, in one act; lines that are refused are left out.

    ``shown`` is the mark of the directory that the preview had shown.
    Errors: ``not_found``, ``not_allowed``, ``changed_meanwhile``, ``nothing_to_import``, ``too_many_resources``.
    """
    call, table = resource_changes.held_directory(session, actor, call_id, region)
    brought = pending(session, actor, call, region, table, upload, now=now)
    there = resources.entries(session, call.id, table, region, now=now)
    if resources.mark_of(there) != shown:
        raise Conflict()
    plan = plan_of(table, there, brought)
    if not plan.lines:
        raise RuleViolation("nothing_to_import")
    resource_changes.require_room(session, call, region, more=plan.count(Fate.ADDED))
    rows = {row.reference: row for row in session.scalars(_of_directory(call.id, region))}
    for line in plan.acts:
        if line.reference is None:
            resource_changes.put(session, actor, call, table, region, line.after, now=now)
        else:
            resource_changes.rewrite(session, actor, table, rows[line.reference], line.after, now=now)
    session.execute(delete(ResourceUpload).where(ResourceUpload.reference == upload))
    if plan.acts:
        facts = {fate.value: plan.count(fate) for fate in Fate} | {"refused": plan.refused_lines}
        record_whole(session, actor, "resources.imported", call, region, facts, now=now)
    return plan


def record_whole(
    session: Session,
    actor: Actor,
    act: str,
    call: Call,
    region: str,
    facts: Mapping[str, object],
    *,
    now: datetime,
) -> None:
    """Write the one line of an act on a directory as a whole."""
    role = resources.role_of(actor, call, region)
    on = ("directory", region or NATIONAL_WORD)
    journal.record(
        session, actor, act, on=on, at=now, call_id=call.id, role=role, facts={**facts, **resources.told_region(region)}
    )


def forget_old(session: Session, *, now: datetime) -> None:
    """Forget the directories that nobody imported within a day."""
    session.execute(delete(ResourceUpload).where(ResourceUpload.at <= now - KEPT))


def _of_directory(call_id: int, region: str) -> Any:
    return select(RegionResource).where(RegionResource.call_id == call_id, RegionResource.region == region)


def _content(table: ResourceTable, brought: ImportedTable, messages: Mapping[tuple[int, str], str]) -> dict[str, Any]:
    rows = []
    for row in brought.rows:
        unread = [[cell.column.key, cell.typed, messages[row.number, cell.column.key]] for cell in row.refused]
        values = table.spreadsheet.to_json((row.values,))[0] if row.values else {}
        rows.append({"line": row.number, "values": values, "unread": unread})
    return {
        "rows": rows[: 2 * directory.MOST],
        "unknown": list(brought.unknown),
        "repeated": list(brought.repeated),
        "examples": list(brought.examples),
    }


def _line(row: Mapping[str, Any], table: ResourceTable) -> BroughtLine:
    values = table.spreadsheet.parse([row["values"]])[0] if row["values"] else {}
    return BroughtLine(row["line"], values, tuple((key, typed, told) for key, typed, told in row["unread"]))
