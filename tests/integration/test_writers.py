"""Many processes and threads that write at once: each waits for its turn, and nobody is told that the base is busy."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import func, select

from ptce_aap import clock
from ptce_aap.database import Database
from ptce_aap.models import OutboxItem
from ptce_aap.services.running import outbox
from tests.budgets import budget

PROCESSES = 5


def write(url: str, threads: int, seconds: float, told: Any) -> None:
    """Write without rest from so many threads of a new process; tell how it ended each time, and the longest wait."""
    database, ends, worst, over = Database(url), Counter[str](), [0.0], time.monotonic() + seconds

    def go_on() -> None:
        while time.monotonic() < over:
            began = time.monotonic()
            try:
                database.transaction(outbox.emit, "nothing", {}, at=clock.now())
                ends["done"] += 1
            except Exception as error:
                ends[type(error).__name__] += 1
            worst[0] = max(worst[0], time.monotonic() - began)

    running = [threading.Thread(target=go_on) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    database.dispose()
    told.put((dict(ends), worst[0]))


@pytest.mark.soak
@pytest.mark.target("REL-11")
def test_of_many_writers_none_is_told_that_the_database_is_busy(sqlite_database: Database) -> None:
    fork, threads, seconds = multiprocessing.get_context("fork"), budget("writers.threads"), budget("writers.seconds")
    told: Any = fork.Queue()
    sqlite_database.dispose()
    writers = [fork.Process(target=write, args=(sqlite_database.url, threads, seconds, told)) for _ in range(PROCESSES)]
    for writer in writers:
        writer.start()
    found = [told.get(timeout=seconds + 120) for _ in writers]
    for writer in writers:
        writer.join()
    assert {end for ends, _ in found for end in ends} == {"done"}
    with sqlite_database.reading() as session:
        assert session.scalar(select(func.count()).select_from(OutboxItem)) == sum(ends["done"] for ends, _ in found)
    print(f"{sum(ends['done'] for ends, _ in found)} writes, the longest wait {max(worst for _, worst in found):.2f} s")
