"""The queues as this application uses them: JSON only, one function, identifiers as arguments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from redis import Redis
from rq import Queue
from rq.exceptions import DeserializationError, NoSuchJobError
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

from ptce_aap import clock
from ptce_aap.jobs import run
from ptce_aap.jobs.handlers import QUEUES, On

_FUNCTION = f"{run.__name__}.{run.process.__name__}"
_LONGEST_JOB_S = 1800
_KEEP_FAILURES_S = 3600
# A running job says that it lives every 30 seconds.
_SILENT_AFTER = timedelta(seconds=90)


class OutboxJob(Job):
    """A job whose function is ours whatever the queue says: a forged one is refused, not imported."""

    @property
    def func(self) -> Callable[..., Any]:
        if self.func_name != _FUNCTION or self.instance is not None:
            raise PermissionError("a job that this application did not give")
        return run.process

    @property
    def success_callback(self) -> None:
        return None

    @property
    def failure_callback(self) -> None:
        return None

    @property
    def stopped_callback(self) -> None:
        return None


def open_queue(connection: Redis, on: On = On.COMMON) -> Queue:
    """Return a queue on this connection."""
    return Queue(on.value, connection=connection, serializer=JSONSerializer, job_class=OutboxJob)


def queue_of(kind: str, connection: Redis) -> Queue:
    """Return the queue to which outbox rows of this kind go."""
    return open_queue(connection, QUEUES.get(kind, On.COMMON))


def offer(queue: Queue, identifier: str) -> None:
    """Put an outbox row in the queue, unless it waits there or is being dealt with."""
    if _is_alive(queue, identifier):
        return
    queue.enqueue_call(
        _FUNCTION,
        args=(identifier,),
        job_id=identifier,
        timeout=_LONGEST_JOB_S,
        result_ttl=0,
        failure_ttl=_KEEP_FAILURES_S,
        description=identifier,
    )


def _is_alive(queue: Queue, identifier: str) -> bool:
    try:
        job = OutboxJob.fetch(identifier, connection=queue.connection, serializer=JSONSerializer)
        status = job.get_status()
    except (NoSuchJobError, DeserializationError):
        return False
    if status == JobStatus.STARTED:
        return job.last_heartbeat is not None and clock.now() - job.last_heartbeat < _SILENT_AFTER
    return bool(status == JobStatus.QUEUED)
