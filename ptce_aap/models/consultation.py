"""What is asked about a dossier of people who have no account, and what they answer by their personal link."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ptce_aap.models.base import Base, CanonicalJson, Key, Reference, new_reference


class Consultation(Base):
    """An opinion asked of a service, or the confirmation of a line of the financial plan, with its answer.

    ``opened``: the keys of the stages that the link shows; ``funding``: the line that is to be confirmed, as it was
    filed, else empty. ``answers`` is a draft until ``answered_at``; ``respondent`` is who then answered, in his words.
    ``moves``: how many times the person asked has passed the link on to a colleague.
    """

    __tablename__ = "consultation"
    __table_args__ = (
        CheckConstraint("purpose IN ('opinion', 'funding')", name="known_purpose"),
        CheckConstraint("service <> '' AND addressee <> '' AND email <> ''", name="is_sent_to_somebody"),
        CheckConstraint("(purpose = 'funding') = (funding <> '{}')", name="funding_is_of_a_line"),
        CheckConstraint("(answered_at IS NULL) = (respondent = '')", name="answered_by_somebody"),
        CheckConstraint("answered_at IS NULL OR answered_at < due_at", name="answered_in_time"),
        CheckConstraint("answered_at IS NULL OR withdrawn_at IS NULL", name="answered_or_withdrawn"),
        CheckConstraint("withdrawn_at IS NULL OR token_digest IS NULL", name="link_dies_with_it"),
        CheckConstraint("asked_at < due_at", name="leaves_time"),
        CheckConstraint("moves >= 0", name="moves_are_counted"),
        Index("ix_consultation_dossier_id", "dossier_id"),
        Index("ix_consultation_due_at", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(Reference, unique=True, default=new_reference)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"))
    purpose: Mapped[str] = mapped_column(Key)
    kind: Mapped[str] = mapped_column(Key)
    service: Mapped[str]
    addressee: Mapped[str]
    email: Mapped[str]
    question: Mapped[str]
    opened: Mapped[list[str]] = mapped_column(CanonicalJson)
    funding: Mapped[dict[str, Any]] = mapped_column(CanonicalJson)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    sent_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    due_at: Mapped[datetime]
    moves: Mapped[int] = mapped_column(default=0)
    token_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    answers: Mapped[dict[str, Any]] = mapped_column(CanonicalJson)
    saved_at: Mapped[datetime | None]
    respondent: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}
