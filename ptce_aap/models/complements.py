"""Requests for complements: which questions of a filed dossier are asked again, until when, and what came of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ptce_aap.models.base import Base, Key, Reference, new_reference


class ComplementRequest(Base):
    """A request for complements on a filed dossier; one at most is open.

    ``revision_id`` is the limited revision in which the applicant answers, ``filing_id`` the deposit that answered.
    ``due_at`` is the first instant at which it is too late. ``outcome`` is written once, with ``ended_at``; a term
    that has passed is noted when a round or the next request comes. ``reminded_at`` is the last time it was recalled.
    """

    __tablename__ = "complement_request"
    __table_args__ = (
        CheckConstraint("outcome IS NULL OR outcome IN ('answered', 'expired', 'closed')", name="known_outcome"),
        CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name="ended_in_some_way"),
        CheckConstraint(
            "CASE WHEN outcome = 'answered' THEN filing_id IS NOT NULL ELSE filing_id IS NULL END",
            name="answered_by_a_deposit",
        ),
        CheckConstraint("outcome IS NULL OR outcome <> 'closed' OR reason <> ''", name="closed_with_a_reason"),
        CheckConstraint("asked_at < due_at", name="leaves_time"),
        Index(
            "uq_complement_request_dossier_id",
            "dossier_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_complement_request_dossier_id", "dossier_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(Reference, unique=True, default=new_reference)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), unique=True)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(Key)
    filing_id: Mapped[int | None] = mapped_column(ForeignKey("filing.id"), unique=True)
    reason: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column()

    questions: Mapped[list[ComplementQuestion]] = relationship(order_by="ComplementQuestion.position", lazy="raise")

    __mapper_args__ = {"version_id_col": version}


class ComplementQuestion(Base):
    """A question that a request names, what is wrong with its answer and what is expected. Never changed."""

    __tablename__ = "complement_question"
    __table_args__ = (
        CheckConstraint("flaw IN ('missing', 'wrong', 'outdated')", name="known_flaw"),
        CheckConstraint("sentence <> ''", name="says_what_is_expected"),
    )

    request_id: Mapped[int] = mapped_column(ForeignKey("complement_request.id"), primary_key=True)
    key: Mapped[str] = mapped_column(Key, primary_key=True)
    position: Mapped[int]
    flaw: Mapped[str] = mapped_column(Key)
    sentence: Mapped[str]
