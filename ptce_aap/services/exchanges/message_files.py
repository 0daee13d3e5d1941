"""Files that come with messages: kept with them, looked at by the virus scanner like pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.domain.scanning import Scan
from ptce_aap.models import DossierMessage, MessageFile
from ptce_aap.services.running import outbox
from ptce_aap.storage import Stored
from ptce_aap.storage.inspection import Inspected

KIND = "scan_message_file"
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Received:
    """A file that was judged and stored."""

    inspected: Inspected
    stored: Stored


def keep(session: Session, message: DossierMessage, files: Sequence[Received], *, scanner: bool, now: datetime) -> None:
    """Join files to a message; ``scanner``: there is one to look at them."""
    for received in files:
        file = MessageFile(
            message_id=message.id,
            filename=received.inspected.name,
            media_type=received.inspected.media_type,
            size=received.stored.size,
            sha256=received.stored.digest,
            scan=(Scan.PENDING if scanner else Scan.NOT_SCANNED).value,
        )
        session.add(file)
        session.flush()
        if scanner:
            outbox.emit(session, KIND, {"file": file.id}, at=now)


def waiting(session: Session, file_id: int) -> str | None:
    """Return the digest of a file that waits for the scanner, None where it does not."""
    file = session.get(MessageFile, file_id)
    return file.sha256 if file is not None and file.scan == Scan.PENDING else None


def owe_the_others(session: Session, *, now: datetime) -> int:
    """Owe the scan of files that came before there was a scanner, some at once; return how many."""
    query = select(MessageFile).where(MessageFile.scan == Scan.NOT_SCANNED).order_by(MessageFile.id).limit(_AT_ONCE)
    found = list(session.scalars(query.with_for_update(skip_locked=True)))
    for file in found:
        file.scan = Scan.PENDING.value
        session.flush()
        outbox.emit(session, KIND, {"file": file.id}, at=now)
    return len(found)


def record(session: Session, file_id: int, scan: Scan) -> None:
    """Record the scanner's word, or that there is no scanner any more."""
    file = session.get_one(MessageFile, file_id, with_for_update=True)
    if file.scan == Scan.PENDING:
        file.scan = scan.value
