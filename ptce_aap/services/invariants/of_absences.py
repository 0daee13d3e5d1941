"""What is always true of absences: one substitute at a time, and nothing done in somebody's place out of his days."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from sqlalchemy import String, cast, select
from sqlalchemy.orm import Session, aliased

from ptce_aap.models import Absence, JournalEntry, Person


def do_not_overlap(session: Session) -> Iterable[str]:
    """Two absences of a person on a call do not overlap, those that were ended early by what they lasted."""
    other = aliased(Absence)
    same = (other.call_id == Absence.call_id) & (other.absent_id == Absence.absent_id) & (other.id > Absence.id)
    query = select(Absence.reference).join(other, same).where(other.starts_at < Absence.ends_at)
    query = query.where(Absence.starts_at < other.ends_at, Absence.ended_at.is_(None), other.ended_at.is_(None))
    return session.scalars(query.order_by(Absence.reference))


def acts_fall_in_their_days(session: Session) -> Iterator[str]:
    """Whatever the journal says was done in somebody's place was done in an absence of his, by whom it names."""
    absent, acting = aliased(Person), aliased(Person)
    rows = session.execute(
        select(Absence, absent.reference, acting.reference)
        .join(absent, absent.id == Absence.absent_id)
        .join(acting, acting.id == Absence.substitute_id)
    )
    known: dict[tuple[int, str, str], list[Absence]] = {}
    for row, away, other in rows:
        known.setdefault((row.call_id, away, other), []).append(row)
    told_so = cast(JournalEntry.facts, String).contains('"in_place_of":', autoescape=True)
    lines = select(JournalEntry).where(JournalEntry.call_id.is_not(None), told_so)
    for line in session.scalars(lines):
        told = known.get((line.call_id or 0, str(line.facts["in_place_of"]), line.actor), [])
        if not any(one.starts_at <= line.at < (one.ended_at or one.ends_at) for one in told):
            yield f"{line.chain}:{line.sequence}"


CHECKS: dict[str, Callable[[Session], Iterable[str]]] = {
    "absence.is_one_at_a_time": do_not_overlap,
    "absence.acts_fall_in_its_days": acts_fall_in_their_days,
}
