"""An effect owed by an act happens once, whatever fails on the way, and what people typed is not in the logs."""

import smtplib

import pytest
from sqlalchemy import select

from ptce_aap.clock import now
from ptce_aap.jobs import context as job_context
from ptce_aap.jobs import handlers, run
from ptce_aap.mail.message import Message
from ptce_aap.models import MailMessage, OutboxItem
from ptce_aap.services.running import outbox

LETTER = Message("a@example.org", "Objet", "Texte avec un lien secret\n")


@pytest.fixture
def context(settings, fresh_database):
    return job_context.open_context(settings, fresh_database)


@pytest.fixture
def handler():
    """Register a handler for the length of a test."""

    def register(kind, function):
        added.append(kind)
        handlers.HANDLERS[kind] = function

    added = []
    yield register
    for kind in added:
        del handlers.HANDLERS[kind]


def owe(context, kind, payload):
    return context.database.transaction(outbox.emit, kind, payload, at=now())


def item(context, identifier):
    with context.database.reading() as session:
        return session.get_one(OutboxItem, identifier)


def subjects(context):
    with context.database.reading() as session:
        return list(session.scalars(select(MailMessage.subject)))


def test_a_message_owed_leaves_once_and_its_text_is_forgotten(context, settings):
    identifier = owe(context, "mail", LETTER.as_payload())
    run.process_in(context, identifier)
    run.process_in(context, identifier)
    assert [file.name for file in (settings.instance / "outbox").iterdir()] == [f"{identifier}.eml"]
    assert subjects(context) == ["Objet"]
    assert item(context, identifier).done_at is not None
    assert item(context, identifier).payload == {}


def test_an_effect_that_fails_stays_owed_and_its_error_tells_nothing_that_was_typed(context, handler):
    def fail(_context, task):
        raise ValueError(f"the secret {task.payload}")

    handler("failing", fail)
    identifier = owe(context, "failing", {"name": "Pôle du Val"})
    with pytest.raises(ValueError, match="secret"):
        run.process_in(context, identifier)
    assert item(context, identifier).done_at is None
    assert item(context, identifier).last_error.startswith("ValueError fail:")


def test_two_processes_on_one_row_record_its_effect_once(context, handler):
    def slow(inner_context, task):
        if not started:
            started.append(task)
            run.process_in(inner_context, task.identifier)
        return lambda session: outbox.emit(session, "nothing", {}, at=now()) and None

    started = []
    handler("slow", slow)
    run.process_in(context, owe(context, "slow", {}))
    with context.database.reading() as session:
        assert list(session.scalars(select(OutboxItem.kind).order_by(OutboxItem.kind))) == ["nothing", "slow"]


class RefusingSender:
    def __init__(self, error):
        self.error = error

    def send(self, message, *, identifier, at):
        raise self.error


@pytest.mark.parametrize(
    ("error", "is_over"),
    [
        (smtplib.SMTPRecipientsRefused({"a@example.org": (550, b"unknown")}), True),
        (smtplib.SMTPRecipientsRefused({"a@example.org": (450, b"greylisted")}), False),
        (smtplib.SMTPDataError(554, b"refused"), True),
        (smtplib.SMTPAuthenticationError(535, b"wrong password"), False),
        (smtplib.SMTPServerDisconnected("gone"), False),
        (ConnectionRefusedError(), False),
        (TimeoutError(), False),
    ],
)
def test_a_refusal_for_ever_ends_the_attempts_and_any_other_waits(settings, sqlite_database, error, is_over):
    opened = job_context.open_context(settings, sqlite_database)
    context = job_context.JobContext(settings, sqlite_database, opened.storage, RefusingSender(error))
    identifier = owe(context, "mail", LETTER.as_payload())
    if is_over:
        run.process_in(context, identifier)
    else:
        with pytest.raises(type(error)):
            run.process_in(context, identifier)
    assert (item(context, identifier).done_at is not None) is is_over
    assert subjects(context) == []
