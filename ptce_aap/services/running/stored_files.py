"""Stored files and the rows that name them: which files nobody names any more, which rows lost theirs."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from sqlalchemy import ColumnElement, String, Table, and_, not_, or_, select
from sqlalchemy.orm import Session

from ptce_aap.models import Attachment, Base, Filing, Job, MessageFile, OutboxItem
from ptce_aap.services.selection import exports
from ptce_aap.storage import Storage

_DIGEST = 64


def named(session: Session, digests: Collection[str], *, now: datetime) -> set[str]:
    """Return those of these digests that some row names.

    Every column that can hold a digest counts, whatever it says of it: a table that comes later is safe without being
    known here. Counted too: work still to be done that carries one. Not counted: exports that have expired.
    """
    found: set[str] = set()
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, String) and column.type.length == _DIGEST:
                query = select(column).where(column.in_(digests), *_living(table, now))
                found.update(session.scalars(query.distinct()))
    left = set(digests) - found
    if left:
        undone = select(OutboxItem.payload).where(OutboxItem.done_at.is_(None))
        for payload in session.scalars(undone):
            found.update(digest for digest in left if digest in str(payload))
    return found


def missing(session: Session, storage: Storage) -> Iterator[str]:
    """Yield what lost its file: references of pieces and of files of messages, digests of deposits."""
    pieces = select(Attachment.sha256, Attachment.reference).order_by(Attachment.id)
    receipts = select(Filing.receipt_file, Filing.sha256).where(Filing.receipt_file.is_not(None)).order_by(Filing.id)
    seen: dict[str | None, bool] = {None: True}
    sent = select(MessageFile.sha256, MessageFile.reference).order_by(MessageFile.id)
    for query in (pieces, receipts, sent):
        for digest, reference in session.execute(query):
            if digest is not None and digest not in seen:
                seen[digest] = storage.exists(digest)
            if not seen[digest]:
                yield reference


def _living(table: Table, now: datetime) -> list[ColumnElement[bool]]:
    if table is not Job.__table__:
        return []
    expired = and_(Job.kind.startswith("export."), Job.finished_at < now - exports.LIFE)
    return [or_(Job.finished_at.is_(None), not_(expired))]
