"""A message leaves once under one identifier, by file or by SMTP."""

import socket
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiosmtpd.controller import Controller

from ptce_aap.config import load_settings
from ptce_aap.mail.message import Message
from ptce_aap.mail.sender import FileSender, Letterhead, SmtpSender, open_sender

AT = datetime(2015, 6, 12, 8, 2, tzinfo=UTC)
MESSAGE = Message("a@example.org", "Dossier reçu – « Pôle »", "Bonjour,\n\nÉlan coopératif : 12 500 €\n.\nFin\n")
LETTERHEAD = Letterhead("ne-pas-repondre@aap.example.org", "aap.example.org")


def read(raw: bytes):
    return message_from_bytes(raw, policy=default)


def test_a_message_carries_who_to_whom_when_and_an_identifier_of_its_own():
    mail = read(LETTERHEAD.compose(MESSAGE, identifier="0f3a", at=AT).as_bytes())
    assert mail["Message-ID"] == "<0f3a@aap.example.org>"
    assert mail["From"].addresses[0].addr_spec == "ne-pas-repondre@aap.example.org"
    assert mail["To"].addresses[0].addr_spec == "a@example.org"
    assert mail["Subject"] == MESSAGE.subject
    assert mail["Date"].datetime == AT
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content().replace("\r\n", "\n") == MESSAGE.text


def test_sent_twice_to_a_folder_a_message_is_one_file(tmp_path):
    sender = FileSender(tmp_path / "outbox", LETTERHEAD)
    sender.send(MESSAGE, identifier="0f3a", at=AT)
    sender.send(MESSAGE, identifier="0f3a", at=AT)
    files = list((tmp_path / "outbox").iterdir())
    assert [file.name for file in files] == ["0f3a.eml"]
    assert read(files[0].read_bytes())["Subject"] == MESSAGE.subject


def test_without_a_server_messages_are_written_in_the_instance(tmp_path):
    sender = open_sender(load_settings({}, instance=tmp_path))
    sender.send(MESSAGE, identifier="0f3a", at=AT)
    assert Path(tmp_path, "outbox", "0f3a.eml").is_file()


class Mailbox:
    def __init__(self):
        self.received = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - name given by the library
        self.received.append((envelope.rcpt_tos, envelope.content))
        return "250 OK"


@pytest.fixture
def server():
    mailbox = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    controller.mailbox = mailbox
    yield controller
    controller.stop()


def test_a_message_reaches_the_server_with_its_text_unchanged(server):
    sender = SmtpSender(urlsplit(f"smtp://127.0.0.1:{server.port}"), LETTERHEAD)
    sender.send(MESSAGE, identifier="0f3a", at=AT)
    [(recipients, content)] = server.mailbox.received
    assert recipients == ["a@example.org"]
    assert read(content).get_content().replace("\r\n", "\n") == MESSAGE.text


def test_a_password_is_not_sent_to_a_server_without_encryption(server):
    sender = SmtpSender(urlsplit(f"smtp://user:secret@127.0.0.1:{server.port}"), LETTERHEAD)
    with pytest.raises(OSError, match="encryption"):
        sender.send(MESSAGE, identifier="0f3a", at=AT)
    assert server.mailbox.received == []
