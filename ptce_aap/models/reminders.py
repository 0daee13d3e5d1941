"""Reminders of drafts: which were sent, and who asked for no more of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ptce_aap.models.base import Base


class Reminder(Base):
    """A reminder of a draft, so many days before a closing: once each. A closing put off has reminders of its own."""

    __tablename__ = "reminder"
    __table_args__ = (
        CheckConstraint("days IN (1, 3, 10)", name="known_days"),
        CheckConstraint("sent_at < closes_at", name="sent_before_the_closing"),
    )

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), primary_key=True)
    days: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    closes_at: Mapped[datetime] = mapped_column(primary_key=True)
    sent_at: Mapped[datetime]


class ReminderStop(Base):
    """A person who wants no more reminders of a dossier."""

    __tablename__ = "reminder_stop"

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    stopped_at: Mapped[datetime]
