"""Erases once a day what has been kept long enough, and reports it."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy.orm import Session

from ptce_aap import clock
from ptce_aap.jobs.context import JobContext
from ptce_aap.jobs.handlers import Record, Task, periodic
from ptce_aap.services.retention import durations, rounds

_log = structlog.get_logger(__name__)


@periodic("retention", every=timedelta(days=1))
def erase_what_is_over(context: JobContext, _task: Task) -> Record:
    """Do one round."""
    in_force = durations.read(context.settings.instance)

    def record(session: Session) -> None:
        report = rounds.run(session, in_force, now=clock.now())
        if report.total:
            _log.info("retention_round", **{kept.value: count for kept, count in report.counts.items() if count})

    return record
