"""process(): the only function that the queue may name."""

from __future__ import annotations

import traceback
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from ptce_aap import clock
from ptce_aap.jobs import (  # noqa: F401 - their handlers register themselves
    accounts,
    complements,
    corrected,
    exports,
    joint_acts,
    journal,
    leases,
    long_jobs,
    mails,
    own_data,
    reading_plans,
    receipts,
    region_exports,
    reminders,
    results,
    retention,
    scans,
    selections,
    sign_ins,
    table_uploads,
    tidying,
)
from ptce_aap.jobs.context import JobContext, current
from ptce_aap.jobs.handlers import HANDLERS, Record, Task
from ptce_aap.services.running import outbox
from ptce_aap.services.running.outbox import Holder

_log = structlog.get_logger(__name__)


def process(identifier: str) -> None:
    """Bring about the effect of one outbox row; one that is done, or in other hands, is left alone."""
    process_in(current(), identifier)


def process_in(context: JobContext, identifier: str) -> None:
    """Do ``process`` with this context."""
    holder = leases.new_holder(context.lease)
    task = context.database.transaction(_take, identifier, holder, clock.now())
    if task is None:
        return
    try:
        with leases.kept(context.database, identifier, holder):
            record = HANDLERS[task.kind](context, task)
        done = context.database.transaction(_finish, task, holder, record, clock.now())
    except Exception as error:
        where = _where(error)
        _log.error("effect_failed", outbox_id=identifier, kind=task.kind, error=where)
        context.database.transaction(outbox.note_failure, identifier, holder.owner, where)
        raise
    _log.info("effect_done" if done else "effect_refused", outbox_id=identifier, kind=task.kind)


def drain(context: JobContext) -> int:
    """Process every undone row now, in this process, without a queue; return how many there were."""
    done = 0
    while identifiers := _due(context):
        for identifier in identifiers:
            process_in(context, identifier)
        done += len(identifiers)
    return done


def _due(context: JobContext) -> list[str]:
    with context.database.reading() as session:
        return outbox.take_to_offer(session, now=clock.now())


def _take(session: Session, identifier: str, holder: Holder, now: datetime) -> Task | None:
    item = outbox.take(session, identifier, holder, now=now)
    return None if item is None else Task(item.id, item.kind, item.payload, item.attempts, item.created_at)


def _finish(session: Session, task: Task, holder: Holder, record: Record | None, at: datetime) -> bool:
    """Record an effect; False where somebody else did, or has the row in hand now."""
    if outbox.begin(session, task.identifier, task.kind, holder.owner, now=at) is None:
        return False
    if record is not None:
        record(session)
    return True


def _where(error: BaseException) -> str:
    """Name the error and its place: its text may quote people's data."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} {frames[-1].name}:{frames[-1].lineno}" if frames else type(error).__name__
