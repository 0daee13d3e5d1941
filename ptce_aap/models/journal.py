"""The journal: who did what, when, to what; append-only, one chain per call."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ptce_aap.models.base import Base, CanonicalJson, Key

Digest = String(64)
"""The column type of a SHA-256, in hexadecimal digits."""


class JournalHead(Base):
    """The last line of a chain: its number and its digest. Triggers refuse that it goes back.

    Its row is the lock that keeps the sequence without gap.
    """

    __tablename__ = "journal_head"
    __table_args__ = (CheckConstraint("length(digest) = 64", name="digest_is_whole"),)

    chain: Mapped[str] = mapped_column(Key, primary_key=True)
    sequence: Mapped[int]
    digest: Mapped[str] = mapped_column(Digest)


class JournalEntry(Base):
    """One act. ``facts`` are references and values, never a name or a text. Triggers refuse any change.

    ``previous`` is the digest of the line before (zeros for the first), ``digest`` that of this one, made as
    ``domain/journal_chain.py`` says.
    """

    __tablename__ = "journal_entry"
    __table_args__ = (
        CheckConstraint("length(previous) = 64 AND length(digest) = 64", name="digests_are_whole"),
        Index("ix_journal_entry_call_id_at", "call_id", "at"),
        Index("ix_journal_entry_object", "object"),
    )

    chain: Mapped[str] = mapped_column(Key, primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int | None] = mapped_column(ForeignKey("call.id"))
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(Key)
    role: Mapped[str] = mapped_column(Key)
    act: Mapped[str] = mapped_column(Key)
    object_kind: Mapped[str] = mapped_column(Key)
    object: Mapped[str] = mapped_column(Key)
    facts: Mapped[dict[str, Any]] = mapped_column(CanonicalJson)
    previous: Mapped[str] = mapped_column(Digest)
    digest: Mapped[str] = mapped_column(Digest)
