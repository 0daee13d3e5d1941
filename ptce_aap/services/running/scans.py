"""Pieces looked at by a virus scanner: owed with the piece, done by the worker, never taken for done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ptce_aap import addresses
from ptce_aap.domain.scanning import Scan
from ptce_aap.mail import messages
from ptce_aap.mail.message import is_address
from ptce_aap.models import Attachment, Call, Dossier, OutboxItem, Person
from ptce_aap.services.calls.calls import SYSTEM
from ptce_aap.services.exchanges import letters
from ptce_aap.services.journal import journal
from ptce_aap.services.running import outbox
from ptce_aap.storage.scanner import Verdict

KIND = "scan"
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class ToScan:
    """A piece that waits for the scanner: its row, and the digest of its bytes."""

    piece_id: int
    digest: str


def owe(session: Session, piece: Attachment, *, now: datetime) -> None:
    """Owe the scan of a piece: it is pending until a scanner gave its word."""
    piece.scan = Scan.PENDING
    session.flush()
    outbox.emit(session, KIND, {"piece": piece.id}, at=now)


def waiting(session: Session, piece_id: int) -> ToScan | None:
    """Return a piece that waits for the scanner, None where it does not, or no more."""
    piece = session.get(Attachment, piece_id)
    return ToScan(piece.id, piece.sha256) if piece is not None and piece.scan == Scan.PENDING else None


def record(session: Session, piece_id: int, verdict: Verdict, *, now: datetime, base_url: str) -> None:
    """Record the scanner's word, on every piece of these bytes that waits for it: a new version holds the same ones.

    Whoever joined an infected piece is told, and nobody opens it any more.
    """
    same = select(Attachment.sha256).where(Attachment.id == piece_id).scalar_subquery()
    query = select(Attachment).where(Attachment.sha256 == same, Attachment.scan == Scan.PENDING)
    pieces = list(session.scalars(query.order_by(Attachment.id).with_for_update()))
    for piece in pieces:
        piece.scan = Scan.CLEAN if verdict.signature is None else Scan.INFECTED
        piece.scanned_at, piece.signature = now, verdict.signature
    session.flush()
    if verdict.signature is not None:
        told = {(piece.added_by_id, piece.filename): piece for piece in reversed(pieces)}
        for piece in told.values():
            _tell(session, piece, now=now, base_url=base_url)


def record_no_scanner(session: Session, piece_id: int) -> None:
    """Say of a piece that nobody will scan it: the scanner was taken away since."""
    session.execute(
        update(Attachment)
        .where(Attachment.id == piece_id, Attachment.scan == Scan.PENDING)
        .values(scan=Scan.NOT_SCANNED)
        .execution_options(synchronize_session=False)
    )


def owe_the_others(session: Session, *, now: datetime) -> int:
    """Owe the scan of pieces that nobody is to scan yet, some at once; return how many.

    They came before there was a scanner, or were copied while they waited. While scans are owed, nothing is added.
    """
    owed = select(OutboxItem.id).where(OutboxItem.kind == KIND, OutboxItem.done_at.is_(None)).limit(1)
    if session.scalar(owed) is not None:
        return 0
    unknown = Attachment.scan.in_((Scan.NOT_SCANNED, Scan.PENDING))
    query = select(Attachment).where(unknown).order_by(Attachment.id).limit(_AT_ONCE)
    found = list(session.scalars(query.with_for_update(skip_locked=True)))
    for piece in found:
        owe(session, piece, now=now)
    return len(found)


def _tell(session: Session, piece: Attachment, *, now: datetime, base_url: str) -> None:
    dossier = session.get_one(Dossier, piece.dossier_id)
    facts = {"key": piece.key, "piece": piece.reference, "sha256": piece.sha256}
    # What is said of a piece of a revision is said of its dossier: whoever must not read the one finds no other.
    original = session.get_one(Dossier, dossier.revises_id or dossier.id)
    on = ("dossier", original.reference)
    journal.record(session, SYSTEM, "piece.infected", on=on, at=now, call_id=dossier.call_id, facts=facts)
    person = session.get_one(Person, piece.added_by_id)
    if piece.removed_at is not None or not is_address(person.email):
        return
    letter = messages.piece_infected(
        person.email,
        filename=piece.filename,
        title=dossier.title,
        call_title=session.get_one(Call, dossier.call_id).title,
        link=base_url + addresses.dossier(dossier.reference),
    )
    letters.send(session, letter, at=now, call_id=dossier.call_id)
