"""Has pieces and files of messages looked at by the virus scanner; while it is away they wait, and are asked again."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from ptce_aap import clock
from ptce_aap.domain.scanning import Scan
from ptce_aap.jobs.context import JobContext
from ptce_aap.jobs.handlers import On, Record, Task, handles, periodic
from ptce_aap.services.exchanges import message_files
from ptce_aap.services.running import scans
from ptce_aap.storage.scanner import Verdict


# Both with the long computations: a scanner that hangs delays no mail and no document.
@handles(scans.KIND, on=On.COMPUTATIONS)
def scan_piece(context: JobContext, task: Task) -> Record | None:
    """Scan the piece named by ``{"piece": identifier}``; an error leaves it pending, to be asked again."""
    with context.database.reading() as session:
        found = scans.waiting(session, int(task.payload["piece"]))
    if found is None:
        return None
    verdict = _verdict(context, found.digest)
    if verdict is None:
        return lambda session: scans.record_no_scanner(session, found.piece_id)
    base_url = context.settings.base_url
    return lambda session: scans.record(session, found.piece_id, verdict, now=clock.now(), base_url=base_url)


@handles(message_files.KIND, on=On.COMPUTATIONS)
def scan_message_file(context: JobContext, task: Task) -> Record | None:
    """Scan the file named by ``{"file": identifier}``; an error leaves it pending, to be asked again."""
    identifier = int(task.payload["file"])
    with context.database.reading() as session:
        digest = message_files.waiting(session, identifier)
    if digest is None:
        return None
    verdict = _verdict(context, digest)
    return lambda session: message_files.record(session, identifier, _known(verdict))


@periodic("scan_the_others", every=timedelta(minutes=10))
def scan_the_others(context: JobContext, _task: Task) -> Record | None:
    """Have the pieces and the files of messages scanned that came before a scanner was set."""
    if context.scanner is None:
        return None

    def record(session: Session) -> None:
        scans.owe_the_others(session, now=clock.now())
        message_files.owe_the_others(session, now=clock.now())

    return record


def _verdict(context: JobContext, digest: str) -> Verdict | None:
    """Return what the scanner says of stored bytes, None where no scanner is set any more."""
    if context.scanner is None:
        return None
    with context.storage.open(digest) as stream:
        return context.scanner.scan(stream)


def _known(verdict: Verdict | None) -> Scan:
    if verdict is None:
        return Scan.NOT_SCANNED
    return Scan.CLEAN if verdict.signature is None else Scan.INFECTED
