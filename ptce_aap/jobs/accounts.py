"""Answers those who forgot their password: an account is looked up here, where nobody sees how long it takes."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ptce_aap import clock
from ptce_aap.jobs.context import JobContext
from ptce_aap.jobs.handlers import Record, Task, handles
from ptce_aap.models import OutboxItem
from ptce_aap.services.accounts import enrolment


@handles(enrolment.RESET_ASKED)
def send_reset(context: JobContext, task: Task) -> Record:
    """Owe the letter, and forget the address that was typed."""

    def record(session: Session) -> None:
        base_url = context.settings.base_url
        known = bool(task.payload.get("known_device"))  # older rows do not say
        email, now = task.payload["email"], clock.now()
        enrolment.send_reset(session, email, base_url=base_url, known_device=known, now=now)
        session.get_one(OutboxItem, task.identifier).payload = {}

    return record
