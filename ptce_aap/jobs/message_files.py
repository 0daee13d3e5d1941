"""Has the files of messages looked at by the virus scanner; while it is away they wait, and are asked again."""

from __future__ import annotations

from ptce_aap.domain.scanning import Scan
from ptce_aap.jobs.context import JobContext
from ptce_aap.jobs.handlers import On, Record, Task, handles
from ptce_aap.services import message_files


# With the pieces: a scanner that hangs delays no mail and no document.
@handles(message_files.KIND, on=On.COMPUTATIONS)
def scan(context: JobContext, task: Task) -> Record | None:
    """Scan the file named by ``{"file": identifier}``; an error leaves it pending, to be asked again."""
    identifier = int(task.payload["file"])
    with context.database.reading() as session:
        digest = message_files.waiting(session, identifier)
    if digest is None:
        return None
    if context.scanner is None:
        return lambda session: message_files.record(session, identifier, Scan.NOT_SCANNED)
    with context.storage.open(digest) as stream:
        found = context.scanner.scan(stream).signature
    return lambda session: message_files.record(session, identifier, Scan.CLEAN if found is None else Scan.INFECTED)
