"""What is always true of calls and of roles."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ptce_aap.models import Call, DefinitionSource, Person, RoleGrant
from ptce_aap.services.calls import calls


def definitions_are_kept(session: Session) -> Iterator[str]:
    """Every file a call was opened with is kept, and is the text of its digest."""
    held = {
        row.digest: row.content for row in session.execute(select(DefinitionSource.digest, DefinitionSource.content))
    }
    for call in calls.all_calls(session):
        for path, digest in sorted(call.sources.items()):
            if digest not in held or hashlib.sha256(held[digest].encode()).hexdigest() != digest:
                yield f"{call.slug}:{path}"


def calendars_are_in_order(session: Session) -> Iterable[str]:
    """A call opens, closes, is marked, frozen and published in this order."""
    steps = (Call.opens_at, Call.closes_at, Call.marking_opened_at, Call.marking_closed_at, Call.frozen_at)
    later = (*steps[1:], Call.published_at)
    broken = [after < before for before, after in zip(steps, later, strict=True)]
    skipped = [after.is_not(None) & before.is_(None) for before, after in zip(steps[2:], later[2:], strict=True)]
    return session.scalars(select(Call.slug).where(or_(*broken, *skipped)).order_by(Call.slug))


def roles_name_what_exists(session: Session) -> Iterable[str]:
    """The region of a correspondent and the seat of a juror are those of his call, or of some call."""
    regions: dict[int | None, set[str]] = {None: set()}
    seats: dict[int | None, set[str]] = {None: set()}
    for call in calls.all_calls(session):
        sheet = calls.definition_of(session, call).sheet
        regions[call.id] = {region.code for region in sheet.regions}
        seats[call.id] = {seat.key for seat in sheet.seats}
        regions[None] |= regions[call.id]
        seats[None] |= seats[call.id]
    query = select(Person.reference, RoleGrant.call_id, RoleGrant.region, RoleGrant.seat).join(
        Person, Person.id == RoleGrant.person_id
    )
    return sorted(
        reference
        for reference, call_id, region, seat in session.execute(query)
        if (region is not None and region not in regions.get(call_id, set()))
        or (seat is not None and seat not in seats.get(call_id, set()))
    )


CHECKS: dict[str, Callable[[Session], Iterable[str]]] = {
    "call.calendar_is_in_order": calendars_are_in_order,
    "call.definitions_are_kept": definitions_are_kept,
    "role.names_what_exists": roles_name_what_exists,
}
