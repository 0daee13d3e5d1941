"""``ptce-aap dossier import`` and ``export``: what comes in goes out, a bad file stops nothing but itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from ptce_aap import cli
from ptce_aap.database import Database
from ptce_aap.models import Dossier, OutboxItem, Person
from tests import entering
from tests.filings import COMPLETE, LEAST, OPENS, open_call

REAL = Path(__file__).parents[1] / "data" / "lille-metropole-solidaire.json"
Outcome = tuple[int, str, str]


@pytest.fixture
def say(
    fresh_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Outcome]:
    monkeypatch.setenv("PTCE_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("PTCE_DATABASE_URL", fresh_database.url)
    # The database of tests is laid out already.
    monkeypatch.setattr("ptce_aap.migrations.upgrade", lambda database: None)

    def run(*arguments: object) -> Outcome:
        status = cli.run([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


@pytest.fixture
def opened(fresh_database: Database) -> Database:
    open_call(fresh_database)
    return fresh_database


def write(folder: Path, name: str, content: Any) -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def bring(say: Callable[..., Outcome], file: Path, *options: str) -> dict[str, Any]:
    status, out, err = say("dossier", "import", file, "--call", "ptce-2015", "--owner", "anne@example.org", *options)
    assert status == 0, err
    return json.loads(out)


def test_a_dossier_is_not_brought_to_whoever_only_said_the_address_of_its_owner(
    say: Callable[..., Outcome], opened: Database
) -> None:
    said = {"base_url": "http://localhost", "now": OPENS}
    opened.transaction(entering.register, "anne@example.org", "quatre mots faciles à retenir", "Voleuse", **said)
    bring(say, REAL)
    bring(say, REAL)
    with opened.reading() as session:
        thief = session.scalars(select(Person).where(Person.claimed_key == "anne@example.org")).one()
        owners = set(session.scalars(select(Dossier.owner_id)))
        holder = session.scalars(select(Person).where(Person.email_key == "anne@example.org")).one()
    assert owners == {holder.id} != {thief.id}


def test_the_real_pole_comes_back_as_it_came(say: Callable[..., Outcome], opened: Database) -> None:
    told = bring(say, REAL)
    assert told["state"] == "draft"
    status, out, err = say("dossier", "export", told["number"])
    assert (status, err) == (0, "")
    assert json.loads(out) == json.loads(REAL.read_text(encoding="utf-8"))


@pytest.mark.parametrize("submit", [(), ("--submit",)])
@pytest.mark.parametrize("submitted_at", [None, "2015-06-30T23:59:59+02:00"])
def test_what_is_exported_is_exported_again_byte_for_byte(
    say: Callable[..., Outcome], opened: Database, tmp_path: Path, submit: tuple[str, ...], submitted_at: str | None
) -> None:
    rows = [None, {"denomination": " Été\r\n "}, {}, {"denomination": "b", "siren": "000 000 018", "voix": 3.0}]
    answers = {**COMPLETE, "membres": {"membres": [*rows, {}]}, "projet": None}
    told = bring(say, write(tmp_path, "a.json", {"submitted_at": submitted_at, "answers": answers}), *submit)
    first = say("dossier", "export", told["number"])[1]
    again = bring(say, write(tmp_path, "b.json", first), *submit)
    assert say("dossier", "export", again["number"])[1] == first
    assert told["number"] != again["number"]


def test_the_instant_that_a_file_states_is_given_back_as_it_was_written(
    say: Callable[..., Outcome], opened: Database, tmp_path: Path
) -> None:
    stated = {"submitted_at": "2015-06-30T23:59:59+02:00", "answers": LEAST}
    for options in ((), ("--submit",)):
        told = bring(say, write(tmp_path, "a.json", stated), *options)
        out = json.loads(say("dossier", "export", told["number"])[1])
        assert out["submitted_at"] == "2015-06-30T23:59:59+02:00"


def test_a_bad_file_names_the_key_and_the_others_are_imported(
    say: Callable[..., Outcome], opened: Database, tmp_path: Path
) -> None:
    bad = write(tmp_path, "bad.json", {"answers": {"identification": {"inconnu": 1, "porteur": {"siren": "123"}}}})
    arguments = (bad, REAL, tmp_path / "absent.json", "--call", "ptce-2015", "--owner", "anne@example.org")
    status, out, err = say("dossier", "import", *arguments)
    assert status == 2
    assert [json.loads(line)["file"] for line in out.splitlines()] == [str(REAL)]
    for words in ("identification.inconnu", "identification.porteur.siren", "absent.json : ce fichier n'existe pas"):
        assert words in err
    with opened.reading() as session:
        assert session.scalar(select(func.count()).select_from(Dossier)) == 1


def test_an_unknown_owner_is_created_without_password_and_invited(
    say: Callable[..., Outcome], opened: Database
) -> None:
    bring(say, REAL)
    bring(say, REAL)
    with opened.reading() as session:
        person = session.scalars(select(Person)).one()
        letters = session.scalars(select(OutboxItem).where(OutboxItem.kind == "mail")).all()
    assert (person.email, person.password_hash, len(letters)) == ("anne@example.org", None, 1)


def test_submitting_files_at_the_present_instant(say: Callable[..., Outcome], opened: Database, tmp_path: Path) -> None:
    told = bring(say, write(tmp_path, "a.json", {"answers": COMPLETE}), "--submit")
    assert told["state"] == "filed"
    assert told["number"] != told["reference"]
    for name in (told["number"], told["reference"], told["number"].lower()):
        status, out, err = say("dossier", "export", name)
        assert (status, json.loads(out)["answers"]["pieces"]["statuts"]) == (0, ["statuts.pdf"])
        assert "à joindre" in err


def test_what_a_rule_refuses_to_file_is_not_imported_and_ends_with_1(
    say: Callable[..., Outcome], opened: Database
) -> None:
    status, out, err = say("dossier", "import", REAL, "--call", "ptce-2015", "--owner", "anne@example.org", "--submit")
    assert (status, out) == (1, "")
    assert "attestation_honneur" in err
    with opened.reading() as session:
        assert session.scalars(select(Person)).all() == []


def test_a_closed_call_takes_drafts_and_no_deposit(
    say: Callable[..., Outcome], fresh_database: Database, tmp_path: Path
) -> None:
    open_call(fresh_database, closes=OPENS + timedelta(days=1))
    file = write(tmp_path, "a.json", {"answers": COMPLETE})
    assert bring(say, file)["state"] == "draft"
    status, _, err = say("dossier", "import", file, "--call", "ptce-2015", "--owner", "anne@example.org", "--submit")
    assert (status, "clos" in err) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("import", REAL, "--call", "ptce-1815", "--owner", "a@example.org"), "ptce-1815"),
        (("import", REAL, "--call", "ptce-2015", "--owner", "pas une adresse"), "--owner"),
        (("export", "ZZZZ-ZZZZ"), "ZZZZ-ZZZZ"),
    ],
)
def test_a_wrong_argument_ends_with_2_and_one_sentence(
    say: Callable[..., Outcome], opened: Database, arguments: tuple[object, ...], words: str
) -> None:
    status, out, err = say("dossier", *arguments)
    assert (status, out) == (2, "")
    assert words in err
    assert "Traceback" not in err
