"""Messages of a call: none is lost while the mail server is down, and its team sees what became of each."""

from __future__ import annotations

import smtplib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import func, select

from ptce_aap.clock import now
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.jobs import run
from ptce_aap.jobs.context import JobContext, open_context
from ptce_aap.mail import messages
from ptce_aap.mail.catalogue import CATALOGUE
from ptce_aap.mail.message import Message
from ptce_aap.models import JournalEntry, MailMessage, OutboxItem
from ptce_aap.services.exchanges import letters
from ptce_aap.services.exchanges.letters import Way
from tests.browsers import Browser, application
from tests.instructions import Scene, lay_out

ROOM = "/pilotage/ptce-2015/courriels"
LINK = "https://aap.example.org/x"
LOST = "perdue@example.org"


class Refusing:
    """A way out that refuses one address for good, and notes what it takes."""

    def __init__(self) -> None:
        self.refuses, self.taken = True, list[tuple[str, str]]()

    def send(self, message: Message, *, identifier: str, at: datetime) -> None:
        if self.refuses and message.to == LOST:
            raise smtplib.SMTPRecipientsRefused({message.to: (550, b"unknown")})
        self.taken.append((message.to, identifier))


@pytest.fixture
def scene(fresh_database: Database) -> Scene:
    return lay_out(fresh_database)


@pytest.fixture
def light(sqlite_database: Database) -> Scene:
    """The same where the engine does not matter."""
    return lay_out(sqlite_database)


def context(scene: Scene, folder: Path, sender: object, **settings: object) -> JobContext:
    opened = open_context(replace(load_settings({}, instance=folder), **settings), scene.database)  # type: ignore[arg-type]
    return replace(opened, sender=sender) if sender is not None else opened  # type: ignore[arg-type]


def owe(scene: Scene, to: str) -> None:
    letter = messages.result(to, number="B7KX-29QR", call_title="PTCE", link=LINK)
    scene.database.transaction(letters.send, letter, at=now(), call_id=scene.call().id)


def browser_of(scene: Scene, who: str, folder: Path) -> Browser:
    return Browser(application(scene.database, folder), scene.database, scene.actor(who).email)


def post(scene: Scene, who: str = "team") -> letters.Post:
    with scene.database.reading() as session:
        return letters.post_of(session, scene.actor(who), scene.call())


@pytest.mark.target("REL-13")
def test_a_refused_message_is_told_sent_again_once_and_then_forgotten(scene: Scene, tmp_path: Path) -> None:
    sender = Refusing()
    jobs = context(scene, tmp_path, sender)
    owe(scene, LOST)
    owe(scene, "a@example.org")
    assert post(scene).count(Way.WAITING, "result") == 2
    run.drain(jobs)
    [refused] = post(scene, "auditor").stopped
    assert (refused.kind, refused.address, refused.way) == ("result", "p…@example.org", Way.REFUSED)
    assert (post(scene).count(Way.SENT), post(scene).count(Way.REFUSED)) == (1, 1)

    browser = browser_of(scene, "team", tmp_path)
    page = browser.get(ROOM).text
    assert "Refusé par le serveur de cette adresse (réponse 550)" in page
    assert LOST not in page
    sender.refuses = False
    for _ in range(2):
        assert browser.post(f"{ROOM}/{refused.identifier}/renvoyer", page=ROOM).status_code == 302
    run.drain(jobs)
    assert sender.taken == [("a@example.org", sender.taken[0][1]), (LOST, refused.identifier)]
    assert post(scene).count(Way.SENT) == 2
    assert post(scene).stopped == ()
    with scene.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(MailMessage)) == 2
        acts = session.scalars(select(JournalEntry.facts).where(JournalEntry.act == "letter.sent_again")).all()
        assert acts == [{"topic": "result"}]
        assert {str(payload) for payload in session.scalars(select(OutboxItem.payload))} == {"{}"}


def test_what_a_refused_message_said_is_forgotten_after_a_month(scene: Scene, tmp_path: Path) -> None:
    owe(scene, LOST)
    run.drain(context(scene, tmp_path, Refusing()))
    scene.database.transaction(letters.forget_refused, now=now() + timedelta(days=29))
    [refused] = post(scene).stopped
    assert refused.address
    scene.database.transaction(letters.forget_refused, now=now() + timedelta(days=31))
    [refused] = post(scene).stopped
    assert refused.address == ""
    scene.database.transaction(letters.send_again, scene.actor("team"), scene.call(), refused.identifier, now=now())
    assert post(scene).count(Way.REFUSED) == 1


def test_others_see_nothing_of_the_messages_and_nobody_else_sends_again(light: Scene, tmp_path: Path) -> None:
    app = application(light.database, tmp_path)
    for who in ("here", "chair", "applicant"):
        with pytest.raises(RuleViolation, match="not_allowed"):
            post(light, who)
        assert Browser(app, light.database, light.actor(who).email).get(ROOM).status_code == 403
    with pytest.raises(RuleViolation, match="not_allowed"):
        light.database.transaction(letters.send_again, light.actor("auditor"), light.call(), "x", now=now())
    with pytest.raises(NotFound):
        light.database.transaction(letters.send_again, light.actor("team"), light.call(), "x", now=now())


def test_every_kind_of_message_is_shown_with_invented_facts(light: Scene, tmp_path: Path) -> None:
    browser = browser_of(light, "auditor", tmp_path)
    listed = browser.get(ROOM).text
    for letter in CATALOGUE:
        assert f"{ROOM}/{letter.kind}" in listed
        page = browser.get(f"{ROOM}/{letter.kind}")
        assert letter.title in page.text
        assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    alone = browser.get(f"{ROOM}/draft_reminder/apercu")
    assert alone.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert alone.text.startswith("<!DOCTYPE html>")
    assert browser.get(f"{ROOM}/inconnu").status_code == 404


class Hanging:
    """A mail server that accepts connections and never says a word."""

    def __init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port, self.held = self.listening.getsockname()[1], list[socket.socket]()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        try:
            while True:
                self.held.append(self.listening.accept()[0])
        except OSError:
            return

    def close(self) -> None:
        for one in [self.listening, *self.held]:
            one.close()


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    server = Hanging()
    yield server
    server.close()


class Taking:
    """What a real mail server does with each message: takes it."""

    def __init__(self) -> None:
        self.content = list[bytes]()

    async def handle_DATA(self, server, session, envelope):  # type: ignore[no-untyped-def] # noqa: N802 - the library's
        self.content.append(envelope.content)
        return "250 OK"


@pytest.mark.target("REL-13")
def test_a_dead_or_hanging_mail_server_slows_no_page_and_loses_nothing(
    light: Scene, tmp_path: Path, hanging: Hanging, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ptce_aap.mail.sender._GREETING_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as free:
        dead = free.getsockname()[1]
    browser, form = browser_of(light, "team", tmp_path), "/pilotage/personnes/inviter"
    began = time.monotonic()
    for email in ("un@example.org", "deux@example.org"):
        fields = {"email": email, "role": "auditor", "call_slug": "ptce-2015"}
        assert browser.post(form, fields, page=form).status_code == 302
    assert time.monotonic() - began < 5  # the acts speak to no server: far under any timeout of SMTP
    for port in (dead, hanging.port):
        down = context(light, tmp_path, None, smtp_url=f"smtp://127.0.0.1:{port}")
        for identifier in waiting(light):
            with pytest.raises(OSError):
                run.process_in(down, identifier)
        assert post(light).count(Way.DELAYED, "invitation") == 2
        assert "ne répond pas" in browser.get(ROOM).text

    taking, free_port = Taking(), _free_port()
    server = Controller(taking, hostname="127.0.0.1", port=free_port)
    server.start()
    up = context(light, tmp_path, None, smtp_url=f"smtp://127.0.0.1:{free_port}")
    for identifier in waiting(light) * 2:
        run.process_in(up, identifier)
    server.stop()
    assert len(taking.content) == 2
    assert all(b"multipart/alternative" in content for content in taking.content)
    assert post(light).count(Way.SENT, "invitation") == 2
    assert post(light).stopped == ()


def waiting(scene: Scene) -> list[str]:
    with scene.database.reading() as session:
        return list(session.scalars(select(OutboxItem.id).where(OutboxItem.done_at.is_(None))))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
