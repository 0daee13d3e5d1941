"""Effects owed by an act: written with it, done later, never lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from ptce_aap.models import InboxItem, OutboxItem

OFFER_AGAIN_AFTER = timedelta(minutes=2)


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
    """Return the rows to hand to the queue: never offered, or offered long ago and still undone."""
    return [identifier for identifier, _ in due(session, now=now, limit=limit)]


def due(session: Session, *, now: datetime, limit: int = 100) -> list[tuple[str, str]]:
    """Return the same rows with their kind, which says to which queue each one goes."""
    query = (
        select(OutboxItem.id, OutboxItem.kind)
        .where(
            OutboxItem.done_at.is_(None),
            or_(OutboxItem.offered_at.is_(None), OutboxItem.offered_at < now - OFFER_AGAIN_AFTER),
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
        .values(offered_at=now, attempts=OutboxItem.attempts + 1)
        .execution_options(synchronize_session=False)
    )


def begin(session: Session, identifier: str, handler: str, *, now: datetime) -> OutboxItem | None:
    """Take a row in the effect's transaction; None where it is done already or unknown."""
    item = session.get(OutboxItem, identifier, with_for_update=True)
    if item is None or item.done_at is not None or session.get(InboxItem, (handler, identifier)) is not None:
        return None
    session.add(InboxItem(handler=handler, outbox_id=identifier, done_at=now))
    item.done_at = now
    item.last_error = None
    return item


def note_failure(session: Session, identifier: str, error: str) -> None:
    """Keep the reason of a failed attempt, for the call team; the row stays undone."""
    session.execute(
        update(OutboxItem)
        .where(OutboxItem.id == identifier, OutboxItem.done_at.is_(None))
        .values(last_error=error[:500])
        .execution_options(synchronize_session=False)
    )
