"""``ptce-aap journal``: the chain verified from a terminal, against heads kept outside; the key shown, made once."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from ptce_aap import cli, clock
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.jobs.context import JobContext, open_context
from ptce_aap.services.journal import journal_key
from tests.filings import open_call
from tests.integration.test_daily_heads import DAY, act, heads, sign, unprotected


@pytest.fixture
def place(sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> JobContext:
    """An installation with a call, three lines of the platform and a head."""
    monkeypatch.setenv("PTCE_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("PTCE_DATABASE_URL", sqlite_database.url)
    monkeypatch.setattr("ptce_aap.migrations.upgrade", lambda database: None)
    open_call(sqlite_database)
    context = open_context(load_settings({}, instance=tmp_path / "instance"), sqlite_database)
    act(context, at=DAY, count=3)
    sign(context, monkeypatch, at=DAY)
    monkeypatch.setattr(clock, "now", lambda: DAY)
    return context


def verify(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    capsys.readouterr()
    status = cli.run(["journal", "verify", *arguments])
    told = capsys.readouterr()
    return status, told.out + told.err


def test_a_whole_journal_is_told_chain_by_chain(place: JobContext, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(capsys) == (
        0,
        "call-1 (ptce-2015) : 1 ligne, la chaîne tient.\n"
        "platform : 3 lignes, la chaîne tient.\n"
        "Empreintes quotidiennes : 1, elles se suivent et sont signées.\n",
    )


@pytest.mark.target("SEC-37")
def test_the_first_line_that_does_not_hold_is_named_and_the_command_fails(
    place: JobContext, capsys: pytest.CaptureFixture[str]
) -> None:
    unprotected(place.database, "UPDATE journal_entry SET actor = 'autre' WHERE sequence = 2")
    status, told = verify(capsys)
    assert status == 1
    assert "platform : LA CHAÎNE NE TIENT PAS. Première ligne 2 : son contenu a été changé." in told
    assert "call-1 (ptce-2015) : 1 ligne, la chaîne tient." in told


@pytest.mark.target("SEC-37")
def test_a_head_kept_outside_finds_what_the_database_hides(
    place: JobContext, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "journal-2026-11-23.json"
    kept.write_text(json.dumps(heads(place)[0]), encoding="utf-8")
    status, told = verify(capsys, "--head", str(kept))
    assert (status, "demander d'où elle vient" in told) == (0, False)
    unprotected(
        place.database,
        "DELETE FROM daily_head",
        "DELETE FROM journal_entry WHERE chain = 'platform' AND sequence = 3",
        "UPDATE journal_head SET sequence = 2, digest = (SELECT digest FROM journal_entry WHERE sequence = 2) "
        "WHERE chain = 'platform'",
    )
    assert verify(capsys)[0] == 0
    status, told = verify(capsys, "--head", str(kept))
    assert status == 1
    assert "ligne 3 : le journal s'arrête avant" in told
    assert "L'empreinte n° 1 n'est signée d'aucune des clés d'ici" in told


def test_a_clock_that_went_back_is_told_apart(place: JobContext, capsys: pytest.CaptureFixture[str]) -> None:
    act(place, at=DAY - timedelta(hours=2))
    status, told = verify(capsys)
    assert status == 1
    assert "platform : 4 lignes, la chaîne tient.\nplatform : ligne 4 : datée bien avant" in told


@pytest.mark.parametrize("content", ["", "[]x", '{"number": 1}', '["x"]', '{"chains": []}'])
def test_a_file_that_is_no_head_is_refused_in_a_sentence(
    place: JobContext, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    (tmp_path / "head.json").write_text(content, encoding="utf-8")
    status, told = verify(capsys, "--head", str(tmp_path / "head.json"))
    assert status == 2
    assert told.count("\n") == 1


def test_the_key_is_made_once_and_its_private_half_is_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PTCE_INSTANCE", str(tmp_path / "instance"))
    assert cli.run(["journal", "key"]) == 1
    assert "ptce-aap journal key --create" in capsys.readouterr().err
    assert cli.run(["journal", "key", "--create"]) == 0
    settings = load_settings({}, instance=tmp_path / "instance")
    private = journal_key.key_file(settings).read_text().strip()
    made = capsys.readouterr()
    key = journal_key.signing_key(settings)
    assert key is not None
    assert journal_key.public_hex(key) in made.out
    assert private not in made.out + made.err
    assert cli.run(["journal", "key", "--create"]) == 0
    again = capsys.readouterr()
    assert (again.out, journal_key.key_file(settings).read_text().strip()) == (made.out, private)
