"""What is always true of messages and reminders: of filed dossiers, read in their own thread, sent in their time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.models import Dossier, DossierMessage, MessageReading, Reminder


def are_of_filed_dossiers(session: Session) -> Iterable[str]:
    """A message is about a dossier that was filed, never about a draft nor a revision."""
    query = select(DossierMessage.reference).join(Dossier, Dossier.id == DossierMessage.dossier_id)
    unfiled = Dossier.filed_at.is_(None) | Dossier.revises_id.is_not(None)
    return session.scalars(query.where(unfiled).order_by(DossierMessage.reference))


def are_read_in_their_thread(session: Session) -> Iterable[str]:
    """What a person has read of a dossier is one of its messages."""
    query = (
        select(Dossier.reference)
        .join(MessageReading, MessageReading.dossier_id == Dossier.id)
        .join(DossierMessage, DossierMessage.id == MessageReading.up_to_id)
    )
    return session.scalars(query.where(DossierMessage.dossier_id != Dossier.id).order_by(Dossier.reference))


def reminders_are_sent_in_their_time(session: Session) -> Iterator[str]:
    """A reminder leaves so many days before its closing at the earliest."""
    query = select(Dossier.reference, Reminder).join(Reminder, Reminder.dossier_id == Dossier.id)
    for reference, reminder in session.execute(query.order_by(Dossier.reference)):
        if reminder.sent_at < reminder.closes_at - timedelta(days=reminder.days):
            yield reference


CHECKS: dict[str, Callable[[Session], Iterable[str]]] = {
    "message.is_of_a_filed_dossier": are_of_filed_dossiers,
    "message.is_read_in_its_thread": are_read_in_their_thread,
    "reminder.is_sent_in_its_time": reminders_are_sent_in_their_time,
}
