"""What the doctor says of each part of an installation, sound and then really broken."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from redis import Redis

from ptce_aap import cli, clock
from ptce_aap.config import Settings, load_settings
from ptce_aap.database import Database
from ptce_aap.entry import command, doctor
from ptce_aap.services.backups.making import LAST
from ptce_aap.services.calls.calls import SYSTEM
from ptce_aap.services.installation.judging import State
from ptce_aap.services.journal import journal, journal_key
from tests.databases import Databases


def states(settings: Settings) -> dict[str, State]:
    return {one.part: one.state for one in doctor.look_over(settings)}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


@pytest.fixture
def here(settings: Settings, sqlite_database: Database) -> Settings:
    return replace(settings, database_url=sqlite_database.url)


def test_a_new_installation_has_nothing_wrong_and_is_told_what_it_lacks(here: Settings) -> None:
    found = states(here)
    assert State.WRONG not in {state for part, state in found.items() if part != "disque"}
    for part in ("file d'attente", "courriels", "clé du journal", "antivirus", "sauvegarde"):
        assert found[part] is State.SEE
    for part in ("base de données", "fichiers", "horloge", "adresse publique", "droits"):
        assert found[part] is State.GOOD
    journal_key.create(here)
    (here.instance / LAST).write_text(json.dumps({"at": clock.now().isoformat()}))
    assert [states(here)[part] for part in ("clé du journal", "sauvegarde")] == [State.GOOD, State.GOOD]
    assert not list((here.instance / "uploads").rglob("[0-9a-f]" * 64)), "it left a file behind"


def test_a_fresh_checkout_is_closed_to_other_accounts_at_its_first_use(
    sqlite_database: Database, tmp_path: Path
) -> None:
    instance = tmp_path / "instance"
    instance.mkdir(mode=0o755)
    (instance / "README.md").write_text("Ce dossier…")
    settings = load_settings({"PTCE_DATABASE_URL": sqlite_database.url}, instance=instance)
    assert states(settings)["droits"] is State.GOOD
    instance.chmod(0o750)
    assert states(load_settings({}, instance=instance))["droits"] is State.WRONG, "what the operator opened stays open"


def test_the_queue_that_runs_is_good(queue_server: Settings, queue: Redis, sqlite_database: Database) -> None:
    assert states(replace(queue_server, database_url=sqlite_database.url))["file d'attente"] is State.GOOD


def _no_rights(settings: Settings) -> Settings:
    (settings.instance / "secret_key").chmod(0o644)
    return settings


def _no_journal_key(settings: Settings) -> Settings:
    (settings.instance / "journal_key").write_text("pas une clé")
    (settings.instance / "journal_key").chmod(0o600)
    return settings


def _no_storage(settings: Settings) -> Settings:
    (settings.instance / "uploads").write_text("a file where a folder should be")
    return settings


def _old_backup(settings: Settings) -> Settings:
    (settings.instance / LAST).write_text(json.dumps({"at": (clock.now() - timedelta(days=9)).isoformat()}))
    return settings


def _durations_mistyped(settings: Settings) -> Settings:
    (settings.instance / "conservation.toml").write_text("[duree]\n")
    return settings


def _durations_unreadable(settings: Settings) -> Settings:
    (settings.instance / "conservation.toml").write_bytes(b"\xff\xfe")
    return settings


BREAKS: dict[str, tuple[str, State, Callable[[Settings], Settings]]] = {
    "no database": (
        "base de données",
        State.WRONG,
        lambda one: replace(one, database_url=f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"),
    ),
    "no table": (
        "base de données",
        State.SEE,
        lambda one: replace(one, database_url=f"sqlite:///{one.instance / 'new.sqlite3'}"),
    ),
    "no queue": (
        "file d'attente",
        State.WRONG,
        lambda one: replace(one, redis_url=f"redis://127.0.0.1:{free_port()}"),
    ),
    "no mail server": ("courriels", State.WRONG, lambda one: replace(one, smtp_url=f"smtp://127.0.0.1:{free_port()}")),
    "no scanner": ("antivirus", State.WRONG, lambda one: replace(one, clamav_url=f"tcp://127.0.0.1:{free_port()}")),
    "no storage": ("fichiers", State.WRONG, _no_storage),
    "no https": ("adresse publique", State.WRONG, lambda one: replace(one, base_url="http://appels.example")),
    "no proxy": ("adresse publique", State.SEE, lambda one: replace(one, base_url="https://appels.example")),
    "rights": ("droits", State.WRONG, _no_rights),
    "journal key": ("clé du journal", State.WRONG, _no_journal_key),
    "old backup": ("sauvegarde", State.SEE, _old_backup),
    "durations mistyped": ("durées de conservation", State.WRONG, _durations_mistyped),
    "durations unreadable": ("durées de conservation", State.WRONG, _durations_unreadable),
}


@pytest.mark.parametrize("what", BREAKS)
def test_each_thing_that_is_broken_is_told_with_what_mends_it(
    settings: Settings, sqlite_database: Database, what: str
) -> None:
    part, state, spoil = BREAKS[what]
    settings = replace(settings, database_url=sqlite_database.url)
    seen = {one.part: one for one in doctor.look_over(spoil(settings))}[part]
    assert seen.state is state
    assert seen.mend


def test_a_server_that_may_lose_a_commit_is_told_and_its_clock_is_compared(
    settings: Settings, databases: Databases
) -> None:
    # The server of the tests writes nothing to the disk: what an installation must never do.
    database = databases.create("postgresql")
    found = {one.part: one for one in doctor.look_over(replace(settings, database_url=database.url))}
    assert found["base de données"].state is State.WRONG
    assert "fsync = off" in found["base de données"].told
    assert found["horloge"].state is State.GOOD
    databases.discard(database)


def test_a_clock_that_went_back_is_told(here: Settings, sqlite_database: Database) -> None:
    later = clock.now() + timedelta(hours=1)
    sqlite_database.transaction(journal.record, SYSTEM, "test.act", on=("test", "x"), at=later, facts={})
    assert states(here)["horloge"] is State.WRONG


def test_the_command_ends_with_1_where_something_is_wrong(
    settings: Settings,
    sqlite_database: Database,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command.group is cli.group
    monkeypatch.setenv("PTCE_INSTANCE", str(settings.instance))
    monkeypatch.setenv("PTCE_DATABASE_URL", sqlite_database.url)
    os.chmod(settings.instance, 0o755)
    assert cli.run(["doctor"]) == 1
    assert "[en défaut] droits" in capsys.readouterr().out
    assert cli.run(["doctor", "--format", "json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert {one["part"]: one["state"] for one in told}["droits"] == "en défaut"
