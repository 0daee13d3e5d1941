"""Somebody takes a copy of his data, then has them erased: the copy holds all, nothing is left, proofs hold."""

from __future__ import annotations

import copy
import io
import json
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from ptce_aap.config import Settings, load_settings
from ptce_aap.database import Database
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor
from ptce_aap.domain.retention import Durations
from ptce_aap.jobs import own_data, tidying
from ptce_aap.jobs.context import JobContext, open_context
from ptce_aap.jobs.handlers import Task
from ptce_aap.jobs.long_jobs import Work
from ptce_aap.models import (
    Attachment,
    Base,
    Call,
    Dossier,
    DossierConfirmation,
    DossierMessage,
    DossierPerson,
    Filing,
    Job,
    MailMessage,
    MessageFile,
    Passkey,
    Person,
    RoleGrant,
    SignIn,
    TableUpload,
)
from ptce_aap.services import invariants
from ptce_aap.services.accounts import accounts
from ptce_aap.services.applicants import attachments
from ptce_aap.services.backups import making, restoring
from ptce_aap.services.deposits import reopening
from ptce_aap.services.journal import journal_verification
from ptce_aap.services.retention import ledger, own_copies, requests
from ptce_aap.services.running import outbox
from ptce_aap.storage.inspection import inspect as inspect_file
from tests.databases import Databases
from tests.files import pdf
from tests.filings import BASE, COMPLETE, NOW, Applicants, open_call

DURATIONS = Durations()
CANARIES = tuple(f"canari{number:02d}x" for number in range(1, 21))
(
    *_ANSWERS,
    NAME,
    ADDRESS,
    FILENAME,
    BYTES,
    WITHDRAWAL,
    MESSAGE,
    SENT,
    INVITED,
    WORD,
    DEVICE,
    KEY,
    TABLE,
    WAITING,
    SUBJECT,
) = CANARIES
DRAFT_TITLE, FILED_TITLE, CARRIER, CONTACT, PERIMETER, SUMMARY = _ANSWERS
# What was told to others, or waits to leave: no copy holds it, an erasure takes it all the same.
NOT_COPIED = {WAITING, SUBJECT}


@dataclass
class World:
    """A person with everything that somebody can leave, and an administrator."""

    database: Database
    context: JobContext
    applicants: Applicants
    anne: Actor
    filed: str

    @property
    def settings(self) -> Settings:
        return self.context.settings

    def admin(self) -> Actor:
        return self.applicants.actor("admin")

    def holding(self) -> set[str]:
        """Return the canaries that a table or a stored file still holds."""
        with self.database.reading() as session:
            rows = [str(tuple(row)) for table in Base.metadata.sorted_tables for row in session.execute(select(table))]
        folder = self.settings.instance
        kept = [path.read_bytes().decode("latin-1") for path in folder.rglob("*") if path.is_file()]
        kept += [str(path) for path in folder.rglob("*")]
        return {canary for canary in CANARIES if any(canary in text for text in (*rows, *kept))}

    def tidy(self) -> None:
        """Let two days pass for the stored files."""
        for _ in range(2):
            for path in (self.settings.instance / "uploads").rglob("*"):
                if path.is_file():
                    moved = path.stat().st_mtime - 25 * 3600
                    os.utime(path, (moved, moved))
            tidying.tidy_storage(self.context, Task("id", "tidy_storage", {}, 1, NOW))


def _answers(title: str) -> dict[str, object]:
    answers = copy.deepcopy(COMPLETE)
    answers["identification"] |= {"nom_pole": title}
    answers["identification"]["porteur"] |= {"denomination": CARRIER, "contact_courriel": f"{CONTACT}@example.org"}
    answers["territoire"]["perimetre"] = PERIMETER
    answers["projet"]["resume"] = SUMMARY
    return answers


def _leave(session: Session, world: World) -> None:
    """What other pages would have written."""
    anne = session.get_one(Person, world.anne.person_id)
    anne.name, anne.email, anne.email_key = NAME, f"{ADDRESS}@example.org", f"{ADDRESS}@example.org"
    dossier = session.scalars(select(Dossier).where(Dossier.reference == world.filed)).one()
    message = DossierMessage(
        dossier_id=dossier.id, side="applicant", author_id=anne.id, text=MESSAGE, draw="d", sent_at=NOW
    )
    link = DossierPerson(
        dossier_id=dossier.id,
        email=f"{INVITED}@example.org",
        email_key=f"{INVITED}@example.org",
        kind="representative",
        given="read",
        invited_by_id=anne.id,
        invited_at=NOW,
        sent_at=NOW,
        token_digest="f" * 64,
    )
    session.add_all([message, link])
    session.flush()
    stored = world.context.storage.put(io.BytesIO(SENT.encode()))
    session.add_all(
        [
            MessageFile(
                message_id=message.id, filename="m.pdf", media_type="application/pdf", size=1, sha256=stored.digest
            ),
            DossierConfirmation(
                link_id=link.id,
                answer="declined",
                name="Une personne",
                quality="",
                sentence=WORD,
                content_sha256="0" * 64,
                at=NOW,
            ),
            Passkey(person_id=anne.id, name=KEY, credential_id="c", credential="c", sign_count=0, added_at=NOW),
            SignIn(
                digest="s", person_id=anne.id, device=DEVICE, created_at=NOW, seen_at=NOW, expires_at=NOW, proved_at=NOW
            ),
            TableUpload(dossier_id=dossier.id, key="q", person_id=anne.id, filename="t", content=[TABLE], at=NOW),
            RoleGrant(person_id=world.admin().person_id, role="admin", granted_at=NOW),
        ]
    )
    outbox.emit(session, "mail", {"to": anne.email, "subject": "s", "text": WAITING}, at=NOW)
    told = outbox.emit(session, "mail", {}, at=NOW, topic="piece_infected", call_id=dossier.call_id)
    session.add(MailMessage(outbox_id=told, subject=f"{SUBJECT} – {FILED_TITLE}", sent_at=NOW))


@pytest.fixture
def world(fresh_database: Database, tmp_path: Path) -> World:
    context = open_context(load_settings({}, instance=tmp_path / "instance"), fresh_database)
    applicants = open_call(fresh_database)
    applicants.bring(_answers(DRAFT_TITLE))
    filed, anne = applicants.bring(_answers(FILED_TITLE)), applicants.actor()
    world = World(fresh_database, context, applicants, anne, filed)
    piece = io.BytesIO(pdf(text=BYTES.encode()))
    file, stored = inspect_file(piece, f"{FILENAME}.pdf"), context.storage.put(piece)
    fresh_database.transaction(attachments.add, anne, filed, "pieces.statuts", file, stored, now=NOW)
    applicants.file(filed)
    fresh_database.transaction(reopening.withdraw, anne, filed, WITHDRAWAL, base_url=BASE, now=NOW)
    world.admin()
    fresh_database.transaction(_leave, world)
    with fresh_database.reading() as session:
        query = select(Person).where(Person.reference.in_([anne.reference, world.admin().reference]))
        actors = {person.reference: accounts.actor_of(person) for person in session.scalars(query)}
    world.anne = actors[anne.reference]
    applicants.people["admin"] = actors[world.admin().reference]
    return world


def sound(database: Database) -> None:
    """Every invariant holds but that of the message whose row the fixture left undone, and the journal."""
    with database.reading() as session:
        broken = {one.name for one in invariants.check_all(session) if not one.ok}
        assert broken <= {"effect.a_message_that_left_is_done", "people.confirm_when_asked"}
        assert journal_verification.verify(session).whole


def _copy(world: World) -> zipfile.ZipFile:
    reference = world.database.transaction(own_copies.ask, world.anne, now=NOW)
    work = Work(reference, own_copies.KIND, None, world.anne.person_id, {})
    return zipfile.ZipFile(io.BytesIO(own_data.make(world.context, work, lambda done, total: None).stream.read()))


@pytest.mark.target("SEC-41")
def test_a_copy_of_one_s_data_holds_them_all_and_an_erasure_leaves_none(world: World) -> None:
    assert world.holding() == set(CANARIES)
    archive = _copy(world)
    copied = "".join(archive.read(name).decode("latin-1") + name for name in archive.namelist())
    assert {canary for canary in CANARIES if canary in copied} == set(CANARIES) - NOT_COPIED
    tables = json.loads(archive.read("donnees.json"))
    assert tables["passkey"]["lignes"][0].keys() == {"name", "reference", "added_at", "used_at"}
    with world.database.reading() as session:
        digest = session.scalars(select(Filing.sha256)).one()
    with pytest.raises(NotFound):
        world.database.transaction(requests.withdraw, world.anne, now=NOW)
    world.database.transaction(requests.ask, world.anne, now=NOW)
    with world.database.reading() as session:
        (asked,) = requests.waiting(session, world.admin(), held=())
    assert (asked.goes, asked.stays, asked.refusal) == (2, 0, None)
    world.database.transaction(requests.grant, world.admin(), asked.reference, held=(), now=NOW)
    world.tidy()
    assert world.holding() == set()
    with world.database.reading() as session:
        assert session.scalars(select(Filing.sha256)).one() == digest
        assert session.scalars(select(Job)).all() == []
        assert session.scalars(select(Attachment)).all() == []
    sound(world.database)


def test_nobody_but_the_administration_erases_and_nobody_sees_another_s_copy(world: World) -> None:
    world.database.transaction(requests.ask, world.anne, now=NOW)
    with world.database.reading() as session, pytest.raises(RuleViolation, match="not_allowed"):
        requests.waiting(session, world.anne, held=())
    reference = world.database.transaction(own_copies.ask, world.anne, now=NOW)
    assert world.database.transaction(own_copies.ask, world.anne, now=NOW) == reference, "one at a time"
    with world.database.reading() as session, pytest.raises(NotFound):
        own_copies.take(session, world.admin(), reference, now=NOW)
    world.database.transaction(requests.withdraw, world.anne, now=NOW)
    with world.database.reading() as session:
        assert requests.waiting(session, world.admin(), held=()) == []
        assert {one.term.at is not None for one in requests.held_by(session, world.anne, DURATIONS)} == {True}


def test_who_holds_a_role_or_waits_for_a_decision_is_not_erased_yet(world: World) -> None:
    world.database.transaction(requests.ask, world.anne, now=NOW)
    role = RoleGrant(person_id=world.anne.person_id, role="auditor", granted_at=NOW)
    world.database.transaction(lambda session: session.add(role))
    assert _refusal(world) == "erasure_holds_roles"
    world.database.transaction(lambda session: session.delete(session.scalars(_auditors()).one()))
    assert _refusal(world) is None
    filed = update(Dossier).where(Dossier.reference == world.filed).values(state="filed")
    world.database.transaction(lambda session: session.execute(filed))
    assert _refusal(world) == "erasure_waits"
    published = update(Call).values(frozen_at=NOW, published_at=NOW)
    world.database.transaction(lambda session: session.execute(published))
    assert _refusal(world) is None, "decided: it stays until its own term, without account"


def _auditors() -> Select[RoleGrant]:
    return select(RoleGrant).where(RoleGrant.role == "auditor")


def _refusal(world: World) -> str | None:
    with world.database.reading() as session:
        return requests.waiting(session, world.admin(), held=())[0].refusal


def test_an_older_backup_obeys_the_erasures_that_were_done_since(
    world: World, databases: Databases, tmp_path: Path
) -> None:
    backup = tmp_path / "backup"
    with world.database.reading() as session:
        making.make(session, world.settings, world.context.storage, backup, passphrase=None, now=NOW, tell=str)
    world.database.transaction(requests.ask, world.anne, now=NOW)
    with world.database.reading() as session:
        (asked,) = requests.waiting(session, world.admin(), held=())
    world.database.transaction(requests.grant, world.admin(), asked.reference, held=(), now=NOW)
    listed = tmp_path / ledger.FILE
    with world.database.reading() as session:
        listed.write_text(ledger.merged(listed, ledger.lines(session)))
    assert not any(canary in listed.read_text() for canary in CANARIES)
    for engine, erasures, left in (("sqlite", [], len(CANARIES)), ("sqlite", ledger.read(listed), 0)):
        database = databases.create(engine)
        settings = load_settings({}, instance=tmp_path / f"new-{left}")
        new = World(database, open_context(settings, database), world.applicants, world.anne, world.filed)
        done = database.transaction(
            restoring.restore,
            settings,
            new.context.storage,
            backup,
            passphrase=None,
            tell=str,
            erasures=erasures,
            now=NOW,
        )
        new.tidy()
        assert len(new.holding()) == left
        assert done.erased == len(erasures)
        if erasures:
            sound(database)
        databases.discard(database)


def test_a_list_only_grows_and_a_spoiled_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / ledger.FILE
    path.write_text("a\nb\n")
    assert ledger.merged(path, ["b", "c"]) == "a\nb\nc\n"
    with pytest.raises(RuleViolation, match="backup_erasures_unreadable"):
        ledger.read(path)
    path.write_text('{"kind":"person"}\n')
    with pytest.raises(RuleViolation, match="backup_erasures_unreadable"):
        ledger.read(path)
