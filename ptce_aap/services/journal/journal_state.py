"""Whether the journal of a call holds, told at little cost: its end, and the line of the last signed head."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.domain.journal_chain import FIRST, Break, Fault, first_break
from ptce_aap.models import Call, DailyHead, JournalEntry, JournalHead
from ptce_aap.services.journal import daily_heads, journal
from ptce_aap.services.journal.daily_heads import Published

LOOKED_AT = 50
# Signed every day, within minutes: a second day without one is a key that is missing or a worker that is stopped.
LATE = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class JournalState:
    """``fault`` is the first line that does not hold among those that were looked at; ``head`` the last one signed."""

    fault: Break | None
    lines: int
    head: Published | None
    late: bool


def state_of(session: Session, call: Call, *, now: datetime) -> JournalState:
    """Look at the last lines of a call, and at the line that the last signed head names."""
    chain = journal.chain_of(call.id)
    end = session.get(JournalHead, chain)
    last = daily_heads.published(session, most=1)
    head = last[0] if last else None
    began = end.sequence - LOOKED_AT if end is not None and end.sequence > LOOKED_AT else 0
    known = {} if end is None else {end.sequence: end.digest}
    fault = first_break(
        journal.lines(session, chain, after=began),
        heads=known,
        after=(began, _digest_at(session, chain, began)),
        tolerance=None,
    )
    if fault is None and head is not None:
        fault = _at_head(session, chain, head.number)
    return JournalState(
        fault=fault,
        lines=0 if end is None else end.sequence - began,
        head=head,
        late=head is not None and now - head.at > LATE,
    )


def _digest_at(session: Session, chain: str, sequence: int) -> str:
    entry = session.get(JournalEntry, (chain, sequence)) if sequence else None
    return FIRST if entry is None else entry.digest


def _at_head(session: Session, chain: str, number: int) -> Break | None:
    """Return the line at which a signed head and the journal differ."""
    stood = session.scalars(select(DailyHead.chains).where(DailyHead.number == number)).one()
    for name, sequence, digest in stood:
        if name == chain and _digest_at(session, chain, sequence) != digest:
            return Break(sequence, Fault.HEAD, 0)
    return None
