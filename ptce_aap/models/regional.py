"""What the regions' order and opinions are bound by: their term, each order that was saved, each opinion reopened."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ptce_aap.models.base import Base, CanonicalJson, Key


class OpinionTerm(Base):
    """The term of opinions and regional ranks, set or put off. Never changed, but that its freezing is noted once.

    ``digest``: SHA-256 of the orders that held at the term, by region, once they are frozen.
    """

    __tablename__ = "opinion_term"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="has_its_reason"),
        CheckConstraint("before <> due_at", name="changes_the_term"),
        CheckConstraint("(frozen_at IS NULL) = (digest IS NULL)", name="is_frozen_whole"),
        CheckConstraint("frozen_at >= due_at", name="is_frozen_after_it"),
        Index("ix_opinion_term_call_id", "call_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    before: Mapped[datetime | None]
    due_at: Mapped[datetime]
    reason: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    frozen_at: Mapped[datetime | None]
    digest: Mapped[str | None] = mapped_column(String(64))


class RegionalOrder(Base):
    """The whole order of a region as one save left it: dossier reference → number. Never changed."""

    __tablename__ = "regional_order"
    __table_args__ = (Index("ix_regional_order_call_id_region", "call_id", "region", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    region: Mapped[str] = mapped_column(Key)
    ranks: Mapped[dict[str, int]] = mapped_column(CanonicalJson)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class OpinionReopening(Base):
    """A given opinion handed back to its region by the team of the call, with the reason. Never changed."""

    __tablename__ = "opinion_reopening"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="has_its_reason"),
        Index("ix_opinion_reopening_dossier_id", "dossier_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"))
    given_at: Mapped[datetime]
    mark: Mapped[str] = mapped_column(String(16))  # of what the opinion said
    reason: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
