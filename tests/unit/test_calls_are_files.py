"""A call is files: an edited copy changes level, verdict and ranking; another call needs no Python."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

from ptce_aap.definitions import call_names, check_call, load_call
from ptce_aap.domain.eligibility import Result
from ptce_aap.domain.evaluation import evaluate
from ptce_aap.domain.ranking import announced
from ptce_aap.domain.requirements import State
from ptce_aap.resources import shipped

SECOND = Path(__file__).resolve().parents[1] / "second_call"


def edited(tmp_path: Path, folder: str, name: str, before: str, after: str) -> Path:
    """Write the next version of a shipped file, as an operator would, and return the operator's folder."""
    text = (shipped(folder) / "ptce-2015" / f"{name}.v1.toml").read_text(encoding="utf-8")
    assert before in text
    own = tmp_path / folder / "ptce-2015"
    own.mkdir(parents=True)
    text = text.replace(before, after, 1).replace("version = 1", "version = 2", 1)
    (own / f"{name}.v2.toml").write_text(text, encoding="utf-8")
    return tmp_path


def test_an_edited_weight_changes_the_ranking(tmp_path: Path) -> None:
    mine = edited(tmp_path, "scoring", "grille", "poids = 25", "poids = 40")
    grids = load_call("ptce-2015").grid, load_call("ptce-2015", mine).grid
    first_axis = {criterion.key for criterion in grids[0].axes[0].criteria}
    strong_first = {criterion.key: 9 if criterion.key in first_axis else 5 for criterion in grids[0].criteria}
    even = {criterion.key: 6 for criterion in grids[0].criteria}
    readings = {"even": [even] * 2, "strong": [strong_first | {"realite_des_moyens": 4}] * 2}
    orders = [[line.reference for line in announced(grid, readings, seed=1)] for grid in grids]
    assert orders == [["even", "strong"], ["strong", "even"]]
    assert grids[1].version == 2


def test_an_edited_threshold_changes_a_level(tmp_path: Path) -> None:
    mine = edited(tmp_path, "scoring", "indicateurs", "paliers = [1, 3, 6, 12, 25]", "paliers = [1, 2, 3, 4, 5]")
    answers = {"impact_essaimage.emplois_crees": 6}
    levels = [
        evaluate(load_call("ptce-2015", folder), answers).measure("emplois_crees").level for folder in (None, mine)
    ]
    assert levels == [3, 5]


def test_an_edited_rule_changes_a_verdict(tmp_path: Path) -> None:
    mine = edited(tmp_path, "scoring", "recevabilite", '"commune", "epci"', '"scop", "commune", "epci"')
    answers = {"identification.porteur": {"forme_juridique": "scop"}}
    results = [evaluate(load_call("ptce-2015", folder), answers).verdict("E2").result for folder in (None, mine)]
    assert results == [Result.MET, Result.NOT_MET]


def test_an_edited_closing_changes_what_is_on_time(tmp_path: Path) -> None:
    mine = edited(tmp_path, "forms", "appel", "cloture = 2015-07-01", "cloture = 2015-07-08")
    assert load_call("ptce-2015", mine).sheet.closes_at == datetime(2015, 7, 7, 22, tzinfo=UTC)


def test_another_call_is_read_and_its_examples_hold_without_any_python() -> None:
    assert call_names(SECOND) == ("fabriques-2016", "ptce-2015")
    assert check_call("fabriques-2016", SECOND) == ()


def test_another_call_is_evaluated_and_ranked_by_its_own_rules() -> None:
    call = load_call("fabriques-2016", SECOND)
    assert (call.sheet.regions, call.sheet.envelope_cents, call.sheet.draw_breaks_ties) == ((), 9_000_050, True)
    answers = call.questionnaire.parse({"ouvrage": {"publics": ["enfants", "voisins"], "subvention": "1200"}})
    result = evaluate(call, answers, submitted_at=datetime(2016, 2, 1, 10, 59, tzinfo=UTC))
    assert result.eligible is Result.MET
    assert result.check("machine_au_moins").state is State.NOT_RESPECTED
    assert result.measure("subvention_voulue").value == 120_000
    readings = {"A": [{"service_rendu": 24, "juste_prix": 20}], "B": [{"service_rendu": 20, "juste_prix": 26}]}
    lines = announced(call.grid, readings, seed=1)
    assert [(line.reference, line.rank, line.shown) for line in lines] == [("A", 1, "11,20"), ("B", 2, "11,20")]


def test_a_file_whose_name_and_number_disagree_is_told(tmp_path: Path) -> None:
    own = tmp_path / "scoring" / "ptce-2015"
    own.mkdir(parents=True)
    text = (shipped("scoring") / "ptce-2015" / "grille.v1.toml").read_text(encoding="utf-8")
    (own / "grille.v2.toml").write_text(text, encoding="utf-8")
    problems = [(problem.file, problem.key) for problem in check_call("ptce-2015", tmp_path)]
    assert problems == [("scoring/ptce-2015/grille.v2.toml", "version")]


def test_a_copied_call_that_kept_its_name_is_told(tmp_path: Path) -> None:
    for folder in ("forms", "scoring"):
        shutil.copytree(shipped(folder) / "ptce-2015", tmp_path / folder / "mon-appel")
    problems = [(problem.file, problem.key) for problem in check_call("mon-appel", tmp_path)]
    assert problems == [("forms/mon-appel/appel.v2.toml", "cle")]
