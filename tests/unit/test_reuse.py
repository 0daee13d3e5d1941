"""Answers of a former dossier read in another form: what fits is taken, what does not is told with its old text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptce_aap.definitions import load_call
from ptce_aap.domain import reuse as words
from ptce_aap.domain.questionnaire import Option, Question, QuestionKind, Questionnaire, Stage
from ptce_aap.domain.reuse import reuse
from tests.filings import COMPLETE
from tests.instructions import complete_answers

SECOND = Path(__file__).resolve().parents[1] / "second_call"
FORM = load_call("ptce-2015").questionnaire


def form(*questions: Question) -> Questionnaire:
    return Questionnaire("f", 1, "", (Stage("s", "Étape", questions),))


def question(key: str, kind: QuestionKind, **told: Any) -> Question:
    return Question(key=key, path=f"s.{key}", kind=kind, label=key.title(), **told)


def changed(old: Question, new: Question, value: Any) -> tuple[Any, list[tuple[str, str, str]]]:
    found = reuse(form(old), form(new), {old.path: value})
    return found.answers.get(new.path), [(one.label, one.why, one.text) for one in found.leftovers]


def test_in_the_same_form_everything_fits_but_pieces_and_statements_are_made_anew() -> None:
    answers = FORM.parse(COMPLETE)
    found = reuse(FORM, FORM, answers)
    stated = {q.path for q in FORM.questions if q.must_be_true}
    assert stated & set(answers)
    assert not stated & set(found.answers)
    assert "pieces.consentement_publication" in answers
    assert set(answers) - set(found.answers) == stated | {"pieces.consentement_publication", "pieces.statuts"}
    assert [(one.why, one.text) for one in found.leftovers] == [(words.TO_JOIN, "statuts.pdf")]
    assert {path: found.answers[path] for path in found.answers} == {path: answers[path] for path in found.answers}


def test_in_a_form_that_shares_nothing_every_answer_is_left_with_its_text() -> None:
    answers = FORM.parse(complete_answers())
    found = reuse(FORM, load_call("fabriques-2016", SECOND).questionnaire, answers)
    assert found.answers == {}
    named = [one for one in found.leftovers if one.why == words.GONE]
    assert any(one.text.startswith("Pôle") or one.text for one in named)
    assert all(one.text for one in found.leftovers)


def test_a_text_too_long_keeps_its_whole_old_text() -> None:
    old, text = question("a", QuestionKind.TEXT, max_length=300), "x" * 120
    kept, left = changed(old, replace(old, max_length=50), text)
    assert kept is None
    assert [(label, said) for label, _, said in left] == [("A", text)]
    assert "50" in left[0][1]


def test_options_that_are_gone_are_told_and_the_others_taken() -> None:
    old = question("a", QuestionKind.CHOICES, options=(Option("x", "Ixe"), Option("y", "Igrec")))
    kept, left = changed(old, replace(old, options=(Option("x", "Ixe"),)), ("x", "y"))
    assert (kept, left) == (("x",), [("A", words.OPTION_GONE, "Igrec")])
    alone = replace(old, kind=QuestionKind.CHOICE)
    kept, left = changed(alone, replace(alone, options=(Option("x", "Ixe"),)), "y")
    assert kept is None
    assert [said for _, _, said in left] == ["Igrec"]


def test_rows_over_the_maximum_and_columns_that_are_gone_are_told_row_by_row() -> None:
    name = Question("nom", "s.a.nom", QuestionKind.TEXT, "Nom")
    age = Question("age", "s.a.age", QuestionKind.INTEGER, "Âge")
    old = question("a", QuestionKind.TABLE, fields=(name, age))
    rows = tuple({"nom": f"N{number}", "age": number} for number in (1, 2, 3))
    kept, left = changed(old, replace(old, fields=(name,), max_rows=2), rows)
    assert kept == ({"nom": "N1"}, {"nom": "N2"})
    assert [label for label, _, _ in left] == ["A, ligne 1, Âge", "A, ligne 2, Âge", "A, ligne 3"]
    assert left[2][2] == "Nom\u00a0: N3 – Âge\u00a0: 3"


@pytest.mark.parametrize("kind", [QuestionKind.GROUP, QuestionKind.TABLE, QuestionKind.ATTACHMENT])
def test_an_answer_of_another_nature_is_left(kind: QuestionKind) -> None:
    kept, left = changed(question("a", QuestionKind.TEXT), question("a", kind), "Un texte")
    assert (kept, left) == (None, [("A", words.OTHER_KIND, "Un texte")])


def test_what_was_typed_and_never_read_is_left_too() -> None:
    asked = form(question("a", QuestionKind.INTEGER))
    [left] = reuse(asked, asked, {}, {"s.a": ["douze environ"]}).leftovers
    assert (left.why, left.text) == (words.UNREAD, "douze environ")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80), st.integers(1, 80), st.integers(0, 9))
def test_no_text_is_lost_between_two_forms(text: str, longest: int, number: int) -> None:
    old = question("a", QuestionKind.TEXT, max_length=300)
    value = old.read(text).value
    kept, left = changed(old, replace(old, max_length=longest), value)
    assert value is None or kept == value or [said for _, _, said in left] == [value]
    kept, left = changed(question("b", QuestionKind.INTEGER), question("b", QuestionKind.MONEY), number)
    assert kept is not None or [said for _, _, said in left] == [str(number)]
