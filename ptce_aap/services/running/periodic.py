"""Tasks that come back by themselves: each owes one outbox row a period, whatever the number of relays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.models import OutboxItem, PeriodicTask
from ptce_aap.services.running import outbox


def due(session: Session, kinds: Iterable[str], *, now: datetime) -> list[str]:
    """Return the kinds whose next round is due: never owed, or a period ago, and the last round is done."""
    waiting = {
        task.kind
        for task, done_at in session.execute(
            select(PeriodicTask, OutboxItem.done_at).join(OutboxItem, OutboxItem.id == PeriodicTask.outbox_id)
        )
        if task.due_at > now or done_at is None
    }
    return [kind for kind in kinds if kind not in waiting]


def owe(session: Session, periods: Mapping[str, timedelta], *, now: datetime) -> list[str]:
    """Owe one round of each kind that is due, and forget the round before; return the kinds that were owed.

    Two relays at once: the second waits for the first (a row lock, or the key of a new row), then finds nothing due.
    """
    owed = []
    for kind in sorted(periods):
        task = session.get(PeriodicTask, kind, with_for_update=True, populate_existing=True)
        if task is None:
            identifier = outbox.emit(session, kind, {}, at=now)
            session.add(PeriodicTask(kind=kind, due_at=now + periods[kind], outbox_id=identifier))
            session.flush()
        elif kind in due(session, [kind], now=now):
            before, task.outbox_id = task.outbox_id, outbox.emit(session, kind, {}, at=now)
            task.due_at = now + periods[kind]
            session.flush()
            # A task of every minute would fill the table with rows that say nothing.
            outbox.forget(session, before)
        else:
            continue
        owed.append(kind)
    return owed
