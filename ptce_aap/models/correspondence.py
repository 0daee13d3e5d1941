"""Messages about a dossier, between its people and those who follow it for the call."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ptce_aap.domain.scanning import Scan
from ptce_aap.models.base import Base, Key, Reference, new_reference
from ptce_aap.models.person import Person


class DossierMessage(Base):
    """What somebody wrote about a filed dossier, once: ``draw`` is drawn with the form that sends it. Never changed."""

    __tablename__ = "dossier_message"
    __table_args__ = (
        CheckConstraint("side IN ('applicant', 'service')", name="known_side"),
        CheckConstraint("text <> ''", name="says_something"),
        UniqueConstraint("dossier_id", "author_id", "draw"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(Reference, unique=True, default=new_reference)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"))
    side: Mapped[str] = mapped_column(Key)
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    text: Mapped[str]
    draw: Mapped[str] = mapped_column(String(64))
    sent_at: Mapped[datetime]

    author: Mapped[Person] = relationship()
    files: Mapped[list[MessageFile]] = relationship(order_by="MessageFile.id")


class MessageFile(Base):
    """A file that came with a message; its bytes lie in the storage under their digest."""

    __tablename__ = "message_file"
    __table_args__ = (
        CheckConstraint("size >= 0", name="size_is_not_negative"),
        CheckConstraint("scan IN ('not_scanned', 'pending', 'clean', 'infected')", name="known_scan"),
        Index("ix_message_file_message_id", "message_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(Reference, unique=True, default=new_reference)
    message_id: Mapped[int] = mapped_column(ForeignKey("dossier_message.id"))
    filename: Mapped[str]
    media_type: Mapped[str] = mapped_column(Key)
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    scan: Mapped[str] = mapped_column(Key, default=Scan.NOT_SCANNED)


class MessageReading(Base):
    """Up to which message of a dossier a person has read."""

    __tablename__ = "message_reading"

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    up_to_id: Mapped[int] = mapped_column(ForeignKey("dossier_message.id"))
    at: Mapped[datetime]
