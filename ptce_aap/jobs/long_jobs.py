"""Long pieces of work that a person waits for: progress on the way, a file in the storage at the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO, Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ptce_aap import clock
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.jobs.context import JobContext
from ptce_aap.jobs.handlers import Record, Task, handles
from ptce_aap.models import Job
from ptce_aap.storage import Stored

KIND = "job"
_GIVE_UP_AFTER = 3
_SECONDS_BETWEEN_STEPS = 0.3


@dataclass(frozen=True, slots=True)
class Work:
    """A long job as its producer sees it."""

    reference: str
    kind: str
    call_id: int | None
    requester_id: int
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Produced:
    """The file that a producer wrote, at its beginning."""

    stream: IO[bytes]
    filename: str
    media_type: str


class Progress:
    """Tells how far a job is, in transactions of its own and not too often."""

    def __init__(self, context: JobContext, reference: str) -> None:
        self._context, self._reference = context, reference
        self._last = 0.0

    def __call__(self, done: int, total: int) -> None:
        """Say that ``done`` of ``total`` steps are behind."""
        if time.monotonic() - self._last < _SECONDS_BETWEEN_STEPS and done != total:
            return
        self._last = time.monotonic()
        self._context.database.transaction(_change, self._reference, state="running", done=done, total=total)


Producer = Callable[[JobContext, Work, Progress], Produced]
# By kind of job. Each module of jobs that makes a document adds its own.
PRODUCERS: dict[str, Producer] = {}


@handles(KIND)
def produce(context: JobContext, task: Task) -> Record | None:
    """Make the file of the job row named by ``{"job": reference}`` and record where it is."""
    with context.database.reading() as session:
        work = _read(session, task.payload["job"])
    if work is None:
        return None
    if task.attempts > _GIVE_UP_AFTER:  # each process that tried was killed on the way
        return lambda session: _fail(session, work, "job_failed")
    context.database.transaction(_change, work.reference, state="running")
    try:
        produced = PRODUCERS[work.kind](context, work, Progress(context, work.reference))
        with produced.stream as stream:
            stored = context.storage.put(stream)
    except RuleViolation as violation:
        refusal = violation.code
        return lambda session: _fail(session, work, refusal)
    except Exception:
        if task.attempts < _GIVE_UP_AFTER:
            raise
        return lambda session: _fail(session, work, "job_failed")
    return lambda session: _succeed(session, work, produced, stored)


def _read(session: Session, reference: str) -> Work | None:
    job = session.scalar(select(Job).where(Job.reference == reference))
    if job is None:
        return None
    return Work(job.reference, job.kind, job.call_id, job.requester_id, job.params)


def _change(session: Session, /, reference: str, **values: object) -> None:
    # A job that is over stays over, whichever of two processes ends first.
    session.execute(
        update(Job)
        .where(Job.reference == reference, Job.finished_at.is_(None))
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _succeed(session: Session, work: Work, produced: Produced, stored: Stored) -> None:
    _change(
        session,
        work.reference,
        state="done",
        done=Job.total,
        file_digest=stored.digest,
        filename=produced.filename,
        media_type=produced.media_type,
        finished_at=clock.now(),
    )


def _fail(session: Session, work: Work, error: str) -> None:
    _change(session, work.reference, state="failed", error=error, finished_at=clock.now())
