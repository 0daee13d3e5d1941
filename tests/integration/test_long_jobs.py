"""A long job shows its progress, leaves a file, and says when it could not."""

import io

import pytest

from ptce_aap.clock import now
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.jobs import context as job_context
from ptce_aap.jobs import long_jobs, run
from ptce_aap.jobs.long_jobs import Produced
from ptce_aap.models import Job, OutboxItem, Person
from ptce_aap.services.running import outbox


@pytest.fixture
def context(settings, fresh_database):
    return job_context.open_context(settings, fresh_database)


@pytest.fixture
def producer():
    """Register the producer of a kind of job for the length of a test."""

    def register(function):
        long_jobs.PRODUCERS["a_list"] = function

    yield register
    long_jobs.PRODUCERS.pop("a_list", None)


def ask(session):
    person = Person(email="a@example.org", email_key="a@example.org", created_at=now())
    session.add(person)
    session.flush()
    job = Job(requester_id=person.id, kind="a_list", params={"order": "rank"}, created_at=now())
    session.add(job)
    session.flush()
    outbox.emit(session, long_jobs.KIND, {"job": job.reference}, at=now())
    return job.id


def job(context, identifier):
    with context.database.reading() as session:
        return session.get_one(Job, identifier)


def test_a_job_that_succeeds_leaves_its_file_and_its_progress(context, producer):
    seen = []

    def produce(_context, work, progress):
        progress(1, 3)
        progress(3, 3)
        seen.append((job(context, identifier).state, job(context, identifier).done))
        return Produced(io.BytesIO(work.params["order"].encode()), "liste.csv", "text/csv")

    producer(produce)
    identifier = context.database.transaction(ask)
    assert job(context, identifier).state == "queued"
    run.drain(context)
    finished = job(context, identifier)
    assert seen == [("running", 3)]
    assert (finished.state, finished.done, finished.total) == ("done", 3, 3)
    assert (finished.filename, finished.media_type) == ("liste.csv", "text/csv")
    with context.storage.open(finished.file_digest) as file:
        assert file.read() == b"rank"


def test_a_job_that_a_rule_refuses_is_over_at_once_with_the_rule(context, producer):
    def refuse(*_):
        raise RuleViolation("ranking_not_frozen")

    producer(refuse)
    identifier = context.database.transaction(ask)
    run.drain(context)
    assert (job(context, identifier).state, job(context, identifier).error) == ("failed", "ranking_not_frozen")


def test_a_job_that_breaks_is_tried_again_then_given_up(context, producer):
    def break_down(*_):
        raise ZeroDivisionError

    producer(break_down)
    identifier = context.database.transaction(ask)
    with context.database.reading() as session:
        [row] = outbox.take_to_offer(session, now=now())
    for _ in range(2):
        assert job(context, identifier).state in {"queued", "running"}
        with pytest.raises(ZeroDivisionError):
            run.process_in(context, row)
        context.database.transaction(outbox.mark_offered, [row], now=now())
    run.process_in(context, row)
    assert (job(context, identifier).state, job(context, identifier).error) == ("failed", "job_failed")
    with context.database.reading() as session:
        assert session.get_one(OutboxItem, row).done_at is not None
