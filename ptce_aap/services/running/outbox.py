"""Effects owed by an act: written with it, done later by whoever has them in hand, never lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import Session

from ptce_aap.models import InboxItem, OutboxItem, OutboxLease

OFFER_AGAIN_AFTER = timedelta(seconds=90)
LEASE = timedelta(seconds=45)
"""How long a row stays in the hands of a process that no longer says that it works on it."""
_AFTER_A_DEATH = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who takes a row: drawn anew each time, so that nobody ends what another has taken since; and which process."""

    owner: str
    process: str
    length: timedelta = LEASE


def emit(
    session: Session,
    kind: str,
    payload: Mapping[str, object],
    *,
    at: datetime,
    topic: str | None = None,
    call_id: int | None = None,
) -> str:
    """Owe an effect of this kind; return the identifier of its row. Messages: ``letters.send``."""
    item = OutboxItem(kind=kind, payload=dict(payload), created_at=at, topic=topic, call_id=call_id)
    session.add(item)
    session.flush()
    return item.id


def take_to_offer(session: Session, *, now: datetime, limit: int = 100) -> list[str]:
    """Return the rows to hand to the queue: see ``due``."""
    return [identifier for identifier, _ in due(session, now=now, limit=limit)]


def due(session: Session, *, now: datetime, limit: int = 100) -> list[tuple[str, str]]:
    """Return the rows to hand to the queue, with their kind, which says to which one each goes.

    In nobody's hands: never offered, or offered long ago and still undone. In the hands of a process that died: once
    its lease has ended, then as any row that was offered.
    """
    long_ago = OutboxItem.offered_at < now - OFFER_AGAIN_AFTER
    offered_before = or_(OutboxItem.offered_at.is_(None), OutboxItem.offered_at < OutboxLease.ends_at)
    query = (
        select(OutboxItem.id, OutboxItem.kind)
        .outerjoin(OutboxLease, OutboxLease.outbox_id == OutboxItem.id)
        .where(
            OutboxItem.done_at.is_(None),
            or_(
                and_(OutboxLease.outbox_id.is_(None), or_(OutboxItem.offered_at.is_(None), long_ago)),
                and_(OutboxLease.ends_at <= now, or_(offered_before, long_ago)),
            ),
        )
        .order_by(OutboxItem.created_at, OutboxItem.id)
        .limit(limit)
    )
    return [(row.id, row.kind) for row in session.execute(query)]


def mark_offered(session: Session, identifiers: list[str], *, now: datetime) -> None:
    """Remember that these rows were handed to the queue."""
    session.execute(
        update(OutboxItem)
        .where(OutboxItem.id.in_(identifiers))
        .values(offered_at=now)
        .execution_options(synchronize_session=False)
    )


def take(session: Session, identifier: str, holder: Holder, *, now: datetime) -> OutboxItem | None:
    """Take a row in hand; None where it is done, unknown, or in the hands of a process that lives."""
    item = session.get(OutboxItem, identifier, with_for_update=True)
    if item is None or item.done_at is not None:
        return None
    lease = session.get(OutboxLease, identifier, populate_existing=True)
    if lease is None:
        lease = OutboxLease(outbox_id=identifier)
        session.add(lease)
    elif lease.ends_at > now:
        return None
    lease.owner, lease.process = holder.owner, holder.process
    lease.taken_at, lease.ends_at = now, now + holder.length
    item.attempts += 1
    return item


def renew(session: Session, identifier: str, holder: Holder, *, now: datetime) -> bool:
    """Keep a row in hand a while longer; False where it was lost to another."""
    renewed = session.execute(
        update(OutboxLease)
        .where(OutboxLease.outbox_id == identifier, OutboxLease.owner == holder.owner)
        .values(ends_at=now + holder.length)
        .returning(OutboxLease.outbox_id)
        .execution_options(synchronize_session=False)
    )
    return renewed.first() is not None


def begin(session: Session, identifier: str, handler: str, owner: str, *, now: datetime) -> OutboxItem | None:
    """End a row in the effect's transaction; None where it is done already, or no longer in this owner's hands."""
    item = session.get(OutboxItem, identifier, with_for_update=True)
    if item is None or item.done_at is not None or session.get(InboxItem, (handler, identifier)) is not None:
        return None
    lease = session.get(OutboxLease, identifier, populate_existing=True)
    if lease is None or lease.owner != owner:
        return None
    session.delete(lease)
    session.add(InboxItem(handler=handler, outbox_id=identifier, done_at=now))
    item.done_at = now
    item.last_error = None
    return item


def note_failure(session: Session, identifier: str, owner: str, error: str) -> None:
    """Keep the reason of a failed attempt, for the call team, and let the row go; it stays undone.

    Nothing is noted by who lost the row meanwhile.
    """
    item = session.get(OutboxItem, identifier, with_for_update=True)
    lease = session.get(OutboxLease, identifier, populate_existing=True)
    if item is None or lease is None or lease.owner != owner:
        return
    session.delete(lease)
    if item.done_at is None:
        item.last_error = error[:500]


def abandon(session: Session, identifier: str, process: str, *, now: datetime) -> None:
    """End the lease of a process that was seen to die: its row is offered again at once, later at each death."""
    item = session.get(OutboxItem, identifier, with_for_update=True)
    lease = session.get(OutboxLease, identifier, populate_existing=True)
    if item is None or lease is None or lease.process != process:
        return
    pause = min(_AFTER_A_DEATH * (item.attempts - 1), OFFER_AGAIN_AFTER)
    lease.ends_at = max(now + pause, lease.taken_at + timedelta(microseconds=1))


def forget(session: Session, identifier: str) -> None:
    """Forget a row that is done and that nothing else names."""
    for model in (OutboxLease, InboxItem):
        session.execute(delete(model).where(model.outbox_id == identifier))
    session.execute(delete(OutboxItem).where(OutboxItem.id == identifier))
