"""A call for projects as it is run: its calendar, the definitions it was opened with, how far it has come."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ptce_aap.domain.calendar import Calendar
from ptce_aap.domain.permissions import Deed, Relation, is_open, period_of, reached
from ptce_aap.models.base import Base, CanonicalJson, Key


class DefinitionSource(Base):
    """The text of one definition file as it was when a call was opened; append-only, found by its digest."""

    __tablename__ = "definition_source"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[str]
    stored_at: Mapped[datetime]


class Call(Base):
    """One opened call. ``sources`` maps each definition file's path to its digest: what the call was opened with."""

    __tablename__ = "call"
    __table_args__ = (
        CheckConstraint("opens_at < closes_at", name="opens_before_it_closes"),
        CheckConstraint("envelope_cents >= 0", name="envelope_is_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(Key, unique=True)
    name: Mapped[str] = mapped_column(Key)
    title: Mapped[str]
    short_title: Mapped[str]
    sources: Mapped[dict[str, str]] = mapped_column(CanonicalJson)
    envelope_cents: Mapped[int] = mapped_column(BigInteger)
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    draw_seed: Mapped[int]
    fictional: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    opinions_due_at: Mapped[datetime | None]  # the first instant at which opinions and regional ranks are too late
    marking_opened_at: Mapped[datetime | None]
    marking_closed_at: Mapped[datetime | None]
    frozen_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}

    @property
    def calendar(self) -> Calendar:
        """The calendar of the call as the domain reads it."""
        return Calendar(
            opens_at=self.opens_at,
            closes_at=self.closes_at,
            marking_opened_at=self.marking_opened_at,
            marking_closed_at=self.marking_closed_at,
            frozen_at=self.frozen_at,
            published_at=self.published_at,
        )

    def allows(
        self, deed: Deed, relation: Relation | None = None, *, now: datetime | None = None, chosen: bool = False
    ) -> bool:
        """Tell whether the table of rights opens an act in the period of the call; ``relation``, ``chosen``: see there.

        Without ``now`` the filing window is taken to be over: only what the team has done counts.
        """
        period = reached(self.calendar) if now is None else period_of(self.calendar, now)
        return is_open(deed, period, relation, chosen=chosen)


class CallExtension(Base):
    """The closing of a call put off, with the reason. Never changed: the calendar has its history."""

    __tablename__ = "call_extension"
    __table_args__ = (
        CheckConstraint("before < after", name="puts_the_closing_off"),
        CheckConstraint("reason <> ''", name="has_its_reason"),
        Index("ix_call_extension_call_id", "call_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    before: Mapped[datetime]
    after: Mapped[datetime]
    reason: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
