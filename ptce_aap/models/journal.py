"""The journal: who did what, when, to what; append-only, one sequence per call."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ptce_aap.models.base import Base, CanonicalJson, Key


class JournalHead(Base):
    """The last sequence number of a chain; its row is the lock that keeps the sequence without gap."""

    __tablename__ = "journal_head"

    chain: Mapped[str] = mapped_column(Key, primary_key=True)
    sequence: Mapped[int]


class JournalEntry(Base):
    """One act. ``facts`` are references and values, never a name or a text. Triggers refuse any change."""

    __tablename__ = "journal_entry"
    __table_args__ = (
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
