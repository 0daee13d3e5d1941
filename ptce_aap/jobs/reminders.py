"""Reminds people of their drafts before the closing: looked at every quarter of an hour, told once."""

from __future__ import annotations

from datetime import timedelta

from ptce_aap import clock
from ptce_aap.jobs.context import JobContext
from ptce_aap.jobs.handlers import Task, periodic
from ptce_aap.services.deposits import reminders


@periodic("reminders", every=timedelta(minutes=15))
def remind(context: JobContext, _task: Task) -> None:
    """Owe the reminders that are due, a batch a transaction: nobody who saves waits for all of them."""
    settings = context.settings
    while context.database.transaction(
        reminders.send_due, base_url=settings.base_url, secret_key=settings.secret_key, now=clock.now()
    ):
        pass
