"""Forms made from questions: each kind is shown as it was typed and read back to the same value."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from ptce_aap.definitions import load_call
from ptce_aap.domain.question import Option, Question
from ptce_aap.domain.values import QuestionKind
from ptce_aap.web.questionnaires import QuestionsForm, with_marks

OPTIONS = (Option("a", "Un"), Option("b", "Deux"), Option("c", "Trois"))
VALUES = {
    QuestionKind.TEXT: "L’été",
    QuestionKind.LONG_TEXT: "Deux\nlignes",
    QuestionKind.INTEGER: 1_234_567,
    QuestionKind.NUMBER: Decimal("12345.6789"),
    QuestionKind.MONEY: 1_250_050,
    QuestionKind.DATE: date(2015, 6, 30),
    QuestionKind.YES_NO: False,
    QuestionKind.CHOICE: "b",
    QuestionKind.CHOICES: ("a", "c"),
    QuestionKind.SIREN: "000000018",
    QuestionKind.EMAIL: "a@example.org",
    QuestionKind.PHONE: "01 99 00 12 34",
    QuestionKind.COMMUNE: "2A004",
    QuestionKind.POSTCODE: "59000",
    QuestionKind.RNA: "W751234567",
}


def question(kind: QuestionKind, **more: Any) -> Question:
    return Question(key="q", path="etape.q", kind=kind, label="Question", options=OPTIONS, **more)


def sent(form: QuestionsForm) -> MultiDict[str, str]:
    """Return what a browser sends of a form that is left as it is shown."""
    pairs = []
    for entry in form.entries:
        for field in entry.fields:
            many = field.data if isinstance(field.data, list) else [field.data] if field.data else []
            pairs += [(field.name, item) for item in many]
    return MultiDict(pairs)


@pytest.mark.parametrize("compact", [False, True])
@pytest.mark.parametrize(("kind", "value"), VALUES.items(), ids=str)
def test_a_form_sent_as_it_is_shown_gives_the_same_value(kind: QuestionKind, value: Any, compact: bool) -> None:
    asked = question(kind)
    form = QuestionsForm([asked], compact=compact)
    form.show({"q": value})
    again = QuestionsForm([asked], compact=compact)
    again.receive(sent(form))
    assert again.read()["q"].value == value
    assert again.errors == []


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        (QuestionKind.MONEY, "12 500,5 €", 1_250_050),
        (QuestionKind.NUMBER, "1\u202f800,25", Decimal("1800.25")),
        (QuestionKind.INTEGER, "1 800", 1800),
        (QuestionKind.DATE, "5/9/2013", date(2013, 9, 5)),
        (QuestionKind.YES_NO, "oui", True),
        (QuestionKind.TEXT, "  ", None),
    ],
)
def test_what_a_french_reader_types_is_understood(kind: QuestionKind, typed: str, value: Any) -> None:
    form = QuestionsForm([question(kind)])
    form.receive(MultiDict([("q", typed)]))
    assert form.read()["q"].value == value


@pytest.mark.parametrize(
    ("kind", "typed", "words"),
    [
        (QuestionKind.MONEY, "douze", "par exemple 12"),
        (QuestionKind.MONEY, "1,234", "2 décimales au plus"),
        (QuestionKind.INTEGER, "1,5", "nombre entier"),
        (QuestionKind.DATE, "31/02/2014", "n’existe pas"),
        (QuestionKind.DATE, "hier", "12/06/2015"),
        (QuestionKind.CHOICE, "z", "réponses proposées"),
        (QuestionKind.SIREN, "123456789", "clé de contrôle"),
    ],
)
def test_what_cannot_be_read_is_kept_with_a_sentence_for_whoever_typed_it(
    kind: QuestionKind, typed: str, words: str
) -> None:
    form = QuestionsForm([question(kind)])
    form.receive(MultiDict([("q", typed)]))
    given = form.read()["q"]
    assert given.value is None
    assert (given.unread[0].place, given.unread[0].raw) == ("etape.q", typed)
    assert words in given.unread[0].message
    assert "'" not in given.unread[0].message
    again = QuestionsForm([question(kind)])
    again.show({}, [given.unread[0].as_json()])
    assert again.errors == [("q-q", f"Question : {given.unread[0].message}")]


def test_the_summary_of_errors_never_writes_a_colon_after_a_question_mark() -> None:
    asked = Question(key="q", path="etape.q", kind=QuestionKind.INTEGER, label="Combien d’emplois ?")
    form = QuestionsForm([asked])
    form.show({}, [{"place": "etape.q", "raw": "dix", "message": "Écrivez un nombre entier."}])
    assert form.errors == [("q-q", "Combien d’emplois : Écrivez un nombre entier.")]


def test_a_statement_is_answered_only_by_yes() -> None:
    form = QuestionsForm([question(QuestionKind.YES_NO, must_be_true=True)])
    form.receive(MultiDict())
    assert form.read()["q"].value is None
    form.receive(MultiDict([("q", "oui")]))
    assert form.read()["q"].value is True


def test_a_group_keeps_its_right_parts_and_tells_the_wrong_ones() -> None:
    parts = tuple(
        Question(key=kind.value, path=f"etape.q.{kind.value}", kind=kind, label=kind.value)
        for kind in (QuestionKind.TEXT, QuestionKind.SIREN)
    )
    group = Question(key="q", path="etape.q", kind=QuestionKind.GROUP, label="Groupe", fields=parts)
    form = QuestionsForm([group])
    form.receive(MultiDict([("q-texte", "Oui"), ("q-siren", "12")]))
    given = form.read()["q"]
    assert given.value == {"texte": "Oui"}
    assert [item.place for item in given.unread] == ["etape.q.siren"]


def test_every_question_of_the_shipped_call_has_its_field() -> None:
    for stage in load_call("ptce-2015").questionnaire.stages:
        form = QuestionsForm(stage.questions)
        form.receive(MultiDict())
        assert all(given.value is None for given in with_marks(form, MultiDict()).values())
        for asked in stage.questions:
            if asked.is_table:
                assert QuestionsForm(asked.fields, compact=True).read_as_row(asked.path).value is None
