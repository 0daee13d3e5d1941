"""``ptce-aap invariants``: what is always true of the data, and the status that says when it is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from ptce_aap import cli
from ptce_aap.database import Database
from ptce_aap.models import Dossier
from tests.filings import LEAST, open_call


@pytest.fixture
def imported(fresh_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A call with a draft and a deposit whose name and member hold a NUL, which PostgreSQL keeps in no text."""
    monkeypatch.setenv("PTCE_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("PTCE_DATABASE_URL", fresh_database.url)
    monkeypatch.setattr("ptce_aap.migrations.upgrade", lambda database: None)
    open_call(fresh_database)
    file = tmp_path / "dossier.json"
    member = {"denomination": "Coopé\x00rative", "categorie": "entreprise_ess"}
    identification = {**LEAST["identification"], "nom_pole": "Pôle\x00 fictif"}
    answers = {**LEAST, "identification": identification, "membres": {"membres": [member]}}
    file.write_text(json.dumps({"answers": answers}), encoding="utf-8")
    arguments = ["dossier", "import", str(file), "--call", "ptce-2015", "--owner", "anne@example.org"]
    assert cli.run(arguments) == 0
    assert cli.run([*arguments, "--submit"]) == 0
    return fresh_database


def checked(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, dict[str, Any]]]:
    capsys.readouterr()
    status = cli.run(["invariants"])
    return status, {one["name"]: one for one in json.loads(capsys.readouterr().out)}


def test_a_name_with_a_nul_breaks_no_invariant(imported: Database, capsys: pytest.CaptureFixture[str]) -> None:
    status, findings = checked(capsys)
    assert status == 0
    assert all(one == {"name": name, "ok": True, "count": 0, "examples": []} for name, one in findings.items())


def test_a_broken_invariant_is_told_and_ends_with_1(imported: Database, capsys: pytest.CaptureFixture[str]) -> None:
    imported.transaction(lambda session: session.execute(update(Dossier).values(title="Autre")))
    status, findings = checked(capsys)
    assert status == 1
    broken = findings["dossier.columns_repeat_the_answers"]
    assert (broken["ok"], broken["count"], len(broken["examples"])) == (False, 2, 2)
    assert all(one["ok"] for name, one in findings.items() if name != "dossier.columns_repeat_the_answers")
