"""Asking for a fresh corrected ranking: owed by every act that changes a mark that counts, or the announced line."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from ptce_aap.models import OutboxItem
from ptce_aap.services.running import outbox

KIND = "corrected"
# The long computation that follows a quick one.
WHOLE = "corrected.whole"


def ask(session: Session, call_id: int, *, at: datetime) -> None:
    """Owe a fresh corrected ranking; what it depends on is read when it is computed."""
    outbox.emit(session, KIND, _payload(call_id), at=at)


def ask_whole(session: Session, call_id: int, *, at: datetime) -> None:
    """Owe the long computation, where the quick one does not suffice."""
    outbox.emit(session, WHOLE, _payload(call_id), at=at)


def is_awaited(session: Session, call_id: int) -> bool:
    """Tell whether a computation is owed."""
    return bool(session.scalar(select(select(OutboxItem.id).where(*_owed(call_id)).exists())))


def is_broken(session: Session, call_id: int) -> bool:
    """Tell whether the computation owed was tried and failed."""
    failed = select(OutboxItem.id).where(*_owed(call_id), OutboxItem.last_error.is_not(None))
    return bool(session.scalar(select(failed.exists())))


def _owed(call_id: int) -> tuple[ColumnElement[bool], ...]:
    return (OutboxItem.done_at.is_(None), OutboxItem.kind.in_((KIND, WHOLE)), OutboxItem.payload == _payload(call_id))


def _payload(call_id: int) -> dict[str, object]:
    return {"call": call_id}
