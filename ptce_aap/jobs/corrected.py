"""Keeps the corrected ranking fresh: at once with the deviations fitted before, then by the whole computation.

Of many rows that follow one another, the first computes with all marks of its moment and the others find nothing to do.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from ptce_aap import clock
from ptce_aap.domain.corrected.storing import from_json
from ptce_aap.domain.corrected.values import Model
from ptce_aap.jobs.context import JobContext
from ptce_aap.jobs.handlers import On, Record, Task, handles
from ptce_aap.models import Call
from ptce_aap.services.ranking import corrected_computing, corrected_inputs, corrected_refresh, corrected_store
from ptce_aap.services.ranking.corrected_inputs import Inputs
from ptce_aap.services.ranking.corrected_store import Held, Part

LIGHT_MS = 800
"""A computation that took less, in milliseconds of this machine as loaded as it was, is made whole each time."""


@handles(corrected_refresh.KIND, on=On.RANKS)
def refresh(context: JobContext, task: Task) -> Record | None:
    """Bring the corrected ranking of ``{"call": identifier}`` up to date, unless it is.

    Where the whole computation is long, the ranks come first, with the standard deviations that it found last time.
    """
    inputs, held = _read(context, task)
    if not inputs.sheets:
        return lambda session: corrected_store.forget(session, inputs.call_id)
    if held is not None and held.newest.inputs_digest == inputs.digest:
        return None
    if held is not None and held.whole.milliseconds < LIGHT_MS:
        return _recorded(inputs, corrected_computing.whole)
    later = _owing_the_whole(inputs.call_id)
    if held is None:
        return later
    fitted = _fitted(context, held)
    first = _recorded(inputs, lambda given: corrected_computing.quick(given, fitted), quick=True)

    def record(session: Session) -> None:
        first(session)
        later(session)

    return record


@handles(corrected_refresh.WHOLE, on=On.COMPUTATIONS)
def compute(context: JobContext, task: Task) -> Record | None:
    """Make the whole computation of ``{"call": identifier}``, unless it was made with the same sheets."""
    inputs, held = _read(context, task)
    if not inputs.sheets or (held is not None and held.whole.inputs_digest == inputs.digest):
        return None
    return _recorded(inputs, corrected_computing.whole)


def _read(context: JobContext, task: Task) -> tuple[Inputs, Held | None]:
    call_id = int(task.payload["call"])
    with context.database.reading() as session:
        inputs = corrected_inputs.inputs_of(session, session.get_one(Call, call_id), now=clock.now())
        return inputs, corrected_store.held(session, call_id)


def _fitted(context: JobContext, held: Held) -> Model:
    with context.database.reading() as session:
        return from_json(Model, corrected_store.part(session, held, Part.RESULT)["model"])


def _recorded(inputs: Inputs, computing: Callable[[Inputs], dict[Part, Any]], *, quick: bool = False) -> Record:
    started = time.monotonic()
    parts = computing(inputs)
    spent = round((time.monotonic() - started) * 1000)

    def record(session: Session) -> None:
        corrected_store.record(session, inputs, parts, quick=quick, milliseconds=spent, now=clock.now())

    return record


def _owing_the_whole(call_id: int) -> Record:
    return lambda session: corrected_refresh.ask_whole(session, call_id, at=clock.now())
