"""Has pieces looked at by the virus scanner; while it is away they wait, and are asked again."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from ptce_aap import clock
from ptce_aap.jobs.context import JobContext
from ptce_aap.jobs.handlers import On, Record, Task, handles, periodic
from ptce_aap.services import message_files, scans


# With the long computations: a scanner that hangs delays no mail and no document.
@handles(scans.KIND, on=On.COMPUTATIONS)
def scan(context: JobContext, task: Task) -> Record | None:
    """Scan the piece named by ``{"piece": identifier}``; an error leaves it pending, to be asked again."""
    with context.database.reading() as session:
        found = scans.waiting(session, int(task.payload["piece"]))
    if found is None:
        return None
    if context.scanner is None:
        return lambda session: scans.record_no_scanner(session, found.piece_id)
    with context.storage.open(found.digest) as stream:
        verdict = context.scanner.scan(stream)
    base_url = context.settings.base_url
    return lambda session: scans.record(session, found.piece_id, verdict, now=clock.now(), base_url=base_url)


@periodic("scan_the_others", every=timedelta(minutes=10))
def scan_the_others(context: JobContext, _task: Task) -> Record | None:
    """Have the pieces and the files of messages scanned that came before a scanner was set."""
    if context.scanner is None:
        return None

    def record(session: Session) -> None:
        scans.owe_the_others(session, now=clock.now())
        message_files.owe_the_others(session, now=clock.now())

    return record
