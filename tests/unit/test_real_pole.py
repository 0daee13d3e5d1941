"""The real pole that the seed tells of, evaluated as its notice says."""

from __future__ import annotations

import json
from pathlib import Path

from ptce_aap.definitions import load_call
from ptce_aap.domain.evaluation import evaluate
from ptce_aap.domain.exchange import read_document

CALL = load_call("ptce-2015")
FILE = Path(__file__).parents[1] / "data" / "lille-metropole-solidaire.json"
DOCUMENT = read_document(FILE.read_bytes(), CALL.questionnaire)
RESULT = evaluate(CALL, DOCUMENT.answers, submitted_at=DOCUMENT.submitted_at)


def test_its_former_award_is_to_be_verified() -> None:
    assert RESULT.verdict("E8").result == "to_verify"


def test_it_names_no_enterprise_outside_the_social_economy() -> None:
    assert RESULT.verdict("E5").result == "not_met"


def test_it_is_incomplete() -> None:
    assert not RESULT.complete
    assert "identification.porteur.siren" in RESULT.missing


def test_its_shared_place_is_a_means() -> None:
    assert RESULT.measure("moyens_effectifs").value == 1
    assert RESULT.check("moyens_pas_seulement_demarches").state == "respected"


def test_what_it_does_not_tell_is_unknown_and_never_zero() -> None:
    untold = {"valeur_moyens", "part_moyens", "part_voix_hors_ess", "cibles_engagees", "aide_demandee"}
    assert {RESULT.measure(key).value for key in untold} == {None}


def test_its_canonical_form_has_the_same_values() -> None:
    assert CALL.questionnaire.to_canonical(DOCUMENT.answers) == json.loads(FILE.read_text(encoding="utf-8"))["answers"]
