"""The call's sheet and grid are read whole; whatever is wrong in them is told with its file and key."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest

from ptce_aap.definitions.grids import read_grid
from ptce_aap.definitions.questionnaires import read_questionnaire
from ptce_aap.definitions.reader import Problem
from ptce_aap.definitions.sheets import check_sheet, read_sheet
from ptce_aap.domain.calendar import ReadFrom
from ptce_aap.domain.calls import CallSheet, Place, Silence
from ptce_aap.domain.questionnaire import Questionnaire
from ptce_aap.domain.scoring import Grid
from ptce_aap.resources import shipped


def source(folder: str, name: str) -> str:
    return (shipped(folder) / "ptce-2015" / name).read_text(encoding="utf-8")


SHEET = source("forms", "appel.v1.toml")
GRID = source("scoring", "grille.v1.toml")


def form(name: str) -> Questionnaire:
    problems: list[Problem] = []
    read = read_questionnaire(source("forms", name), name, problems)
    assert problems == []
    return read


def sheet_of(text: str) -> tuple[CallSheet, list[str]]:
    problems: list[Problem] = []
    sheet = read_sheet(text, "appel.v1.toml", problems)
    return sheet, [problem.key for problem in problems]


def grid_of(text: str) -> tuple[Grid, list[str]]:
    problems: list[Problem] = []
    grid = read_grid(text, "grille.v1.toml", problems)
    return grid, [problem.key for problem in problems]


def test_the_second_call_is_the_one_that_was_announced() -> None:
    sheet, problems = sheet_of(SHEET)
    assert problems == []
    assert sheet.name == "ptce-2015"
    assert sheet.envelope_cents == 270_000_000
    assert sheet.closes_at == datetime(2015, 6, 30, 22, tzinfo=UTC)
    assert sheet.opens_at == datetime(2015, 4, 20, 22, tzinfo=UTC)
    assert (len(sheet.regions), len(sheet.seats)) == (27, 7)
    assert (sheet.read_from, sheet.draw_breaks_ties) == (ReadFrom.CLOSING, False)


def test_overseas_regions_have_their_own_time() -> None:
    sheet, _ = sheet_of(SHEET)
    assert {region.code: region.time_zone for region in sheet.regions if region.time_zone != "Europe/Paris"} == {
        "01": "America/Guadeloupe",
        "02": "America/Martinique",
        "03": "America/Cayenne",
        "04": "Indian/Reunion",
        "06": "Indian/Mayotte",
    }


def test_a_deposit_of_the_last_day_is_impliedly_rejected_two_months_later() -> None:
    sheet, _ = sheet_of(SHEET)
    assert sheet.silence_means is Silence.REJECTION
    assert sheet.implied_decision_day(date(2015, 6, 30)) == date(2015, 8, 30)
    assert sheet.implied_decision_day(date(2015, 12, 31)) == date(2016, 2, 29)
    silence = sheet.text("silence")
    assert silence is not None
    assert "le 30 août 2015" in silence.filled({"jour_du_silence": "30 août 2015"})


def test_remedies_wait_for_the_legal_service_and_every_text_has_a_source_or_is_a_proposal() -> None:
    sheet, _ = sheet_of(SHEET)
    assert [text.key for text in sheet.texts_for(Place.DECISION)] == ["recours", "liberte_d_octroi"]
    assert all(text.approval_needed for text in sheet.texts_for(Place.DECISION))
    assert all(text.source or text.proposal for text in sheet.texts)


def test_the_projection_reads_questions_that_the_forms_have() -> None:
    sheet, _ = sheet_of(SHEET)
    problems: list[Problem] = []
    check_sheet(sheet, form("candidature.v1.toml"), form("avis.v1.toml"), {"aide_demandee"}, "appel.v1.toml", problems)
    assert problems == []


def test_a_projection_that_reads_nothing_is_told() -> None:
    text = SHEET.replace('"identification.nom_pole"', '"identification.nom"').replace('= "siren"', '= "numero"')
    text = text.replace('"avis.sens"', '"avis.direction"').replace('code = "42"', 'code = "99"')
    sheet, _ = sheet_of(text)
    problems: list[Problem] = []
    check_sheet(sheet, form("candidature.v1.toml"), form("avis.v1.toml"), (), "appel.v1.toml", problems)
    assert [problem.key for problem in problems] == [
        "projection.titre_du_dossier",
        "projection.sens_de_l_avis",
        "projection.siren_du_membre",
        "projection.montant_demande",
        "ressort",
    ]


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        ("enveloppe = 2_700_000", "enveloppe = 2.705", "enveloppe"),
        ("enveloppe = 2_700_000", 'enveloppe = "beaucoup"', "enveloppe"),
        ("cloture = 2015-07-01T00:00:00+02:00", "cloture = 2015-07-01T00:00:00", "calendrier.cloture"),
        ("cloture = 2015-07-01T00:00:00+02:00", "cloture = 2015-04-01T00:00:00+02:00", "calendrier.cloture"),
        ('= "cloture"', '= "demain"', "lecture_des_correspondants"),
        ('= "vote"', '= "loterie"', "egalite_sur_la_ligne"),
        ('fuseau = "America/Cayenne"', 'fuseau = "America/Nulle"', "ressort[25].fuseau"),
        ('code = "72"', 'code = "42"', "ressort"),
        ("version = 1", "version = 0", "version"),
        ('vaut = "rejet"', 'vaut = "peut-être"', "silence.vaut"),
        ('ou = ["accueil"]', 'ou = ["vitrine"]', "texte[objet].ou"),
        ("liste_complementaire = 5", "liste_complementaires = 5", "liste_complementaires"),
    ],
)
def test_a_wrong_sheet_names_its_key(before: str, after: str, key: str) -> None:
    assert before in SHEET
    _, problems = sheet_of(SHEET.replace(before, after, 1))
    assert key in problems


def test_the_grid_has_four_axes_of_25_with_a_different_anchor_for_every_level() -> None:
    grid, problems = grid_of(GRID)
    assert problems == []
    assert [(axis.key, axis.weight) for axis in grid.axes] == [
        ("exemplarite", 25),
        ("essaimage", 25),
        ("mutualisation", 25),
        ("gouvernance", 25),
    ]
    assert all(2 <= len(axis.criteria) <= 4 for axis in grid.axes)
    anchors = [anchor for criterion in grid.criteria for anchor in criterion.anchors]
    assert len(anchors) == 6 * len(grid.criteria)
    assert len({anchor for anchor in anchors if len(anchor) > 25}) == len([a for a in anchors if len(a) > 25])


def test_the_announced_rule_is_the_contract_s() -> None:
    grid, _ = grid_of(GRID)
    assert (grid.maximum, grid.step, grid.total_on, grid.minimal_readings) == (10, 1, 100, 2)
    assert (grid.flag_below, grid.explain_gap) == (Fraction(3), 4)
    assert grid.tie_order == ("mutualisation", "gouvernance", "essaimage", "exemplarite")
    assert grid.proposal


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        ("pas = 0.5", "pas = 0.3", "pas"),
        ("pas = 0.5", "pas = 0", "pas"),
        ("note_maximale = 5 ", "note_maximale = 5.25 ", "note_maximale"),
        ("poids = 25", "poids = 0", "axe[exemplarite].poids"),
        ('cle = "essaimage"', 'cle = "exemplarite"', "axe"),
        ('cle = "methode_partagee"', 'cle = "cibles_du_transfert"', "axe.critere"),
        ('"mutualisation", "gouvernance"', '"mutualisations", "gouvernance"', "departage"),
        ("lectures_minimales = 2", "lectures_minimales = 0", "lectures_minimales"),
        ('5 = "Des cibles', '6 = "Des cibles', "axe[essaimage].critere[cibles_du_transfert].ancres.5"),
    ],
)
def test_a_wrong_grid_names_its_key(before: str, after: str, key: str) -> None:
    assert before in GRID
    _, problems = grid_of(GRID.replace(before, after, 1))
    assert key in problems


def test_a_grid_on_20_describes_its_two_ends_at_least() -> None:
    text = """
        cle = "grille"
        version = 1
        titre = "Grille sur 20"
        note_maximale = 20
        pas = 1
        total_sur = 20
        lectures_minimales = 1
        [[axe]]
        cle = "qualite"
        libelle = "Qualité"
        poids = 1
        [[axe.critere]]
        cle = "clarte"
        libelle = "Clarté"
        question = "Est-ce clair ?"
        a_regarder = "Tout."
        [axe.critere.ancres]
        0 = "Illisible."
        20 = "Limpide."
    """
    grid, problems = grid_of(text)
    assert problems == []
    assert (grid.maximum, grid.step, grid.flag_below, grid.explain_gap) == (40, 2, None, None)
    assert grid.criteria[0].anchors[0] == "Illisible."
    assert grid.criteria[0].anchors[20] == "Limpide."
    assert grid_of(text.replace('20 = "Limpide."', ""))[1] == ["axe[qualite].critere[clarte].ancres.20"]


def test_files_that_are_not_toml_are_told_and_not_raised() -> None:
    assert sheet_of("cle = ")[1][0] == ""
    assert grid_of("[[axe]")[1][0] == ""
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads("cle = ")


def test_themes_are_told_by_a_question_of_choices() -> None:
    sheet, _ = sheet_of(SHEET.replace('"projet.secteurs"', '"identification.nom_pole"'))
    problems: list[Problem] = []
    check_sheet(sheet, form("candidature.v1.toml"), form("avis.v1.toml"), {"aide_demandee"}, "appel.v1.toml", problems)
    assert [problem.key for problem in problems] == ["projection.themes_du_dossier"]
