"""Asking for a fresh corrected ranking: owed by every act that changes a mark that counts, or the announced line."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from ptce_aap.models import CorrectedRanking, OutboxItem
from ptce_aap.services import outbox

KIND = "corrected"
# While acts follow one another, a computation is made this often: the rows in between are answered by a later one.
AT_LEAST_EVERY = timedelta(seconds=2)


def ask(session: Session, call_id: int, *, at: datetime) -> None:
    """Owe a fresh corrected ranking; what it depends on is read when it is computed."""
    outbox.emit(session, KIND, _payload(call_id), at=at)


def is_awaited(session: Session, call_id: int) -> bool:
    """Tell whether a computation is owed."""
    return bool(session.scalar(select(select(OutboxItem.id).where(*_owed(call_id)).exists())))


def is_broken(session: Session, call_id: int) -> bool:
    """Tell whether the computation owed was tried and failed."""
    failed = select(OutboxItem.id).where(*_owed(call_id), OutboxItem.last_error.is_not(None))
    return bool(session.scalar(select(failed.exists())))


def is_overtaken(session: Session, call_id: int, identifier: str, created_at: datetime, *, now: datetime) -> bool:
    """Tell whether a later row answers for this one, and the last computation is recent enough to wait for it."""
    later = or_(
        OutboxItem.created_at > created_at,
        and_(OutboxItem.created_at == created_at, OutboxItem.id > identifier),
    )
    if not session.scalar(select(select(OutboxItem.id).where(*_owed(call_id), later).exists())):
        return False
    last = session.scalar(select(func.max(CorrectedRanking.computed_at)).where(CorrectedRanking.call_id == call_id))
    return last is not None and now - last < AT_LEAST_EVERY


def _owed(call_id: int) -> tuple[ColumnElement[bool], ...]:
    return (OutboxItem.done_at.is_(None), OutboxItem.kind == KIND, OutboxItem.payload == _payload(call_id))


def _payload(call_id: int) -> dict[str, object]:
    return {"call": call_id}
