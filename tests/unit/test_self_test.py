"""The public self-test: a few answers, judged by the call's own rules; data of the call, like them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptce_aap import definitions
from ptce_aap.domain.evaluation import evaluate
from ptce_aap.domain.selftest import MOST_QUESTIONS, overlaid
from ptce_aap.services.applicants import self_tests

CALL = definitions.load_call("ptce-2015")
TEST = CALL.self_test
FILE = "forms/ptce-2015/autotest.v1.toml"
SECOND = Path(__file__).resolve().parents[1] / "second_call"
assert TEST is not None


@st.composite
def choices(draw: st.DrawFn) -> dict[str, tuple[str, ...]]:
    found = {}
    for item in TEST.questions:
        options = sorted(item.effects)
        if item.many:
            found[item.question.key] = tuple(draw(st.lists(st.sampled_from(options), min_size=1, unique=True)))
        else:
            found[item.question.key] = (draw(st.sampled_from(options)),)
    return found


def test_it_asks_ten_questions_at_most_and_no_name() -> None:
    assert len(TEST.questions) == MOST_QUESTIONS
    assert all(item.question.options for item in TEST.questions)


@settings(max_examples=25, deadline=None)
@given(choices())
def test_whatever_is_answered_the_rules_answer_each_and_the_dossier_started_is_readable(chosen) -> None:
    outcome = self_tests.outcome(CALL, chosen, closes_at=CALL.sheet.closes_at)
    judged = {item.rule.key for item in outcome.rules} | {rule.key for rule, _ in outcome.left_for_later}
    assert judged == {rule.key for rule in CALL.eligibility}
    assert len(outcome.answers) == MOST_QUESTIONS
    canonical = CALL.questionnaire.to_canonical(TEST.written(CALL.questionnaire, chosen))
    assert CALL.questionnaire.to_canonical(CALL.questionnaire.parse(canonical)) == canonical
    # What the test only supposes is never written: a name above all.
    assert "denomination" not in str(canonical)


@settings(max_examples=15, deadline=None)
@given(choices())
def test_a_dossier_started_from_the_test_keeps_its_verdicts_once_what_was_supposed_is_told(chosen) -> None:
    chosen = {**chosen, "membres_en_plus": ("aucun_de_plus",)}
    written = CALL.questionnaire.to_canonical(TEST.written(CALL.questionnaire, chosen))
    told: dict = {"territoire": {"perimetre": "Une vallée."}} if chosen["territoire_connu"][0].endswith("ible") else {}
    rows = [
        {"denomination": f"Membre {place}"}
        | (
            {"membres_groupement": 9, "membres_groupement_hors_ess": 5}
            if chosen["membre_hors_ess"] == ("hors_ess_groupement",) and row["categorie"] == "groupement_entreprises"
            else {}
        )
        for place, row in enumerate(written.get("membres", {}).get("membres", ()))
    ]
    dossier = CALL.questionnaire.parse(overlaid(written, {**told, "membres": {"membres": rows}}))
    outcome = self_tests.outcome(CALL, chosen, closes_at=CALL.sheet.closes_at)
    real = evaluate(CALL, dossier)
    assert {item.rule.key: item.verdict.result for item in outcome.rules} == {
        item.rule.key: real.verdict(item.rule.key).result for item in outcome.rules
    }


def test_what_the_test_does_not_offer_is_no_answer() -> None:
    key = TEST.questions[0].question.key
    assert TEST.known({key: ("autre chose",), "inconnu": ("x",)}) == {}
    assert len(TEST.missing({})) == MOST_QUESTIONS


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('remplit = "identification.stade"', 'remplit = "identification.stage"', "question[stade_du_pole].remplit"),
        ('remplit = "identification.stade"', 'remplit = "identification.nom_pole"', "question[stade_du_pole].remplit"),
        ('famille_ess = "mutuelle"', 'famille_ess = "mutuele"', "question[membre_ess].choix[3].reponses"),
        ('perimetre = "À décrire', 'lieu = "À décrire', "question[territoire_connu].choix[1].suppose"),
        ('regle = "E8"', 'regle = "E18"', "precision[3].regle"),
        ('valeur = "un_de_plus"', 'valeur = "aucun_de_plus"', "question[membres_en_plus].choix[2].valeur"),
        ("plusieurs = true", "multiple = true", "question[innovation_du_projet].multiple"),
    ],
)
def test_a_wrong_test_is_told_with_its_key(old: str, new: str, key: str) -> None:
    assert old in CALL.sources[FILE]
    with pytest.raises(definitions.BadDefinition) as caught:
        definitions.parse_sources({**CALL.sources, FILE: CALL.sources[FILE].replace(old, new, 1)})
    assert [(problem.file, problem.key) for problem in caught.value.problems][:1] == [(FILE, key)]


def test_its_examples_are_run_by_the_check(tmp_path: Path) -> None:
    own = tmp_path / "forms" / "ptce-2015"
    own.mkdir(parents=True)
    text = CALL.sources[FILE].replace('E5 = "non_remplie"', 'E5 = "remplie"')
    (own / "autotest.v2.toml").write_text(text.replace("version = 1", "version = 2", 1), encoding="utf-8")
    (problem,) = definitions.check_call("ptce-2015", tmp_path)
    assert (problem.file, problem.key) == ("forms/ptce-2015/autotest.v2.toml", "exemple[2].donne")
    assert "E5" in problem.message


A_TEST = """
cle = "autotest"
version = 1
titre = "Un test"
introduction = "Une question."
[[question]]
cle = "q"
remplit = "{path}"
"""


def test_another_call_has_a_test_where_it_has_the_file_and_none_where_it_has_not(tmp_path: Path) -> None:
    assert definitions.load_call("fabriques-2016", SECOND).self_test is None
    shutil.copytree(SECOND, tmp_path, dirs_exist_ok=True)
    asked = next(q for q in definitions.load_call("fabriques-2016", SECOND).questionnaire.questions if q.options)
    file = tmp_path / "forms" / "fabriques-2016" / "autotest.v1.toml"
    file.write_text(A_TEST.format(path=asked.path), encoding="utf-8")
    call = definitions.load_call("fabriques-2016", tmp_path)
    chosen = {"q": (asked.options[0].value,)}
    assert call.self_test.questions[0].question.label == asked.label
    assert self_tests.outcome(call, chosen, closes_at=call.sheet.closes_at).rules
    assert call.self_test.written(call.questionnaire, chosen)[asked.path] in (chosen["q"][0], chosen["q"])
    # A test shows by examples that it can tell both: without them the call is not opened.
    assert [problem.key for problem in definitions.check_call("fabriques-2016", tmp_path)] == ["exemple"]
