"""What is an answer, what is none, and how values are read exactly."""

from __future__ import annotations

import json
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptce_aap.definitions import load_call
from ptce_aap.domain.exchange import read_document, write_document
from ptce_aap.domain.questionnaire import Answers
from ptce_aap.domain.refusals import BadAnswers

FORM = load_call("ptce-2015").questionnaire


def read(**stages: Any) -> Answers:
    return read_document(json.dumps({"answers": stages}), FORM).answers


@pytest.mark.parametrize("blank", [None, "", "   ", "\n\t\u00a0\u202f", []])
@pytest.mark.parametrize(
    ("stage", "key"),
    [(q.path.split(".")[0], q.key) for q in FORM.questions],
)
def test_null_empty_and_blank_mean_not_answered_for_every_question(blank: Any, stage: str, key: str) -> None:
    assert read(**{stage: {key: blank}}) == {}


@pytest.mark.parametrize("answers", [{}, {"answers": None}, {"answers": {}}, {"answers": {"projet": None}}])
def test_answers_and_stages_may_be_null_or_absent(answers: Any) -> None:
    assert read_document(json.dumps(answers), FORM).answers == {}


def test_a_group_with_nothing_answered_is_not_answered() -> None:
    assert read(identification={"porteur": {"siren": " ", "rna": None}}) == {}


def test_a_row_with_nothing_answered_is_not_a_row_but_keeps_its_place() -> None:
    answers = read(membres={"membres": [None, {}, {"siren": ""}, {"role": "x"}, {"voix": None}]})
    assert answers["membres.membres"] == ({}, {}, {}, {"role": "x"})
    missing = [place for place in FORM.missing(answers) if place.startswith("membres")]
    assert missing == ["membres.membres[3].denomination", "membres.membres[3].categorie"]


def test_a_table_of_empty_rows_is_not_answered() -> None:
    assert read(membres={"membres": [None, {}, {"siren": " "}]}) == {}


def test_row_limits_count_the_rows_that_are_rows() -> None:
    rows = [{"role": "x"}, None] * 200
    assert len(read(membres={"membres": rows})["membres.membres"]) == 399


def test_communes_may_have_five_hundred_rows() -> None:
    assert len(read(territoire={"communes": [{"nom": "x"}] * 500})["territoire.communes"]) == 500


def test_an_option_given_twice_counts_once() -> None:
    assert read(projet={"innovation": ["sociale", "technologique", "sociale"]}) == {
        "projet.innovation": ("sociale", "technologique")
    }


@pytest.mark.parametrize(
    ("raw", "cents"),
    [("12500.00", 1250000), ("10.100", 1010), (12.5, 1250), (0, 0), ("007", 700), ("0.1", 10), (1e3, 100000),
     ("999999999999.99", 99999999999999), (" 5 ", 500), ("1.50000000000000000000000000000000000", 150)],
)  # fmt: skip
def test_money_is_read_exactly_and_judged_on_its_value(raw: Any, cents: int) -> None:
    assert read(budget={"de_minimis_trois_ans": raw}) == {"budget.de_minimis_trois_ans": cents}


def test_json_numbers_are_read_to_the_last_digit() -> None:
    text = '{"answers": {"impact_essaimage": {"emplois_crees": 123456789012.3456}}}'
    assert read_document(text, FORM).answers == {"impact_essaimage.emplois_crees": Decimal("123456789012.3456")}


@pytest.mark.parametrize("number", ["-0", "-0.0", "0e5", "0E-400", "0e99999"])
def test_zero_is_zero_however_it_is_written(number: str) -> None:
    document = read_document(f'{{"answers": {{"impact_essaimage": {{"emplois_crees": {number}}}}}}}', FORM)
    assert FORM.to_canonical(document.answers) == {"impact_essaimage": {"emplois_crees": "0"}}


@pytest.mark.parametrize(
    ("raw", "told"), [("1.50000", "1.5"), ("3", "3"), (100, "100"), ("0.0001", "0.0001"), (1e2, "100")]
)
def test_a_number_is_written_in_its_shortest_form(raw: Any, told: str) -> None:
    assert FORM.to_canonical(read(impact_essaimage={"emplois_crees": raw})) == {
        "impact_essaimage": {"emplois_crees": told}
    }


@pytest.mark.parametrize("raw", [3, 3.0, 1_000_000_000, 0])
def test_an_integer_is_a_json_number_of_integral_value(raw: Any) -> None:
    value = read(membres={"membres": [{"voix": raw}]})["membres.membres"][0]["voix"]
    assert (value, type(value)) == (raw, int)


def test_blanks_are_dropped_from_siren_and_siret() -> None:
    answers = read(identification={"porteur": {"siren": " 732 829\u00a0320 ", "siret": "732 829 320 00074"}})
    assert answers["identification.porteur"] == {"siren": "732829320", "siret": "73282932000074"}


@pytest.mark.parametrize("siret", ["35600000000048", "35600000049837", "35600000000006"])
def test_la_poste_has_a_rule_of_its_own(siret: str) -> None:
    assert sum(map(int, siret)) % 5 == 0 or siret == "35600000000048"
    assert read(identification={"porteur": {"siret": siret}})["identification.porteur"] == {"siret": siret}


def test_an_establishment_of_la_poste_with_an_ordinary_check_digit_is_right_too() -> None:
    siret = "35600000000055"
    assert sum(map(int, siret)) % 5 != 0
    assert read(identification={"porteur": {"siret": siret}})["identification.porteur"] == {"siret": siret}


@pytest.mark.parametrize("code", ["59350", "2A004", "2B033", "97411", "01001"])
def test_communes_are_written_as_insee_writes_them(code: str) -> None:
    assert read(territoire={"communes": [{"code_insee": code}]})["territoire.communes"] == ({"code_insee": code},)


@pytest.mark.parametrize("rna", ["W123456789", "W9A1234567"])
def test_an_rna_number_has_a_digit_or_a_capital_in_second_place(rna: str) -> None:
    assert read(identification={"porteur": {"rna": rna}})["identification.porteur"] == {"rna": rna}


def test_text_is_trimmed_composed_and_has_line_feeds_only() -> None:
    answers = read(projet={"strategie": "  e\u0301\r\nb\rc \n"})
    assert answers == {"projet.strategie": "é\nb\nc"}


def test_limits_are_counted_in_code_points_after_cleaning() -> None:
    assert len(read(identification={"nom_pole": " " + "e\u0301" * 200 + " "})["identification.nom_pole"]) == 200
    assert len(read(identification={"nom_pole": "😀" * 200})["identification.nom_pole"]) == 200


def test_dates_are_days_of_the_calendar() -> None:
    assert read(identification={"date_creation": "2012-02-29"}) == {"identification.date_creation": date(2012, 2, 29)}


@pytest.mark.parametrize(
    "text",
    [
        "2015-06-30T23:59:59+02:00", "2015-06-30T21:59:59Z", "2015-06-30T21:59:59.000000Z",
        "2015-06-30T23:59:59.0+0200", "2015-06-30T22:59:59+01", "2015-06-30T17:59:59-04:00",
        "20150630T235959+0200",
    ],
)  # fmt: skip
def test_an_instant_is_read_with_its_zone(text: str) -> None:
    document = read_document(json.dumps({"submitted_at": text}), FORM)
    assert document.submitted_at == datetime(2015, 6, 30, 21, 59, 59, tzinfo=UTC)


def test_fractions_of_a_second_never_reach_the_next_second() -> None:
    document = read_document(json.dumps({"submitted_at": "2015-06-30T23:59:59.9999999999+02:00"}), FORM)
    assert document.submitted_at == datetime(2015, 6, 30, 21, 59, 59, 999999, tzinfo=UTC)


def test_midnight_may_be_written_at_the_end_of_its_day() -> None:
    document = read_document(json.dumps({"submitted_at": "2015-06-30T24:00:00+02:00"}), FORM)
    assert document.submitted_at == datetime(2015, 6, 30, 22, tzinfo=UTC)


def test_a_row_keeps_its_identifier_in_the_application_and_files_never_show_it() -> None:
    question = FORM.question("membres.membres")
    assert question is not None
    stored = [{"_id": "a", "voix": 1}, {"_id": "b"}]
    value = question.parse(stored, with_ids=True)
    assert question.to_json(value, with_ids=True) == stored
    assert FORM.to_canonical({"membres.membres": value}) == {"membres": {"membres": [{"voix": 1}]}}


def test_only_empty_rows_with_identifiers_are_not_an_answer() -> None:
    assert FORM.to_canonical({"membres.membres": ({"_id": "a"},)}) == {}
    assert "membres.membres" in FORM.missing({"membres.membres": ({"_id": "a"},)})


@pytest.mark.parametrize(
    ("path", "typed", "value"),
    [
        ("budget.de_minimis_trois_ans", "12 500,50 €", 1250050),
        ("budget.de_minimis_trois_ans", "12\u202f500\u00a0€", 1250000),
        ("impact_essaimage.emplois_crees", "2,5", Decimal("2.5")),
        ("membres.membres.voix", "1 000", 1000),
        ("identification.date_creation", "1/3/2012", date(2012, 3, 1)),
        ("identification.date_creation", "2012-03-01", date(2012, 3, 1)),
        ("identification.aide_anterieure", "oui", True),
        ("identification.aide_anterieure", "non", False),
        ("identification.nom_pole", " Pôle ", "Pôle"),
        ("identification.nom_pole", "", None),
    ],
)
def test_what_people_type_is_read_as_they_mean_it(path: str, typed: str, value: Any) -> None:
    question = FORM.question(path)
    assert question is not None
    assert question.parse_typed(typed) == value


@pytest.mark.parametrize(
    ("path", "typed"),
    [("membres.membres.voix", "trois"), ("membres.membres.voix", "²"), ("identification.aide_anterieure", "peut-être"),
     ("budget.de_minimis_trois_ans", "mille"), ("identification.date_creation", "31/02/2012"),
     ("membres.membres.voix", "9" * 5000)],
)  # fmt: skip
def test_what_is_not_understood_is_refused(path: str, typed: str) -> None:
    question = FORM.question(path)
    assert question is not None
    with pytest.raises(BadAnswers):
        question.parse_typed(typed)


@given(st.text(max_size=150))
def test_any_text_is_read_then_written_and_read_to_the_same(text: str) -> None:
    question = FORM.question("identification.nom_pole")
    assert question is not None
    value = question.parse(text)
    assert question.parse(value) == value
    assert value is None or (value == value.strip() and unicodedata.is_normalized("NFC", value))


@given(st.decimals(min_value=0, max_value=999_999_999_999, places=4))
def test_any_number_is_written_and_read_to_the_same(number: Decimal) -> None:
    question = FORM.question("impact_essaimage.emplois_crees")
    assert question is not None
    value = question.parse(number)
    assert value == number
    assert question.parse(question.to_json(value)) == value


def test_the_canonical_form_is_a_fixed_point() -> None:
    text = json.dumps(
        {
            "submitted_at": "2015-06-30T10:00:00+02:00",
            "answers": {
                "membres": {"membres": [None, {"siren": "732 829 320", "apport_nature": 12.5}, {}]},
                "identification": {"porteur": {"denomination": " e\u0301 "}, "regions_associees": ["31", "31"]},
            },
        }
    )
    canonical = write_document(read_document(text, FORM), FORM)
    assert write_document(read_document(canonical, FORM), FORM) == canonical
    assert json.loads(canonical)["answers"] == {
        "identification": {"porteur": {"denomination": "é"}, "regions_associees": ["31"]},
        "membres": {"membres": [{}, {"siren": "732829320", "apport_nature": "12.50"}]},
    }
