"""A dossier: its answers, what lists sort by, its pieces, and each deposit frozen as it was."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ptce_aap.domain.scanning import Scan
from ptce_aap.models.base import Base, CanonicalJson, Folded, Key, Reference, new_reference
from ptce_aap.models.person import Person


class Dossier(Base):
    """A dossier. The columns from ``title`` to ``amount_cents`` repeat answers, so that lists stay in SQL.

    A *revision* is a row too, with ``revises_id``: the answers of a filed dossier being changed by its applicant. It
    stays a draft, is nobody's dossier and counts nowhere; filed, its answers replace those of the dossier and
    ``ended_at`` is set. ``scope`` (question paths; None: all) and ``due_at`` (the first instant at which it is too
    late; None: the closing of the call) limit it.
    """

    __tablename__ = "dossier"
    __table_args__ = (
        CheckConstraint("(state = 'draft') = (filed_at IS NULL)", name="filed_once_it_is_no_draft"),
        CheckConstraint("(filed_at IS NULL) = (number IS NULL)", name="numbered_when_filed"),
        CheckConstraint("revises_id IS NULL OR state = 'draft'", name="revision_is_a_draft"),
        CheckConstraint("ended_at IS NULL OR revises_id IS NOT NULL", name="only_revisions_end"),
        CheckConstraint(
            "(scope IS NULL AND due_at IS NULL) OR revises_id IS NOT NULL", name="only_revisions_are_limited"
        ),
        Index(
            "uq_dossier_revises_id",
            "revises_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_dossier_call_id_state_title_key", "call_id", "state", "title_key"),
        Index("ix_dossier_call_id_region_state", "call_id", "region", "state"),
        Index("ix_dossier_owner_id", "owner_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(Reference, unique=True, default=new_reference)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(Key, default="draft")
    number: Mapped[str | None] = mapped_column(Key, unique=True)
    created_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    filed_at: Mapped[datetime | None]
    filed_complete: Mapped[bool | None]
    missing_count: Mapped[int | None]
    # Signs of the last deposit as it was frozen: what there is to read.
    filed_length: Mapped[int | None]
    counted_since: Mapped[datetime | None]  # its owner lets the figures of this draft be counted in syntheses
    # What the file of an imported dossier says of its deposit: given back when the dossier is exported.
    stated_submitted_at: Mapped[str | None]
    revises_id: Mapped[int | None] = mapped_column(ForeignKey("dossier.id"))
    ended_at: Mapped[datetime | None]
    scope: Mapped[list[str] | None] = mapped_column(CanonicalJson)
    due_at: Mapped[datetime | None]

    title: Mapped[str] = mapped_column(default="")
    title_key: Mapped[str] = mapped_column(Folded, default="")
    carrier: Mapped[str] = mapped_column(default="")
    carrier_key: Mapped[str] = mapped_column(Folded, default="")
    carrier_siren: Mapped[str | None] = mapped_column(String(9))
    region: Mapped[str | None] = mapped_column(Key)
    stage: Mapped[str | None] = mapped_column(Key)
    themes: Mapped[list[str]] = mapped_column(CanonicalJson, default=list, server_default="[]")
    amount_cents: Mapped[int | None] = mapped_column(BigInteger)
    computed_eligibility: Mapped[str | None] = mapped_column(Key)

    version: Mapped[int] = mapped_column()

    owner: Mapped[Person] = relationship()

    __mapper_args__ = {"version_id_col": version}


class Answer(Base):
    """The answer to one question, as canonical JSON; the rows of a table keep their ``_id``.

    ``value`` is what could be read (NULL: nothing), ``problem`` what could not, as it was typed:
    ``[{"place", "raw", "message"}]``. ``removed`` is the row last taken out of a table and its place, so that it can
    be put back: ``{"at", "row", "problem"}``; after an import, the whole table as it was: ``{"rows", "problem"}``.
    """

    __tablename__ = "answer"

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), primary_key=True)
    key: Mapped[str] = mapped_column(Key, primary_key=True)
    value: Mapped[Any] = mapped_column(CanonicalJson, nullable=True)
    problem: Mapped[Any] = mapped_column(CanonicalJson, nullable=True)
    removed: Mapped[Any] = mapped_column(CanonicalJson, nullable=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class Member(Base):
    """A member of the pole, repeated from the answers for the search of conflicts."""

    __tablename__ = "member"
    __table_args__ = (Index("ix_member_siren", "siren"), Index("ix_member_name_key", "name_key"))

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(Folded)
    siren: Mapped[str | None] = mapped_column(String(9))
    category: Mapped[str | None] = mapped_column(Key)


class Filing(Base):
    """One deposit: the dossier frozen as it was, with its digest. Never changed.

    ``revision_id`` is the revision that was filed, from the second deposit on.
    """

    __tablename__ = "filing"
    __table_args__ = (UniqueConstraint("dossier_id", "sequence"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"))
    sequence: Mapped[int]
    filed_at: Mapped[datetime]
    filed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    snapshot: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64))
    missing: Mapped[list[str]] = mapped_column(CanonicalJson)
    receipt_file: Mapped[str | None] = mapped_column(String(64))
    revision_id: Mapped[int | None] = mapped_column(ForeignKey("dossier.id"))

    dossier: Mapped[Dossier] = relationship(foreign_keys=dossier_id)


class Withdrawal(Base):
    """A filed dossier withdrawn by its applicant, with the reason. Never changed; filing again follows it."""

    __tablename__ = "withdrawal"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="has_its_reason"),
        Index("ix_withdrawal_dossier_id", "dossier_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"))
    reason: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class Attachment(Base):
    """A piece joined to a dossier; its bytes lie in the storage under their digest."""

    __tablename__ = "attachment"
    __table_args__ = (
        CheckConstraint("size >= 0", name="size_is_not_negative"),
        CheckConstraint("scan IN ('not_scanned', 'pending', 'clean', 'infected')", name="known_scan"),
        CheckConstraint("(scan IN ('clean', 'infected')) = (scanned_at IS NOT NULL)", name="judged_at_some_time"),
        CheckConstraint("(scan = 'infected') = (signature IS NOT NULL)", name="infected_by_something"),
        Index("ix_attachment_dossier_id", "dossier_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(Reference, unique=True, default=new_reference)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"))
    key: Mapped[str] = mapped_column(Key)
    filename: Mapped[str]
    media_type: Mapped[str] = mapped_column(Key)
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    added_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    scan: Mapped[str] = mapped_column(Key, default=Scan.NOT_SCANNED, server_default=Scan.NOT_SCANNED)
    scanned_at: Mapped[datetime | None]
    signature: Mapped[str | None]  # what the scanner calls what it found


class TableUpload(Base):
    """A table that somebody brought from a spreadsheet and has not imported yet: read once, kept a day at most.

    ``content`` is what was read of the file, never the file: rows with their line, their cells in canonical JSON and
    what could not be read of them, then what was left aside.
    """

    __tablename__ = "table_upload"
    __table_args__ = (Index("ix_table_upload_dossier_id", "dossier_id"), Index("ix_table_upload_at", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(Reference, unique=True, default=new_reference)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"))
    key: Mapped[str] = mapped_column(Key)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    filename: Mapped[str]
    content: Mapped[Any] = mapped_column(CanonicalJson)
    at: Mapped[datetime]
