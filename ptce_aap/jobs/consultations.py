"""Reminds those who are consulted on a dossier before their date: looked at every hour, told once."""

from __future__ import annotations

from datetime import timedelta

from ptce_aap import clock
from ptce_aap.jobs.context import JobContext
from ptce_aap.jobs.handlers import Task, periodic
from ptce_aap.services.instruction import consultation_reminders


@periodic("consultations", every=timedelta(hours=1))
def remind(context: JobContext, _task: Task) -> None:
    """Owe the reminders that are due, one a transaction: nobody who answers waits for all of them."""
    base = context.settings.base_url
    while context.database.transaction(consultation_reminders.remind_one, base_url=base, now=clock.now()):
        pass
