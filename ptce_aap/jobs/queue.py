"""The queues as this application uses them: JSON only, one function, identifiers as arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from redis import Redis
from redis.exceptions import ResponseError
from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.job import Job
from rq.serializers import JSONSerializer

from ptce_aap.jobs import run
from ptce_aap.jobs.handlers import QUEUES, On

_FUNCTION = f"{run.__name__}.{run.process.__name__}"
_LONGEST_JOB_S = 1800
_KEEP_FAILURES_S = 3600


# What a job of ours says; whatever else stands in its place (callbacks, dependencies, pickles) is not even read.
_READ = frozenset(
    b"created_at data description ended_at enqueued_at failure_ttl last_heartbeat origin result_ttl started_at status "
    b"timeout worker_name".split()
)
_log = structlog.get_logger(__name__)


class OutboxJob(Job):
    """A job whose function is ours whatever the queue says: a forged one is refused, not imported."""

    def restore(self, raw_data: dict[bytes, bytes]) -> None:
        """Read what the queue says of this job; what cannot be read is no job."""
        try:
            super().restore({name: value for name, value in raw_data.items() if name in _READ})
        except NoSuchJobError:
            raise
        except Exception as error:
            raise NoSuchJobError("a job that this application did not give") from error

    def refresh(self) -> None:
        """Read the job again."""
        try:
            super().refresh()  # type: ignore[no-untyped-call]
        except ResponseError as error:  # another kind of value stands where the job should
            raise NoSuchJobError("a job that this application did not give") from error

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


class OutboxQueue(Queue):
    """A queue that reads past what it cannot read, and keeps nothing aside: what is owed is in the database."""

    @classmethod
    def dequeue_any(cls, *args: Any, **kwargs: Any) -> Any:
        """Take the next job that is one."""
        while True:
            try:
                return super().dequeue_any(*args, **kwargs)
            except (ValueError, TypeError):  # an identifier that is no text, or none of ours
                _log.warning("unreadable_job")

    @classmethod
    def lmove(cls, connection: Redis, queue_key: str, timeout: int | None) -> Any:
        """Take an identifier out of the queue."""
        return cls.lpop([queue_key], timeout, connection=connection)


def open_queue(connection: Redis, on: On = On.COMMON) -> Queue:
    """Return a queue on this connection."""
    return OutboxQueue(on.value, connection=connection, serializer=JSONSerializer, job_class=OutboxJob)


def queue_of(kind: str, connection: Redis) -> Queue:
    """Return the queue to which outbox rows of this kind go."""
    return open_queue(connection, QUEUES.get(kind, On.COMMON))


def offer(queue: Queue, identifier: str) -> None:
    """Put an outbox row in the queue, unless it waits there; who has it in hand is the database's to say."""
    if queue.connection.lpos(queue.key, identifier) is not None:
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
