"""What correspondents keep for themselves while they work: labels of a region, private notes, saved views."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ptce_aap.models.base import Base, Folded, Key, Reference, new_reference
from ptce_aap.models.dossier import Dossier


class DossierLabel(Base):
    """A few words that the correspondents of a region put on a dossier of theirs; ``person_id``: who put it there.

    It is read while the dossier is of ``region`` and by those who instruct it there: it follows no dossier elsewhere.
    """

    __tablename__ = "dossier_label"
    __table_args__ = (
        CheckConstraint("key <> ''", name="says_something"),
        UniqueConstraint("dossier_id", "region", "key"),
        Index("ix_dossier_label_region_key", "region", "key"),
        Index("ix_dossier_label_person_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"))
    region: Mapped[str] = mapped_column(Key)
    key: Mapped[str] = mapped_column(Folded)
    text: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


def on_its_region() -> ColumnElement[bool]:
    """The label is one that the region of the dossier put on it."""
    return (DossierLabel.dossier_id == Dossier.id) & (DossierLabel.region == Dossier.region)


class DossierNote(Base):
    """What a correspondent writes on a dossier for himself alone; an empty note is no row."""

    __tablename__ = "dossier_note"
    __table_args__ = (
        CheckConstraint("text <> ''", name="says_something"),
        Index("ix_dossier_note_person_id", "person_id"),
    )

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    text: Mapped[str]
    at: Mapped[datetime]


class SavedView(Base):
    """A name that a correspondent gave to what the address of his queue asks; ``query`` is that part of it."""

    __tablename__ = "saved_view"
    __table_args__ = (
        CheckConstraint("name_key <> ''", name="has_a_name"),
        UniqueConstraint("person_id", "call_id", "name_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(Reference, unique=True, default=new_reference)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(Folded)
    query: Mapped[str]
    at: Mapped[datetime]
