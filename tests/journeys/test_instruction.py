"""A correspondent's and the call team's story in a real browser: wide, on a phone, and without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from ptce_aap.config import Settings
from ptce_aap.database import Database
from tests.instructions import Scene, add_dossiers, lay_out
from tests.journeys.walking import COMPOSING, SIGNS_OF_A_WORD, Walk
from tests.serving import Served, serving

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}
WRITTEN = Path(__file__).resolve().parents[2] / "docs" / "parcours-instruction.md"
READ_A_MINUTE, A_CLICK = 200, 2  # words of an attentive reader; seconds
# Five lines, as the form asks; fictional.
OPINION = (
    "Le pôle est attendu par trois communes et par la mission locale, qui l’ont dit en réunion. La halle existe, le "
    "loyer est tenu, deux artisans y travaillent déjà. Le programme est réaliste ; le poste de coordination dépend "
    "encore du conseil régional, qui votera en mars. Avis favorable : l’aide paie ce qui manque à un projet engagé."
)


@pytest.fixture
def scene(sqlite_database: Database) -> Scene:
    return lay_out(sqlite_database)


@pytest.fixture
def served(settings: Settings, scene: Scene) -> Iterator[Served]:
    with serving(settings, scene.database) as served:
        yield served


def enter(page: Page, served: Served, scene: Scene, name: str, address: str) -> None:
    """Sign a person in and open a page."""
    page.context.add_cookies([{"name": "ptce", "value": scene.sign_in(name), "url": served.url}])
    page.goto(served.url + address)


def tick(within: Page | Locator, words: str) -> None:
    """Choose an option by its words, which cover its button."""
    within.locator("label").get_by_text(words, exact=True).click()


def test_dossiers_are_chosen_with_the_keyboard_and_their_sheets_follow_the_computation(
    served: Served, scene: Scene, new_page: Callable[..., Page], check_page: Callable[[Page], None]
) -> None:
    page = new_page(viewport=PHONE)
    enter(page, served, scene, "here", f"/correspondant/{scene.slug}")
    search = page.get_by_role("searchbox")
    page.keyboard.press("/")
    expect(search).to_be_focused()
    page.keyboard.type("jx?/k")  # letters, in a field
    expect(search).to_have_value("jx?/k")
    search.fill("")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Filtrer").focus()
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(2)
    page.keyboard.press("?")
    expect(page.get_by_text("rechercher.")).to_be_visible()
    page.get_by_role("button", name="Suivre le calcul pour les dossiers choisis").press("Enter")
    check_page(page)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.get_by_role("button", name="Suivre le calcul pour ces 2 dossiers").press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("2 fiches complétées")


@pytest.mark.target("A11Y-04")
def test_a_dossier_goes_from_its_deposit_to_its_decision_without_javascript(
    served: Served, scene: Scene, new_page: Callable[..., Page], check_page: Callable[[Page], None]
) -> None:
    page = new_page(java_script_enabled=False)
    enter(page, served, scene, "here", "/correspondant")
    page.get_by_role("link", name="Pôle 31 0001 (fictif)").click()
    page.locator("summary").filter(has_text="Personne morale").click()
    tick(page.get_by_role("radiogroup", name="Votre proposition – Personne morale"), "À vérifier")
    page.get_by_role("button", name="Suivre le calcul pour le reste").click()
    expect(page.get_by_role("alert")).to_contain_text("Votre réponse diffère du calcul")
    page.locator("#motif-E2").fill("Les statuts joints sont ceux d’une régie.")
    page.get_by_role("button", name="Enregistrer la fiche").click()
    expect(page.get_by_role("status").first).to_contain_text("La fiche de recevabilité est complète.")

    page.get_by_role("navigation", name="Votre travail sur ce dossier").get_by_role(
        "link", name="Avis", exact=True
    ).click()
    tick(page, "Favorable")
    page.get_by_label("Synthèse et conditions").fill("Le pôle est attendu par trois communes.")
    page.get_by_label("Autorité qui valide").fill("Pour le préfet de région, par délégation")
    page.get_by_role("button", name="Relire et rendre mon avis").click()
    expect(page.get_by_text("Le pôle est attendu par trois communes.")).to_be_visible()
    page.get_by_role("button", name="Rendre mon avis").click()
    expect(page.get_by_text("Votre avis est rendu.")).to_be_visible()

    page.goto(f"{served.url}/correspondant/{scene.slug}/classement")
    page.get_by_role("row", name="Pôle 31 0001").get_by_role("button", name="Ajouter à la suite").click()
    expect(page.get_by_label("Rang de Pôle 31 0001 (fictif)")).to_have_value("1")

    team = new_page(java_script_enabled=False)
    enter(team, served, scene, "team", f"/pilotage/{scene.slug}/recevabilite")
    team.get_by_role("link", name="Pôle 31 0001 (fictif)").click()
    expect(team.get_by_text("Les statuts joints sont ceux d’une régie.")).to_be_visible()
    expect(team.get_by_text("Le pôle est attendu par trois communes.")).to_be_visible()
    tick(team, "Recevable\u00a0: le dossier va au jury")
    team.get_by_label("Motif de la décision").fill("La régie a rejoint une association : règle remplie.")
    team.get_by_role("button", name="Enregistrer la décision").click()
    expect(team.get_by_text("Décision enregistrée")).to_be_visible()
    assert scene.dossier(scene.here[1]).state == "eligible"


def test_a_plain_dossier_is_instructed_within_the_count_that_is_written_down(
    served: Served, scene: Scene, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    page.context.add_cookies([{"name": "ptce", "value": scene.sign_in("here"), "url": served.url}])
    walk = Walk(page)
    page.goto(f"{served.url}/correspondant/{scene.slug}")
    walk.press(page.get_by_role("link", name="Pôle 31 0001 (fictif)"))
    roles = ("Une entreprise de l’économie", "Une entreprise hors de l’économie", "Une autre personne")
    for rule in roles:  # the three rules that a careful reader opens, the drawing of the roles beside them
        walk.press(page.locator("summary").filter(has_text=rule))
    walk.press(page.get_by_role("button", name="Suivre le calcul pour le reste"))
    work = page.get_by_role("navigation", name="Votre travail sur ce dossier")
    walk.press(work.get_by_role("link", name="Avis", exact=True))
    walk.fill(page.get_by_role("radiogroup", name="Votre avis"), "favorable")
    walk.fill(page.get_by_label("Synthèse et conditions"), OPINION)
    walk.fill(page.get_by_label("Autorité qui valide"), "Pour le préfet de région, par délégation")
    walk.press(page.get_by_role("button", name="Relire et rendre mon avis"))
    walk.press(page.get_by_role("button", name="Rendre mon avis"))
    expect(page.get_by_text("Votre avis est rendu.")).to_be_visible()
    walk.press(page.get_by_role("link", name="Dossier suivant"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Pôle 31 0000")
    rows = re.findall(r"^\| ([a-z]+)[^|]*\| ([0-9]+) \|$", WRITTEN.read_text(encoding="utf-8"), re.M)
    counted = {name: int(figure) for name, figure in rows}
    typed = (walk.composed + walk.copied) / SIGNS_OF_A_WORD / COMPOSING
    minutes = walk.words / READ_A_MINUTE + walk.clicks * A_CLICK / 60 + typed
    assert (walk.pages, walk.clicks, walk.fields) == (counted["pages"], counted["gestes"], counted["champs"])
    # Give or take a paragraph: beyond, the figures written down are no longer true.
    assert abs(walk.words - counted["mots"]) <= 60, walk.words
    assert abs(minutes - counted["minutes"]) <= 1, minutes
    assert minutes <= 15


@pytest.mark.parametrize("options", [{}, {"viewport": PHONE}], ids=["wide", "phone"])
def test_every_page_of_the_instruction_is_accessible_valid_and_never_wider_than_the_screen(
    served: Served,
    scene: Scene,
    new_page: Callable[..., Page],
    check_page: Callable[[Page], None],
    options: dict[str, object],
) -> None:
    rooms = {"here": f"/correspondant/{scene.slug}", "team": f"/pilotage/{scene.slug}"}
    reference = scene.here[0]
    addresses = {
        "here": [
            *("", f"/dossiers/{reference}", f"/dossiers/{reference}/avis", "/classement"),
            f"/comparer?dossier={reference}&dossier={scene.here[1]}",
        ],
        "team": [
            "/terme-des-avis",
            *("/dossiers", f"/dossiers/{reference}", "/dossiers?q=rien"),
            *("/recevabilite", f"/recevabilite/{reference}", "/recevabilite/ensemble"),
        ],
    }
    for name, room in rooms.items():
        page = new_page(**options)
        for address in addresses[name]:
            enter(page, served, scene, name, room + address)
            check_page(page)
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, address


def test_a_region_orders_its_dossiers_with_arrows_then_with_the_mouse_and_saves_once(
    served: Served, scene: Scene, new_page: Callable[..., Page]
) -> None:
    add_dossiers(scene, 1)
    page = new_page(viewport=PHONE)
    enter(page, served, scene, "here", f"/correspondant/{scene.slug}/classement")
    first, second, third = (page.get_by_label(f"Rang de Pôle 31 000{place} (fictif)") for place in range(3))
    grips = page.locator(".app-rank__grip")
    for place in range(3):
        grips.nth(place).focus()
        page.keyboard.press("ArrowDown")
    expect(third).to_have_value("3")
    page.keyboard.press("ArrowUp")
    said = page.locator("[data-said]")
    expect(said).to_contain_text("Pôle 31 0002 (fictif)\u00a0: rang 2")
    expect(third).to_have_value("2")

    page.set_viewport_size({"width": 1280, "height": 900})
    start, end = grips.nth(2).bounding_box(), grips.nth(0).bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + 8, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(end["x"] + 8, end["y"] - 4, steps=4)
    page.mouse.up()
    expect(second).to_have_value("1")
    page.get_by_role("button", name="Annuler le dernier déplacement").click()
    expect(second).to_have_value("3")
    page.get_by_role("button", name="Enregistrer le classement").click()
    expect(page.get_by_text("Le classement de la région est enregistré.")).to_be_visible()
    for field, number in ((first, "1"), (third, "2"), (second, "3")):
        expect(field).to_have_value(number)
    assert scene.acts().count("region.ranked") == 1
    page.get_by_role("button", name="Annuler mon dernier enregistrement").click()
    expect(page.get_by_text("Le dernier changement est annulé.")).to_be_visible()
    expect(first).to_have_value("")
