"""The journal's only writer: one line per act, chained to the line before, in the act's own transaction."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session, SessionTransaction

from ptce_aap.domain import journal_chain
from ptce_aap.domain.permissions import Actor, Role
from ptce_aap.models import Dossier, JournalEntry, JournalHead

_PLATFORM = "platform"
_HELD = "journal_heads"
_AT_A_TIME = 2000
_EXPORTED = (*sorted(journal_chain.FIELDS), "digest")
_REFERENCE = re.compile(r"[^\s@]{0,200}")


@dataclass(frozen=True, slots=True)
class Line:
    """The line of an act, before it has its number."""

    actor: str  # reference
    role: Role
    act: str
    on: tuple[str, str]
    at: datetime
    facts: Mapping[str, object] = field(default_factory=dict)


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
) -> JournalEntry:
    """Write the line of an act and return it. ``on`` is the kind and the reference of its object.

    ``facts`` hold references and values only, never a name, a text or a float: the journal outlives erasure, and
    its digests are exact (``ValueError``). Where a correspondent acts for an absent one, the line says so by itself:
    for a dossier by its region, else by the ``region`` or ``regions`` of the facts.
    """
    role = role or _role_of(actor, call_id)
    told = {**(facts or {}), **_in_the_place_of(session, actor, act, on, call_id, role, facts or {})}
    line = Line(actor.reference, role, act, on, at, told)
    entry = JournalEntry(**_chained(_head(session, chain_of(call_id)), call_id, line))
    session.add(entry)
    return entry


def record_all(session: Session, call_id: int, lines: Sequence[Line]) -> None:
    """Write the lines of many acts on one call, in their order: three statements whatever their number."""
    if not lines:
        return
    head = _head(session, chain_of(call_id))
    session.execute(insert(JournalEntry), [_chained(head, call_id, line) for line in lines])


def chain_of(call_id: int | None) -> str:
    """Return the name of the chain that holds the lines of a call; without one, that of the platform."""
    return _PLATFORM if call_id is None else f"call-{call_id}"


def _chained(head: JournalHead, call_id: int | None, line: Line) -> dict[str, Any]:
    """Return the columns of a line put at the end of its chain, and move the head there."""
    _require_references([line.actor, *line.on, line.facts])
    content = {
        "chain": head.chain,
        "sequence": head.sequence + 1,
        "previous": head.digest,
        "actor": line.actor,
        "role": line.role.value,
        "act": line.act,
        "object_kind": line.on[0],
        "object": line.on[1],
        "facts": dict(line.facts),
    }
    digest = journal_chain.digest_of({**content, "at": journal_chain.instant_text(line.at)})
    head.sequence, head.digest = head.sequence + 1, digest
    return {**content, "digest": digest, "at": line.at, "call_id": call_id}


def _require_references(value: object) -> None:
    """Refuse what is no reference and no key: a blank or an ``@`` is in a name, an address or a text of somebody."""
    match value:
        case str():
            if not _REFERENCE.fullmatch(value):
                raise ValueError("the journal holds references and values, never what somebody typed")
        case Mapping():
            for one in (*value, *value.values()):
                _require_references(one)
        case list() | tuple():
            for one in value:
                _require_references(one)


def _head(session: Session, chain: str) -> JournalHead:
    """Return the head of a chain, locked until the transaction ends: who writes next waits, and follows this line."""
    transaction = session.get_nested_transaction() or session.get_transaction()
    held: dict[tuple[SessionTransaction | None, str], JournalHead] = session.info.setdefault(_HELD, {})
    if (transaction, chain) not in held:
        head = session.get(JournalHead, chain, with_for_update=True, populate_existing=True)
        if head is None:
            head = JournalHead(chain=chain, sequence=0, digest=journal_chain.FIRST)
            session.add(head)
        held[transaction, chain] = head
    return held[transaction, chain]


def _role_of(actor: Actor, call_id: int | None) -> Role:
    """Name the role that a line cites when the service does not: the only one, else the most powerful."""
    held = actor.roles_on(call_id)
    order = (Role.ADMIN, Role.TEAM, Role.CHAIR, Role.AUDITOR, Role.JUROR, Role.CORRESPONDENT, Role.APPLICANT)
    return next(role for role in order if role in held)


def _in_the_place_of(
    session: Session,
    actor: Actor,
    act: str,
    on: tuple[str, str],
    call_id: int | None,
    role: Role,
    facts: Mapping[str, object],
) -> dict[str, str]:
    """Return the fact that somebody acts for an absent correspondent; a conflict of his own is his own."""
    if call_id is None or role is not Role.CORRESPONDENT or act.startswith("conflict."):
        return {}
    absents = actor.absents_on(call_id)
    if not absents:
        return {}
    kind, reference = on
    if kind == "dossier":
        regions = list(session.scalars(select(Dossier.region).where(Dossier.reference == reference)))
    else:
        several = facts.get("regions")
        regions = [str(facts.get("region")), *(several if isinstance(several, list | tuple) else ())]
    acted = [absents[region][0].reference for region in regions if region in absents]
    return {"in_place_of": acted[0]} if acted else {}


def lines(session: Session, chain: str, *, after: int = 0) -> Iterator[dict[str, Any]]:
    """Yield the lines of a chain in their order, as an exported journal writes them; they are not held together."""
    columns = [getattr(JournalEntry, name) for name in _EXPORTED]
    query = select(*columns).where(JournalEntry.chain == chain, JournalEntry.sequence > after)
    query = query.order_by(JournalEntry.sequence)
    for row in session.execute(query, execution_options={"yield_per": _AT_A_TIME}).mappings():
        yield {**row, "at": journal_chain.instant_text(row["at"])}


def line_of(entry: JournalEntry) -> dict[str, Any]:
    """Return one line, as an exported journal writes it."""
    return {name: getattr(entry, name) for name in _EXPORTED} | {"at": journal_chain.instant_text(entry.at)}
