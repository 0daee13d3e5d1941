"""The adopted list: each departure from the announced ranking with its reason, and the places that they give."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ptce_aap.models.base import Base, CanonicalJson, Key, Reference, new_reference


class Departure(Base):
    """One decision of the committee about one dossier: another place in the list, or out of it. Never changed.

    ``place`` is what was asked for; ``before``, ``after`` and ``passed`` (references) say what it did to the list then.
    """

    __tablename__ = "departure"
    __table_args__ = (
        CheckConstraint("place > 0", name="place_is_positive"),
        CheckConstraint("before > 0", name="before_is_positive"),
        CheckConstraint("reason <> ''", name="has_its_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(Reference, unique=True, default=new_reference)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"), index=True)
    ranking_id: Mapped[int] = mapped_column(ForeignKey("ranking.id"))
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"))
    place: Mapped[int | None]  # None: out of the list
    ground: Mapped[str] = mapped_column(Key)
    reason: Mapped[str]
    before: Mapped[int]
    after: Mapped[int | None]
    passed: Mapped[list[str]] = mapped_column(CanonicalJson)
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class DepartureConfirmation(Base):
    """The committee keeps a departure although the list under it has changed: what it does from now on."""

    __tablename__ = "departure_confirmation"
    __table_args__ = (CheckConstraint("before > 0", name="before_is_positive"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    departure_id: Mapped[int] = mapped_column(ForeignKey("departure.id"), index=True)
    ranking_id: Mapped[int] = mapped_column(ForeignKey("ranking.id"))
    before: Mapped[int]
    after: Mapped[int | None]
    passed: Mapped[list[str]] = mapped_column(CanonicalJson)
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class DepartureWithdrawal(Base):
    """A departure that the committee takes back: it stays on record and does nothing any more."""

    __tablename__ = "departure_withdrawal"

    departure_id: Mapped[int] = mapped_column(ForeignKey("departure.id"), primary_key=True)
    ranking_id: Mapped[int] = mapped_column(ForeignKey("ranking.id"))
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class AdoptedPlace(Base):
    """A ranked dossier's place once votes and departures are applied; no row while the committee has decided nothing.

    ``announced_place`` is its place after the votes, before any departure. Those put out come after all others.
    Drawn from the votes and the departures, and written again whenever one of them changes.
    """

    __tablename__ = "adopted_place"
    __table_args__ = (UniqueConstraint("ranking_id", "place"),)

    ranking_id: Mapped[int] = mapped_column(ForeignKey("ranking.id"), primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), primary_key=True, index=True)
    place: Mapped[int]
    announced_place: Mapped[int]
    moved: Mapped[bool]
    put_out: Mapped[bool]
