"""Notes the acts of two persons that nobody answered in time."""

from __future__ import annotations

from datetime import timedelta

from ptce_aap import clock
from ptce_aap.jobs.context import JobContext
from ptce_aap.jobs.handlers import Task, periodic
from ptce_aap.services.joint_acts import joint_acts


@periodic("joint_acts", every=timedelta(minutes=15))
def run_out(context: JobContext, _task: Task) -> None:
    """Note what ran out, and write to who proposed; nothing can be confirmed from the first second after the term."""
    context.database.transaction(joint_acts.run_out, base_url=context.settings.base_url, now=clock.now())
