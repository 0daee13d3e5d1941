"""What is always true of the journal: its chains hold, its heads are signed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ptce_aap.domain.journal_chain import first_break
from ptce_aap.models import DailyHead, JournalEntry, JournalHead
from ptce_aap.services.journal import daily_heads, journal, journal_verification


def chains_hold(session: Session) -> Iterator[str]:
    """Every line is what was written, and follows the line before it; the clock is another matter."""
    for chain in session.scalars(select(JournalEntry.chain).distinct().order_by(JournalEntry.chain)).all():
        found = first_break(journal.lines(session, chain), tolerance=None)
        if found is not None:
            yield f"{chain}:{found.sequence}"


def chains_have_no_gap(session: Session) -> Iterator[str]:
    """The lines of a chain are numbered from 1 to its head, without gap."""
    lines = {
        row.chain: (row.first, row.last, row.lines)
        for row in session.execute(
            select(
                JournalEntry.chain,
                func.min(JournalEntry.sequence).label("first"),
                func.max(JournalEntry.sequence).label("last"),
                func.count().label("lines"),
            ).group_by(JournalEntry.chain)
        )
    }
    heads = {row.chain: row.sequence for row in session.execute(select(JournalHead.chain, JournalHead.sequence))}
    for chain in sorted(lines.keys() | heads.keys()):
        head = heads.get(chain)
        if lines.get(chain) != (1, head, head):
            yield chain


def heads_are_the_last_lines(session: Session) -> Iterable[str]:
    """The digest of a chain's head is that of its last line."""
    last = (JournalEntry.chain == JournalHead.chain) & (JournalEntry.sequence == JournalHead.sequence)
    query = select(JournalHead.chain).join(JournalEntry, last).where(JournalEntry.digest != JournalHead.digest)
    return session.scalars(query.order_by(JournalHead.chain))


def heads_are_signed(session: Session) -> Iterator[str]:
    """Every head of a day follows the one before, and is signed by the key that it names."""
    bad = journal_verification.first_bad_head(daily_heads.all_exported(session))
    if bad is not None:
        yield str(bad)


def lines_are_those_of_the_heads(session: Session) -> Iterator[str]:
    """The journal holds the lines that the signed heads name."""
    for head in session.scalars(select(DailyHead).order_by(DailyHead.number)):
        for chain, sequence, digest in head.chains:
            entry = session.get(JournalEntry, (chain, sequence))
            if entry is None or entry.digest != digest:
                yield f"{head.number}:{chain}:{sequence}"


CHECKS: dict[str, Callable[[Session], Iterable[str]]] = {
    "journal.chains_hold": chains_hold,
    "journal.has_no_gap": chains_have_no_gap,
    "journal.head_is_the_last_line": heads_are_the_last_lines,
    "journal.heads_are_signed": heads_are_signed,
    "journal.keeps_what_heads_name": lines_are_those_of_the_heads,
}
