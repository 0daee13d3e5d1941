"""No queue server in the last minutes of a call: every deposit succeeds, and what it owes follows once, later."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from subprocess import Popen

import pytest
from redis.exceptions import RedisError
from sqlalchemy import select

from ptce_aap import clock
from ptce_aap.config import Settings, load_settings
from ptce_aap.database import Database
from ptce_aap.entry import valkey
from ptce_aap.entry.children import spawn, stop
from ptce_aap.entry.relay import offer_due
from ptce_aap.entry.worker import make_worker
from ptce_aap.jobs import context as job_context
from ptce_aap.models import Dossier, Filing, OutboxItem
from ptce_aap.services.running import outbox
from tests.browsers import Browser, application
from tests.cast import eventually
from tests.filings import LEAST, open_call

TEN_MINUTES = timedelta(minutes=10)


class Queue:
    """A queue server of this test alone, which it may take away."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.process: Popen[bytes] | None = None

    def start(self) -> None:
        self.process = spawn(valkey.server_arguments(self.settings), log=self.settings.instance / "valkey.log")
        eventually(self.answers)

    def answers(self) -> bool:
        with suppress(RedisError):
            return bool(valkey.connect(self.settings).ping())
        return False

    @contextmanager
    def away(self, how: str) -> Iterator[None]:
        assert self.process is not None
        if how == "stopped":
            os.kill(self.process.pid, signal.SIGSTOP)
        elif how == "killed":
            self.process.kill()
            self.process.wait()
        else:
            valkey.connect(self.settings).flushall()
        yield
        if how == "stopped":
            os.kill(self.process.pid, signal.SIGCONT)
        elif how == "killed":
            shutil.rmtree(self.settings.instance / "queue")  # with all that it had written down
            self.start()


@pytest.fixture
def queue() -> Iterator[Queue]:
    folder = Path(tempfile.mkdtemp(prefix="ptce-away-", dir="/tmp"))
    server = Queue(load_settings({}, instance=folder))
    server.start()
    yield server
    assert server.process is not None
    stop(server.process, within=2)
    shutil.rmtree(folder)


@pytest.mark.target("REL-12")
@pytest.mark.parametrize("how", ["killed", "stopped", "emptied"])
def test_every_deposit_succeeds_without_the_queue_server_and_is_followed_by_its_receipt(
    sqlite_database: Database, queue: Queue, tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = open_call(sqlite_database)
    drafts = [call.bring(LEAST) for _ in range(3)]
    anne = Browser(application(sqlite_database, tmp_path), sqlite_database, "anne@example.org")
    monkeypatch.setattr(valkey, "_SILENT_AFTER_S", 0.2)
    client = valkey.connect(queue.settings)
    offer_due(sqlite_database, client)
    with queue.away(how):
        for reference in drafts:
            review = f"/candidature/{reference}/relecture"
            assert anne.post(f"/candidature/{reference}/depot", page=review).status_code == 302
        if how != "emptied":
            with pytest.raises(RedisError):
                offer_due(sqlite_database, client)
    sqlite_database.transaction(_age, TEN_MINUTES)
    work(sqlite_database, queue)
    with sqlite_database.reading() as session:
        assert session.scalars(select(OutboxItem.id).where(OutboxItem.done_at.is_(None))).all() == []
        assert {dossier.state for dossier in session.scalars(select(Dossier))} == {"filed"}
        assert [filing.receipt_file is not None for filing in session.scalars(select(Filing))] == [True] * len(drafts)
        mails = session.scalars(select(OutboxItem.id).where(OutboxItem.kind == "mail")).all()
    assert sorted(file.stem for file in (queue.settings.instance / "outbox").iterdir()) == sorted(mails)


def _age(session, by: timedelta) -> None:  # type: ignore[no-untyped-def]
    """Let this time pass: what was handed over was so that much earlier."""
    for item in session.scalars(select(OutboxItem).where(OutboxItem.offered_at.is_not(None))):
        item.offered_at = clock.now() - by - outbox.OFFER_AGAIN_AFTER


def work(database: Database, queue: Queue) -> None:
    """Hand over and do all that is owed, and what that owes."""
    settings = load_settings({"PTCE_DATABASE_URL": database.url}, instance=queue.settings.instance)
    deadline = time.monotonic() + 120
    try:
        while offer_due(database, valkey.connect(queue.settings)):
            assert time.monotonic() < deadline
            make_worker(settings).work(burst=True, logging_level="ERROR")
    finally:
        job_context.install(None)  # type: ignore[arg-type]
