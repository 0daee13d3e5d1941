"""The worker: takes jobs from its queues and does each in a process of its own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta
from resource import struct_rusage

import structlog
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker import Worker
from sqlalchemy.exc import SQLAlchemyError

from ptce_aap import clock
from ptce_aap.config import Settings
from ptce_aap.entry import numerics, valkey
from ptce_aap.entry.children import die_with_parent
from ptce_aap.jobs import context
from ptce_aap.jobs.handlers import On
from ptce_aap.jobs.leases import process_name
from ptce_aap.jobs.queue import OutboxJob, OutboxQueue, open_queue
from ptce_aap.services.running import outbox

_log = structlog.get_logger(__name__)
_WORKER_TTL_S = 30
# How much a long computation gives way to what people wait for.
_PATIENCE = 5
_MAINTENANCE_INTERVAL_S = 5


class TiedWorker(Worker):
    """A worker whose work-horse ends with it: no job runs on alone while it is started a second time."""

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """Run one job in the forked process."""
        die_with_parent()
        if os.getppid() != self.pid:
            os._exit(1)
        super().main_work_horse(job, queue)

    def handle_work_horse_killed(self, job: Job, retpid: int, ret_val: int, rusage: struct_rusage) -> None:
        """Say at once that the process of a job died, rather than let its lease run out."""
        database = context.current().database
        try:
            database.transaction(outbox.abandon, job.id, process_name(retpid), now=clock.now())
        except SQLAlchemyError as error:
            _log.warning("lease_not_ended", outbox_id=job.id, error=type(error).__name__)
        finally:
            # The next job is a fork of this process: it opens connections of its own.
            database.dispose()

    def run_maintenance_tasks(self) -> None:
        """Tidy what the queue server remembers; what somebody else wrote there stops no work."""
        try:
            super().run_maintenance_tasks()  # type: ignore[no-untyped-call]
        except (RedisError, ValueError, TypeError, NoSuchJobError) as error:
            _log.warning("queue_not_tidied", error=type(error).__name__)


ONLY = {"common": On.COMMON, "mails": On.MAILS, "computations": On.COMPUTATIONS, "ranks": On.RANKS}
"""What a worker may keep to, as the command line names it; without it, it does everything."""
# What somebody waits for comes first.
_ALL = (On.RANKS, On.COMMON, On.MAILS, On.COMPUTATIONS)
_COMPUTING = frozenset({On.RANKS, On.COMPUTATIONS})


def make_worker(settings: Settings, only: Sequence[On] = (), *, lease: timedelta = outbox.LEASE) -> Worker:
    """Return a worker on the queues of these settings (all unless said), ready to ``work()``."""
    context.install(context.open_context(settings, lease=lease))
    connection = valkey.connect(settings)
    return TiedWorker(
        [open_queue(connection, on) for on in (only or _ALL)],
        queue_class=OutboxQueue,
        connection=connection,
        serializer=JSONSerializer,
        job_class=OutboxJob,
        worker_ttl=_WORKER_TTL_S,
        maintenance_interval=_MAINTENANCE_INTERVAL_S,
    )


def run(settings: Settings, only: Sequence[On] = ()) -> None:
    """Work until the process is asked to end; the job at hand is finished first."""
    if not only or _COMPUTING & {*only}:
        numerics.load()
    if {*only} == {On.COMPUTATIONS}:
        os.nice(_PATIENCE)
    make_worker(settings, only).work(logging_level="WARNING", with_scheduler=False)
