"""Pieces and their virus scanner: pending until its word, closed when infected, never taken for clean."""

from __future__ import annotations

import io
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ptce_aap import clock
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.sharing import Right
from ptce_aap.jobs import run
from ptce_aap.jobs import scans as jobs
from ptce_aap.jobs.context import JobContext, open_context
from ptce_aap.jobs.handlers import Task
from ptce_aap.models import Attachment, Dossier, DossierMessage, JournalEntry, MessageFile
from ptce_aap.services.applicants import applicant, attachments
from ptce_aap.services.dossiers import reading
from ptce_aap.services.running import outbox, scans
from ptce_aap.storage.inspection import FileKind, Inspected
from ptce_aap.storage.scanner import ScannerAway, Verdict, open_scanner
from tests import files
from tests.clamav import EICAR, Daemon, daemon
from tests.filings import NOW, Applicants, open_call
from tests.integration.test_dossier_rights import share

SECOND = Path(__file__).parents[1] / "second_call"


@dataclass
class Scene:
    """A dossier, the jobs that wait, and how its piece is seen."""

    people: Applicants
    reference: str
    path: str
    jobs: JobContext

    def join(self, content: bytes, name: str = "Statuts.pdf") -> int:
        stored = self.jobs.storage.put(io.BytesIO(content))
        file = Inspected(name, FileKind.PDF, stored.size)
        add, scanner = attachments.add, self.jobs.scanner is not None
        who = self.people.actor()
        self.database.transaction(add, who, self.reference, self.path, file, stored, now=NOW, scanner=scanner)
        with self.database.reading() as session:
            return session.scalars(select(Attachment.id).order_by(Attachment.id.desc())).first() or 0

    @property
    def database(self) -> Database:
        return self.people.database

    def state(self, piece: int) -> tuple[str, str | None]:
        with self.database.reading() as session:
            found = session.get_one(Attachment, piece)
            return found.scan, found.signature

    def seen(self, piece: int) -> tuple[str, str]:
        """Return what becomes of the piece when its owner opens it, then when another reader does."""
        with self.database.reading() as session:
            found = session.get_one(Attachment, piece).reference
            every = select(Dossier)
            acts = (
                lambda: applicant.own_piece(session, self.people.actor(), self.reference, found),
                lambda: reading.piece_of(session, every, self.reference, found),
            )
            own, other = map(_outcome, acts)
            return own, other


def _outcome(act) -> str:
    try:
        act()
    except RuleViolation as refusal:
        return refusal.code
    return "opens"


@pytest.fixture
def clamd() -> Iterator[Daemon]:
    listening = socket.create_server(("127.0.0.1", 0))
    with daemon(listening, f"tcp://127.0.0.1:{listening.getsockname()[1]}") as running:
        yield running


def demanding(folder: Path) -> Path:
    """Copy the second call: it asks for one piece more, and that pieces be scanned."""
    shutil.copytree(SECOND, folder / "call")
    forms = folder / "call" / "forms" / "fabriques-2016"
    sheet = (forms / "appel.v1.toml").read_text(encoding="utf-8")
    (forms / "appel.v1.toml").write_text(f'analyse_des_pieces = "exigee"\n{sheet}', encoding="utf-8")
    with (forms / "candidature.v1.toml").open("a", encoding="utf-8") as form:
        form.write('\n[[etape]]\ncle = "plans"\ntitre = "Plans"\n')
        form.write('\n[[etape.question]]\ncle = "vues"\nlibelle = "Vues"\ntype = "piece"\n')
    return folder / "call"


def lay_out(database: Database, folder: Path, url: str | None, *, second: bool = False) -> Scene:
    environment = {"PTCE_CLAMAV_URL": url} if url else {}
    context = open_context(load_settings(environment, instance=folder / "instance"), database)
    people = open_call(database, "fabriques-2016", demanding(folder)) if second else open_call(database)
    path = "plans.vues" if second else "pieces.statuts"
    return Scene(people, people.start(), path, context)


@pytest.mark.target("SEC-22")
def test_a_clean_piece_is_said_so_only_after_the_scan(fresh_database: Database, tmp_path: Path, clamd: Daemon) -> None:
    scene = lay_out(fresh_database, tmp_path, clamd.url)
    piece = scene.join(files.pdf())
    assert scene.state(piece) == ("pending", None)
    assert scene.seen(piece) == ("opens", "piece_not_scanned")
    run.drain(scene.jobs)
    assert scene.state(piece) == ("clean", None)
    assert scene.seen(piece) == ("opens", "opens")
    assert clamd.received == [files.pdf()]


@pytest.mark.target("SEC-22")
def test_an_infected_piece_opens_to_nobody_and_its_sender_is_told(
    fresh_database: Database, tmp_path: Path, clamd: Daemon
) -> None:
    scene = lay_out(fresh_database, tmp_path, clamd.url)
    piece = scene.join(files.pdf(text=EICAR), "Facture.pdf")
    run.drain(scene.jobs)
    assert scene.state(piece) == ("infected", "Eicar-Test-Signature")
    assert scene.seen(piece) == ("piece_infected", "piece_infected")
    letters = [message_from_bytes(file.read_bytes(), policy=default) for file in tmp_path.rglob("*.eml")]
    [told] = [letter for letter in letters if "virus" in letter["Subject"]]
    assert told["To"] == "anne@example.org"
    assert "Facture.pdf" in told.get_body(("plain",)).get_content()
    with fresh_database.reading() as session:
        lines = session.scalars(select(JournalEntry.act).where(JournalEntry.act == "piece.infected")).all()
    assert lines == ["piece.infected"]


def test_the_copy_of_a_piece_that_waits_has_the_same_word_and_one_letter_leaves(
    sqlite_database: Database, tmp_path: Path, clamd: Daemon
) -> None:
    scene = lay_out(sqlite_database, tmp_path, clamd.url)
    pieces = [scene.join(files.pdf(text=EICAR), "Facture.pdf")]

    def copy(session: Session) -> int:
        one = session.get_one(Attachment, pieces[0])
        of = session.get_one(Dossier, one.dossier_id)
        times = {"created_at": of.created_at, "saved_at": of.saved_at}
        session.add(revision := Dossier(call_id=of.call_id, owner_id=of.owner_id, revises_id=of.id, **times))
        session.flush()
        names = {column.key for column in Attachment.__table__.columns} - {"id", "reference", "dossier_id"}
        one.dossier_id = revision.id  # joined to the changes only
        session.add(two := Attachment(dossier_id=revision.id, **{name: getattr(one, name) for name in names}))
        session.flush()
        return two.id

    pieces.append(sqlite_database.transaction(copy))
    run.drain(scene.jobs)
    assert [scene.state(piece)[0] for piece in pieces] == ["infected", "infected"]
    subjects = [
        message_from_bytes(file.read_bytes(), policy=default)["Subject"]
        for file in (tmp_path / "instance" / "outbox").glob("*.eml")
    ]
    assert sum("virus" in subject for subject in subjects) == 1
    with sqlite_database.reading() as session:
        lines = session.scalars(select(JournalEntry.object).where(JournalEntry.act == "piece.infected")).all()
        assert lines == [session.scalar(select(Dossier.reference).where(Dossier.revises_id.is_(None)))]


@pytest.mark.target("REL-16")
@pytest.mark.target("SEC-22")
@pytest.mark.parametrize("fault", ["away", "error", "cut"])
def test_while_the_scanner_fails_the_piece_waits_and_is_asked_again(
    sqlite_database: Database, tmp_path: Path, clamd: Daemon, fault: str
) -> None:
    scene = lay_out(sqlite_database, tmp_path, clamd.url)
    piece = scene.join(files.pdf())
    clamd.says = b"" if fault == "cut" else b"stream: failure ERROR\0"
    away = replace(scene.jobs, scanner=open_scanner("tcp://127.0.0.1:1")) if fault == "away" else scene.jobs
    with pytest.raises(ScannerAway):
        run.drain(away)
    assert scene.state(piece) == ("pending", None)
    assert scene.seen(piece) == ("opens", "piece_not_scanned")
    later = clock.now() + outbox.OFFER_AGAIN_AFTER + timedelta(seconds=1)
    with sqlite_database.reading() as session:
        due = dict(outbox.due(session, now=later))
    assert scans.KIND in due.values()
    clamd.says = None
    for identifier in due:
        run.process_in(scene.jobs, identifier)
    assert scene.state(piece) == ("clean", None)


def test_without_scanner_a_piece_is_said_not_scanned_and_a_later_scanner_looks_at_it(
    fresh_database: Database, tmp_path: Path, clamd: Daemon
) -> None:
    scene = lay_out(fresh_database, tmp_path, None)
    piece = scene.join(files.pdf())
    assert scene.state(piece) == ("not_scanned", None)
    assert scene.seen(piece) == ("opens", "opens")
    with_one = replace(scene.jobs, scanner=open_scanner(clamd.url))
    file = fresh_database.transaction(_message_file, scene.jobs.storage.put(io.BytesIO(EICAR)).digest)
    record = jobs.scan_the_others(with_one, Task("id", "scan_the_others", {}, 1, NOW))
    assert record is not None
    fresh_database.transaction(record)
    assert scene.state(piece) == ("pending", None)
    run.drain(with_one)
    assert scene.state(piece) == ("clean", None)
    with fresh_database.reading() as session:
        assert session.get_one(MessageFile, file).scan == "infected"


def _message_file(session: Session, digest: str) -> int:
    """Write a message with a file that came before there was a scanner."""
    dossier = session.scalars(select(Dossier)).one()
    about = {"side": "applicant", "text": "Voici", "draw": "1", "sent_at": NOW}
    message = DossierMessage(dossier_id=dossier.id, author_id=dossier.owner_id, **about)
    message.files.append(MessageFile(filename="a.pdf", media_type="application/pdf", size=1, sha256=digest))
    session.add(message)
    session.flush()
    return message.files[0].id


def test_a_scanner_taken_away_leaves_pieces_not_scanned(
    sqlite_database: Database, tmp_path: Path, clamd: Daemon
) -> None:
    scene = lay_out(sqlite_database, tmp_path, clamd.url)
    piece = scene.join(files.pdf())
    run.drain(replace(scene.jobs, scanner=None))
    assert scene.state(piece) == ("not_scanned", None)


@pytest.mark.target("SEC-22")
def test_where_the_call_asks_for_the_scan_others_wait_for_it(
    sqlite_database: Database, tmp_path: Path, clamd: Daemon
) -> None:
    scene = lay_out(sqlite_database, tmp_path, clamd.url, second=True)
    piece = scene.join(files.pdf())
    share(scene.people, scene.reference, "basile", Right.EDIT)

    def opened_by_a_colleague() -> None:
        with sqlite_database.reading() as session:
            found = session.get_one(Attachment, piece).reference
            applicant.own_piece(session, scene.people.actor("basile"), scene.reference, found)

    assert scene.seen(piece) == ("opens", "piece_not_scanned")
    assert _outcome(opened_by_a_colleague) == "piece_not_scanned"
    unscanned = update(Attachment).where(Attachment.id == piece).values(scan="not_scanned")
    sqlite_database.transaction(lambda session: session.execute(unscanned))
    assert scene.seen(piece) == ("opens", "piece_not_scanned")
    pending = update(Attachment).where(Attachment.id == piece).values(scan="pending")
    sqlite_database.transaction(lambda session: session.execute(pending))
    run.drain(scene.jobs)
    assert scene.seen(piece) == ("opens", "opens")
    assert _outcome(opened_by_a_colleague) == "opens"


def test_a_verdict_that_comes_twice_changes_nothing(sqlite_database: Database, tmp_path: Path, clamd: Daemon) -> None:
    scene = lay_out(sqlite_database, tmp_path, clamd.url)
    piece = scene.join(files.pdf(text=EICAR))
    run.drain(scene.jobs)
    sqlite_database.transaction(scans.record, piece, Verdict(None), now=NOW, base_url="http://x")
    assert scene.state(piece)[0] == "infected"
