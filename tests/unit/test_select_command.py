"""``ptce-aap select`` as a secretariat with a file uses it: exact documents, and sentences for every mistake."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ptce_aap.cli import run

Outcome = tuple[int, str, str]
INSTANCE: dict[str, Any] = {
    "budget": 100,
    "dossiers": [
        {"id": "D1", "cost": 40, "score": 90, "rank": 1, "region": "IDF", "theme": "wood"},
        {"id": "D2", "cost": 30, "score": 80, "rank": 2, "region": "IDF", "theme": "wood"},
        {"id": "D3", "cost": 40, "score": 70, "rank": 3, "region": "NPC", "theme": None},
        {"id": "D4", "cost": 30, "score": 60, "rank": 4, "region": "REU", "theme": "food"},
    ],
    "constraints": {"region_max_count": {"IDF": 1}, "region_min_count": {"REU": 1}},
}


@pytest.fixture
def select(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    def run_on(instance: Any, *options: str) -> Outcome:
        file = tmp_path / "appel.json"
        file.write_bytes(instance if isinstance(instance, bytes) else json.dumps(instance).encode())
        status = run(["select", str(file), *options])
        printed = capsys.readouterr()
        return status, printed.out, printed.err.replace(f"{file} : ", "")

    return run_on


def changed(place: str, value: Any) -> dict[str, Any]:
    """Return the instance with one value changed: ``dossiers.0.cost``."""
    instance: Any = copy.deepcopy(INSTANCE)
    *path, last = place.split(".")
    inner = instance
    for step in path:
        inner = inner[int(step)] if isinstance(inner, list) else inner[step]
    inner[int(last) if isinstance(inner, list) else last] = value
    return instance


def test_the_document_has_the_keys_of_the_contract(select: Callable[..., Outcome]) -> None:
    status, out, err = select(INSTANCE, "--format", "json")
    assert (status, err) == (0, "")
    assert json.loads(out) == {
        "feasible": True,
        "objective": "order",
        "value": 2,
        "spent": 70,
        "selected": [{"id": "D1", "level": None, "granted": 40}, {"id": "D4", "level": None, "granted": 30}],
        "passed_over": [{"id": "D2", "because": "region_max_count IDF"}],
        "departures": {"out": ["D3"], "in": ["D4"], "because": ["region_min_count REU"]},
        "blocking": [],
        "seed": 1,
        "proven": True,
    }
    assert out == json.dumps(json.loads(out), sort_keys=True, ensure_ascii=False) + "\n"


def test_the_seed_is_echoed_and_decides_nothing(select: Callable[..., Outcome]) -> None:
    documents = [json.loads(select(INSTANCE, "--seed", str(seed))[1]) for seed in (3, 4)]
    assert [document.pop("seed") for document in documents] == [3, 4]
    assert documents[0] == documents[1]


def test_what_is_impossible_ends_with_1_and_names_what_blocks(select: Callable[..., Outcome]) -> None:
    instance = changed("budget", 20)
    status, out, err = select(instance)
    document = json.loads(out)
    assert (status, err, document["feasible"], document["selected"]) == (1, "", False, [])
    assert document["blocking"] == ["budget", "region_min_count REU"]
    assert (document["value"], document["spent"]) == (None, None)


def test_levels_are_exact_decimals(select: Callable[..., Outcome]) -> None:
    # In doubles 0.7 × 30 is a little under 21 and 0.1 × 70 a little above 7.
    instance = changed("constraints", {"funding_levels": [{"share_of_cost": 0.1, "share_of_score": 0.7}]})
    instance |= {"objective": "score", "dossiers": [{"id": "A", "cost": 70, "score": 30, "rank": 1}]}
    document = json.loads(select(instance)[1])
    assert (document["selected"], document["value"]) == ([{"id": "A", "level": 0, "granted": 7}], 21)


def test_the_table_says_the_reasons_in_words(select: Callable[..., Outcome]) -> None:
    status, out, _ = select(INSTANCE, "--format", "table")
    assert status == 0
    assert "2 dossiers sur 4, 70 accordés sur 100, reste 30." in out
    assert "2 D2 : region_max_count IDF (1)" in out
    assert "pour atteindre : region_min_count REU (1)" in out
    assert "- sorti 3 D3" in out
    assert "+ entré 4 D4" in out
    status, out, _ = select(INSTANCE | {"objective": "score"}, "--format", "table")
    assert "finance beaucoup de petits dossiers" in out
    status, out, _ = select(changed("budget", 20), "--format", "table")
    assert status == 1
    assert "  region_min_count REU (1)" in out


def test_no_dossier_at_all_is_an_answer(select: Callable[..., Outcome]) -> None:
    status, out, _ = select({"budget": 0, "dossiers": []})
    assert (status, json.loads(out)["selected"]) == (0, [])
    assert select({"budget": 0, "dossiers": []}, "--format", "table")[0] == 0


_LEVEL = {"share_of_cost": 0.5, "share_of_score": 0.5}


@pytest.mark.parametrize(
    ("instance", "place"),
    [
        (b"", "ligne 1"),
        (b"\xff\xfe", "UTF-8"),
        (b"[" * 100_000, "profond"),
        (b"[]", "un objet JSON"),
        (b'{"budget": 1, "budget": 2, "dossiers": []}', "budget : cette clé est écrite deux fois."),
        ({"dossiers": []}, "budget"),
        ({"budget": 1}, "dossiers"),
        (changed("budgets", 1), "budgets : clé inconnue"),
        (changed("constraints.region_max", {}), "constraints.region_max : clé inconnue"),
        (changed("constraints.min_score", "x"), "constraints.min_score"),
        (changed("constraints.region_min_count", []), "constraints.region_min_count"),
        (changed("constraints.region_min_count", {"REU": -1}), "constraints.region_min_count.REU"),
        (changed("constraints.theme_max_cost", {"wood": 1.5}), "constraints.theme_max_cost.wood"),
        (changed("constraints.at_most_one_of", [["D1", "D9"]]), "constraints.at_most_one_of[0] : dossier inconnu : D9"),
        (changed("constraints.at_most_one_of", [["D1", "D1"]]), "constraints.at_most_one_of[0]"),
        (changed("constraints.at_most_one_of", [["D1"]]), "constraints.at_most_one_of[0]"),
        (changed("constraints.at_most_one_of", [["D1", 2]]), "constraints.at_most_one_of[0]"),
        (changed("objective", "best"), "objective"),
        (changed("objective", []), "objective"),
        (changed("budget", True), "budget"),
        (changed("budget", -1), "budget"),
        (changed("budget", 10**16), "budget"),
        (b'{"budget": 1' + b"0" * 5000 + b', "dossiers": []}', "budget"),
        (changed("budget", 1.0), "budget"),
        (changed("budget", float("nan")), "budget"),
        (changed("dossiers.1", 3), "dossiers[1]"),
        (changed("dossiers.1.id", "D1"), "dossiers[1].id : cet identifiant (D1) est déjà celui de dossiers[0]"),
        (changed("dossiers.1.id", 7), "dossiers[1].id"),
        (changed("dossiers.1.id", ""), "dossiers[1].id"),
        (changed("dossiers.1.rank", 1), "dossiers[1].rank : ce rang (1) est déjà celui de dossiers[0]"),
        (changed("dossiers.1.rank", None), "dossiers[1].rank"),
        (changed("dossiers.1.cost", -5), "dossiers[1].cost"),
        (changed("dossiers.1.cost", "5"), "dossiers[1].cost"),
        (changed("dossiers.1.score", 1e3), "dossiers[1].score"),
        (changed("dossiers.1.region", 3), "dossiers[1].region"),
        (changed("dossiers.1", {"id": "D2", "cost": 1, "score": 1, "rank": 2}), "dossiers[1].region"),
        (changed("constraints.funding_levels", [_LEVEL]), "constraints.funding_levels"),
        (changed("constraints", {"funding_levels": [_LEVEL | {"share_of_cost": 1.01}]}), "[0].share_of_cost"),
        (changed("constraints", {"funding_levels": [_LEVEL | {"share_of_score": 0}]}), "[0].share_of_score"),
        (changed("constraints", {"funding_levels": [_LEVEL | {"share_of_score": "0.5"}]}), "[0].share_of_score"),
        (changed("constraints", {"funding_levels": [_LEVEL | {"share": 1}]}), "[0].share"),
        (changed("constraints", {"funding_levels": [{"share_of_cost": 1}]}), "[0].share_of_score"),
        (changed("constraints", {"funding_levels": [_LEVEL | {"share_of_cost": 1e-99}]}), "[0].share_of_cost"),
    ],
)
def test_bad_input_says_where_and_why(select: Callable[..., Outcome], instance: Any, place: str) -> None:
    status, out, err = select(instance)
    assert (status, out) == (2, "")
    assert place in err
    assert "Traceback" not in err


def test_every_mistake_of_a_file_is_told_at_once(select: Callable[..., Outcome]) -> None:
    instance = changed("dossiers.0.cost", -1)
    instance["budget"] = None
    assert [line.split(" : ")[0] for line in select(instance)[2].splitlines()] == ["budget", "dossiers[0].cost"]


def test_a_file_that_is_not_there_is_bad_input(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["select", str(tmp_path / "none.json")]) == 2
    assert run(["select", str(tmp_path)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 2
