"""Forgets stored files that no row names: sent and never joined, expired exports, left by a crash."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

import structlog

from ptce_aap import clock
from ptce_aap.jobs.context import JobContext
from ptce_aap.jobs.handlers import Record, Task, periodic
from ptce_aap.services.running import stored_files
from ptce_aap.storage import Kept

# Longer than any request or job between the file that it puts and the row that names it.
GRACE = timedelta(hours=24)
_AT_ONCE = 500

_log = structlog.get_logger(__name__)


@periodic("tidy_storage", every=timedelta(hours=6))
def tidy_storage(context: JobContext, _task: Task) -> Record | None:
    """Set aside what nobody names for a day, bring back what is named again, forget the rest a day later."""
    now = clock.now()
    context.storage.forget_unfinished(before=now - GRACE)
    aside = forgotten = 0
    files = context.storage.kept()
    while batch := list(islice(files, _AT_ONCE)):
        set_aside, forgot = _tidy(context, batch, now)
        aside, forgotten = aside + set_aside, forgotten + forgot
    if aside or forgotten:
        _log.info("storage_tidied", set_aside=aside, forgotten=forgotten)
    return None


def _tidy(context: JobContext, batch: list[Kept], now: datetime) -> tuple[int, int]:
    """Deal with some files; return how many were set aside, how many forgotten."""
    with context.database.reading() as session:
        named = stored_files.named(session, {file.digest for file in batch}, now=now)
    for file in batch:
        if file.aside and file.digest in named:
            context.storage.bring_back(file.digest)
    old = [file for file in _unnamed(batch, named) if file.modified_at < now - GRACE]
    for file in old:
        if file.aside:
            context.storage.forget_aside(file.digest)
        else:
            context.storage.set_aside(file.digest)
    return sum(not file.aside for file in old), sum(file.aside for file in old)


def _unnamed(batch: list[Kept], named: set[str]) -> Iterator[Kept]:
    return (file for file in batch if file.digest not in named)
