"""``ptce-aap evaluate`` and ``call check`` as other programs use them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ptce_aap.cli import run

POLE = Path(__file__).parents[1] / "data" / "lille-metropole-solidaire.json"


def test_each_file_gives_one_line_of_sorted_json(tmp_path, capsys) -> None:
    other = tmp_path / "été.json"
    other.write_text('{"submitted_at": null}', encoding="utf-8")
    assert run(["evaluate", str(POLE), str(other), "--call", "ptce-2015", "--format", "json"]) == 0
    captured = capsys.readouterr()
    lines = [json.loads(line) for line in captured.out.splitlines()]
    assert [line["file"] for line in lines] == [str(POLE), str(other)]
    assert "été.json" in captured.out
    assert [list(line) for line in lines] == [sorted(line) for line in lines]
    assert set(lines[0]) >= {
        "file", "call", "complete", "missing", "eligibility", "eligible", "indicators", "requirements", "budget",
    }  # fmt: skip
    assert set(lines[0]["eligibility"][0]) == {"rule", "result", "reason", "fields"}
    assert set(lines[0]["indicators"][0]) == {"key", "axis", "value", "unit", "level", "fields"}
    assert set(lines[0]["requirements"][0]) == {"key", "axis", "state", "ceiling", "message", "fields"}
    assert set(lines[0]["budget"]) == {"errors", "warnings"}


def test_a_bad_file_does_not_stop_the_others_and_names_its_key_on_standard_error(tmp_path, capsys) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"answers": {"membres": {"membres": [{"voix": "3"}]}}}', encoding="utf-8")
    assert run(["evaluate", str(bad), str(tmp_path / "none.json"), str(POLE), "--call", "ptce-2015"]) == 2
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == 1
    told = captured.err.splitlines()
    assert told[0] == f"{bad} : membres.membres[0].voix : un nombre entier est attendu."
    assert told[1] == f"{tmp_path / 'none.json'} : ce fichier n'existe pas."


def test_values_are_money_as_text_counts_as_integers_and_the_nearest_double(tmp_path, capsys) -> None:
    file = tmp_path / "dossier.json"
    moyens = [{"nature": "emploi", "statut": "effectif", "valeur_annuelle": "1.10", "etp": "0.1"}]
    moyens.append({"nature": "demarche", "statut": "prevu", "valeur_annuelle": "2.20", "etp": "1"})
    file.write_text(json.dumps({"answers": {"mutualisation": {"moyens": moyens}}}), encoding="utf-8")
    assert run(["evaluate", str(file), "--call", "ptce-2015"]) == 0
    out = capsys.readouterr().out
    values = {indicator["key"]: indicator["value"] for indicator in json.loads(out)["indicators"]}
    assert values["moyens_effectifs"] == 1
    assert values["valeur_moyens"] == "1.10"
    assert values["part_moyens"] == 1 / 3
    assert values["etp_mutualises"] == 0.1
    assert values["cibles_engagees"] is None


def test_a_key_that_cannot_be_printed_is_still_named(tmp_path, capsys) -> None:
    file = tmp_path / "dossier.json"
    file.write_text('{"answers": {"\\ud800": {}}}', encoding="utf-8")
    assert run(["evaluate", str(file), "--call", "ptce-2015"]) == 2


def test_a_refusal_stays_on_one_line_whatever_the_key_and_never_commands_the_terminal(tmp_path, capsys) -> None:
    file = tmp_path / "dossier\n.json"
    file.write_text('{"answers": {"a\\nb\\u001b[31m\\u2028": {}}}', encoding="utf-8")
    assert run(["evaluate", str(file), "--call", "ptce-2015"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "dossier\\u000a.json : a\\u000ab\\u001b[31m\\u2028 : " in line


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a file that is always full")
def test_a_full_disk_is_one_sentence() -> None:
    program = [sys.executable, "-c", "import sys; from ptce_aap.cli import run; sys.exit(run())"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*program, "evaluate", str(POLE), "--call", "ptce-2015"],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.splitlines() == ["Le disque est plein : le résultat n'a pas pu être écrit en entier."]


def test_a_name_with_line_separators_stays_on_the_files_line(tmp_path, capsys) -> None:
    file = tmp_path / "dossier.json"
    member = {"denomination": "A\u2028B\u0085C\nD", "categorie": "entreprise_hors_ess"}
    file.write_text(json.dumps({"answers": {"membres": {"membres": [member]}}}), encoding="utf-8")
    assert run(["evaluate", str(file), "--call", "ptce-2015"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert any("A B C D" in rule["reason"] for rule in json.loads(line)["eligibility"])


def test_an_unknown_call_is_bad_input(capsys) -> None:
    assert run(["evaluate", str(POLE), "--call", "ptce-2099"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "ptce-2099" in captured.err


def test_the_summary_for_people_tells_every_rule(capsys) -> None:
    assert run(["evaluate", str(POLE), "--call", "ptce-2015", "--format", "texte"]) == 0
    out = capsys.readouterr().out
    assert "E5 non remplie" in out
    assert "1 moyen partagé est décrit" in out


def test_a_right_call_is_valid(capsys) -> None:
    assert run(["call", "check", "ptce-2015"]) == 0
    assert json.loads(capsys.readouterr().out) == {"call": "ptce-2015", "valid": True, "problems": []}


def test_a_wrong_call_tells_file_key_and_reason(tmp_path, capsys, monkeypatch) -> None:
    scoring = Path(__file__).parents[2] / "scoring" / "ptce-2015" / "exigences.v1.toml"
    folder = tmp_path / "scoring" / "ptce-2015"
    folder.mkdir(parents=True)
    shutil.copy(scoring, folder)
    text = scoring.read_text(encoding="utf-8").replace("plafond = 1\n", "plafond = 1\nplancher = 2\n", 1)
    (folder / scoring.name).write_text(text, encoding="utf-8")
    monkeypatch.setenv("PTCE_DEFINITIONS", str(tmp_path))
    assert run(["call", "check", "ptce-2015"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert (told["call"], told["valid"]) == ("ptce-2015", False)
    (problem,) = told["problems"]
    assert problem["file"] == "scoring/ptce-2015/exigences.v1.toml"
    assert problem["key"] == "exigence[moyens_pas_seulement_demarches].plancher"
    assert problem["message"]


def test_checking_a_call_that_does_not_exist_is_bad_input(capsys) -> None:
    assert run(["call", "check", "nope"]) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("arguments", [["evaluate"], ["evaluate", "x"], ["call", "check", "--x"]])
def test_a_wrong_command_line_is_bad_input(arguments, capsys) -> None:
    assert run(arguments) == 2
    assert capsys.readouterr().out == ""
