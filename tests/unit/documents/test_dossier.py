"""The dossier as a PDF says every answer as typed, whatever its length, and where it comes from on every page."""

from __future__ import annotations

import io
import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from ptce_aap.definitions import load_call
from ptce_aap.documents.dossier import PrintedDossier, render_dossier
from ptce_aap.domain.exchange import read_document

QUESTIONNAIRE = load_call("ptce-2015").questionnaire
DIGEST = "0123456789abcdef" * 4
WHEN = datetime(2015, 6, 12, 8, 2, 9, tzinfo=UTC)


def printed(answers: dict[str, Any], **told: Any) -> PrintedDossier:
    read = read_document(json.dumps({"submitted_at": None, "answers": answers}), QUESTIONNAIRE).answers
    return PrintedDossier("Appel", "Service", "Pôle du Val", "Association", QUESTIONNAIRE, read, WHEN, **told)


def pages(document: PrintedDossier) -> list[str]:
    found = PdfReader(io.BytesIO(render_dossier(document))).pages
    return [" ".join(page.extract_text().replace("\u00a0", " ").split()) for page in found]


def members(count: int) -> dict[str, Any]:
    row = {
        "categorie": "entreprise_ess",
        "siren": "000000018",
        "role": "Membre fondateur",
        "apport_numeraire": "1200.5",
    }
    return {"membres": {"membres": [{"denomination": f"Membre n° {n}", **row} for n in range(count)]}}


def filed(answers: dict[str, Any]) -> PrintedDossier:
    return printed(answers, filed_at=WHEN, number="B7KX-29QR", sha256=DIGEST)


def test_every_page_of_a_deposit_has_its_number_its_digest_and_its_place() -> None:
    shown = pages(filed(members(120)))
    assert len(shown) > 4
    for place, page in enumerate(shown, start=1):
        assert f"Dossier B7KX-29QR · SHA-256 {DIGEST}" in page
        assert f"{place} / {len(shown)}" in page
        assert "NON DÉPOSÉ" not in page
    assert "vendredi 12 juin 2015 à 10 h 02 min 09 s (UTC+2), heure de Paris" in shown[0]


def test_every_page_of_a_draft_says_that_it_is_not_filed() -> None:
    shown = pages(printed(members(60), missing=("le résumé",)))
    assert all("BROUILLON, NON DÉPOSÉ" in page for page in shown)
    assert "Ce qui manque pour que le dossier soit complet – le résumé" in shown[0]


def test_a_long_table_repeats_its_head_on_every_page_and_loses_no_row() -> None:
    shown = pages(filed(members(200)))
    whole = " ".join(shown)
    assert all(f"Membre n° {n} " in whole for n in range(200))
    holding = [page for page in shown if "Membre n° " in page]
    assert len(holding) > 3
    assert all("Dénomination" in page for page in holding)
    assert whole.count("1 200,50 €") == 200


def test_a_row_higher_than_a_page_goes_on_over_the_next() -> None:
    lines = [{"intitule": "A", "source": "\n".join(f"ligne {n}" for n in range(30))}] * 3
    assert "ligne 29" in " ".join(pages(filed({"impact_essaimage": {"indicateurs": lines}})))


def test_a_group_and_a_summary_higher_than_a_page_go_on_over_the_next() -> None:
    whole = " ".join(pages(filed({"identification": {"porteur": {"denomination": "a\n" * 148 + "fin"}}})))
    assert "a a a fin" in whole
    assert "[U+1F9E8" in pages(replace(filed({}), carrier="\U0001f9e8" * 600))[0]


def test_markup_is_printed_as_typed_and_fetches_nothing() -> None:
    typed = 'Un <b>pôle</b> &amp; <img src="http://x.example/a.png"> <a href="x">y</a> ]]> {{ 7*7 }}'
    assert typed in " ".join(pages(filed({"projet": {"resume": typed}})))


@pytest.mark.target("A11Y-07")
def test_its_language_and_its_title_are_told_to_who_does_not_see_it() -> None:
    reader = PdfReader(io.BytesIO(render_dossier(filed({}))))
    assert reader.root_object["/Lang"] == "fr"
    assert reader.metadata is not None
    assert reader.metadata.title == "Dossier de candidature — Appel"


def test_the_same_dossier_has_the_same_bytes() -> None:
    assert render_dossier(filed(members(30))) == render_dossier(filed(members(30)))
    assert render_dossier(filed(members(30))) != render_dossier(replace(filed(members(30)), title="Autre"))


def test_every_question_of_the_form_is_there_answered_or_not() -> None:
    whole = " ".join(pages(filed({})))
    labels = [question.label.replace("\u00a0", " ") for stage in QUESTIONNAIRE.stages for question in stage.questions]
    assert all(" ".join(label.split()[:4]) in whole for label in labels)
    assert whole.count("Non renseigné") > 20


@settings(max_examples=15, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=1500), st.text(max_size=200))
def test_any_text_of_any_length_is_laid_out(long: str, short: str) -> None:
    def clean(value: str) -> str:
        return value.encode("utf-8", "ignore").decode().strip()

    answers = {"projet": {"resume": clean(long)}, "membres": {"membres": [{"denomination": clean(short), "role": "r"}]}}
    assert render_dossier(filed(answers)).startswith(b"%PDF-")


def test_one_word_without_end_is_laid_out() -> None:
    endless = {"projet": {"strategie": "a" * 6000}, "membres": {"membres": [{"denomination": "b" * 300, "role": "r"}]}}
    assert len(pages(filed(endless))) < 12


@pytest.mark.target("SEC-16")
def test_forty_pages_take_less_than_two_seconds_of_processor() -> None:
    text = "Une phrase d’un dossier, ni courte ni longue, comme on en lit. " * 90
    long = [q for stage in QUESTIONNAIRE.stages for q in stage.questions if q.kind.value == "texte_long"]
    answers: dict[str, Any] = members(200)
    for row in answers["membres"]["membres"]:
        row |= {"forme_juridique": "association", "niveau": "epci", "voix": 3, "famille_ess": "association"}
        row |= {"apport_nature": "250", "esus": True, "mention_ess": False, "lettre_engagement": True}
    for question in long:
        stage, _, key = question.path.partition(".")
        answers.setdefault(stage, {})[key] = text[: question.max_length]
    answers["territoire"]["communes"] = [{"code_insee": "59350", "nom": f"Commune {n}"} for n in range(500)]
    answers["budget"]["charges"] = [{"poste": "personnel", "libelle": text[:250], "an1": "1000"}] * 120
    document = filed(answers)
    spent = []
    for _ in range(2):
        start = time.process_time()
        data = render_dossier(document)
        spent.append(time.process_time() - start)
    assert len(PdfReader(io.BytesIO(data)).pages) >= 40
    assert min(spent) < 2
