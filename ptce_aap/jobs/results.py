"""Writes to applicants that the decision can be read, once the list is published."""

from __future__ import annotations

from ptce_aap import clock
from ptce_aap.jobs.context import JobContext
from ptce_aap.jobs.handlers import Record, Task, handles
from ptce_aap.services.deposits import results


@handles(results.KIND)
def write_letters(context: JobContext, task: Task) -> Record:
    """Owe a batch of letters, in the transaction that ends this row: each leaves once."""
    call_id, after = int(str(task.payload["call"])), int(str(task.payload["after"]))
    base_url, now = context.settings.base_url, clock.now()
    return lambda session: results.write_letters(session, call_id, after, base_url=base_url, now=now)
