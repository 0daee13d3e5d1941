"""Text typed is never lost: the network cut, the session over, two windows, a browser that dies."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, Request, expect
from sqlalchemy import select, update

from ptce_aap import clock
from ptce_aap.database import Database
from ptce_aap.models import Answer, SignIn
from tests.filings import COMPLETE, Applicants, open_call
from tests.journeys.browsing import Pages
from tests.journeys.running import eventually
from tests.journeys.test_applicant import sign_in
from tests.mortal import mortal
from tests.serving import Served

BEFORE = COMPLETE["identification"]["nom_pole"]
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


def keeps(page: Page, texts: int) -> None:
    """Wait until the browser itself keeps this many texts."""
    page.wait_for_function("texts => Object.keys(localStorage).length === texts", arg=texts)


def told(page: Page):
    return page.locator("[data-saved]")


def die(page: Page) -> None:
    """Let the page's process die as it stands: nothing of it runs any more."""
    with suppress(Error), page.expect_event("crash"):
        page.goto("chrome://crash")
    page.close()


@pytest.mark.target("REL-21")
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
    eventually(lambda: stored(call, "identification.nom_pole") == "Pôle des Essais et son annexe")
    page.locator("#q-porteur-siren").fill("12")
    page.locator("#q-porteur-siren").blur()
    expect(page.locator("#q-porteur-siren-messages")).to_contain_text("Le SIREN compte 9 chiffres")
    pages.check(page)
    page.locator("#q-porteur-siren").fill("000 000 018")
    page.locator("#q-porteur-siren").blur()
    expect(page.locator("#q-porteur-siren-messages")).to_have_text("")
    keeps(page, 0)
    open_stage(page, stage.replace("identification", "membres"))
    page.locator("summary", has_text="Ajouter une ligne sans quitter").click()
    page.locator("[name=membres-nouvelle-denomination]").fill("Une ligne qui n’existe encore que dans le navigateur")
    keeps(page, 1)
    with page.expect_navigation():
        page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.locator("main")).to_contain_text("Une ligne qui n’existe encore")
    keeps(page, 0)
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
    open_stage(page, stage)
    page.route("**/saisie", lambda route: route.fulfill(content_type="text/html", body="Bienvenue sur le réseau"))
    page.locator("#q-nom_pole").fill("Jamais parti")
    expect(told(page)).to_contain_text("Votre saisie est gardée dans ce navigateur")
    keeps(page, 1)
    page.evaluate("() => { Storage.prototype.setItem = () => { throw new Error('full') } }")
    page.locator("#q-nom_pole").fill("Ni parti ni gardé")
    expect(told(page)).to_contain_text("Votre saisie n’est que sur cette page")
    page.on("dialog", lambda dialog: dialog.accept())  # signing out erases it: asked once
    page.locator("summary.app-menu__button").click()
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_text("Vous êtes déconnecté")).to_be_visible()
    keeps(page, 0)


@pytest.mark.target("REL-21")
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
    with page.expect_event("dialog") as asked:  # leaving is asked about while something is not saved
        page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    context = page.context
    die(page)
    context.set_offline(False)
    page = context.new_page()
    open_stage(page, stage)
    expect(page.get_by_text(re.compile("^Une saisie du .* n’a pas été enregistrée"))).to_be_visible()
    expect(page.locator("#q-nom_pole")).to_have_value("Pôle des Essais")
    texts = ["Écrit dans le train", "Pôle des Essais", "Tapé au dernier moment", "Association d’essai"]
    expect(page.locator(".app-conflict__typed")).to_have_text(texts)
    pages.check(page)
    page.get_by_role("button", name="Reprendre cette saisie").click()
    expect(told(page)).to_have_text(SAVED)
    eventually(lambda: stored(call, "identification.nom_pole") == "Écrit dans le train")
    eventually(lambda: stored(call, "identification.porteur")["denomination"] == "Tapé au dernier moment")
    keeps(page, 0)


@pytest.mark.target("REL-21")
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


@pytest.mark.target("REL-21")
@pytest.mark.browser
def test_a_session_that_ends_or_a_token_that_dies_loses_nothing(
    new_page: Callable[..., Page], served: Served, call: Applicants, stage: str
) -> None:
    page = new_page()
    sign_in(page, served)
    open_stage(page, stage)
    page.context.clear_cookies(name="ptce-form")  # the token dies: a fresh one comes with the refusal
    page.locator("#q-nom_pole").fill("Après la mort du jeton")
    expect(told(page)).to_have_text(SAVED)
    end = update(SignIn).values(ended_at=clock.now())
    served.database.transaction(lambda session: session.execute(end))
    page.locator("#q-nom_pole").fill("Après la fin de la session")
    expect(told(page)).to_contain_text("Votre session a expiré")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Se connecter dans un nouvel onglet").click()
    sign_in(opened.value, served)
    opened.value.close()
    page.bring_to_front()
    page.locator("#q-porteur-denomination").fill("Et la suite")
    expect(told(page)).to_have_text(SAVED, timeout=20_000)
    eventually(lambda: stored(call, "identification.nom_pole") == "Après la fin de la session")
    eventually(lambda: stored(call, "identification.porteur")["denomination"] == "Et la suite")
    keeps(page, 0)


@pytest.mark.target("REL-21")
@pytest.mark.browser
def test_without_scripts_an_ended_session_gives_the_text_back_to_send_again(
    new_page: Callable[..., Page], pages: Pages, served: Served, call: Applicants, stage: str
) -> None:
    page = new_page(java_script_enabled=False)
    sign_in(page, served)
    page.goto(stage)
    page.locator("#q-nom_pole").fill("Écrit sans script « & » <b>")
    end = update(SignIn).values(ended_at=clock.now())
    served.database.transaction(lambda session: session.execute(end))
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("votre saisie est ici")
    expect(page.locator(".app-kept").first).to_have_text("Écrit sans script « & » <b>")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Connectez-vous dans un nouvel onglet").click()
    sign_in(opened.value, served)
    page.get_by_role("button", name="Envoyer de nouveau").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Identification")
    assert stored(call, "identification.nom_pole") == "Écrit sans script « & » <b>"


@pytest.mark.target("REL-21")
@pytest.mark.browser
def test_a_server_killed_between_saving_and_answering_loses_no_text_and_invents_no_conflict(
    new_page: Callable[..., Page], sqlite_database: Database, tmp_path: Path
) -> None:
    call = open_call(sqlite_database)
    address = f"/candidature/{call.bring(COMPLETE)}/etape/identification"
    with mortal(sqlite_database.url, tmp_path / "instance") as server:
        page = new_page()
        sign_in(page, server)
        open_stage(page, server.url + address)
        server.dies_after_next_save()
        page.locator("#q-nom_pole").fill("Enregistré, jamais répondu")
        server.wait_until_dead()
        assert stored(call, "identification.nom_pole") == "Enregistré, jamais répondu"
        expect(told(page)).to_contain_text("le réseau ne répond pas")
        page.locator("#q-nom_pole").fill("Tapé pendant la panne")
        server.start()
        expect(told(page)).to_have_text(SAVED, timeout=20_000)
        eventually(lambda: stored(call, "identification.nom_pole") == "Tapé pendant la panne")
        expect(page.locator("[data-conflict]")).to_have_count(0)


@pytest.mark.target("REL-21")
@pytest.mark.browser
def test_somebody_who_never_stops_typing_loses_less_than_ten_seconds(
    new_page: Callable[..., Page], served: Served, call: Applicants, stage: str
) -> None:
    page = new_page()
    sign_in(page, served)
    # The page's time passes as the test says: a slow machine changes nothing to what is lost in ten seconds of it.
    page.clock.install()
    page.clock.pause_at(clock.now())
    open_stage(page, stage)
    leaving = Leaving(page)
    field, every = page.locator("#q-nom_pole"), 80
    field.fill("")
    for letters in range(1, 15_000 // every):
        field.press("a")
        page.clock.run_for(every)
        leaving.wait()
        kept = len((stored(call, "identification.nom_pole") or "").replace(BEFORE, ""))
        # Nothing of the browser is left: only what arrived.
        assert kept <= letters
        assert (letters - kept) * every < 10_000
    assert leaving.sent >= 2


class Leaving:
    """What a page's script sends to be saved: how many, and whether one is on its way."""

    def __init__(self, page: Page) -> None:
        self.page, self.sent, self.on_the_way = page, 0, 0
        page.on("request", lambda request: self._count(request, 1))
        page.on("requestfinished", lambda request: self._count(request, -1))

    def _count(self, request: Request, step: int) -> None:
        if request.url.endswith("/saisie"):
            self.sent, self.on_the_way = self.sent + max(step, 0), self.on_the_way + step

    def wait(self) -> None:
        """Wait until nothing is on its way."""
        while self.on_the_way:
            self.page.wait_for_timeout(5)
