"""Notes the requests for complements whose delay has run out, and recalls those of which it is about to."""

from __future__ import annotations

from datetime import timedelta

from ptce_aap import clock
from ptce_aap.jobs.context import JobContext
from ptce_aap.jobs.handlers import Task, periodic
from ptce_aap.services.exchanges import complement_answers, complement_reminders


@periodic("complements", every=timedelta(minutes=15))
def run_out(context: JobContext, _task: Task) -> None:
    """Note what ran out; pages say it from the first second, whatever this round does."""
    context.database.transaction(complement_answers.run_out, now=clock.now())


@periodic("complement_reminders", every=timedelta(minutes=15))
def remind(context: JobContext, _task: Task) -> None:
    """Owe the letters that recall requests, one a transaction."""
    while context.database.transaction(
        complement_reminders.send_due, base_url=context.settings.base_url, now=clock.now()
    ):
        pass
