"""What a complete dossier answers, and without what it cannot even be filed as it is."""

from __future__ import annotations

from typing import Any

import pytest

from ptce_aap.definitions import load_call

FORM = load_call("ptce-2015").questionnaire

OBLIGATORY = [
    "identification.nom_pole",
    "identification.stade",
    "identification.region",
    "identification.type_candidat",
    "identification.aide_anterieure",
    "identification.porteur.denomination",
    "identification.porteur.siren",
    "identification.porteur.forme_juridique",
    "identification.porteur.representant_nom",
    "identification.porteur.contact_courriel",
    "membres.membres",
    "territoire.perimetre",
    "projet.resume",
    "projet.innovation",
    "budget.charges",
    "budget.produits",
    "pieces.statuts",
    "pieces.attestation_honneur",
    "pieces.information_rgpd",
    "pieces.consentement_publication",
]


def complete() -> dict[str, Any]:
    return {
        "identification": {
            "nom_pole": "Pôle fictif",
            "stade": "emergence",
            "region": "31",
            "type_candidat": "pole_constitue",
            "aide_anterieure": False,
            "porteur": {
                "denomination": "Association fictive",
                "siren": "732829320",
                "forme_juridique": "association",
                "representant_nom": "Nom fictif",
                "contact_courriel": "contact@exemple.fr",
            },
        },
        "membres": {"membres": [{"denomination": "Membre fictif", "categorie": "recherche"}]},
        "territoire": {"perimetre": "Ici"},
        "projet": {"resume": "Un résumé", "innovation": ["sociale"]},
        "budget": {"charges": [{"libelle": "x"}], "produits": [{"an1": "0"}]},
        "pieces": {
            "statuts": ["statuts.pdf"],
            "attestation_honneur": True,
            "information_rgpd": True,
            "consentement_publication": False,
        },
    }


def missing(document: dict[str, Any]) -> list[str]:
    return list(FORM.missing(FORM.parse(document)))


def test_nothing_answered_misses_everything_obligatory_in_the_forms_order() -> None:
    assert missing({}) == OBLIGATORY


def test_a_dossier_with_just_that_is_complete() -> None:
    assert missing(complete()) == []


@pytest.mark.parametrize("place", OBLIGATORY)
def test_each_obligatory_answer_is_missed_alone(place: str) -> None:
    document = complete()
    *parents, key = place.split(".")
    inner = document
    for parent in parents:
        inner = inner[parent]
    inner[key] = None
    assert missing(document) == [place]


@pytest.mark.parametrize("key", ["attestation_honneur", "information_rgpd"])
def test_a_statement_is_answered_only_by_yes(key: str) -> None:
    document = complete()
    document["pieces"][key] = False
    assert missing(document) == [f"pieces.{key}"]


def test_each_row_of_members_has_a_name_and_a_category() -> None:
    document = complete()
    document["membres"]["membres"] += [None, {"siren": "732829320"}]
    assert missing(document) == ["membres.membres[2].denomination", "membres.membres[2].categorie"]


def test_rows_of_other_tables_ask_for_nothing() -> None:
    document = complete()
    document["budget"]["tour_de_table"] = [{"financeur": "x"}]
    document["identification"]["co_porteurs"] = [{"role": "x"}]
    assert missing(document) == []


def test_only_the_name_the_carrier_the_contact_and_the_statements_prevent_filing() -> None:
    blocking = set(FORM.blocking({}))
    assert {"identification.nom_pole", "pieces.attestation_honneur", "pieces.information_rgpd"} <= blocking
    assert "identification.porteur.denomination" in blocking
    assert "identification.porteur.contact_courriel" in blocking
    assert not blocking & {"projet.resume", "budget.charges", "pieces.statuts", "membres.membres"}
