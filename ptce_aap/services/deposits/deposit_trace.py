"""The trace of a deposit in the journal: its own line, and the last head that was published before it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.documents.receipt import Trace
from ptce_aap.domain import journal_chain
from ptce_aap.models import DailyHead, Filing, JournalEntry
from ptce_aap.services.journal import daily_heads, journal


def trace_of(session: Session, filing: Filing, *, reference: str, call_id: int) -> Trace | None:
    """Return the trace of a deposit of the dossier of this reference; None for one that another tool brought."""
    query = select(JournalEntry).where(
        JournalEntry.chain == journal.chain_of(call_id),
        JournalEntry.object == reference,
        JournalEntry.act == "dossier.filed",
    )
    for entry in session.scalars(query.order_by(JournalEntry.sequence)):
        if entry.facts.get("sha256") == filing.sha256:
            return trace(entry, daily_heads.last_before(session, filing.filed_at))
    return None


def trace(entry: JournalEntry, head: DailyHead | None) -> Trace:
    """Return the trace that a line and the head before it make."""
    return Trace(
        sequence=entry.sequence,
        digest=entry.digest,
        line=journal_chain.canonical_line(journal.line_of(entry)).decode(),
        head_number=head.number if head else None,
        head_day=head.day if head else None,
        head_digest=head.digest if head else "",
    )
