"""Work that leaves after an act: outbox, inbox, long jobs with their progress, and the trace of messages."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ptce_aap.models.base import Base, CanonicalJson, Key, Reference, new_reference


def _new_identifier() -> str:
    return str(uuid.uuid4())


class OutboxItem(Base):
    """An effect owed by an act, written with it; done when its effect is recorded, not when handed over."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_done_at_offered_at", "done_at", "offered_at"),
        Index("ix_outbox_call_id_topic", "call_id", "topic"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=_new_identifier)
    kind: Mapped[str] = mapped_column(Key)
    # Of a message: which one it is, and of which call. No key: a row is written with its act, whose call exists.
    topic: Mapped[str | None] = mapped_column(Key)
    call_id: Mapped[int | None]
    payload: Mapped[dict[str, Any]] = mapped_column(CanonicalJson)
    created_at: Mapped[datetime]
    offered_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]


class InboxItem(Base):
    """The mark, in the effect's own transaction, that a handler has dealt with an outbox row."""

    __tablename__ = "inbox"

    handler: Mapped[str] = mapped_column(Key, primary_key=True)
    outbox_id: Mapped[str] = mapped_column(ForeignKey("outbox.id"), primary_key=True)
    done_at: Mapped[datetime]


class OutboxLease(Base):
    """A row of the outbox in the hands of a process until an instant; ``owner`` is drawn anew each time it is taken."""

    __tablename__ = "outbox_lease"
    __table_args__ = (CheckConstraint("ends_at > taken_at", name="ends_after_it_began"),)

    outbox_id: Mapped[str] = mapped_column(ForeignKey("outbox.id"), primary_key=True)
    owner: Mapped[str] = mapped_column(String(36))
    process: Mapped[str] = mapped_column(Key)
    taken_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class PeriodicTask(Base):
    """When the next round of a periodic task is due, and the outbox row of the last one."""

    __tablename__ = "periodic_task"

    kind: Mapped[str] = mapped_column(Key, primary_key=True)
    due_at: Mapped[datetime]
    outbox_id: Mapped[str] = mapped_column(ForeignKey("outbox.id"))


class Job(Base):
    """A long piece of work asked for by a person, with its progress and its result."""

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_requester_id_created_at", "requester_id", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(Reference, unique=True, default=new_reference)
    call_id: Mapped[int | None] = mapped_column(ForeignKey("call.id"))
    requester_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(Key)
    params: Mapped[dict[str, Any]] = mapped_column(CanonicalJson)
    state: Mapped[str] = mapped_column(Key, default="queued")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    file_digest: Mapped[str | None] = mapped_column(String(64))
    filename: Mapped[str | None]
    media_type: Mapped[str | None] = mapped_column(Key)
    error: Mapped[str | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class MailMessage(Base):
    """A message that left: its subject only, for the call team; neither its text nor its address is kept here."""

    __tablename__ = "mail_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(Reference, unique=True, default=new_reference)
    outbox_id: Mapped[str] = mapped_column(ForeignKey("outbox.id"), unique=True)
    subject: Mapped[str]
    sent_at: Mapped[datetime]
