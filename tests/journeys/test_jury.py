"""A juror's story in a real browser: conflicts, marks saved as they are chosen, the sheet made final."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from ptce_aap import clock
from ptce_aap.config import Settings
from ptce_aap.database import Database
from ptce_aap.models import Person
from tests import proven
from tests.deliberations import Scene, lay_out
from tests.integration.test_marking import give, open_marking
from tests.journeys.hands import Hands
from tests.serving import Served, serving

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def scene(sqlite_database: Database) -> Scene:
    """Three eligible dossiers given to two jurors, the marking open, nobody has declared his conflicts."""
    scene = lay_out(sqlite_database, (90, 80, 70), readings=(0, 0, 0), ranked=False)
    open_marking(scene)
    give(scene, "juror-1", scene.dossiers)
    give(scene, "juror-2", scene.dossiers)
    return scene


@pytest.fixture
def served(settings: Settings, scene: Scene) -> Iterator[Served]:
    with serving(settings, scene.database) as served:
        yield served


def enter(page: Page, served: Served, scene: Scene, name: str) -> None:
    """Sign a person in."""

    def sign(session):
        return proven.open_session(session, session.get_one(Person, scene.actor(name).person_id), now=clock.now())

    secret = served.database.transaction(sign)
    page.context.add_cookies([{"name": "ptce", "value": secret, "url": served.url}])


def declare(page: Page, served: Served, scene: Scene) -> None:
    """Say that there is a link with the last dossier, and that the list was gone through."""
    page.goto(f"{served.url}/jury/{scene.slug}")
    page.get_by_role("link", name="Déclarer mes conflits d’intérêts").click()
    page.get_by_role("row", name="Pôle 0003").get_by_role("link", name="J’ai un lien").click()
    page.get_by_label("Quel est ce lien ?").fill("J’ai conseillé ce pôle en 2024.")
    page.get_by_role("button", name="Déclarer ce conflit").click()
    page.get_by_role("button", name="J’ai terminé ma déclaration").click()


def test_a_juror_declares_his_conflicts_marks_with_the_keyboard_and_makes_his_sheet_final(
    served: Served, scene: Scene, new_page: Callable[..., Page], check_page: Callable[[Page], None]
) -> None:
    page = new_page()
    enter(page, served, scene, "juror-1")
    declare(page, served, scene)
    expect(page.get_by_text("0 dossier lu sur 2")).to_be_visible()
    expect(page.get_by_role("link", name="Pôle 0003")).to_have_count(0)
    check_page(page)
    page.get_by_role("link", name="Lire ce dossier").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pôle 0001 (fictif)")
    check_page(page)
    scales = page.locator("[data-mark]")
    for place in range(scales.count()):
        scales.nth(place).get_by_role("radio").first.focus()
        page.keyboard.press("3")
        page.keyboard.press(",")
    expect(page.get_by_text("13 critères sur 13")).to_be_visible()
    expect(page.locator("[data-saved]")).to_contain_text("Enregistré")
    page.reload()
    expect(page.get_by_role("radio", checked=True)).to_have_count(13)
    page.get_by_role("button", name="Rendre ma fiche…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Il manque quelque chose à votre fiche")
    page.wait_for_load_state()
    asked = [link.get_attribute("href") for link in page.get_by_role("link", name="Expliquez votre note").all()]
    assert asked
    page.get_by_role("link", name="Revenir à la grille").click()
    for address in asked:
        page.locator("#" + address.rpartition("#")[2]).fill("Les pièces vont plus loin que l’indicateur.")
    page.get_by_role("button", name="Rendre ma fiche…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Rendre ma fiche ?")
    expect(page.get_by_text("Votre total : 70,00 sur 100.")).to_be_visible()
    check_page(page)
    page.get_by_role("button", name="Rendre ma fiche").click()
    expect(page.get_by_text("1 dossier lu sur 2")).to_be_visible()
    page.get_by_role("link", name="Pôle 0001 (fictif)").click()
    expect(page.get_by_text("70,00 sur 100")).to_be_visible()
    expect(page.get_by_role("radio")).to_have_count(0)
    check_page(page)


@pytest.mark.target("A11Y-03")
def test_from_his_conflicts_to_his_final_sheet_a_juror_needs_no_mouse_and_no_wide_screen(
    served: Served, scene: Scene, new_page: Callable[..., Page]
) -> None:
    page = new_page(viewport={"width": 320, "height": 640})
    enter(page, served, scene, "juror-1")
    hands = Hands(page)
    page.goto(f"{served.url}/jury/{scene.slug}")
    hands.press(page.get_by_role("link", name="Déclarer mes conflits d’intérêts"))
    hands.press(page.get_by_role("row", name="Pôle 0003").get_by_role("link", name="J’ai un lien"))
    hands.type(page.get_by_label("Quel est ce lien ?"), "J’ai conseillé ce pôle en 2024.")
    hands.press(page.get_by_role("button", name="Déclarer ce conflit"))
    hands.press(page.get_by_role("button", name="J’ai terminé ma déclaration"))
    hands.press(page.get_by_role("link", name="Lire ce dossier"))
    for scale in page.locator("[data-mark]").all():
        hands.reach(scale.get_by_role("radio").first)
        page.keyboard.press("3")
    expect(page.get_by_text("13 critères sur 13")).to_be_visible()
    expect(page.locator("[data-saved]")).to_contain_text("Enregistré")
    hands.press(page.get_by_role("button", name="Rendre ma fiche…"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Il manque quelque chose à votre fiche")
    asked = [link.get_attribute("href") for link in page.get_by_role("link", name="Expliquez votre note").all()]
    hands.press(page.get_by_role("link", name="Revenir à la grille"))
    for address in asked:
        hands.type(page.locator("#" + address.rpartition("#")[2]), "Les pièces vont plus loin que l’indicateur.")
    hands.press(page.get_by_role("button", name="Rendre ma fiche…"))
    hands.press(page.get_by_role("button", name="Rendre ma fiche"))
    expect(page.get_by_text("1 dossier lu sur 2")).to_be_visible()
    assert hands.faults == []


def test_a_mark_chosen_on_a_page_that_is_no_longer_up_to_date_overwrites_nothing(
    served: Served, scene: Scene, new_page: Callable[..., Page]
) -> None:
    first, second = new_page(), new_page()
    enter(first, served, scene, "juror-1")
    declare(first, served, scene)
    enter(second, served, scene, "juror-1")
    for page in (first, second):
        page.goto(f"{served.url}/jury/{scene.slug}/dossiers/{scene.dossiers[0]}")
    first.locator("[data-mark]").first.get_by_role("radio").nth(4).check(force=True)
    expect(first.locator("[data-saved]")).to_contain_text("Enregistré le")
    second.locator("[data-mark]").first.get_by_role("radio").nth(8).check(force=True)
    expect(second.locator("[data-saved]")).to_contain_text("Rien n’a été écrasé")
    second.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(second.get_by_role("heading", name="Cette fiche a changé entre-temps")).to_be_visible()
    expect(second.locator("[data-mark]").first.get_by_role("radio").nth(8)).to_be_checked()
    second.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(second.get_by_text("Elle reste un brouillon")).to_be_visible()


def test_a_button_pressed_while_a_mark_is_on_its_way_meets_no_conflict(
    served: Served, scene: Scene, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    enter(page, served, scene, "juror-1")
    declare(page, served, scene)
    page.get_by_role("link", name="Lire ce dossier").click()
    page.get_by_label("Commentaire").first.fill("Aussitôt écrit, aussitôt envoyé.")
    page.locator("[data-mark]").first.get_by_role("radio").nth(6).check(force=True)
    page.wait_for_timeout(110)
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.get_by_text("Elle reste un brouillon")).to_be_visible()
    expect(page.get_by_label("Commentaire").first).to_have_value("Aussitôt écrit, aussitôt envoyé.")
    expect(page.get_by_text("1 critère sur 13")).to_be_visible()


@pytest.mark.target("A11Y-04")
def test_the_whole_work_is_done_on_a_phone_without_javascript(
    served: Served, scene: Scene, new_page: Callable[..., Page], check_page: Callable[[Page], None]
) -> None:
    page = new_page(viewport=PHONE, java_script_enabled=False)
    enter(page, served, scene, "juror-2")
    declare(page, served, scene)
    page.get_by_role("link", name="Lire ce dossier").click()
    expect(page.locator("[data-mark]")).to_have_count(13)
    page.wait_for_load_state()
    for scale in page.locator("[data-mark]").all():
        scale.get_by_role("radio").nth(4).check(force=True)
    for comment in page.get_by_label("Commentaire").all():
        comment.fill("Voir le dossier.")
    page.get_by_role("button", name="Rendre ma fiche…").click()
    page.get_by_role("button", name="Rendre ma fiche").click()
    expect(page.get_by_text("1 dossier lu sur 2")).to_be_visible()
    narrow = new_page(viewport=PHONE)
    enter(narrow, served, scene, "juror-2")
    for address in ("", "/conflits", f"/conflits/{scene.dossiers[1]}", f"/dossiers/{scene.dossiers[1]}"):
        narrow.goto(f"{served.url}/jury/{scene.slug}{address}")
        assert narrow.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        check_page(narrow)
