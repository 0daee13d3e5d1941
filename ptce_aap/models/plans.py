"""Sharing the readings out: what is known of each juror, and the plans computed, edited, applied, undone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ptce_aap.models.base import Base, CanonicalJson, Key, Reference, new_reference


class JurorTerms(Base):
    """What sharing out respects of a juror on a call: his loads, his region, the themes that he knows."""

    __tablename__ = "juror_terms"
    __table_args__ = (
        CheckConstraint("minimum >= 0", name="minimum_is_not_negative"),
        CheckConstraint("maximum >= 0", name="maximum_is_not_negative"),
        CheckConstraint("minimum <= maximum", name="minimum_is_under_the_maximum"),
        Index("ix_juror_terms_person_id", "person_id"),
    )

    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    minimum: Mapped[int | None]
    maximum: Mapped[int | None]
    region: Mapped[str | None] = mapped_column(Key)
    themes: Mapped[list[str]] = mapped_column(CanonicalJson, default=list)
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class ReadingPlan(Base):
    """A proposal of who reads what, computed by the worker from inputs that a digest names.

    ``content`` is None until it is computed; ``edits`` are the changes made by hand: ``{"added": [[dossier, juror]],
    "removed": […]}``; ``applied`` is what the act gave and took, with which it can be undone.
    """

    __tablename__ = "reading_plan"
    __table_args__ = (
        CheckConstraint("(content IS NULL) = (computed_at IS NULL)", name="computed_with_its_content"),
        CheckConstraint("(applied IS NULL) = (applied_at IS NULL)", name="applied_with_what_it_did"),
        CheckConstraint("undone_at IS NULL OR applied_at IS NOT NULL", name="undone_once_applied"),
        Index("ix_reading_plan_call_id", "call_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(Reference, unique=True, default=new_reference)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    settings: Mapped[dict[str, Any]] = mapped_column(CanonicalJson)
    error: Mapped[str | None] = mapped_column(Key)
    inputs_digest: Mapped[str | None] = mapped_column(String(64))
    content: Mapped[dict[str, Any] | None] = mapped_column(CanonicalJson)
    computed_at: Mapped[datetime | None]
    edits: Mapped[dict[str, Any]] = mapped_column(CanonicalJson, default=dict)
    applied: Mapped[dict[str, Any] | None] = mapped_column(CanonicalJson)
    applied_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}
