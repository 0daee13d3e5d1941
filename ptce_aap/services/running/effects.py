"""How the effects that acts owe are getting on, for whoever runs an installation: counts and ages, no content."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from ptce_aap.models import OutboxItem, OutboxLease


@dataclass(frozen=True, slots=True)
class Owed:
    """The effects of one kind that are not done yet."""

    kind: str
    waiting: int
    in_hand: int  # of those, how many a living process works on
    failing: int  # of those, how many were tried and did not succeed
    oldest: timedelta  # since when the first of them is owed


def owed(session: Session, *, now: datetime) -> tuple[Owed, ...]:
    """Return what is not done yet, by kind, the longest owed first; nothing where all is done."""
    held = and_(OutboxLease.outbox_id == OutboxItem.id, OutboxLease.ends_at > now)
    rows = session.execute(
        select(
            OutboxItem.kind,
            func.count().label("waiting"),
            func.count(OutboxLease.outbox_id).label("in_hand"),
            func.count(OutboxItem.last_error).label("failing"),
            func.min(OutboxItem.created_at).label("since"),
        )
        .outerjoin(OutboxLease, held)
        .where(OutboxItem.done_at.is_(None))
        .group_by(OutboxItem.kind)
        .order_by(func.min(OutboxItem.created_at), OutboxItem.kind)
    )
    return tuple(Owed(row.kind, row.waiting, row.in_hand, row.failing, now - row.since) for row in rows)
