"""The announced ranking as computed once, the amounts proposed, the chair's decisions, and the frozen shortlist."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ptce_aap.models.base import Base, CanonicalJson, Key


class Ranking(Base):
    """One computation of the announced ranking, with the digest of what it was computed from. Never changed."""

    __tablename__ = "ranking"
    __table_args__ = (UniqueConstraint("call_id", "sequence"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    sequence: Mapped[int]
    computed_at: Mapped[datetime]
    computed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    grid_digest: Mapped[str] = mapped_column(String(64))
    inputs_digest: Mapped[str] = mapped_column(String(64))
    seed: Mapped[int]


class RankingEntry(Base):
    """A dossier's place: rank (ties share it), order of print, exact total. ``rank`` is null where not classed."""

    __tablename__ = "ranking_entry"
    __table_args__ = (
        UniqueConstraint("ranking_id", "position"),
        Index("ix_ranking_entry_ranking_id_rank", "ranking_id", "rank"),
    )

    ranking_id: Mapped[int] = mapped_column(ForeignKey("ranking.id"), primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), primary_key=True, index=True)
    position: Mapped[int]
    rank: Mapped[int | None]
    readings: Mapped[int]
    total: Mapped[str | None] = mapped_column(Key)
    total_shown: Mapped[str] = mapped_column(Key)
    axis_means: Mapped[dict[str, str]] = mapped_column(CanonicalJson)
    flags: Mapped[list[str]] = mapped_column(CanonicalJson)


class Admission(Base):
    """The chair's decision to class a dossier that has fewer readings than the rule asks."""

    __tablename__ = "admission"

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), primary_key=True)
    reason: Mapped[str]
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class TieVote(Base):
    """The committee's vote between dossiers tied on the line: the order it gives them."""

    __tablename__ = "tie_vote"

    ranking_id: Mapped[int] = mapped_column(ForeignKey("ranking.id"), primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), primary_key=True)
    place: Mapped[int]
    reason: Mapped[str]
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class AmountProposal(Base):
    """The amount proposed for a dossier; without one, the amount asked for stands."""

    __tablename__ = "amount_proposal"
    __table_args__ = (CheckConstraint("amount_cents >= 0", name="amount_is_not_negative"),)

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), primary_key=True)
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(default="")
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class Shortlist(Base):
    """The frozen ranked shortlist: what every export prints. Never changed."""

    __tablename__ = "shortlist"

    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"), primary_key=True)
    ranking_id: Mapped[int] = mapped_column(ForeignKey("ranking.id"))
    frozen_at: Mapped[datetime]
    frozen_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    content: Mapped[Any] = mapped_column(CanonicalJson)
    sha256: Mapped[str] = mapped_column(String(64))
