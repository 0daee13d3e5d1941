"""A row in the hands of this process: told again while it works, so that nobody else begins the same."""

from __future__ import annotations

import os
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ptce_aap import clock
from ptce_aap.database import Database
from ptce_aap.services.running import outbox
from ptce_aap.services.running.outbox import Holder

_log = structlog.get_logger(__name__)


def process_name(pid: int | None = None) -> str:
    """Name a process of this machine (this one unless said), so that whoever sees it die can say so."""
    return f"{socket.gethostname()}:{os.getpid() if pid is None else pid}"[:200]


def new_holder(length: timedelta) -> Holder:
    """Return who takes one row, once."""
    return Holder(owner=str(uuid.uuid4()), process=process_name(), length=length)


@contextmanager
def kept(database: Database, identifier: str, holder: Holder) -> Iterator[None]:
    """Renew a lease from a thread of its own until the block ends; a row that was lost is not claimed back."""
    over = threading.Event()

    def renew() -> None:
        while not over.wait(holder.length.total_seconds() / 3):
            try:
                if not database.transaction(outbox.renew, identifier, holder, now=clock.now()):
                    _log.warning("lease_lost", outbox_id=identifier)
                    return
            except SQLAlchemyError as error:
                _log.warning("lease_not_renewed", outbox_id=identifier, error=type(error).__name__)

    thread = threading.Thread(target=renew, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
