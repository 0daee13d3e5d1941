"""Processes killed at any moment: nothing that was acknowledged is lost, and each effect happens once."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ptce_aap import clock
from tests import stack
from tests.budgets import budget, soaking
from tests.cast import A_WHILE_S, eventually
from tests.databases import ENGINES, Databases
from tests.filings import Applicants, open_call
from tests.working import LEASE_S, assert_kept, assert_once, at_work, broken, left, undone

# In the short run the first ones; what restarts all of them is in test_serve.py.
TARGETS = ("horse", "worker", "web", "relay", "valkey")
RESUMED_WITHIN_S = 120.0


# On the stack of production the second is the one of production.
_ENGINES = ENGINES[1:] if stack.CHOSEN else ENGINES if soaking() else ENGINES[:1]


@pytest.fixture(params=_ENGINES)
def call(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Applicants]:
    lent = databases.create(request.param)
    yield open_call(lent)
    databases.discard(lent)


@pytest.mark.soak
@pytest.mark.target("REL-07")
@pytest.mark.target("REL-09")
def test_whatever_is_killed_nothing_acknowledged_is_lost_and_each_effect_happens_once(
    call: Applicants, tmp_path: Path
) -> None:
    kills, drawn = budget("kills"), random.Random(7)
    targets = [TARGETS[number % len(TARGETS)] for number in range(kills)]
    drawn.shuffle(targets)
    with at_work(call, tmp_path / "instance", 2 + 2 * kills) as anne:
        running = anne.running
        worker = threading.Thread(target=anne.work)
        worker.start()
        eventually(lambda: anne.filed)
        for target in targets:
            time.sleep(drawn.uniform(0, 0.5 if not soaking() else 3))
            owed = undone(call.database)
            running.kill(target)
            eventually(running.answers)
            assert broken(call.database, running) == []
            resumed = eventually(
                lambda owed=owed: not owed & undone(call.database),
                within=A_WHILE_S + LEASE_S,
                told=lambda owed=owed, target=target: (target, clock.now(), left(call.database, owed)),
            )
            assert resumed <= RESUMED_WITHIN_S
        eventually(lambda: len(anne.filed) >= 2)
        anne.stop()
        worker.join()
        eventually(lambda: not undone(call.database))
        assert broken(call.database, running) == []
        assert_kept(call, anne)
        assert_once(call, running, deaths=sum(target in {"worker", "horse"} for target in targets))
        assert len(anne.filed) >= 2
