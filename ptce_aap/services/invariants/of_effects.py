"""What is always true of the effects that acts owe: each is recorded once, by whoever had it in hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ptce_aap.models import InboxItem, Job, MailMessage, OutboxItem, OutboxLease


def are_done_once(session: Session) -> Iterable[str]:
    """A row is done where the inbox says so, by one handler."""
    marks = select(func.count()).where(InboxItem.outbox_id == OutboxItem.id).scalar_subquery()
    done = select(OutboxItem.id).where(OutboxItem.done_at.is_not(None), marks != 1)
    undone = select(OutboxItem.id).where(OutboxItem.done_at.is_(None), marks != 0)
    return session.scalars(done.union_all(undone).order_by("id"))


def done_are_in_nobody_s_hands(session: Session) -> Iterable[str]:
    """A row that is done is in nobody's hands."""
    query = select(OutboxItem.id).join(OutboxLease, OutboxLease.outbox_id == OutboxItem.id)
    return session.scalars(query.where(OutboxItem.done_at.is_not(None)).order_by(OutboxItem.id))


def messages_that_left_are_done(session: Session) -> Iterable[str]:
    """A message that left is no longer owed, and its text is forgotten."""
    query = select(OutboxItem.id).join(MailMessage, MailMessage.outbox_id == OutboxItem.id)
    return session.scalars(
        query.where(OutboxItem.done_at.is_(None) | (OutboxItem.payload != {})).order_by(OutboxItem.id)
    )


def jobs_that_ended_say_how(session: Session) -> Iterable[str]:
    """A long job that ended has its file, or the reason why it has none."""
    ended = select(Job.reference).where(Job.finished_at.is_not(None))
    return session.scalars(ended.where(Job.file_digest.is_(None) == Job.error.is_(None)).order_by(Job.reference))


CHECKS: dict[str, Callable[[Session], Iterable[str]]] = {
    "effect.is_done_once": are_done_once,
    "effect.done_is_in_nobody_s_hands": done_are_in_nobody_s_hands,
    "effect.a_message_that_left_is_done": messages_that_left_are_done,
    "effect.a_job_that_ended_says_how": jobs_that_ended_say_how,
}
