"""Text typed is never lost: the network cut, the session over, two windows, a browser that dies."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress

import pytest
from playwright.sync_api import Error, Page, expect
from sqlalchemy import select

from ptce_aap.models import Answer
from tests.filings import COMPLETE, Applicants, open_call
from tests.journeys.browsing import Pages
from tests.journeys.running import eventually
from tests.journeys.test_applicant import sign_in
from tests.serving import Served

KEPT = "Object.keys(localStorage)"
SAVED = re.compile(r"Enregistré à \d+\sh\s\d\d")


@pytest.fixture
def call(served: Served) -> Applicants:
    return open_call(served.database)


@pytest.fixture
def stage(served: Served, call: Applicants) -> str:
    """The address of the first stage of a dossier."""
    return f"{served.url}/candidature/{call.bring(COMPLETE)}/etape/identification"


def stored(call: Applicants, path: str) -> object:
    with call.database.reading() as session:
        return session.scalar(select(Answer.value).where(Answer.key == path))


def open_stage(page: Page, address: str) -> None:
    """Open a stage and wait until its script runs."""
    page.goto(address)
    page.locator("form[data-ready]").wait_for()


def told(page: Page):
    return page.locator("[data-saved]")


def die(page: Page) -> None:
    """Let the page's process die as it stands: nothing of it runs any more."""
    with suppress(Error), page.expect_event("crash"):
        page.goto("chrome://crash")
    page.close()


@pytest.mark.browser
def test_what_is_typed_is_saved_while_one_types_and_the_rest_of_the_page_is_left_alone(
    new_page: Callable[..., Page], pages: Pages, served: Served, call: Applicants, stage: str
) -> None:
    page = new_page()
    sign_in(page, served)
    open_stage(page, stage)
    page.locator("#q-nom_pole").press("End")
    page.locator("#q-nom_pole").press_sequentially(" et son annexe", delay=5)
    expect(told(page)).to_have_text(SAVED)
    assert stored(call, "identification.nom_pole") == "Pôle des Essais et son annexe"
    page.locator("#q-porteur-siren").fill("12")
    page.locator("#q-porteur-siren").blur()
    expect(page.locator("#q-porteur-siren-messages")).to_contain_text("Le SIREN compte 9 chiffres")
    pages.check(page)
    page.locator("#q-porteur-siren").fill("000 000 018")
    page.locator("#q-porteur-siren").blur()
    expect(page.locator("#q-porteur-siren-messages")).to_have_text("")
    assert page.evaluate(KEPT) == []
    open_stage(page, stage.replace("identification", "membres"))
    page.locator("summary", has_text="Ajouter une ligne sans quitter").click()
    page.locator("[name=membres-nouvelle-denomination]").fill("Une ligne qui n’existe encore que dans le navigateur")
    assert len(page.evaluate(KEPT)) == 1
    with page.expect_navigation():
        page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.locator("main")).to_contain_text("Une ligne qui n’existe encore")
    assert page.evaluate(KEPT) == []
    page.get_by_role("button", name="Modifier – Une ligne").click()
    page.locator("form[data-ready]").wait_for()
    page.get_by_label("Dénomination").fill("Fonderie")
    page.get_by_label("Numéro SIREN").fill("12")
    expect(told(page)).to_have_text(SAVED)
    page.get_by_label("Dénomination").focus()
    expect(page.locator("#q-siren-messages")).to_contain_text("Le SIREN compte 9 chiffres")
    pages.check(page)
    page.get_by_role("link", name="Retour à l’étape").click()
    expect(page.locator("main")).to_contain_text("Fonderie")


@pytest.mark.browser
def test_a_browser_that_dies_without_a_network_offers_the_text_back_at_the_next_visit(
    new_page: Callable[..., Page], pages: Pages, served: Served, call: Applicants, stage: str
) -> None:
    page = new_page()
    sign_in(page, served)
    open_stage(page, stage)
    page.context.set_offline(True)
    page.locator("#q-nom_pole").fill("Écrit dans le train")
    page.locator("#q-nom_pole").blur()
    expect(told(page)).to_contain_text("le réseau ne répond pas")
    page.locator(".app-buttons--sticky").get_by_role("button", name="Enregistrer et continuer").click()
    page.locator("#q-porteur-denomination").fill("Tapé au dernier moment")
    context = page.context
    die(page)
    context.set_offline(False)
    page = context.new_page()
    open_stage(page, stage)
    expect(page.get_by_text(re.compile("^Une saisie du .* n’a pas été enregistrée"))).to_be_visible()
    expect(page.locator("#q-nom_pole")).to_have_value("Pôle des Essais")
    texts = page.locator(".app-conflict__typed").all_inner_texts()
    assert texts[:2] == ["Écrit dans le train", "Pôle des Essais"]
    assert texts[2:] == ["Tapé au dernier moment", "Association d’essai"]
    pages.check(page)
    page.get_by_role("button", name="Reprendre cette saisie").click()
    expect(told(page)).to_have_text(SAVED)
    assert stored(call, "identification.nom_pole") == "Écrit dans le train"
    assert stored(call, "identification.porteur")["denomination"] == "Tapé au dernier moment"
    assert page.evaluate(KEPT) == []


@pytest.mark.browser
def test_two_windows_keep_both_texts_and_the_person_chooses(
    new_page: Callable[..., Page], pages: Pages, served: Served, call: Applicants, stage: str
) -> None:
    one = new_page()
    sign_in(one, served)
    two = one.context.new_page()
    for page in (one, two):
        open_stage(page, stage)
    for page, text in ((one, "Le premier"), (two, "Le second")):
        page.locator("#q-nom_pole").fill(text)
        page.locator("#q-nom_pole").blur()
        expect(told(page)).to_have_text(re.compile("^Enregistré à"))
    expect(two.locator(".app-conflict__text p:last-child")).to_have_text(["Le second", "Le premier"])
    two.locator("#q-porteur-denomination").fill("Une autre question s’enregistre")
    two.locator("#q-porteur-denomination").blur()
    eventually(lambda: stored(call, "identification.porteur")["denomination"].startswith("Une autre"))
    expect(told(two)).to_contain_text("sauf la réponse qui a deux textes")
    pages.check(two)
    assert stored(call, "identification.nom_pole") == "Le premier"
    two.locator("#q-nom_pole").fill("Le premier et le second")
    for choice, text in (("^Garder ce que", "Le premier et le second"), ("^Garder la réponse", "Le premier")):
        two.locator("label", has_text=re.compile(choice)).click()
        expect(two.locator("#q-nom_pole")).to_have_value(text)
        eventually(lambda text=text: stored(call, "identification.nom_pole") == text)
    assert stored(call, "identification.porteur")["denomination"] == "Une autre question s’enregistre"
