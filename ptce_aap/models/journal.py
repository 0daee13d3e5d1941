"""The journal: who did what, when, to what; append-only, one chain per call."""

from __future__ import annotations

from datetime import date, datetime
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


class DailyHead(Base):
    """Where every chain stood on a day (in Paris), signed; triggers refuse any change.

    ``chains`` are ``[chain, sequence, digest]``, ``key`` is the public key in hexadecimal digits.
    What is signed: ``domain/daily_heads.py``.
    """

    __tablename__ = "daily_head"
    __table_args__ = (
        CheckConstraint(
            "length(root) = 64 AND length(previous) = 64 AND length(digest) = 64", name="digests_are_whole"
        ),
        CheckConstraint("length(key) = 64 AND length(signature) = 128", name="signature_is_whole"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(unique=True)
    at: Mapped[datetime]
    chains: Mapped[list[list[Any]]] = mapped_column(CanonicalJson)
    root: Mapped[str] = mapped_column(Digest)
    previous: Mapped[str] = mapped_column(Digest)
    digest: Mapped[str] = mapped_column(Digest)
    key: Mapped[str] = mapped_column(Digest)
    signature: Mapped[str] = mapped_column(String(128))


class DailyHeadStamp(Base):
    """What a time-stamping authority answered of a head (RFC 3161); triggers refuse any change.

    ``answer`` is its whole answer in base64, ``stamped_at`` the instant that it certifies.
    """

    __tablename__ = "daily_head_stamp"

    number: Mapped[int] = mapped_column(ForeignKey("daily_head.number"), primary_key=True)
    authority: Mapped[str]
    stamped_at: Mapped[datetime]
    received_at: Mapped[datetime]
    answer: Mapped[str]


class DailyHeadLetter(Base):
    """A message that takes a head outside; its outbox row says whether it left."""

    __tablename__ = "daily_head_letter"

    outbox_id: Mapped[str] = mapped_column(ForeignKey("outbox.id"), primary_key=True)
    number: Mapped[int] = mapped_column(ForeignKey("daily_head.number"), index=True)
