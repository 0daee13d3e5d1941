"""What was erased at the end of its time or at its person's request, who asked for it, the reports of the rounds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, UniqueConstraint, exists, func, select, text
from sqlalchemy.orm import Mapped, aliased, mapped_column

from ptce_aap.models.base import Base, CanonicalJson, Key, Reference, new_reference
from ptce_aap.models.dossier import Dossier

ERASED = "effacé"
"""What stands in place of an erased text, where a text must stand."""


class Erasure(Base):
    """An object whose content was erased: reference only, and why. Never changed.

    The triggers of sealed tables (``migrations/triggers.seal``) let the rows of a dossier lose their texts where this
    row stands, and never otherwise. Kept for ever: a backup that is older is made to obey it.
    """

    __tablename__ = "erasure"
    __table_args__ = (
        CheckConstraint("object_kind IN ('dossier', 'person')", name="known_kind"),
        UniqueConstraint("object_kind", "object"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    object_kind: Mapped[str] = mapped_column(Key)
    object: Mapped[str] = mapped_column(Key)
    why: Mapped[str] = mapped_column(Key)  # a class of ``domain/retention.py``, or "asked"
    at: Mapped[datetime]


class ErasureRequest(Base):
    """Somebody asks that his data be erased; one request at most is open. ``outcome`` is written once."""

    __tablename__ = "erasure_request"
    __table_args__ = (
        CheckConstraint("outcome IS NULL OR outcome IN ('erased', 'withdrawn')", name="known_outcome"),
        CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name="ended_in_some_way"),
        Index(
            "uq_erasure_request_person_id",
            "person_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(Reference, unique=True, default=new_reference)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(Key)
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class RetentionReport(Base):
    """What a round of retention erased: by class, how many, with the duration that was in force. Never changed."""

    __tablename__ = "retention_report"

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(Reference, unique=True, default=new_reference)
    at: Mapped[datetime]
    content: Mapped[dict[str, Any]] = mapped_column(CanonicalJson)


def is_erased() -> ColumnElement[bool]:
    """Tell, in a query on dossiers, whether the content of the dossier was erased; a revision is never named."""
    return exists().where(Erasure.object_kind == "dossier", Erasure.object == Dossier.reference)


def root_is_erased() -> ColumnElement[bool]:
    """Tell, in a query on dossiers and revisions, whether the content of the dossier, or of what it revises, was."""
    root = aliased(Dossier)
    erased = select(root.id).join(Erasure, Erasure.object == root.reference).where(Erasure.object_kind == "dossier")
    return is_erased() | func.coalesce(Dossier.revises_id, 0).in_(erased)
