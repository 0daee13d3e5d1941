"""A worker that is killed takes its job with it; the job is done later, once."""

import multiprocessing
import os
import signal
import time

from sqlalchemy import select

from ptce_aap.clock import now
from ptce_aap.config import load_settings
from ptce_aap.entry.worker import make_worker
from ptce_aap.jobs import handlers
from ptce_aap.jobs.queue import offer, open_queue
from ptce_aap.models import OutboxItem
from ptce_aap.services.running import outbox


def eventually(condition, within=10.0):
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_job_does_not_run_on_after_its_worker_was_killed(queue_server, queue, sqlite_database, tmp_path):
    settings = load_settings({"PTCE_DATABASE_URL": sqlite_database.url}, instance=queue_server.instance)
    begun, ended = tmp_path / "begun", tmp_path / "ended"

    def slow(_context, task):
        begun.write_text(str(os.getpid()))
        time.sleep(2)
        ended.touch()

    def work():
        handlers.HANDLERS["slow"] = slow
        make_worker(settings).work(logging_level="ERROR")

    identifier = sqlite_database.transaction(outbox.emit, "slow", {}, at=now())
    offer(open_queue(queue), identifier)
    worker = multiprocessing.get_context("fork").Process(target=work)
    worker.start()
    eventually(lambda: begun.exists() and begun.read_text())
    horse = int(begun.read_text())
    assert horse != worker.pid
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()
    time.sleep(2.2)
    assert not ended.exists()
    with sqlite_database.reading() as session:
        assert session.scalar(select(OutboxItem.done_at)) is None
