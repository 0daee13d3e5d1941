"""How long a dossier takes somebody: the way walked in a browser, counted, and held to what docs/parcours.md says."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ptce_aap.definitions import load_call
from ptce_aap.domain.questionnaire import Question
from tests import files
from tests.filings import PASSWORD, Applicants, open_call
from tests.journeys.walking import Walk
from tests.serving import Served

WRITTEN = Path(__file__).resolve().parents[2] / "docs" / "parcours.md"
# Ten to fifteen lines, as the form asks; fictional.
SUMMARY = (
    "Sur un bassin de quarante-deux communes, une coopérative, un atelier de menuiserie et la communauté de communes "
    "réunissent leurs forces pour garder sur place le travail du bois. Ils partagent une halle, deux machines et une "
    "personne chargée des commandes. La coopérative forme des demandeurs d’emploi aux métiers de l’atelier ; l’atelier "
    "leur confie des commandes réelles ; la communauté de communes ouvre ses marchés d’entretien et prête la halle. "
    "Le pôle veut, en trois ans, porter de douze à vingt le nombre d’emplois, ouvrir la halle à cinq artisans de plus "
    "et montrer sa méthode à deux territoires voisins qui l’ont demandé. L’aide paie la première année la personne "
    "chargée de la coordination et l’étude des besoins ; ensuite, les ventes et les cotisations prennent le relais."
)
TERRITORY = (
    "Le bassin d’emploi du Val, 42 communes et 61 000 habitants, où se trouvent tous nos fournisseurs de bois et les "
    "deux tiers de nos clients. C’est aussi l’échelle de la communauté de communes, qui siège au pôle."
)
MINIMAL: dict[str, dict[str, Any]] = {
    "identification": {
        "nom_pole": "Pôle bois du Val (fictif)",
        "stade": "emergence",
        "region": "31",
        "type_candidat": "pole_constitue",
        "aide_anterieure": False,
        "porteur": {
            "denomination": "Coopérative du Val (fictive)",
            "siren": "000 123 455",
            "forme_juridique": "scic",
            "representant_nom": "Personne Fictive",
            "contact_courriel": "contact@pole.example.org",
        },
    },
    # One row is obligatory; the decree wants three legal persons, told by their SIREN.
    "membres": {
        "membres": [
            {"denomination": "Coopérative du Val", "siren": "000 123 455", "categorie": "entreprise_ess"},
            {"denomination": "Menuiserie Dupré", "siren": "000 234 567", "categorie": "entreprise_hors_ess"},
            {"denomination": "Communauté du Val", "siren": "000 345 678", "categorie": "collectivite"},
        ]
    },
    "territoire": {"perimetre": TERRITORY},
    "projet": {"resume": SUMMARY, "innovation": ["sociale"]},
    "budget": {
        "charges": [{"poste": "personnel", "an1": "45000"}],
        "produits": [{"source": "aide_demandee", "an1": "45000"}],
    },
    "pieces": {
        "statuts": ["statuts.pdf"],
        "attestation_honneur": True,
        "information_rgpd": True,
        "consentement_publication": False,
    },
}


def written_down() -> dict[str, int]:
    """Return the figures of the page that tells the way."""
    rows = re.findall(r"^\| ([a-z]+)[^|]*\| ([0-9]+) \|$", WRITTEN.read_text(encoding="utf-8"), re.M)
    return {name: int(figure) for name, figure in rows}


def leaves(answers: Any) -> int:
    """Count the fields of answers."""
    if isinstance(answers, dict):
        return sum(map(leaves, answers.values()))
    if isinstance(answers, list) and answers and isinstance(answers[0], dict):
        return sum(map(leaves, answers))
    return 1


def obligatory(question: Question) -> int:
    """Count the fields without which the dossier is incomplete; an obligatory row has one answer at least."""
    if not question.fields:
        return int(question.required)
    parts = sum(part.required for part in question.fields)
    if question.is_table:
        return max(parts, 1) if question.required else 0
    return parts


@pytest.fixture
def call(served: Served) -> Applicants:
    return open_call(served.database)


def test_the_form_asks_as_many_obligatory_fields_as_is_written_down() -> None:
    questionnaire = load_call("ptce-2015").questionnaire
    asked = sum(obligatory(question) for question in questionnaire.questions)
    counted = written_down()
    assert asked == counted["obligatoires"]
    answers = questionnaire.parse(MINIMAL)
    assert questionnaire.missing(answers) == ()
    # Beside them: the account, two members more, and what the decree and the balance read.
    assert counted["champs"] == leaves(MINIMAL) + 3


@pytest.mark.browser
def test_a_stranger_files_a_minimal_dossier_within_the_count_that_is_written_down(
    new_page: Callable[..., Page], served: Served, call: Applicants, tmp_path: Path
) -> None:
    page = new_page()
    walk = Walk(page)
    page.goto(served.url)
    walk.press(page.get_by_role("link", name=call.call.title))
    walk.press(page.get_by_role("link", name="Préparer un dossier"))
    walk.press(page.get_by_role("link", name="Créer un compte"))
    for label, typed in (("Prénom et nom", "Une Personne"), ("Adresse de courriel", "une@example.org")):
        walk.fill(page.get_by_label(label), typed)
    walk.fill(page.get_by_label("Mot de passe"), PASSWORD)
    walk.press(page.get_by_role("button", name="Créer mon compte"))
    walk.press(page.get_by_role("button", name="Commencer le dossier"))
    walk.press(page.get_by_role("link", name=re.compile("^Continuer")))
    statutes = tmp_path / "statuts.pdf"
    statutes.write_bytes(files.pdf())
    for stage in call.definition.questionnaire.stages:
        expect(page.get_by_role("heading", level=1)).to_contain_text(stage.title)
        walk.fill_stage(stage, MINIMAL.get(stage.key, {}), {"statuts": str(statutes)})
        walk.press(page.locator(".app-buttons--sticky").get_by_role("button", name="Enregistrer et continuer"))
    expect(page.locator("main")).to_contain_text("Votre dossier est complet.")
    walk.press(page.get_by_role("button", name="Déposer le dossier"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre dossier est déposé")
    walk.see()
    counted, minutes = written_down(), sum(walk.minutes.values())
    assert walk.fields == counted["champs"]
    # Give or take a page and a sentence: beyond, the figures written down are no longer true.
    assert abs(walk.pages - counted["pages"]) <= 2
    assert abs(walk.clicks - counted["gestes"]) <= 4
    assert abs(minutes - counted["minutes"]) <= 4
    assert minutes <= 45
