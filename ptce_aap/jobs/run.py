"""process(): the only function that the queue may name."""

from __future__ import annotations

import traceback
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from ptce_aap import clock
from ptce_aap.jobs import (  # noqa: F401 - their handlers register themselves
    complements,
    corrected,
    exports,
    long_jobs,
    mails,
    reading_plans,
    receipts,
    reminders,
    results,
    scans,
    selections,
    table_uploads,
    tidying,
)
from ptce_aap.jobs.context import JobContext, current
from ptce_aap.jobs.handlers import HANDLERS, Record, Task
from ptce_aap.models import OutboxItem
from ptce_aap.services import outbox

_log = structlog.get_logger(__name__)


def process(identifier: str) -> None:
    """Bring about the effect of one outbox row; a row that is done already is left alone."""
    process_in(current(), identifier)


def process_in(context: JobContext, identifier: str) -> None:
    """Do ``process`` with this context."""
    with context.database.reading() as session:
        task = _undone(session, identifier)
    if task is None:
        return
    try:
        record = HANDLERS[task.kind](context, task)
        context.database.transaction(_finish, task, record, clock.now())
    except Exception as error:
        where = _where(error)
        _log.error("effect_failed", outbox_id=identifier, kind=task.kind, error=where)
        context.database.transaction(outbox.note_failure, identifier, where)
        raise
    _log.info("effect_done", outbox_id=identifier, kind=task.kind)


def drain(context: JobContext) -> int:
    """Process every undone row now, in this process, without a queue; return how many there were."""
    done = 0
    while identifiers := _take(context):
        for identifier in identifiers:
            process_in(context, identifier)
        done += len(identifiers)
    return done


def _take(context: JobContext) -> list[str]:
    with context.database.reading() as session:
        return outbox.take_to_offer(session, now=clock.now())


def _undone(session: Session, identifier: str) -> Task | None:
    item = session.get(OutboxItem, identifier)
    if item is None or item.done_at is not None:
        return None
    return Task(item.id, item.kind, item.payload, item.attempts, item.created_at)


def _finish(session: Session, task: Task, record: Record | None, at: datetime) -> None:
    if outbox.begin(session, task.identifier, task.kind, now=at) is not None and record is not None:
        record(session)


def _where(error: BaseException) -> str:
    """Name the error and its place: its text may quote people's data."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} {frames[-1].name}:{frames[-1].lineno}" if frames else type(error).__name__
