"""Marks revised while the committee deliberates: kept apart from the first marks, which never change."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ptce_aap.models.base import Base, Key


class DiscussionMark(Base):
    """A juror's mark on one criterion as he revised it in session, recorded by the chair with the reason.

    ``before`` is the mark in force until then, in half points too. The last one of a criterion is in force.
    """

    __tablename__ = "discussion_mark"
    __table_args__ = (
        UniqueConstraint("sheet_id", "criterion", "sequence"),
        CheckConstraint("half_points >= 0", name="half_points_are_not_negative"),
        CheckConstraint("half_points <> before", name="changes_the_mark"),
        CheckConstraint("reason <> ''", name="has_its_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("sheet.id"))
    criterion: Mapped[str] = mapped_column(Key)
    sequence: Mapped[int]  # 1 for the first revision of this mark
    before: Mapped[int]
    half_points: Mapped[int]
    reason: Mapped[str]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
