"""The people of a dossier beside its owner: how each was invited, what each may do, who confirmed what."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, column
from sqlalchemy.orm import Mapped, mapped_column

from ptce_aap.models.base import Base, Key, Reference, new_reference

_LIVE = column("ended_at").is_(None)
_WAITING = _LIVE & column("accepted_at").is_(None)
_OFFERED = column("ownership_offered_at").is_not(None)


def _one(name: str, where: ColumnElement[bool], *columns: str) -> Index:
    """Name a combination of columns that occurs once among the rows where this holds."""
    return Index(name, *columns, unique=True, sqlite_where=where, postgresql_where=where)


class DossierPerson(Base):
    """A person of a dossier: invited, then there once the link was accepted, until the end.

    An invitation is bound to its link alone: ``email`` is where it was sent, ``person_id`` who accepted it. A
    representative has no account: his link opens the dossier until the closing.
    """

    __tablename__ = "dossier_person"
    __table_args__ = (
        CheckConstraint("kind IN ('editor', 'carrier', 'representative')", name="known_kind"),
        # Rights: "right" is a word of SQL.
        CheckConstraint("given IN ('read', 'edit', 'file')", name="known_right"),
        CheckConstraint("(person_id IS NULL) = (accepted_at IS NULL)", name="accepted_by_somebody"),
        CheckConstraint("kind <> 'representative' OR (person_id IS NULL AND given = 'read')", name="reads_by_link"),
        CheckConstraint(
            "token_digest IS NULL OR (accepted_at IS NULL AND ended_at IS NULL)", name="link_dies_with_its_use"
        ),
        CheckConstraint(
            "ownership_offered_at IS NULL OR (accepted_at IS NOT NULL AND ended_at IS NULL)", name="heir_is_there"
        ),
        Index("ix_dossier_person_person_id_dossier_id", "person_id", "dossier_id"),
        _one(
            "uq_dossier_person_dossier_id_person_id",
            _LIVE & column("person_id").is_not(None),
            "dossier_id",
            "person_id",
        ),
        _one("uq_dossier_person_dossier_id_kind_email_key", _WAITING, "dossier_id", "kind", "email_key"),
        _one("uq_dossier_person_dossier_id", _OFFERED, "dossier_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(Reference, unique=True, default=new_reference)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(String(320))
    kind: Mapped[str] = mapped_column(Key)
    given: Mapped[str] = mapped_column(Key)
    invited_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    invited_at: Mapped[datetime]
    sent_at: Mapped[datetime]
    token_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    accepted_at: Mapped[datetime | None]
    ownership_offered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class DossierConfirmation(Base):
    """What somebody who was asked answered, over which content. Never changed: a later answer is another row."""

    __tablename__ = "dossier_confirmation"
    __table_args__ = (
        CheckConstraint("answer IN ('confirmed', 'declined')", name="known_answer"),
        CheckConstraint("answer <> 'declined' OR sentence <> ''", name="declined_with_a_sentence"),
        CheckConstraint("name <> ''", name="has_a_name"),
        Index("ix_dossier_confirmation_link_id", "link_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("dossier_person.id"))
    answer: Mapped[str] = mapped_column(Key)
    name: Mapped[str]
    quality: Mapped[str]
    sentence: Mapped[str]
    content_sha256: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
