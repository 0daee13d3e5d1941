"""Forgets the tables that were brought from a spreadsheet and never imported."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from ptce_aap import clock
from ptce_aap.jobs.context import JobContext
from ptce_aap.jobs.handlers import Record, Task, periodic
from ptce_aap.services.applicants import table_imports
from ptce_aap.services.regions import resource_imports


@periodic("table_uploads", every=timedelta(hours=6))
def forget(context: JobContext, _task: Task) -> Record:
    """Forget what is older than a day."""
    now = clock.now()

    def record(session: Session) -> None:
        table_imports.forget_old(session, now=now)
        resource_imports.forget_old(session, now=now)

    return record
