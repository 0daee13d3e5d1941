"""An applicant from the account to the receipt, with and without JavaScript, on wide and narrow screens."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import files
from tests.filings import COMPLETE, PASSWORD, Applicants, open_call
from tests.journeys.browsing import Pages
from tests.serving import Served

WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 390, "height": 844}


@pytest.fixture
def call(served: Served) -> Applicants:
    return open_call(served.database)


def sign_in(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/compte/connexion")
    page.get_by_label("Adresse de courriel").fill("anne@example.org")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name="Se connecter").click()


def save(page: Page) -> None:
    page.locator(".app-buttons--sticky").get_by_role("button", name="Enregistrer et continuer").click()


@pytest.mark.target("A11Y-04")
@pytest.mark.browser
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_dossier_is_started_filled_and_filed(
    new_page: Callable[..., Page], pages: Pages, served: Served, call: Applicants, tmp_path: Path, scripts: bool
) -> None:
    # axe is a script itself: without scripts, only the story is played.
    check = pages.check if scripts else lambda page: None
    page = new_page(java_script_enabled=scripts, **({} if scripts else {"viewport": NARROW}))
    page.goto(f"{served.url}/compte/creer")
    page.get_by_label("Prénom et nom").fill("Anne")
    page.get_by_label("Adresse de courriel").fill("anne@example.org")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name=re.compile("compte")).click()
    page.get_by_role("link", name="Commencer un dossier").click()
    check(page)
    page.get_by_role("button", name="Commencer le dossier").click()
    check(page)
    page.get_by_role("link", name=re.compile("^Continuer")).click()
    page.locator("#q-nom_pole").fill("Pôle de la Rive")
    page.locator("#q-porteur-denomination").fill("Association de la Rive")
    page.locator("#q-porteur-siren").fill("12")
    page.locator("#q-porteur-contact_courriel").fill("contact@example.org")
    with page.expect_navigation():
        save(page)
    expect(page.get_by_role("alert")).to_contain_text("il en manque 7")
    check(page)
    page.locator("#q-porteur-siren").fill("000 000 018")
    with page.expect_navigation():
        save(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Membres du pôle")
    page.get_by_role("button", name="Ajouter une ligne – Membres").click()
    page.get_by_label("Dénomination").fill("Fonderie de la Rive")
    page.get_by_label("Catégorie").select_option(label="Entreprise hors ESS")
    check(page)
    page.get_by_role("button", name="Enregistrer la ligne").click()
    page.get_by_role("button", name="Dupliquer – Fonderie de la Rive").click()
    page.get_by_role("button", name="Retirer – Fonderie de la Rive").last.click()
    expect(page.get_by_role("status").filter(has_text="Ligne retirée")).to_be_visible()
    page.get_by_role("button", name="Rétablir la ligne").click()
    expect(page.get_by_role("button", name="Retirer – Fonderie de la Rive")).to_have_count(2)
    check(page)
    page.goto(f"{page.url.rpartition('/etape/')[0]}/etape/pieces")
    statutes = tmp_path / "statuts.pdf"
    statutes.write_bytes(files.pdf())
    page.locator("input[type=file]").first.set_input_files(statutes)
    page.get_by_label(re.compile("^J’atteste")).check(force=True)
    page.get_by_label(re.compile("^J’ai pris connaissance")).check(force=True)
    with page.expect_navigation():
        save(page)
    check(page)
    page.get_by_role("button", name="Déposer en l’état").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre dossier est déposé")
    expect(page.locator("main")).to_contain_text("en préparation")
    check(page)
    served.do_jobs()
    page.get_by_role("link", name="Actualiser cette page").click()
    with page.expect_download() as received:
        page.get_by_role("link", name=re.compile("^Télécharger l’accusé")).click()
    assert Path(received.value.path()).read_bytes().startswith(b"%PDF-")
    letter = served.letters("contact@example.org")[-1]
    assert "Pôle de la Rive" in letter.get_body(("plain",)).get_content()


@pytest.mark.target("A11Y-01")
@pytest.mark.browser
def test_every_page_of_a_full_dossier_is_accessible_and_never_wider_than_the_screen(
    new_page: Callable[..., Page], pages: Pages, served: Served, call: Applicants
) -> None:
    long = "Coopérative d’activité et d’emploi du bassin Dunkerque-Flandre-Artois"
    rows = [{"denomination": f"{long} {n}", "categorie": "entreprise_ess", "apport_nature": 10**11} for n in range(5)]
    reference = call.bring({**COMPLETE, "membres": {"membres": rows}})
    page = new_page()
    sign_in(page, served)
    base = f"{served.url}/candidature/{reference}"
    stages = [f"/etape/{stage.key}" for stage in call.definition.questionnaire.stages]
    for rest in ("", *stages, "/etape/membres/membres/nouvelle", "/relecture"):
        page.set_viewport_size(WIDE)
        page.goto(base + rest)
        pages.check(page)
        for size in (WIDE, NARROW):
            page.set_viewport_size(size)
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], rest


@pytest.mark.browser
@pytest.mark.parametrize("where", ["identification", "membres/membres/nouvelle"], ids=["a group", "a new row"])
def test_a_number_is_told_wrong_as_soon_as_its_field_is_left(
    new_page: Callable[..., Page], served: Served, call: Applicants, where: str
) -> None:
    page = new_page()
    reference = call.start()
    sign_in(page, served)
    page.goto(f"{served.url}/candidature/{reference}/etape/{where}")
    field = page.get_by_label(re.compile("^Numéro SIREN(?!.*SIRET)")).first
    field.press_sequentially("12 34")
    field.press("Tab")
    told = page.get_by_text("Le SIREN compte 9 chiffres\u00a0; il en manque 5.")
    expect(told).to_be_visible()
    field.fill("000 000 018")
    field.press("Tab")
    expect(told).to_have_count(0)


@pytest.mark.target("A11Y-03")
@pytest.mark.browser
def test_the_public_self_test_is_passed_by_keyboard_on_a_phone_without_scripts(
    new_page: Callable[..., Page], served: Served, call: Applicants
) -> None:
    page = new_page(java_script_enabled=False, viewport=NARROW)
    page.goto(f"{served.url}/appels/{call.call.slug}/test-de-recevabilite")
    page.locator("#q-stade_du_pole input").first.focus()
    for item in call.definition.self_test.questions:
        # The first answer to each question: ticked by the space bar, or the first below « À choisir ».
        chosen = page.locator(":focus")
        expect(chosen).to_have_attribute("name", item.question.key)
        is_list = chosen.evaluate("field => field.tagName") == "SELECT"
        page.keyboard.press("ArrowDown" if is_list else "Space")
        for _ in range(len(item.effects) if item.many else 1):
            page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Résultat du test de recevabilité")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    start = page.get_by_role("link", name="Commencer un dossier avec ces réponses")
    start.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Se connecter")
