"""The journal's only writer: one line per act, in the act's own transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from ptce_aap.domain.permissions import Actor, Role
from ptce_aap.models import JournalEntry, JournalHead

_PLATFORM = "platform"


def record(
    session: Session,
    actor: Actor,
    act: str,
    *,
    on: tuple[str, str],
    at: datetime,
    call_id: int | None = None,
    role: Role | None = None,
    facts: Mapping[str, object] | None = None,
) -> None:
    """Write the line of an act. ``on`` is the kind and the reference of its object.

    ``facts`` hold references and values only, never a name or a text: the journal outlives erasure.
    """
    chain = _PLATFORM if call_id is None else f"call-{call_id}"
    session.add(
        JournalEntry(
            chain=chain,
            sequence=_next_sequence(session, chain),
            call_id=call_id,
            at=at,
            actor=actor.reference,
            role=(role or _role_of(actor, call_id)).value,
            act=act,
            object_kind=on[0],
            object=on[1],
            facts=dict(facts or {}),
        )
    )


@dataclass(frozen=True, slots=True)
class Line:
    """The line of an act, before it has its number."""

    actor: str  # reference
    role: Role
    act: str
    on: tuple[str, str]
    at: datetime
    facts: Mapping[str, object] = field(default_factory=dict)


def record_all(session: Session, call_id: int, lines: Sequence[Line]) -> None:
    """Write the lines of many acts on one call, in their order: two statements whatever their number."""
    if not lines:
        return
    chain = f"call-{call_id}"
    first = _next_sequence(session, chain, len(lines)) - len(lines) + 1
    rows = [
        {
            "chain": chain,
            "sequence": first + place,
            "call_id": call_id,
            "at": line.at,
            "actor": line.actor,
            "role": line.role.value,
            "act": line.act,
            "object_kind": line.on[0],
            "object": line.on[1],
            "facts": dict(line.facts),
        }
        for place, line in enumerate(lines)
    ]
    session.execute(insert(JournalEntry), rows)


def _next_sequence(session: Session, chain: str, count: int = 1) -> int:
    """Take the next ``count`` numbers and return the last; the head's row is the lock of the chain."""
    take = (
        update(JournalHead)
        .where(JournalHead.chain == chain)
        .values(sequence=JournalHead.sequence + count)
        .returning(JournalHead.sequence)
        .execution_options(synchronize_session=False)
    )
    taken = session.execute(take).scalar_one_or_none()
    if taken is not None:
        return taken
    session.execute(insert(JournalHead).values(chain=chain, sequence=count))
    return count


def _role_of(actor: Actor, call_id: int | None) -> Role:
    """Name the role that a line cites when the service does not: the only one, else the most powerful."""
    held = actor.roles_on(call_id)
    order = (Role.ADMIN, Role.TEAM, Role.CHAIR, Role.AUDITOR, Role.JUROR, Role.CORRESPONDENT, Role.APPLICANT)
    return next(role for role in order if role in held)
