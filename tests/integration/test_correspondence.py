"""Messages about a dossier: between its people and those who follow it, once each, closed like the dossier."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from ptce_aap.clock import now
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Role
from ptce_aap.jobs import run
from ptce_aap.jobs.context import open_context
from ptce_aap.models import Dossier, DossierMessage, DossierPerson, JournalEntry, MessageFile, OutboxItem, RoleGrant
from ptce_aap.services.exchanges import correspondence
from ptce_aap.services.exchanges.correspondence import Desk, Side
from ptce_aap.services.exchanges.message_files import Received
from ptce_aap.storage.inspection import FileKind, Inspected
from ptce_aap.storage.scanner import Verdict
from tests.browsers import Browser, application
from tests.filings import BASE
from tests.instructions import NOW, Scene, lay_out

SECRET = "Le compte en banque est au nom de la régie."
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
)


@pytest.fixture
def scene(fresh_database: Database) -> Scene:
    return lay_out(fresh_database)


@pytest.fixture
def light(sqlite_database: Database) -> Scene:
    """The same where the engine does not matter."""
    return lay_out(sqlite_database)


def desk(session: Session, scene: Scene, who: str, reference: str) -> Desk:
    if who == "applicant":
        return correspondence.applicant_desk(session, scene.actor(who), reference)
    return correspondence.service_desk(session, scene.actor(who), scene.call(), reference, now=now())


def write(scene: Scene, who: str, text: str = SECRET, *, draw: str = "d", reference: str | None = None) -> None:
    def work(session: Session) -> None:
        found = desk(session, scene, who, reference or scene.here[0])
        correspondence.write(session, scene.actor(who), found, text, draw=draw, base_url=BASE, now=now())

    scene.database.transaction(work)


def read(scene: Scene, who: str) -> correspondence.Thread:
    with scene.database.reading() as session:
        return correspondence.thread(session, scene.actor(who), desk(session, scene, who, scene.here[0]), now=now())


def mark(scene: Scene, who: str) -> None:
    up_to = read(scene, who).page.items[0].reference

    def work(session: Session) -> None:
        correspondence.mark_read(session, scene.actor(who), desk(session, scene, who, scene.here[0]), up_to, now=now())

    scene.database.transaction(work)


def letters(scene: Scene) -> list[tuple[str, str]]:
    """Return to whom a message waiting was told, and where its link leads."""
    with scene.database.reading() as session:
        rows = session.scalars(select(OutboxItem).where(OutboxItem.topic == "new_message")).all()
        assert all(SECRET not in str(row.payload) for row in rows)
        links = [next(line for line in row.payload["text"].splitlines() if line.startswith(BASE)) for row in rows]
        return sorted(
            (str(row.payload["to"]).partition(".")[0], link.removeprefix(BASE))
            for row, link in zip(rows, links, strict=True)
        )


def test_a_message_reaches_the_other_side_once_without_its_content(scene: Scene) -> None:
    for _ in range(2):
        write(scene, "applicant")
    assert letters(scene) == [("here", f"/correspondant/{scene.slug}/dossiers/{scene.here[0]}/messages")]
    assert [message.text for message in read(scene, "here").page.items] == [SECRET]
    assert (read(scene, "here").unread, read(scene, "applicant").unread) == (1, 0)

    write(scene, "applicant", "Encore.", draw="e")
    assert len(letters(scene)) == 1  # the first one is not read yet: nobody is told twice
    assert read(scene, "team").unread == 2
    mark(scene, "here")
    assert (read(scene, "here").unread, read(scene, "team").unread) == (0, 2)

    write(scene, "here", "Bien reçu.")
    assert ("applicant", f"/candidature/{scene.here[0]}/messages") in letters(scene)
    with scene.database.reading() as session:
        mine = correspondence.unread(
            session, scene.actor("applicant"), Side.APPLICANT, [read(scene, "here").desk.dossier.id]
        )
        assert list(mine.values()) == [1]
        facts = session.scalars(select(JournalEntry.facts).where(JournalEntry.act == "message.sent")).all()
    assert len(facts) == 3
    assert all(set(told) == {"message", "files"} for told in facts)


def test_a_thread_is_closed_like_its_dossier_and_no_juror_reads_it(light: Scene) -> None:
    write(light, "applicant")
    assert read(light, "auditor").desk.writes is False
    with pytest.raises(RuleViolation, match="messages_closed"):
        write(light, "auditor")
    for who in ("elsewhere", "chair"):
        with pytest.raises(NotFound):
            read(light, who)
    for who in ("here", "team", "auditor"):
        light.declare_conflict(who, light.here[0])
        with pytest.raises(NotFound):
            read(light, who)
    write(light, "applicant", draw="other")
    assert [to for to, _ in letters(light)] == ["here"]  # of the first message: in conflict, nobody is told

    call_id = light.call().id
    person = light.actor("elsewhere").person_id
    juror = RoleGrant(person_id=person, call_id=call_id, role=Role.JUROR.value, seat="cdc", granted_at=NOW)
    light.database.transaction(lambda session: session.add(juror))
    with pytest.raises(NotFound), light.database.reading() as session:
        correspondence.service_desk(session, light.actor("elsewhere"), light.call(), light.elsewhere[0], now=now())


def test_who_shares_a_dossier_to_read_it_reads_and_does_not_write(light: Scene) -> None:
    write(light, "here")
    person = light.actor("elsewhere")
    link = DossierPerson(
        dossier_id=light.dossier(light.here[0]).id,
        person_id=person.person_id,
        email="x@example.org",
        email_key="x@example.org",
        kind="editor",
        given="read",
        invited_by_id=light.actor("applicant").person_id,
        invited_at=NOW,
        sent_at=NOW,
        accepted_at=NOW,
    )
    light.database.transaction(lambda session: session.add(link))
    with light.database.reading() as session:
        found = correspondence.applicant_desk(session, person, light.here[0])
    assert (found.side, found.writes) == (Side.APPLICANT, False)


def test_before_the_closing_a_message_waits_where_nobody_reads_the_dossier(light: Scene) -> None:
    light.change_call(closes_at=now() + timedelta(days=1))
    write(light, "applicant")
    assert letters(light) == []
    assert read(light, "applicant").waits_until is not None
    with pytest.raises(NotFound):
        read(light, "here")
    light.change_call(closes_at=now())
    assert read(light, "here").unread == 1
    assert read(light, "applicant").waits_until is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "message_missing"),
        (" \n\x00 ", "message_missing"),
        ("a" * 6_001, "message_too_long"),
        ("\ud800", "message_unreadable"),
    ],
)
def test_what_is_no_message_is_refused(light: Scene, text: str, code: str) -> None:
    with pytest.raises(RuleViolation, match=code):
        write(light, "applicant", text)


def test_on_the_pages_a_message_with_files_is_written_read_and_given_back(light: Scene, tmp_path: Path) -> None:
    app = application(light.database, tmp_path)
    people = {who: Browser(app, light.database, light.actor(who).email) for who in ("applicant", "here", "team")}
    own, theirs = (
        f"/candidature/{light.here[0]}/messages",
        f"/correspondant/{light.slug}/dossiers/{light.here[0]}/messages",
    )
    page = people["applicant"].get(own).text
    draw = page.partition('name="tirage" value="')[2].partition('"')[0]
    for _ in range(2):  # a double click
        sent = {"text": f"{SECRET} <b>", "tirage": draw, "fichiers": (io.BytesIO(PNG), "plan.png")}
        assert people["applicant"].post(own, sent, page=own).status_code == 302  # type: ignore[arg-type]
    refused = people["applicant"].post(own, {"text": "x" * 6_001}, page=own)
    assert refused.status_code == 422
    assert "1 signe" in refused.text.replace("\u00a0", " ")
    assert "x" * 6_001 in refused.text
    bad = {"text": "Voici.", "fichiers": (io.BytesIO(b"MZ" * 50), "plan.exe")}
    assert "n’est pas parti" in people["applicant"].post(own, bad, page=own).text  # type: ignore[arg-type]

    queue = people["here"].get(f"/correspondant/{light.slug}").text
    assert f'href="{theirs}">1 message à lire</a>' in queue
    shown = people["here"].get(theirs).text
    assert shown.count("&lt;b&gt;") == 1
    with light.database.reading() as session:
        file = session.scalars(select(MessageFile.reference)).one()
        latest = session.scalars(select(DossierMessage.reference)).one()
    assert people["here"].get(f"{theirs}/fichiers/{file}").data == PNG
    assert (
        people["here"].get(f"/correspondant/{light.slug}/dossiers/{light.here[1]}/messages/fichiers/{file}").status_code
        == 404
    )
    assert people["here"].post(f"{theirs}/lus", {"jusqua": latest}, page=theirs).status_code == 302
    assert "à lire" not in people["here"].get(f"/correspondant/{light.slug}").text
    assert people["here"].post(theirs, {"text": "Bien reçu."}, page=theirs).status_code == 302
    assert "1 message à lire" in people["applicant"].get("/candidature").text
    team = f"/pilotage/{light.slug}/dossiers/{light.here[0]}"
    assert "Bien reçu." in people["team"].get(f"{team}/messages").text
    assert f"{team}/messages" in people["team"].get(team).text
    light.database.transaction(
        lambda session: session.execute(update(Dossier).where(Dossier.number.is_not(None)).values(state="withdrawn"))
    )
    late = people["applicant"].post(own, {"text": "Écrit pendant le retrait."})
    assert (late.status_code, "Écrit pendant le retrait." in late.text) == (422, True)


def test_a_message_never_changes(scene: Scene) -> None:
    write(scene, "applicant")
    with pytest.raises(DBAPIError, match="append-only"):
        scene.database.transaction(lambda session: session.execute(update(DossierMessage).values(text="autre")))
    twice = DossierMessage(
        dossier_id=scene.dossier(scene.here[0]).id,
        side="applicant",
        author_id=scene.actor("applicant").person_id,
        text="x",
        draw="d",
        sent_at=NOW,
    )
    with pytest.raises(IntegrityError):
        scene.database.transaction(lambda session: session.add(twice))


class Finding:
    """A scanner that finds a virus where it is told to."""

    def __init__(self, signature: str | None) -> None:
        self.signature = signature

    def scan(self, stream: object) -> Verdict:
        return Verdict(self.signature)


@pytest.mark.target("SEC-23")
@pytest.mark.parametrize("signature", [None, "Eicar"])
def test_a_file_of_a_message_is_scanned_and_an_infected_one_opens_for_nobody(
    light: Scene, tmp_path: Path, signature: str | None
) -> None:
    context = replace(open_context(load_settings({}, instance=tmp_path), light.database), scanner=Finding(signature))
    received = Received(Inspected("a.png", FileKind.PNG, len(PNG)), context.storage.put(io.BytesIO(PNG)))

    def work(session: Session) -> None:
        found = desk(session, light, "applicant", light.here[0])
        said = {"draw": "d", "base_url": BASE, "now": now(), "scanner": True}
        correspondence.write(session, light.actor("applicant"), found, SECRET, [received], **said)  # type: ignore[arg-type]

    light.database.transaction(work)
    assert read(light, "here").page.items[0].files[0].scan == "pending"
    run.drain(context)
    file = read(light, "here").page.items[0].files[0]
    assert file.scan == ("clean" if signature is None else "infected")
    for who in ("applicant", "here"):
        with light.database.reading() as session:
            found = desk(session, light, who, light.here[0])
            if signature is None:
                assert correspondence.file_of(session, found, file.reference).sha256 == received.stored.digest
            else:
                with pytest.raises(RuleViolation, match="piece_infected"):
                    correspondence.file_of(session, found, file.reference)
