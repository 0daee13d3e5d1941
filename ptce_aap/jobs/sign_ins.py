"""Forgets, a month later, the sessions that are over and the links that are dead."""

from __future__ import annotations

from datetime import timedelta

from ptce_aap import clock
from ptce_aap.jobs.context import JobContext
from ptce_aap.jobs.handlers import Record, Task, periodic
from ptce_aap.services.accounts import sign_ins


@periodic("sign_ins_forgotten", every=timedelta(days=1))
def forget(_context: JobContext, _task: Task) -> Record:
    """Forget them all at once: nothing refers to them."""
    return lambda session: sign_ins.forget_old(session, now=clock.now())
