"""``ptce-aap assign`` as other programs and secretariats use it."""

from __future__ import annotations

import json

import pytest

from ptce_aap.cli import run

EXAMPLE = {
    "dossiers": [
        {"id": "d1", "demand": 2, "region": "IDF"}, {"id": "d2", "demand": 1, "region": None},
    ],
    "readers": [
        {"id": "r1", "min": 0, "max": 2, "region": "IDF", "group": None},
        {"id": "r2", "max": 2, "region": None, "group": "expert"},
        {"id": "r3", "max": 2, "region": "REU"},
    ],
    "affinity": [[9, 2, 1], [0, 3, 4]],
    "region_exclusion": True,
    "groups": {"expert": {"min": 0, "max": 1}},
    "objective": "fair",
}  # fmt: skip
(FIRST, SECOND), OTHERS = EXAMPLE["dossiers"], EXAMPLE["readers"][1:]
EXPECTED = "affinity, conflicts, dossiers, forced, groups, objective, readers, region_exclusion"
KEYS = [
    "assignment", "blocking", "feasible", "lifted", "loads", "objective", "proven", "seconds", "seed", "total",
    "worst", "worst_dossiers",
]  # fmt: skip


@pytest.fixture
def ask(tmp_path, capsys):
    """Run the command on a document with changes; return its status and both outputs."""

    def asked(*options: str, **changes: object) -> tuple[int, str, str]:
        file = tmp_path / "jury.json"
        document = {key: value for key, value in {**EXAMPLE, **changes}.items() if value is not ...}
        file.write_text(json.dumps(document), encoding="utf-8")
        status = run(["assign", str(file), *options])
        captured = capsys.readouterr()
        return status, captured.out, captured.err.replace(f"{file} : ", "")

    return asked


def test_the_answer_is_one_line_of_sorted_json_with_json_numbers(ask) -> None:
    status, out, err = ask("--seed", "4", "--format", "json")
    assert (status, err) == (0, "")
    (line,) = out.splitlines()
    answer = json.loads(line)
    assert list(answer) == KEYS
    assert isinstance(answer.pop("seconds"), float)
    assert answer == {
        "assignment": {"d1": ["r2", "r3"], "d2": ["r3"]},
        "blocking": [], "feasible": True, "lifted": [], "loads": {"r1": 0, "r2": 1, "r3": 2}, "objective": "fair",
        "proven": True, "seed": 4, "total": 7, "worst": 3, "worst_dossiers": ["d1"],
    }  # fmt: skip


def test_without_options_the_total_is_sought_and_the_seed_is_1(ask) -> None:
    status, out, _ = ask(objective=..., groups=..., region_exclusion=...)
    answer = json.loads(out)
    assert (status, answer["objective"], answer["seed"], answer["total"]) == (0, "total", 1, 15)


def test_an_impossible_assignment_exits_1_with_what_blocks_and_no_assignment(ask) -> None:
    status, out, err = ask(conflicts=[["d1", "r2"]])
    answer = json.loads(out)
    assert (status, err) == (1, "")
    assert list(answer) == KEYS
    assert answer["blocking"] == [{"dossier": "d1", "available": 1, "demand": 2}]
    assert (answer["feasible"], answer["assignment"], answer["total"], answer["loads"]) == (False, None, None, {})
    named = json.loads(ask(groups={"bank": {"min": 1}})[1])["blocking"]
    assert named == [
        {"dossier": "d1", "available": 2, "demand": 2, "group": "bank"},
        {"dossier": "d2", "available": 3, "demand": 1, "group": "bank"},
    ]
    readers = [{**one, "max": 1} for one in EXAMPLE["readers"]]
    units = [{"id": f"d{n}", "demand": 2} for n in (1, 2)]
    told = json.loads(ask(readers=readers, dossiers=units)[1])["blocking"]
    assert [(one["demand"], one["possible"]) for one in told] == [(2, 1)]


def test_the_tables_are_for_people_and_draw_loads_as_bars(ask) -> None:
    status, out, _ = ask("--format", "table")
    assert status == 0
    assert "3 lectures, 7 points d'affinité en tout, 3 pour le moins bien servi (d1)." in out
    assert "Rien de mieux n'existe" in out
    assert "d1              3  r2, r3" in out
    assert "r3            2  ██  de 0 à 2" in out
    status, out, _ = ask("--format", "table", conflicts=[["d1", "r2"]])
    assert status == 1
    assert "dossier d1 : 1 lecteur utilisable pour 2 demandés" in out


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"affinity": [[9, 2, 1]]}, "affinity : 1 lignes pour 2 dossiers : une ligne par dossier est attendue."),
        (
            {"affinity": [[9, 2], [0, 3, 4]]},
            "affinity[0] : 2 nombres pour 3 lecteurs : un nombre par lecteur est attendu.",
        ),
        ({"affinity": [[9, -2, 1], [0, 3, 4]]}, "affinity[0][1] : un nombre d'au moins 0 est attendu."),
        (
            {"affinity": [[9, 2.0, 1], [0, 3, 4]]},
            "affinity[0][1] : un nombre entier est attendu, sans point ni exposant.",
        ),
        ({"affinity": [[9, True, 1], [0, 3, 4]]}, "affinity[0][1] : un nombre entier est attendu."),
        ({"affinity": [[9, 10**12, 1], [0, 3, 4]]}, "affinity[0][1] : ce nombre est trop grand (au plus 1000000000)."),
        ({"affinity": ...}, "affinity : cette clé manque : une liste est attendue."),
        ({"conflicts": [["d9", "r1"]]}, "conflicts[0] : dossier inconnu : « d9 »."),
        ({"conflicts": [["d1", "r1", "r2"]]}, "conflicts[0] : un couple est attendu : [dossier, lecteur]."),
        ({"forced": [["d2", "r1"], ["d2", "r9"]]}, "forced[1] : lecteur inconnu : « r9 »."),
        ({"forced": [["d2", "r1"]], "conflicts": [["d2", "r1"]]}, "forced : « d2 » et « r1 » sont aussi en conflit."),
        ({"forced": [["d1", "r1"]]}, "forced : « r1 » est de la même région que « d1 » (region_exclusion)."),
        ({"forced": [["d2", "r2"], ["d2", "r3"]]}, "forced : 2 lecteurs imposés à « d2 », qui en demande 1."),
        ({"dossiers": [FIRST] * 2}, "dossiers : l'identifiant « d1 » y est écrit 2 fois."),
        (
            {"dossiers": [{"id": "d1", "demand": -1}, SECOND]},
            "dossiers[0].demand : un nombre d'au moins 0 est attendu.",
        ),
        (
            {"readers": [{"id": "r1", "min": 3, "max": 2}, *OTHERS]},
            "readers[0].min : le minimum (3) dépasse le maximum (2).",
        ),
        ({"readers": [{"id": "r1"}, *OTHERS]}, "readers[0].max : un nombre entier est attendu, et rien n'est écrit."),
        ({"readers": [{"max": 2}, *OTHERS]}, "readers[0].id : un identifiant est attendu : un texte non vide."),
        ({"groups": {"expert": {"min": 2, "max": 1}}}, "groups.expert : le minimum (2) dépasse le maximum (1)."),
        ({"objective": "best"}, "objective : choisir parmi total, fair."),
        ({"region_exclusion": 1}, "region_exclusion : true ou false est attendu."),
        ({"conflict": []}, f"conflict : clé inconnue ; attendues : {EXPECTED}."),
    ],
)
def test_bad_input_says_where_and_why_and_prints_nothing_else(ask, changes, told) -> None:
    status, out, err = ask(**changes)
    assert (status, out, err) == (2, "", f"{told}\n")


@pytest.mark.parametrize("text", ["", "[]", "{", '{"dossiers": [], "dossiers": []}', "{}", '{"dossiers": {}}', "null"])
def test_a_file_that_is_no_instance_is_refused(tmp_path, capsys, text) -> None:
    file = tmp_path / "jury.json"
    file.write_text(text, encoding="utf-8")
    assert run(["assign", str(file)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"{file} : ")


def test_a_file_that_does_not_exist_is_said(capsys) -> None:
    assert run(["assign", "/nowhere/jury.json"]) == 2
    assert capsys.readouterr().err == "/nowhere/jury.json : ce fichier n'existe pas.\n"


def test_the_help_ends_with_an_example(capsys) -> None:
    assert run(["assign", "--help"]) == 0
    assert "ptce-aap assign jury.json --format table" in capsys.readouterr().out
