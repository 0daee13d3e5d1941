"""The worker: takes jobs from its queues and does each in a process of its own."""

from __future__ import annotations

import os

from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker import Worker

from ptce_aap.config import Settings
from ptce_aap.entry import numerics, valkey
from ptce_aap.entry.children import die_with_parent
from ptce_aap.jobs import context
from ptce_aap.jobs.handlers import On
from ptce_aap.jobs.queue import OutboxJob, open_queue

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


ONLY = {"common": On.COMMON, "computations": On.COMPUTATIONS, "ranks": On.RANKS}
"""What a worker may keep to, as the command line names it; without it, it does everything."""
# What somebody waits for comes first.
_ALL = (On.RANKS, On.COMMON, On.COMPUTATIONS)


def make_worker(settings: Settings, only: On | None = None) -> Worker:
    """Return a worker on the queues of these settings, ready to ``work()``."""
    context.install(context.open_context(settings))
    connection = valkey.connect(settings)
    return TiedWorker(
        [open_queue(connection, on) for on in (_ALL if only is None else (only,))],
        connection=connection,
        serializer=JSONSerializer,
        job_class=OutboxJob,
        worker_ttl=_WORKER_TTL_S,
        maintenance_interval=_MAINTENANCE_INTERVAL_S,
    )


def run(settings: Settings, only: On | None = None) -> None:
    """Work until the process is asked to end; the job at hand is finished first."""
    if only is not On.COMMON:
        numerics.load()
    if only is On.COMPUTATIONS:
        os.nice(_PATIENCE)
    make_worker(settings, only).work(logging_level="WARNING", with_scheduler=False)
