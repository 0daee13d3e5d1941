"""The queue server away for ten minutes at a closing, with every process of an installation at work."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap import clock
from ptce_aap.models import OutboxItem
from ptce_aap.services.running import outbox
from tests.budgets import budget
from tests.cast import A_WHILE_S, eventually
from tests.databases import ENGINES, Databases
from tests.filings import Applicants, open_call
from tests.working import assert_once, at_work, broken, undone


@pytest.fixture(params=ENGINES)
def call(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Applicants]:
    lent = databases.create(request.param)
    yield open_call(lent)
    databases.discard(lent)


@pytest.mark.target("REL-12")
def test_without_a_queue_at_the_deadline_every_deposit_succeeds_and_its_effects_follow(
    call: Applicants, tmp_path: Path
) -> None:
    ways = ("killed", "stopped", "emptied")
    with at_work(call, tmp_path / "instance", 2 * len(ways)) as anne:
        running = anne.running
        for way in ways:
            with running.without_queue(way):
                began = time.monotonic()
                for reference in anne.drafts[:2]:
                    assert anne.deposit(reference)
                while time.monotonic() - began < budget("queue_away.seconds"):
                    time.sleep(0.1)
                    assert running.answers()
                # Where it is emptied, rows were given to it: they are offered again a minute and a half later.
                if way == "emptied":
                    call.database.transaction(_long_ago)
            anne.drafts = anne.drafts[2:]
        eventually(lambda: not undone(call.database), within=2 * A_WHILE_S)
        assert len(anne.filed) == 2 * len(ways)
        assert broken(call.database, running) == []
        assert_once(call, running, deaths=0)


def _long_ago(session: Session) -> None:
    for item in session.scalars(select(OutboxItem).where(OutboxItem.done_at.is_(None))):
        item.offered_at = clock.now() - outbox.OFFER_AGAIN_AFTER - timedelta(seconds=1)
