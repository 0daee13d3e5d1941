"""Keeps the corrected ranking fresh: ranks at once with what was fitted before, then the whole computation."""

from __future__ import annotations

import time

from sqlalchemy.orm import Session

from ptce_aap import clock
from ptce_aap.jobs.context import JobContext
from ptce_aap.jobs.handlers import Record, Task, handles
from ptce_aap.models import Call
from ptce_aap.services import corrected_computing, corrected_inputs, corrected_refresh, corrected_store


@handles(corrected_refresh.KIND, computes=True)
def refresh(context: JobContext, task: Task) -> Record | None:
    """Compute the corrected ranking of ``{"call": identifier}``, unless it is up to date or a later row does it."""
    call_id, begun = int(task.payload["call"]), clock.now()
    with context.database.reading() as session:
        if corrected_refresh.is_overtaken(session, call_id, task.identifier, task.created_at, now=begun):
            return None
        inputs = corrected_inputs.inputs_of(session, session.get_one(Call, call_id), now=begun)
        held = corrected_store.held(session, call_id)
    if not inputs.sheets:
        return lambda session: corrected_store.forget(session, call_id)
    if held is not None and held.whole.inputs_digest == inputs.digest:
        return None
    started = time.monotonic()
    parts = corrected_computing.whole(inputs)
    milliseconds = _since(started)

    def record(session: Session) -> None:
        corrected_store.record(session, inputs, parts, milliseconds=milliseconds, now=clock.now())

    return record


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
