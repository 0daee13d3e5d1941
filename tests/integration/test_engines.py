"""Every integration test can run on both engines, each on tables of its own."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from ptce_aap.clock import now
from ptce_aap.models import OutboxItem


def add(session):
    session.add(OutboxItem(kind="nothing", payload={}, created_at=now()))


def count(database):
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(OutboxItem))


@pytest.mark.parametrize("time", [1, 2])
def test_a_fresh_database_holds_nothing_whatever_another_test_wrote(fresh_database, time):
    assert count(fresh_database) == 0
    fresh_database.transaction(add)
    assert count(fresh_database) == 1


def test_threads_that_write_at_once_wait_for_each_other_and_all_succeed(fresh_database):
    with ThreadPoolExecutor(8) as threads:
        for written in [threads.submit(fresh_database.transaction, add) for _ in range(80)]:
            written.result()
    assert count(fresh_database) == 80


def test_a_module_keeps_what_its_tests_wrote(database):
    assert count(database) == 0
    database.transaction(add)
    assert count(database) == 1


def test_a_module_finds_again_what_its_tests_wrote(database):
    assert count(database) == 1


def test_the_queue_server_answers_and_is_empty(queue):
    assert queue.ping() is True
    assert queue.dbsize() == 0
