"""What a job works with, set once when its process starts: the queue carries identifiers only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from ptce_aap.config import Settings
from ptce_aap.database import Database
from ptce_aap.mail.sender import Sender, open_sender
from ptce_aap.services.running.outbox import LEASE
from ptce_aap.storage import Storage, open_storage
from ptce_aap.storage.scanner import Scanner, open_scanner


@dataclass(frozen=True, slots=True)
class JobContext:
    """Database, storage, way out of mails and virus scanner (None where none is set) of this process."""

    settings: Settings
    database: Database
    storage: Storage
    sender: Sender
    scanner: Scanner | None = None
    lease: timedelta = LEASE


_installed: JobContext | None = None


def open_context(settings: Settings, database: Database | None = None, *, lease: timedelta = LEASE) -> JobContext:
    """Return the context that the settings describe; no connection is made before the first use.

    ``lease``: how long a row stays in the hands of a process that no longer says that it works on it.
    """
    return JobContext(
        settings=settings,
        database=database or Database(settings.database_url),
        storage=open_storage(settings.storage_url),
        sender=open_sender(settings),
        scanner=open_scanner(settings.clamav_url),
        lease=lease,
    )


def install(context: JobContext) -> None:
    """Give this process the context of its jobs."""
    global _installed
    _installed = context


def current() -> JobContext:
    """Return the context of this process's jobs."""
    if _installed is None:
        raise RuntimeError("this process was not started to run jobs")
    return _installed
