"""The days in which a correspondent is absent, and the colleague who acts for him."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ptce_aap.models.base import Base, Reference, new_reference


class Absence(Base):
    """An absence on a call: from ``starts_at`` to ``ends_at``, the first instant at which it is over, both at midnight
    in Paris. Its days never change; it may be ended before them, once.
    """

    __tablename__ = "absence"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="lasts"),
        CheckConstraint("absent_id <> substitute_id", name="somebody_else_acts"),
        CheckConstraint("named_by_id <> substitute_id", name="nobody_names_himself"),
        CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name="somebody_ends_it"),
        CheckConstraint("ended_at IS NULL OR ended_at < ends_at", name="ended_before_its_term"),
        Index("ix_absence_call_id", "call_id"),
        Index("ix_absence_absent_id", "absent_id"),
        Index("ix_absence_substitute_id", "substitute_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(Reference, unique=True, default=new_reference)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    absent_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    substitute_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    named_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    named_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


def is_under_way(now: datetime) -> ColumnElement[bool]:
    """Tell, in a query on absences, which ones open something at this instant."""
    return Absence.ended_at.is_(None) & (Absence.starts_at <= now) & (Absence.ends_at > now)
