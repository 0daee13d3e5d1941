"""The jury's work: who reads what, who must not, and the sheets of marks."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    String,
    UniqueConstraint,
    exists,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ptce_aap.models.base import Base, Key, Reference, new_reference
from ptce_aap.models.person import RoleGrant


class ConflictStatement(Base):
    """A member has gone through the list of dossiers and declared his conflicts, if any."""

    __tablename__ = "conflict_statement"

    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    at: Mapped[datetime]


class Conflict(Base):
    """A declared conflict: it closes the dossier to the person, whatever his roles."""

    __tablename__ = "conflict"
    __table_args__ = (Index("ix_conflict_person_id_dossier_id", "person_id", "dossier_id"),)

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    reason: Mapped[str] = mapped_column(default="")
    declared_at: Mapped[datetime]


class Assignment(Base):
    """A dossier given to a juror to read."""

    __tablename__ = "assignment"
    __table_args__ = (Index("ix_assignment_person_id_call_id", "person_id", "call_id"),)

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    assigned_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    assigned_at: Mapped[datetime]


class Sheet(Base):
    """One juror's reading of one dossier: a draft until it is made final, then frozen."""

    __tablename__ = "sheet"
    __table_args__ = (
        UniqueConstraint("dossier_id", "person_id"),
        CheckConstraint("state IN ('draft', 'final')", name="draft_or_final"),
        CheckConstraint("(state = 'final') = (final_at IS NOT NULL)", name="final_has_its_instant"),
        Index("ix_sheet_call_id_state", "call_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(Reference, unique=True, default=new_reference)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    grid_digest: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(Key, default="draft")
    marks_count: Mapped[int] = mapped_column(default=0)
    saved_at: Mapped[datetime]
    final_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    marks: Mapped[list[Mark]] = relationship(back_populates="sheet", cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": version}


class Mark(Base):
    """The mark on one criterion, in half points, with its comment."""

    __tablename__ = "mark"
    __table_args__ = (CheckConstraint("half_points >= 0", name="half_points_are_not_negative"),)

    sheet_id: Mapped[int] = mapped_column(ForeignKey("sheet.id"), primary_key=True)
    criterion: Mapped[str] = mapped_column(Key, primary_key=True)
    half_points: Mapped[int | None]
    comment: Mapped[str] = mapped_column(default="")
    sheet: Mapped[Sheet] = relationship(back_populates="marks")


def standing(call_id: int) -> ColumnElement[bool]:
    """What makes an assignment count: its reader is still a juror of the call and has no conflict on the dossier."""
    return exists().where(
        RoleGrant.person_id == Assignment.person_id,
        RoleGrant.role == "juror",
        or_(RoleGrant.call_id == call_id, RoleGrant.call_id.is_(None)),
    ).correlate(Assignment) & ~exists().where(
        Conflict.dossier_id == Assignment.dossier_id, Conflict.person_id == Assignment.person_id
    ).correlate(Assignment)


def received(call_id: int) -> Select[Sheet]:
    """The sheets that count in totals: final, and of a juror without conflict on the dossier."""
    return select(Sheet).where(
        Sheet.call_id == call_id,
        Sheet.state == "final",
        ~exists().where(Conflict.dossier_id == Sheet.dossier_id, Conflict.person_id == Sheet.person_id),
    )
