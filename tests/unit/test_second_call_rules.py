"""The second call's rules, sentence by sentence, where a misreading would be easy."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest

from ptce_aap.definitions import load_call, parse_sources
from ptce_aap.domain.evaluation import Evaluation, evaluate

CALL = load_call("ptce-2015")
FILED = datetime(2015, 6, 1, tzinfo=UTC)


def of(submitted_at: datetime | None = None, **stages: Any) -> Evaluation:
    return evaluate(CALL, CALL.questionnaire.parse(stages), submitted_at=submitted_at)


def members(*rows: dict[str, Any], **identification: Any) -> Evaluation:
    return of(membres={"membres": list(rows)}, identification=identification)


def legal(**cells: Any) -> dict[str, Any]:
    return {"categorie": "recherche", **cells}


A, B, C = "732829320", "552008443", "404833048"


@pytest.mark.parametrize(
    ("rows", "carrier", "result"),
    [
        ([legal(siren=A), legal(siren=B), legal(siren=C)], {}, "met"),
        ([legal(siren=A), legal(siren=B), legal(denomination="x")], {}, "to_verify"),
        ([legal(denomination="x"), legal(denomination="X!"), legal(siren=A)], {"denomination": "x"}, "not_met"),
        ([legal(siren=A), legal(siren=B)], {"siren": C, "denomination": "z"}, "to_verify"),
        ([legal(siren=A), legal(siren=B)], {"siren": A}, "not_met"),
        ([legal(siren=A, denomination="Élan"), legal(siren=B)], {"siren": C, "denomination": "ELAN"}, "not_met"),
        ([legal(siren=A), legal(siren=B)], {}, "to_verify"),
        ([legal(siren=A)], {"siren": C}, "not_met"),
        ([legal(siren=A), legal(siren=B), {"siren": C}], {"siren": A}, "not_met"),
        ([legal(siren=A), legal(siren=B), {"siren": C, "categorie": "personne_physique"}], {"siren": A}, "not_met"),
        (
            [legal(siren=A), legal(siren=B), {"siren": C, "categorie": "personne_physique"}, legal(siren=C)],
            {},
            "met",
        ),
        ([legal(), legal(), legal(denomination="…")], {"siren": C}, "not_met"),
        ([legal(denomination="x"), legal(denomination="X", siren=A), legal(siren=B)], {"siren": A}, "not_met"),
    ],
)
def test_three_legal_persons_are_asked(rows: list[dict[str, Any]], carrier: dict[str, str], result: str) -> None:
    assert members(*rows, porteur=carrier).verdict("E3").result == result


def test_a_rule_names_the_members_that_meet_it_though_a_column_of_its_condition_is_empty() -> None:
    approved = {"denomination": "Agréée (fictive)", "categorie": "entreprise_ess", "esus": True}
    assert "Agréée (fictive)" in members(approved).verdict("E4").reason


@pytest.mark.parametrize(
    ("cells", "result"),
    [
        ({"famille_ess": "association"}, "met"),
        ({"famille_ess": "societe_commerciale_ess"}, "to_verify"),
        ({"famille_ess": "societe_commerciale_ess", "esus": True}, "met"),
        ({"mention_ess": True}, "met"),
        ({"esus": False, "mention_ess": False}, "to_verify"),
        ({"categorie": "recherche", "esus": True}, "not_met"),
        ({"denomination": "?", "famille_ess": "association"}, "not_met"),
    ],
)
def test_an_ess_enterprise_is_asked(cells: dict[str, Any], result: str) -> None:
    row = {"denomination": "x", "categorie": "entreprise_ess", **cells}
    assert members(row).verdict("E4").result == result


@pytest.mark.parametrize(
    ("total", "outside", "result"),
    [(5, 3, "met"), (6, 3, "not_met"), (0, 0, "not_met"), (3, 5, "met"), (None, 0, "to_verify"), (0, None, "to_verify"),
     (None, None, "to_verify"), (1, 1, "met")],
)  # fmt: skip
def test_a_group_counts_where_its_majority_is_outside(total: int | None, outside: int | None, result: str) -> None:
    row = {"denomination": "g", "categorie": "groupement_entreprises"}
    told = members({**row, "membres_groupement": total, "membres_groupement_hors_ess": outside})
    assert told.verdict("E5").result == result


def test_three_roles_are_held_by_three_persons_at_their_best() -> None:
    ess = {"denomination": "A", "categorie": "entreprise_ess", "esus": True}
    outside = {"denomination": "B", "categorie": "entreprise_hors_ess"}
    town = {"denomination": "C", "categorie": "collectivite"}
    assert members(ess, outside, town).verdict("E9").result == "met"
    assert members(ess, outside, {**town, "denomination": "a"}).verdict("E9").result == "not_met"
    person = {"denomination": "D", "categorie": "personne_physique"}
    assert members(ess, outside, {**town, "denomination": "a"}, person).verdict("E9").result == "to_verify"
    other = {**ess, "denomination": "E"}
    assert members(ess, other, outside, {**town, "denomination": "a"}).verdict("E9").result == "met"


@pytest.mark.parametrize(
    ("identification", "result"),
    [
        ({"aide_anterieure": False}, "met"),
        ({"aide_anterieure": True}, "not_met"),
        ({}, "to_verify"),
        ({"nom_pole": "LA VERRIERE", "aide_anterieure": True}, "to_verify"),
        ({"nom_pole": "la serre — le multiple !", "aide_anterieure": False}, "to_verify"),
        ({"porteur": {"denomination": "Taf et Maffe"}, "aide_anterieure": False}, "to_verify"),
        ({"co_porteurs": [None, {"denomination": "scic la cité phares"}], "aide_anterieure": False}, "to_verify"),
        ({"nom_pole": "La Verrière de Lille", "aide_anterieure": False}, "met"),
    ],
)
def test_former_laureates_are_looked_for(identification: dict[str, Any], result: str) -> None:
    assert of(identification=identification).verdict("E8").result == result


def test_a_known_number_of_a_former_laureate_decides() -> None:
    file = "forms/ptce-2015/laureats-2013.csv"
    text = CALL.sources[file].replace("La Verrière;;;11;", f"La Verrière;;;11;{A[:3]} {A[3:]}")
    definition = parse_sources({**CALL.sources, file: text})
    for told in ({"porteur": {"siren": A}}, {"co_porteurs": [{"siren": A}]}):
        answers = definition.questionnaire.parse({"identification": {**told, "nom_pole": "La Verrière"}})
        assert evaluate(definition, answers).verdict("E8").result == "not_met"


@pytest.mark.parametrize(
    ("rows", "key", "value"),
    [
        # a table with no row
        ([], "moyens_effectifs", None),
        ([None, {}], "valeur_moyens", None),
        # rows, but none matching
        ([{"nature": "demarche", "statut": "prevu"}], "moyens_effectifs", 0),
        ([{"nature": "demarche"}], "valeur_moyens", 0),
        # a condition's column empty in every row
        ([{"nature": "emploi"}], "moyens_effectifs", None),
        ([{"statut": "effectif"}], "moyens_effectifs", None),
        ([{"valeur_annuelle": "5"}], "valeur_moyens", None),
        # an empty cell is neither "is" nor "is not"
        ([{"nature": "emploi", "valeur_annuelle": "2"}, {"valeur_annuelle": "5"}], "valeur_moyens", 200),
        # matching rows whose cells are all empty; sums skip empty cells
        ([{"nature": "emploi"}, {"nature": "demarche", "valeur_annuelle": "5"}], "valeur_moyens", None),
        ([{"nature": "emploi"}, {"nature": "locaux", "valeur_annuelle": "5"}], "valeur_moyens", 500),
        # a ratio with a null side, or a zero below
        ([{"nature": "emploi", "valeur_annuelle": "0"}], "part_moyens", None),
        ([{"nature": "demarche", "valeur_annuelle": "5"}], "part_moyens", 0),
        ([{"nature": "emploi", "valeur_annuelle": "1"}, {"valeur_annuelle": "2"}], "part_moyens", Fraction(1, 3)),
        ([{"nature": "emploi", "valeur_annuelle": "1"}], "part_conventionnee", None),
        ([{"nature": "emploi", "valeur_annuelle": "1", "convention": False}], "part_conventionnee", 0),
    ],
)
def test_missing_is_unknown_and_never_zero(rows: list[Any], key: str, value: Any) -> None:
    assert of(mutualisation={"moyens": rows}).measure(key).value == value


def test_an_empty_kind_of_contribution_has_a_meaning() -> None:
    rows = [{"source": "contributions_nature", "an3": "5"}, {"source": "cotisations", "an3": "3"}, {"an3": "1"}]
    told = of(budget={"produits": rows})
    assert told.measure("autofinancement_an3").value == Fraction(3, 4)
    assert told.measure("autofinancement_an3_nature").value == Fraction(8, 9)


def test_staff_lent_may_be_in_kind_on_any_line() -> None:
    line = {"poste": "personnel", "an1": "5", "nature_apport": "nature"}
    lent = {"source": "fonds_prives", "an1": "5", "nature_apport": "nature"}
    told = of(budget={"charges": [line], "produits": [lent]})
    assert [finding.key for finding in told.errors] == ["budget.produits.source"]


def test_silence_in_a_filed_dossier_is_an_answer_for_three_demands_only() -> None:
    draft, filed = of(), of(FILED)
    assert {str(check.state) for check in draft.checks} == {"unknown"}
    broken = {check.key for check in filed.checks if check.state == "not_respected"}
    assert broken == {"moyens_pas_seulement_demarches", "hors_ess_en_gouvernance", "essaimage_engage"}
    assert {filed.check(key).ceiling for key in broken} == {1}


def test_rows_that_do_not_tell_are_unknown_even_when_filed() -> None:
    told = of(FILED, mutualisation={"moyens": [{"intitule": "x"}]}, impact_essaimage={"essaimage": [{"cible": "x"}]})
    assert told.check("moyens_pas_seulement_demarches").state == "unknown"
    assert told.check("essaimage_engage").state == "unknown"


def test_a_ceiling_lowers_the_indicative_level_of_its_axis() -> None:
    row = {"denomination": "x", "siege_gouvernance": True, "voix": 1}
    rows = [{**row, "categorie": category} for category in ("recherche", "formation")]
    told = of(membres={"membres": rows}, gouvernance={"statuts_nomment_hors_ess": True})
    axis = told.levels["gouvernance"]
    assert (axis.ceiling, axis.level) == (1, min(axis.median or 0, 1))
    assert told.check("hors_ess_en_gouvernance").reason_asked


def test_the_indicative_level_is_the_lower_middle_of_the_known_levels() -> None:
    told = of(projet={"politiques_publiques": ["emploi"]}, impact_essaimage={"emplois_crees": "100"})
    assert told.measure("politiques_croisees").level == 1
    assert told.measure("emplois_crees").level == 5
    assert told.levels["exemplarite"].level == 1
    assert told.levels["essaimage"].level is None


def test_fields_name_every_column_in_the_forms_order_whatever_is_answered() -> None:
    expected = ("membres.membres.categorie", "membres.membres.niveau", "projet.politiques_publiques")
    assert of().check("politiques_croisees").requirement.fields == expected
    assert of().verdict("E3").fields == (
        "identification.porteur.denomination",
        "identification.porteur.siren",
        "membres.membres.denomination",
        "membres.membres.siren",
        "membres.membres.categorie",
    )
    for item in (*CALL.eligibility, *CALL.indicators, *CALL.requirements):
        assert item.fields == CALL.questionnaire.in_form_order(item.fields)
        assert all(CALL.questionnaire.question(path) for path in item.fields)
