"""Acts proposed by one person and answered by another, and the conflicts that such an act corrected."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ptce_aap.models.base import Base, CanonicalJson, Key, Reference, new_reference


class ProposedAct(Base):
    """An act as one person proposes it. Never changed: what is confirmed is what stands here.

    ``state`` is what the act stands on, as text: once it is another, nothing of this can be confirmed. ``digest`` is
    the SHA-256 of everything that was proposed.
    """

    __tablename__ = "proposed_act"
    __table_args__ = (
        CheckConstraint("kind IN ('extension', 'freezing', 'publication', 'correction')", name="known_kind"),
        CheckConstraint("proposed_at < expires_at", name="leaves_time"),
        CheckConstraint("reason <> '' OR kind IN ('freezing', 'publication')", name="has_its_reason"),
        CheckConstraint("(kind = 'correction') = (concerns_id IS NOT NULL)", name="a_correction_concerns_somebody"),
        Index("ix_proposed_act_call_id", "call_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(Reference, unique=True, default=new_reference)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    kind: Mapped[str] = mapped_column(Key)
    object: Mapped[str] = mapped_column(Key)  # reference: of a dossier, or the call's name
    concerns_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    content: Mapped[dict[str, Any]] = mapped_column(CanonicalJson)
    state: Mapped[str]
    reason: Mapped[str]
    digest: Mapped[str] = mapped_column(String(64))
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class ProposedActEnd(Base):
    """How a proposal ended: once, never changed. ``by_id`` is None where nobody answered in time."""

    __tablename__ = "proposed_act_end"
    __table_args__ = (
        CheckConstraint(
            "outcome IN ('confirmed', 'refused', 'withdrawn', 'overtaken', 'expired')", name="known_outcome"
        ),
        CheckConstraint("(outcome = 'expired') = (by_id IS NULL)", name="somebody_answers"),
        CheckConstraint("outcome <> 'refused' OR reason <> ''", name="refused_with_a_reason"),
    )

    act_id: Mapped[int] = mapped_column(ForeignKey("proposed_act.id"), primary_key=True)
    outcome: Mapped[str] = mapped_column(Key)
    reason: Mapped[str] = mapped_column(default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class ConflictCorrection(Base):
    """A conflict that was declared by mistake, as it stood until two persons took it back. Never changed."""

    __tablename__ = "conflict_correction"
    __table_args__ = (
        CheckConstraint("declared_at <= corrected_at", name="follows_the_declaration"),
        Index("ix_conflict_correction_call_id", "call_id"),
        Index("ix_conflict_correction_dossier_id_person_id", "dossier_id", "person_id"),
    )

    act_id: Mapped[int] = mapped_column(ForeignKey("proposed_act.id"), primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    declared_reason: Mapped[str]
    declared_at: Mapped[datetime]
    corrected_at: Mapped[datetime]


class Substitution(Base):
    """A person named to do what those of a role may not, all of them in conflict. Never changed; the role may end."""

    __tablename__ = "substitution"
    __table_args__ = (
        CheckConstraint("role IN ('chair', 'team')", name="known_role"),
        CheckConstraint("reason <> ''", name="has_its_reason"),
        CheckConstraint("person_id <> named_by_id", name="nobody_names_himself"),
        Index("ix_substitution_call_id", "call_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(Key)
    reason: Mapped[str]
    named_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    named_at: Mapped[datetime]
