"""A backup taken while people work, put back into an empty installation of either engine: nothing lost, or nothing."""

from __future__ import annotations

import errno
import io
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest
from sqlalchemy import MetaData, inspect, select

from ptce_aap import cli, migrations
from ptce_aap.config import Settings, load_settings
from ptce_aap.database import Database
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.models import Base, Dossier, JournalEntry
from ptce_aap.services import invariants
from ptce_aap.services.applicants import attachments
from ptce_aap.services.backups import archive, making, restoring, rows, sealed
from ptce_aap.services.calls import calls
from ptce_aap.services.journal import journal_key, journal_verification
from ptce_aap.storage import Stored, open_storage
from ptce_aap.storage.folder import FolderStorage
from ptce_aap.storage.inspection import inspect as inspect_file
from tests.budgets import budget
from tests.databases import ENGINES, Databases
from tests.files import pdf
from tests.filings import COMPLETE, NOW, Applicants, open_call

ROOT = Path(__file__).resolve().parents[2]
PASSPHRASE = "une phrase secrète d’essai"


@pytest.fixture(autouse=True)
def cheap_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a passphrase costs to try is set in one place and paid nowhere else."""
    monkeypatch.setattr(sealed, "_COST", 2**4)


@dataclass
class Place:
    """An installation: its database and its folder."""

    database: Database
    settings: Settings

    @property
    def storage(self) -> FolderStorage:
        storage = open_storage(self.settings.storage_url)
        assert isinstance(storage, FolderStorage)
        return storage

    def back_up(self, target: Path, passphrase: str | None = None) -> making.Made:
        with self.database.reading() as session:
            return making.make(
                session, self.settings, self.storage, target, passphrase=passphrase, now=NOW, tell=lambda _: None
            )

    def restore(
        self, source: Path, passphrase: str | None = None, storage: FolderStorage | None = None
    ) -> restoring.Restored:
        return self.database.transaction(
            restoring.restore,
            self.settings,
            storage or self.storage,
            source,
            passphrase=passphrase,
            tell=lambda _: None,
        )

    def content(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return every row of every table, as the models read it on either engine."""
        found = {}
        with self.database.reading() as session:
            for table in Base.metadata.sorted_tables:
                query = select(table).order_by(*table.primary_key)
                found[table.name] = [tuple(row) for row in session.execute(query)]
        return found

    def is_empty(self) -> bool:
        metadata = MetaData()
        with self.database.engine.connect() as connection:
            metadata.reflect(connection)
            tables = [table for table in metadata.sorted_tables if table.name != "alembic_version"]
            return not any(connection.execute(select(table).limit(1)).first() for table in tables)


@pytest.fixture
def places(databases: Databases, tmp_path: Path) -> Iterator[Callable[[str], Place]]:
    """Makes empty installations on an engine."""
    made: list[Database] = []

    def make(engine: str) -> Place:
        database = databases.create(engine)
        made.append(database)
        return Place(database, load_settings({}, instance=tmp_path / f"place-{len(made)}"))

    yield make
    for database in made:
        databases.discard(database)


def at_work(place: Place) -> tuple[Applicants, str]:
    """Lay out a call with a deposit that holds a piece, a draft, and a key of the journal."""
    applicants = open_call(place.database)
    journal_key.create(place.settings)
    reference = applicants.bring(COMPLETE)
    piece = io.BytesIO(pdf(text=b"statuts"))
    file, stored = inspect_file(piece, "statuts.pdf"), place.storage.put(piece)
    actor = applicants.actor()
    place.database.transaction(attachments.add, actor, reference, "pieces.statuts", file, stored, now=NOW)
    applicants.start("bruno")
    return applicants, reference


@pytest.mark.target("REL-17")
@pytest.mark.parametrize("source", ENGINES)
@pytest.mark.parametrize("target", ENGINES)
def test_an_installation_comes_back_whole_on_either_engine(
    places: Callable[[str], Place], tmp_path: Path, source: str, target: str
) -> None:
    old, new = places(source), places(target)
    applicants, reference = at_work(old)
    made = old.back_up(tmp_path / "backup", PASSPHRASE)
    done = new.restore(tmp_path / "backup", PASSPHRASE)
    assert (done.rows, done.files, done.other_key) == (made.rows, made.files, False)
    assert made.files >= 1
    assert new.content() == old.content()
    with new.database.reading() as session:
        assert [one.name for one in invariants.check_all(session, new.storage) if not one.ok] == []
        assert journal_verification.verify(session).whole
        assert session.scalars(select(Dossier.title).where(Dossier.reference == reference)).one() == "Pôle des Essais"
    # The numbers of new rows follow those that came back.
    Applicants(new.database, applicants.definition, applicants.call).start("chloe")


@pytest.mark.target("REL-17")
def test_a_backup_under_writes_is_one_moment_of_the_installation(
    places: Callable[[str], Place], tmp_path: Path
) -> None:
    for engine in ENGINES:
        old, new = places(engine), places(engine)
        applicants, _ = at_work(old)
        ended = threading.Event()
        begun = threading.Semaphore(0)

        def write(
            applicants: Applicants = applicants,
            ended: threading.Event = ended,
            begun: threading.Semaphore = begun,
        ) -> None:
            while not ended.is_set():
                applicants.start()
                begun.release()

        writer = threading.Thread(target=write)
        writer.start()
        begun.acquire()
        old.back_up(tmp_path / engine)
        begun.acquire()
        ended.set()
        writer.join()
        new.restore(tmp_path / engine)
        with new.database.reading() as session:
            assert [one.name for one in invariants.check_all(session, new.storage) if not one.ok] == []
            assert journal_verification.verify(session).whole
        # The writer went on meanwhile: the backup is an earlier moment, cut between two acts.
        before, after = new.content()["journal_entry"], old.content()["journal_entry"]
        assert 0 < len(before) < len(after)
        assert [line for line in after if line in before] == before


def test_a_restore_never_writes_over_anything(places: Callable[[str], Place], tmp_path: Path) -> None:
    for engine in ENGINES:
        old, new = places(engine), places(engine)
        at_work(old)
        old.back_up(tmp_path / engine)
        open_call(new.database)
        before = new.content()
        with pytest.raises(RuleViolation) as refused:
            new.restore(tmp_path / engine)
        assert refused.value.code == "installation_not_empty"
        assert new.content() == before


def test_a_restore_that_fails_in_the_middle_leaves_an_empty_database_and_the_next_one_succeeds(
    places: Callable[[str], Place], tmp_path: Path
) -> None:
    class FullDisk(FolderStorage):
        def put(self, stream: IO[bytes], *, limit: int | None = None) -> Stored:
            raise OSError(errno.ENOSPC, "full")

    for engine in ENGINES:
        old, new = places(engine), places(engine)
        at_work(old)
        old.back_up(tmp_path / engine)
        with pytest.raises(OSError, match="full"):
            new.restore(tmp_path / engine, storage=FullDisk(tmp_path / "full"))
        assert new.is_empty()
        new.restore(tmp_path / engine)
        assert new.content() == old.content()


FOUND = ("backup_damaged", "backup_sealed_otherwise", "backup_locked")


def told(path: Path, passphrase: str | None) -> object:
    """Return what an archive says it holds, or why it is refused."""
    try:
        return archive.checked(path, passphrase).manifest
    except RuleViolation as refused:
        return refused.code


@pytest.mark.soak
@pytest.mark.target("SEC-34")
@pytest.mark.parametrize("passphrase", [PASSPHRASE, None], ids=["sealed", "in clear"])
def test_a_changed_bit_or_a_missing_end_is_found_before_anything_is_written(
    places: Callable[[str], Place], tmp_path: Path, passphrase: str | None
) -> None:
    old = places("sqlite")
    at_work(old)
    path = tmp_path / "backup"
    old.back_up(path, passphrase)
    honest = path.read_bytes()
    honestly = told(path, passphrase)
    assert honestly not in FOUND
    chance = random.Random(5)
    # The end of a tar is padding that says nothing; sealed, even that is under the seal.
    last = len(honest) if passphrase else honest.rindex(b"manifeste.json")
    for _ in range(budget("backup.tamperings")):
        spoiled = bytearray(honest)
        spoiled[chance.randrange(last)] ^= 1 << chance.randrange(8)
        path.write_bytes(spoiled)
        found = told(path, passphrase)
        assert found in FOUND or (passphrase is None and found == honestly), "in clear, the blanks between members"
    for length in (0, 10, len(honest) // 2, last - 1):
        path.write_bytes(honest[:length])
        with pytest.raises(RuleViolation):
            archive.checked(path, passphrase)


@pytest.mark.target("SEC-34")
def test_keys_are_in_a_sealed_backup_only(places: Callable[[str], Place], tmp_path: Path) -> None:
    old, new, other = (places("sqlite") for _ in range(3))
    at_work(old)
    secret = old.settings.secret_key
    signing = journal_key.key_file(old.settings).read_text().strip()
    (old.settings.instance / "config.toml").write_text('PTCE_THEME = "etat"\nPTCE_SMTP_URL = "smtp://a:motdepasse@b"\n')
    old.back_up(tmp_path / "sealed", PASSPHRASE)
    old.back_up(tmp_path / "clear")
    assert new.restore(tmp_path / "sealed", PASSPHRASE).other_key is False
    assert (new.settings.instance / "secret_key").read_text().strip() == secret
    assert journal_key.key_file(new.settings).read_text().strip() == signing
    assert '"etat"' in (new.settings.instance / restoring.SETTINGS).read_text()
    clear = (tmp_path / "clear").read_bytes()
    assert b"PTCE_THEME" in clear
    for hidden in (secret.encode(), signing.encode(), b"motdepasse"):
        assert hidden not in clear
    assert other.restore(tmp_path / "clear").other_key is True
    given = Place(places("sqlite").database, load_settings({"PTCE_SECRET_KEY": secret}, instance=tmp_path / "given"))
    assert given.restore(tmp_path / "clear").other_key is False, "the operator gives the key that was kept apart"


@pytest.mark.target("SEC-34")
def test_a_wrong_passphrase_or_none_opens_nothing(places: Callable[[str], Place], tmp_path: Path) -> None:
    old, new = places("sqlite"), places("sqlite")
    at_work(old)
    old.back_up(tmp_path / "backup", PASSPHRASE)
    for passphrase, code in ((None, "backup_locked"), ("une autre phrase", "backup_sealed_otherwise")):
        with pytest.raises(RuleViolation) as refused:
            new.restore(tmp_path / "backup", passphrase)
        assert refused.value.code == code
    assert new.is_empty()


def test_the_two_commands_on_a_new_machine(
    places: Callable[[str], Place], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    old = places("sqlite")
    at_work(old)
    phrase = tmp_path / "phrase.txt"
    phrase.write_text(f"{PASSPHRASE}\n", encoding="utf-8")
    file = str(tmp_path / "sauvegarde.ptce")
    monkeypatch.setenv("PTCE_INSTANCE", str(old.settings.instance))
    monkeypatch.setenv("PTCE_DATABASE_URL", old.database.url)
    assert cli.run(["backup", file, "--encrypt", "--passphrase-file", str(phrase)]) == 0
    assert (tmp_path / "effacements.jsonl").read_text() == "", "nothing was erased until then, and the list says so"
    assert cli.run(["backup", file]) == 2, "an older backup is not written over"
    assert cli.run(["restore", file, "--passphrase-file", str(phrase)]) == 1, "this installation is not empty"
    monkeypatch.delenv("PTCE_DATABASE_URL")
    monkeypatch.setenv("PTCE_INSTANCE", str(tmp_path / "new"))
    capsys.readouterr()
    assert cli.run(["restore", file]) == 1
    assert "chiffrée" in capsys.readouterr().err
    spoiled = tmp_path / "autre.jsonl"
    spoiled.write_text("illisible\n")
    assert cli.run(["restore", file, "--passphrase-file", str(phrase), "--erasures", str(spoiled)]) == 1
    assert "liste des effacements" in capsys.readouterr().err
    assert cli.run(["restore", file, "--passphrase-file", str(phrase)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "L'installation est restaurée."
    new = Place(migrations.up_to_date(load_settings()), load_settings())
    with new.database.reading() as session:
        assert session.scalars(select(JournalEntry.act)).first()
        assert calls.all_calls(session)[0].slug == "ptce-2015"
    assert "dossier" in inspect(new.database.engine).get_table_names()
    new.database.dispose()


def written_at(place: Place, revision: str, target: Path) -> None:
    """Write the backup that the software of an older migration made: its tables, and every file."""
    migrations.downgrade(place.database, revision)
    header = {
        "format": making.FORMAT,
        "key_mark": making.key_mark(place.settings.secret_key),
        "revision": revision,
        "version": 1,
    }
    with (
        place.database.engine.connect() as connection,
        target.open("wb") as file,
        archive.writing(file, header, None) as written,
    ):
        for table in rows.tables_of(connection):
            for number, (content, _) in enumerate(rows.lines(connection, table), start=1):
                written.add(f"tables/{table.name}/{number:06d}.jsonl", content)
        for one in place.storage.kept():
            with place.storage.open(one.digest) as stream:
                written.add(f"files/{one.digest}", stream.read())


@pytest.mark.target("REL-17")
@pytest.mark.parametrize("engine", ENGINES)
def test_a_backup_of_an_older_migration_is_brought_up_to_date(
    places: Callable[[str], Place], tmp_path: Path, engine: str
) -> None:
    old, new = places(engine), places(engine)
    _, reference = at_work(old)
    before = old.content()
    # Since then the table of persons, that every other names, was made again, and sessions and journal have changed.
    written_at(old, "0019", tmp_path / "backup")
    new.restore(tmp_path / "backup")
    after = new.content()
    for table in ("journal_entry", "journal_head", "person", "dossier", "answer", "attachment"):
        assert before[table], table
        assert after[table] == before[table], table
    with new.database.reading() as session:
        assert [one.name for one in invariants.check_all(session, new.storage) if not one.ok] == []
        assert journal_verification.verify(session).whole
        assert session.scalars(select(Dossier.title).where(Dossier.reference == reference)).one() == "Pôle des Essais"
    if engine == "sqlite":
        with new.database.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


RESTORE_AND_DIE = """
import os, signal, sys
from ptce_aap import cli, migrations
from ptce_aap.services.backups import restoring

def die(*_args, **_named):
    os.kill(os.getpid(), signal.SIGKILL)

match sys.argv[1]:
    case "before the last migration":
        real = migrations.upgrade_within
        migrations.upgrade_within = lambda connection, *to: real(connection, *to) if to else die()
    case "before the commit":
        restoring._put_instance = die
cli.run(["restore", sys.argv[2]])
"""


@pytest.mark.target("REL-17")
@pytest.mark.parametrize(
    ("engine", "moment"),
    [("sqlite", "before the last migration"), ("postgresql", "before the commit")],
)
def test_a_restore_that_is_killed_leaves_nothing_half_done(
    places: Callable[[str], Place], tmp_path: Path, engine: str, moment: str
) -> None:
    old, new = places(engine), places(engine)
    at_work(old)
    old.back_up(tmp_path / "backup")
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PTCE_")}
    place = {"PTCE_INSTANCE": str(new.settings.instance), "PTCE_DATABASE_URL": new.database.url}
    died = subprocess.run(
        [sys.executable, "-c", RESTORE_AND_DIE, moment, str(tmp_path / "backup")], env={**clean, **place}, cwd=ROOT
    )
    assert died.returncode == -signal.SIGKILL
    assert new.is_empty()
    new.restore(tmp_path / "backup")
    assert new.content() == old.content()
