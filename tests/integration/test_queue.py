"""The relay and the worker with a real queue server: nothing is lost, nothing forged runs."""

import json
import multiprocessing
import os
import pickle
import socket
import uuid
import zlib
from pathlib import Path

import pytest
from redis.exceptions import RedisError
from rq.job import JobStatus
from rq.serializers import JSONSerializer
from sqlalchemy import select

from ptce_aap.clock import now
from ptce_aap.config import load_settings
from ptce_aap.entry import valkey
from ptce_aap.entry.relay import offer_due
from ptce_aap.entry.worker import make_worker
from ptce_aap.jobs import context as job_context
from ptce_aap.jobs.handlers import On
from ptce_aap.jobs.queue import OutboxJob, offer, open_queue
from ptce_aap.mail.message import Message
from ptce_aap.models import Filing, OutboxItem
from ptce_aap.services.running import outbox
from tests.budgets import budget
from tests.filings import LEAST, open_call

LETTER = Message("a@example.org", "Objet", "Texte\n").as_payload()


@pytest.fixture
def work(queue_server, queue, sqlite_database):
    """Let a worker do all that is in the queue."""
    settings = load_settings({"PTCE_DATABASE_URL": sqlite_database.url}, instance=queue_server.instance)

    def work(only=()):
        make_worker(settings, only).work(burst=True, logging_level="ERROR")

    yield work
    job_context.install(None)


def owe(database, count=1):
    return [database.transaction(outbox.emit, "mail", LETTER, at=now()) for _ in range(count)]


def undone(database):
    with database.reading() as session:
        return [row.id for row in session.query(OutboxItem) if row.done_at is None]


def test_what_is_owed_is_offered_once_and_done_by_the_worker(sqlite_database, queue, work):
    owe(sqlite_database, 3)
    assert offer_due(sqlite_database, queue) == 3
    assert offer_due(sqlite_database, queue) == 0
    work()
    assert undone(sqlite_database) == []


@pytest.mark.target("REL-10")
def test_the_queue_holds_an_identifier_and_nothing_else(sqlite_database, queue):
    [identifier] = owe(sqlite_database)
    offer_due(sqlite_database, queue)
    job = OutboxJob.fetch(identifier, connection=queue, serializer=JSONSerializer)
    assert (job.func_name, list(job.args), job.kwargs) == ("ptce_aap.jobs.run.process", [identifier], {})
    everything = b"".join(repr(queue.hgetall(key)).encode() for key in queue.keys("rq:job:*"))
    assert b"example.org" not in everything


def test_a_row_that_waits_in_the_queue_is_not_put_there_twice(sqlite_database, queue):
    [identifier] = owe(sqlite_database)
    for _ in range(3):
        offer(open_queue(queue), identifier)
    assert open_queue(queue).job_ids == [identifier]


def test_a_row_whose_queue_was_lost_is_offered_again_and_done(sqlite_database, queue, work):
    [identifier] = owe(sqlite_database)
    offer_due(sqlite_database, queue)
    queue.flushall()
    work()
    assert undone(sqlite_database) == [identifier]
    offer(open_queue(queue), identifier)
    work()
    assert undone(sqlite_database) == []


def test_a_job_that_failed_can_be_offered_again(sqlite_database, queue, work):
    [identifier] = owe(sqlite_database)
    rows = open_queue(queue)
    offer(rows, identifier)
    job = OutboxJob.fetch(identifier, connection=queue, serializer=JSONSerializer)
    job.set_status(JobStatus.FAILED)
    rows.remove(identifier)
    offer(rows, identifier)
    assert rows.job_ids == [identifier]


PICKLE = pickle.dumps(print)
# What somebody who writes to the queue server may put in place of a job's call…
FORGED_CALLS = [
    lambda mark: json.dumps(["os.mkdir", None, [mark], {}]),
    lambda mark: json.dumps(["subprocess.run", None, [["mkdir", mark]], {}]),
    lambda mark: json.dumps(["ptce_aap.jobs.run.drain", None, [], {}]),
    lambda mark: json.dumps(["mkdir", "os", [mark], {}]),
    lambda _: json.dumps(["process", "ptce_aap.jobs.run", [str(uuid.uuid4())], {}]),
    lambda _: json.dumps(["ptce_aap.jobs.run.process", None, [{"a": 1}], {}]),
    lambda _: json.dumps(["ptce_aap.jobs.run.process", None, [], {"context": 1}]),
    lambda _: json.dumps({"not": "a job"}),
    lambda _: "not json",
    lambda _: "[" * 100_000,
    lambda _: pickle.dumps(os.getcwd),
    lambda mark: pickle.dumps(MakesFolder(mark)),
    lambda mark: zlib.compress(pickle.dumps(MakesFolder(mark))),
    lambda _: b"\x80\x04\x95cos\nsystem\n.",
]
# …or in its other fields.
FORGED_FIELDS = [
    ("status", b"nonsense"),
    ("created_at", b"yesterday"),
    ("timeout", b"a while"),
    ("meta", PICKLE),
    ("result", PICKLE),
    ("origin", b"\xff\xfe"),
    ("worker_name", b"\xff"),
    ("dependency_ids", b"not json"),
    ("retries_left", b"many"),
    ("success_callback_name", b"os.getcwd"),
    ("failure_callback_name", b"os.getcwd"),
    ("repeats_left", b"\xff"),
    ("group_id", PICKLE),
    ("result_ttl", b"for ever"),
]


class MakesFolder:
    """What a pickle may do to whoever opens it."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return os.mkdir, (self.mark,)


def forge(queue, rows, number, mark):
    """Put one thing in a queue that this application did not give."""
    identifier = f"forged{number}"
    rows.enqueue_call("ptce_aap.jobs.run.process", args=("x",), job_id=identifier)
    kind, key = number % 4, f"rq:job:{identifier}"
    if kind in (0, 1):
        queue.hset(key, "data", FORGED_CALLS[number // 2 % len(FORGED_CALLS)](mark))
    elif kind == 2:
        queue.hset(key, *FORGED_FIELDS[number // 4 % len(FORGED_FIELDS)])
    elif number % 8 == 3:
        queue.delete(key)
        queue.set(key, "no job at all")
    else:
        queue.rpush(rows.key, b"\xff\xfe no such job", f"unknown {number}")


@pytest.mark.soak
@pytest.mark.target("REL-10")
@pytest.mark.parametrize("alone", [True, False], ids=["on its queue", "on all queues"])
def test_forged_jobs_are_refused_and_the_worker_goes_on(sqlite_database, queue, work, tmp_path, alone):
    rows, mark = open_queue(queue, On.MAILS), str(tmp_path / "forged")
    pickle.loads(pickle.dumps(MakesFolder(mark)))
    assert Path(mark).is_dir()  # a pickle that is opened does leave its mark
    Path(mark).rmdir()
    for number in range(budget("forged_jobs") // 2):
        forge(queue, rows, number, mark)
    owe(sqlite_database)
    offer_due(sqlite_database, queue)
    work([On.MAILS] if alone else [])
    assert not Path(mark).exists()
    assert undone(sqlite_database) == []


@pytest.mark.target("REL-10")
def test_nothing_that_we_give_to_the_queue_is_a_pickle(sqlite_database, queue, work):
    owe(sqlite_database, 2)
    offer_due(sqlite_database, queue)
    first, second = open_queue(queue, On.MAILS).job_ids
    for held in queue.hgetall(f"rq:job:{first}").values():
        assert b"\x80" not in held[:1]
    assert json.loads(zlib.decompress(queue.hget(f"rq:job:{first}", "data"))) == [
        "ptce_aap.jobs.run.process",
        None,
        [first],
        {},
    ]
    assert second != first


def test_a_row_popped_by_a_worker_that_died_before_saying_so_is_offered_again(sqlite_database, queue, work):
    [identifier] = owe(sqlite_database)
    offer_due(sqlite_database, queue)
    rows = open_queue(queue, On.MAILS)
    assert rows.pop_job_id() == identifier  # and nothing else happens: its job is « queued » for ever
    offer(rows, identifier)
    work()
    assert undone(sqlite_database) == []


@pytest.mark.target("REL-13")
def test_a_mail_server_that_says_nothing_delays_no_document(sqlite_database, queue, queue_server):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        given = {
            "PTCE_DATABASE_URL": sqlite_database.url,
            "PTCE_SMTP_URL": f"smtp://127.0.0.1:{silent.getsockname()[1]}",
        }
        settings = load_settings(given, instance=queue_server.instance)
        call = open_call(sqlite_database)
        mails = owe(sqlite_database, 20)
        call.file(call.bring(LEAST))
        offer_due(sqlite_database, queue)
        posting = multiprocessing.get_context("fork").Process(
            target=lambda: make_worker(settings, [On.MAILS]).work(logging_level="CRITICAL")
        )
        posting.start()
        silent.accept()[0].recv(0)  # a message is on its way, and the server says nothing
        make_worker(settings, [On.COMMON]).work(burst=True, logging_level="ERROR")
        posting.kill()
        posting.join()
    job_context.install(None)
    with sqlite_database.reading() as session:
        assert session.scalars(select(Filing)).one().receipt_file is not None
    assert set(mails) <= set(undone(sqlite_database))


def test_without_a_queue_server_rows_stay_owed(sqlite_database, tmp_path):
    owe(sqlite_database)
    away = valkey.connect(load_settings({}, instance=tmp_path))
    with pytest.raises(RedisError):
        offer_due(sqlite_database, away)
    with sqlite_database.reading() as session:
        assert len(outbox.take_to_offer(session, now=now())) == 1


def test_the_socket_is_in_the_instance_and_in_a_private_short_folder_when_that_is_deep(tmp_path):
    assert valkey.socket_path(tmp_path) == tmp_path / "valkey.sock"
    deep, other = tmp_path / ("x" * 100), tmp_path / ("y" * 100)
    short = valkey.socket_path(deep)
    assert len(os.fsencode(short)) < 108
    assert short == valkey.socket_path(deep) != valkey.socket_path(other)
    assert short.parent.stat().st_mode & 0o777 == 0o700
    for instance in (deep, other):
        valkey.forget_socket(instance)
    assert not short.parent.exists()
