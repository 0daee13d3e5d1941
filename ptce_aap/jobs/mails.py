"""Sends the messages that acts owe; a message is composed by the act and leaves once."""

from __future__ import annotations

import smtplib
from datetime import timedelta

from sqlalchemy.orm import Session

from ptce_aap import clock
from ptce_aap.jobs.context import JobContext
from ptce_aap.jobs.handlers import On, Record, Task, handles, periodic
from ptce_aap.mail.message import Message
from ptce_aap.models import MailMessage, OutboxItem
from ptce_aap.services.exchanges import letters


@handles(letters.KIND, on=On.MAILS)
def send(context: JobContext, task: Task) -> Record:
    """Send the message of the row (``Message.as_payload``); its identifier makes the Message-ID."""
    message = Message.from_payload(task.payload)
    at = clock.now()
    try:
        context.sender.send(message, identifier=task.identifier, at=at)
    except smtplib.SMTPException as error:
        code = _permanent(error)
        if code is None:
            raise
        return lambda session: _note_refusal(session, task, code)

    def record(session: Session) -> None:
        session.add(MailMessage(outbox_id=task.identifier, subject=message.subject, sent_at=at))
        _forget_text(session, task)

    return record


@periodic("letters_forgotten", every=timedelta(days=1))
def forget_refused(_context: JobContext, _task: Task) -> Record:
    """Forget the refused messages that nobody sent again."""
    return lambda session: letters.forget_refused(session, now=clock.now())


def _forget_text(session: Session, task: Task) -> None:
    """Empty the row: an address and a secret link have nothing more to do there."""
    session.get_one(OutboxItem, task.identifier).payload = {}


def _note_refusal(session: Session, task: Task, code: int) -> None:
    """Keep the message: the team of the call may have it sent again."""
    session.get_one(OutboxItem, task.identifier).last_error = f"refused by the server ({code})"


def _permanent(error: smtplib.SMTPException) -> int | None:
    """Return the code of an answer that asking again will not change."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            codes = [code for code, _ in error.recipients.values()]
        case smtplib.SMTPSenderRefused() | smtplib.SMTPAuthenticationError() | smtplib.SMTPConnectError():
            return None  # our settings are wrong: they will be mended, and the message will leave
        case smtplib.SMTPResponseException():
            codes = [error.smtp_code]
        case _:
            return None
    return codes[0] if codes and min(codes) >= 500 else None
