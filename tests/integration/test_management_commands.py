"""The call team's commands: opening a call, giving roles, the frozen shortlist, the invariants."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from ptce_aap import cli, clock
from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.models import Authenticator
from tests.deliberations import Scene, lay_out

Said = tuple[int, str, str]
CALENDAR = ("--opens", "2026-01-05T09:00+01:00", "--closes", "2026-04-01T00:00+02:00")


@pytest.fixture
def say(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    monkeypatch.setenv("PTCE_INSTANCE", str(tmp_path))
    monkeypatch.setenv("PTCE_DATABASE_URL", f"sqlite:///{tmp_path / 'base.sqlite3'}")

    def run(*arguments: str) -> Said:
        status = cli.run(arguments)
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


def test_a_call_is_opened_on_an_installation_that_has_no_database_yet(say: Callable[..., Said]) -> None:
    status, out, _ = say("call", "open", "ptce-2015", *CALENDAR, "--format", "json")
    opened = json.loads(out)
    assert (status, opened["call"]) == (0, "ptce-2015")
    assert (opened["opens_at"], opened["closes_at"]) == ("2026-01-05T08:00:00Z", "2026-03-31T22:00:00Z")
    assert "23\u00a0h\u00a059" in say("call", "list")[1]
    assert [one["call"] for one in json.loads(say("call", "list", "--format", "json")[1])] == ["ptce-2015"]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("call", "open", "inconnu"), 2, "ptce-2015"),
        (("call", "open", "ptce-2015", "--opens", "2026-01-05T09:00"), 2, "--opens"),
        (("call", "open", "ptce-2015", "--opens", "demain"), 2, "--opens"),
        (("call", "open", "ptce-2015", "--opens", "2030-01-01T00:00Z"), 1, "après l'ouverture"),
        (("user", "add", "a@example.org", "--role", "roi"), 2, "correspondent:RÉGION"),
        (("user", "add", "a@example.org", "--role", "juror"), 2, "juror:SIÈGE"),
        (("user", "add", "a@example.org", "--role", "juror:marine"), 2, "agriculture"),
        (("user", "add", "a@example.org", "--role", "correspondent:99"), 2, "94"),
        (("user", "add", "a", "--role", "team"), 2, "adresse"),
        (("user", "add", "a@example.org", "--role", "team", "--call", "autre"), 2, "ptce-2015"),
        (("shortlist", "autre", "--format", "pdf"), 2, "ptce-2015"),
        (("shortlist", "ptce-2015", "--format", "doc"), 2, "pdf"),
        (("shortlist", "ptce-2015", "--format", "pdf"), 1, "figée"),
    ],
)
def test_a_mistake_is_said_in_one_sentence(
    say: Callable[..., Said], arguments: tuple[str, ...], status: int, words: str
) -> None:
    say("call", "open", "ptce-2015", *CALENDAR)
    given, out, err = say(*arguments)
    assert (given, out) == (status, "")
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("role", ["applicant", "correspondent:31", "juror:ess", "chair", "team", "auditor", "admin"])
def test_each_role_is_given_and_its_link_printed(say: Callable[..., Said], role: str) -> None:
    say("call", "open", "ptce-2015", *CALENDAR)
    status, out, _ = say("user", "add", "nouvelle@example.org", "--role", role)
    assert status == 0
    assert out.startswith("http://127.0.0.1:8000/compte/invitation/")
    assert out.count("\n") == 1
    link = json.loads(say("user", "add", "nouvelle@example.org", "--role", role, "--format", "json")[1])["link"]
    assert link.startswith("http://127.0.0.1:8000/compte/invitation/")


def test_a_lost_second_factor_is_forgotten_where_nobody_else_can_do_it(
    say: Callable[..., Said], tmp_path: Path
) -> None:
    say("user", "add", "equipe@example.org", "--role", "admin")
    reset = ("user", "reset-second-factor", "equipe@example.org")
    assert (say(*reset)[0], say(*reset[:2], "nul@example.org")[0]) == (1, 1)
    assert "rien à effacer" in say(*reset)[2]
    held = Authenticator(person_id=1, sealed="x", last_step=1, since=clock.now())
    Database(f"sqlite:///{tmp_path / 'base.sqlite3'}").transaction(lambda session: session.add(held))
    assert say(*reset)[0] == 0
    assert say(*reset)[0] == 1


def test_the_shortlist_is_the_one_that_was_frozen_to_the_byte(
    say: Callable[..., Said], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    say("call", "list")  # lays the database out
    scene = _frozen(Database(f"sqlite:///{tmp_path / 'base.sqlite3'}"))
    for form in ("pdf", "xlsx", "csv", "json"):
        files = [tmp_path / f"{n}.{form}" for n in (1, 2)]
        for file in files:
            assert say("shortlist", scene.slug, "--format", form, "-o", str(file)) == (0, "", "")
        assert files[0].read_bytes() == files[1].read_bytes()
    content = json.loads((tmp_path / "1.json").read_text(encoding="utf-8"))
    assert [entry["number"] for entry in content["entries"]] == ["K7Q2-0000", "K7Q2-0001"]
    missing = say("shortlist", scene.slug, "--format", "csv", "-o", str(tmp_path / "absent" / "x.csv"))
    assert missing[0] == 2


def test_invariants_end_with_1_when_one_fails(say: Callable[..., Said], tmp_path: Path) -> None:
    assert say("invariants")[0] == 0
    database = Database(f"sqlite:///{tmp_path / 'base.sqlite3'}")
    _frozen(database)
    status, out, _ = say("invariants", "--format", "json")
    assert (status, {one["ok"] for one in json.loads(out)}) == (0, {True})
    assert len(json.loads(out)) >= 12
    database.transaction(lambda session: session.execute(text("UPDATE dossier SET title = 'Autre'")))
    status, out, _ = say("invariants")
    broken = [one for one in json.loads(out) if not one["ok"]]
    assert status == 1
    assert [(one["name"], one["count"]) for one in broken] == [("dossier.columns_repeat_the_answers", 2)]
    assert len(broken[0]["examples"]) == 2


def _frozen(database: Database) -> Scene:
    scene = lay_out(database, [90, 80])
    scene.freeze()
    return scene


def test_what_the_first_page_tells_the_installer_to_type_opens_a_call_that_takes_dossiers(
    say: Callable[..., Said], tmp_path: Path, sqlite_database: Database
) -> None:
    page = create_app(load_settings({}, instance=tmp_path), database=sqlite_database).test_client().get("/").text
    [typed] = re.findall(r"ptce-aap (call open .*)", page)
    status, out, complaint = say(*typed.split(), "--format", "json")
    assert (status, json.loads(out)["phase"], complaint) == (0, "open", "")


def test_a_call_whose_closing_is_past_is_opened_and_told_so(say: Callable[..., Said]) -> None:
    past = ("--opens", "2014-01-05T09:00+01:00", "--closes", "2014-04-01T00:00+02:00")
    status, _, complaint = say("call", "open", "ptce-2015", *past)
    assert (status, "déjà passée" in complaint) == (0, True)
