"""The schema accepts what the questionnaire prints, and refuses what it would not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ptce_aap.definitions.questionnaires import read_questionnaire
from ptce_aap.definitions.reader import Problem
from ptce_aap.definitions.schema import dossier_schema
from ptce_aap.domain.questionnaire import Questionnaire
from ptce_aap.resources import shipped
from tests.unit.schemas import violations

# A real pole, told only by what a published account of it says.
REAL_POLE: dict[str, Any] = {
    "submitted_at": None,
    "answers": {
        "identification": {
            "nom_pole": "Lille MétroPôle Solidaire",
            "stade": "consolidation",
            "region": "31",
            "type_candidat": "structure_porteuse",
            "porteur": {"denomination": "Initiatives et Cité", "commune": "59350"},
            "co_porteurs": [{"denomination": "Métropole européenne de Lille", "role": "Co-porteur du pôle"}],
        },
        "membres": {
            "membres": [
                {"denomination": "Initiatives et Cité", "categorie": "entreprise_ess", "siege_gouvernance": True},
                {"denomination": "Métropole européenne de Lille", "categorie": "collectivite", "niveau": "epci"},
            ]
        },
        "territoire": {"perimetre": "Métropole lilloise", "communes": [{"code_insee": "59350", "nom": "Lille"}]},
        "mutualisation": {
            "moyens": [{"nature": "locaux", "statut": "effectif", "beneficiaires": 12, "surface_m2": "1800"}]
        },
    },
}


@pytest.fixture(scope="module")
def form() -> Questionnaire:
    problems: list[Problem] = []
    path = shipped("forms") / "ptce-2015" / "candidature.v1.toml"
    questionnaire = read_questionnaire(path.read_text(encoding="utf-8"), path.name, problems)
    assert problems == []
    return questionnaire


@pytest.fixture(scope="module")
def schema(form: Questionnaire) -> dict[str, Any]:
    return dossier_schema(form, "ptce-2015")


def test_the_real_pole_is_valid(schema: dict[str, Any], form: Questionnaire) -> None:
    assert violations(schema, REAL_POLE) == []
    canonical = {"submitted_at": None, "answers": form.to_canonical(form.parse(REAL_POLE["answers"]))}
    assert violations(schema, canonical) == []


def test_every_kind_of_value_is_valid_once_canonical(schema: dict[str, Any], form: Questionnaire) -> None:
    raw = {
        "identification": {
            "regions_associees": ["31", "22", "31"],
            "date_creation": "2013-02-28",
            "aide_anterieure": False,
            "porteur": {
                "siren": "000 123 455",
                "rna": "W751234567",
                "code_postal": "59000",
                "contact_courriel": "projet@pole.example.org",
                "contact_telephone": "01 99 00 12 34",
            },
        },
        "mutualisation": {"moyens": [{"etp": 1.50, "valeur_annuelle": 12000}, {}, None, {"beneficiaires": 3.0}]},
        "impact_essaimage": {"emplois_crees": "0.1250"},
        "pieces": {"statuts": ["statuts.pdf"]},
    }
    answers = form.to_canonical(form.parse(raw))
    assert answers["mutualisation"]["moyens"] == [
        {"etp": "1.5", "valeur_annuelle": "12000.00"},
        {},
        {},
        {"beneficiaires": 3},
    ]
    assert violations(schema, {"submitted_at": "2015-06-30T21:59:59+00:00", "answers": answers}) == []


@pytest.mark.parametrize(
    ("stage", "key", "value"),
    [
        ("identification", "nom_pole", ""),
        ("identification", "nom_pole", "x" * 201),
        ("identification", "nom_poles", "Pôle"),
        ("identification", "region", "44"),
        ("identification", "regions_associees", ["31", "31"]),
        ("identification", "aide_anterieure", "oui"),
        ("identification", "date_creation", "2015-02-30"),
        ("identification", "porteur", {}),
        ("identification", "porteur", {"siren": "123"}),
        ("membres", "membres", [{}]),
        ("membres", "membres", [{"voix": 1}] * 201),
        ("membres", "membres", [{"voix": -1}]),
        ("membres", "membres", [{"voix": True}]),
        ("budget", "de_minimis_trois_ans", "12000"),
        ("budget", "de_minimis_trois_ans", 12000),
        ("impact_essaimage", "emplois_crees", "1.50"),
        ("pieces", "statuts", "statuts.pdf"),
    ],
)
def test_what_is_not_canonical_is_refused(schema: dict[str, Any], stage: str, key: str, value: Any) -> None:
    document = {"submitted_at": None, "answers": {stage: {key: value}}}
    assert violations(schema, document) != []


def test_empty_rows_hold_their_place_without_counting(schema: dict[str, Any]) -> None:
    rows: list[dict[str, Any]] = [{}] * 50 + [{"voix": 1}] * 200
    assert violations(schema, {"submitted_at": None, "answers": {"membres": {"membres": rows}}}) == []


def test_the_schema_names_its_dialect_and_is_json(schema: dict[str, Any]) -> None:
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert json.loads(json.dumps(schema)) == schema
