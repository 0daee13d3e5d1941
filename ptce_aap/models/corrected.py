"""The corrected ranking as computed by the worker: each computation, its parts, and the one shown at the freezing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ptce_aap.models.base import Base, CanonicalJson, Key


class CorrectedRanking(Base):
    """One computation of the corrected ranking, with the digest of what it was computed from. Never changed.

    Superseded ones are pruned; the one that was shown when the shortlist was frozen stays for ever.
    """

    __tablename__ = "corrected_ranking"
    __table_args__ = (UniqueConstraint("call_id", "sequence"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    sequence: Mapped[int]
    inputs_digest: Mapped[str] = mapped_column(String(64))
    readings: Mapped[int]  # final sheets that it was computed from
    settings: Mapped[dict[str, Any]] = mapped_column(CanonicalJson)
    quick: Mapped[bool]  # with the hyper-parameters of the computation before: the whole one follows
    read_at: Mapped[datetime]  # when the sheets were read
    computed_at: Mapped[datetime]
    milliseconds: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))  # of the digests of the parts


class CorrectedPart(Base):
    """One part of a computation, read by the pages that need it: the ranks, the explanations, the pairs…"""

    __tablename__ = "corrected_part"

    corrected_id: Mapped[int] = mapped_column(ForeignKey("corrected_ranking.id"), primary_key=True)
    name: Mapped[str] = mapped_column(Key, primary_key=True)
    content: Mapped[Any] = mapped_column(CanonicalJson)


class CorrectedEvidence(Base):
    """The computation that was shown when a shortlist was frozen: the database refuses to erase it."""

    __tablename__ = "corrected_evidence"

    call_id: Mapped[int] = mapped_column(ForeignKey("shortlist.call_id"), primary_key=True)
    corrected_id: Mapped[int] = mapped_column(ForeignKey("corrected_ranking.id"))
