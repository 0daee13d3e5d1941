"""The ways into an account in a real browser: the guided page, the code at sign-in, a passkey, a fresh proof."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from ptce_aap import addresses, clock
from ptce_aap.domain.permissions import Role
from ptce_aap.models import Person, SignIn
from ptce_aap.services.accounts import enrolment
from ptce_aap.services.calls.calls import SYSTEM
from tests.journeys import factors
from tests.journeys.people import PASSWORD, press
from tests.serving import Served

EMAIL = "comptes@example.org"


def invite(served: Served) -> str:
    """Return the address of an invitation to administer accounts, by the name of this machine."""
    link = served.database.transaction(
        enrolment.invite, EMAIL, Role.ADMIN, by=SYSTEM, base_url=served.url, call_title="Tous", now=clock.now()
    )
    return served.url.replace("127.0.0.1", "localhost") + addresses.invitation(link)


def come(page: Page, served: Served, look: Callable[[Page], None]) -> factors.Application:
    """Take an invitation, choose a password, link an application."""
    page.goto(invite(served))
    page.get_by_label("Prénom et nom").fill("Comptes Fictifs")
    page.get_by_label("Nouveau mot de passe").fill(PASSWORD)
    press(page, "Commencer")
    expect(page.get_by_role("heading", level=1)).to_have_text("Relier une application de codes")
    look(page)
    return factors.enrol(page, look=lambda: look(page))


def sign_in(page: Page) -> None:
    page.get_by_label("Adresse de courriel").fill(EMAIL)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    press(page, "Se connecter")


@pytest.mark.browser
@pytest.mark.target("SEC-25")
def test_an_official_links_an_application_on_a_phone_without_javascript_and_is_asked_for_its_code(
    new_page: Callable[..., Page], served: Served, check_page: Callable[[Page], None]
) -> None:
    page = new_page(viewport={"width": 390, "height": 800}, java_script_enabled=False)
    application = come(page, served, lambda _: None)
    expect(page.get_by_role("heading", level=1)).to_have_text("Personnes et rôles")
    page.context.clear_cookies()
    page.reload()
    expect(page.get_by_text("Se connecter avec une clé d’accès")).to_be_hidden()  # offered by a script only
    sign_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre code de connexion")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    factors.give_code(page, application, "Se connecter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Personnes et rôles")


@pytest.mark.target("A11Y-01")
@pytest.mark.browser
def test_the_pages_that_ask_for_a_code_and_take_it_away_are_fit_to_be_read(
    new_page: Callable[..., Page], served: Served, check_page: Callable[[Page], None]
) -> None:
    page = new_page()
    come(page, served, check_page)
    here = served.url.replace("127.0.0.1", "localhost")
    with served.database.reading() as session:
        who = session.scalars(select(Person.reference)).one()
    for path in (f"/pilotage/personnes/{who}/second-facteur", "/compte/securite", "/compte/securite/application"):
        page.goto(f"{here}{path}")
        check_page(page)
    page.goto(f"{here}/compte/securite/application/retirer")
    check_page(page)
    page.context.clear_cookies()
    page.goto(f"{here}/compte/connexion")
    sign_in(page)
    check_page(page)
    page.get_by_label("Code à six chiffres").fill("000000")
    press(page, "Se connecter")
    expect(page.get_by_role("alert").first).to_contain_text("Ce code n’est pas le bon")
    check_page(page)


@pytest.mark.browser
def test_a_passkey_is_added_enters_alone_and_proves_who_acts(
    new_page: Callable[..., Page], served: Served, check_page: Callable[[Page], None]
) -> None:
    page = new_page()
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": device})
    come(page, served, check_page)
    here = served.url.replace("127.0.0.1", "localhost")
    page.goto(f"{here}/compte/securite")
    page.get_by_label("Nom de la clé").fill("Ordinateur du bureau")
    press(page, "Ajouter une clé d’accès")
    expect(page.get_by_text("La clé d’accès est ajoutée")).to_be_visible()
    check_page(page)
    page.context.clear_cookies()
    page.goto(f"{here}/compte/connexion")
    expect(page.get_by_text("Aucune clé d’accès n’a répondu")).to_be_hidden()
    check_page(page)
    press(page, "Se connecter avec une clé d’accès")
    expect(page.get_by_role("heading", level=1)).to_have_text("Personnes et rôles")
    page.goto(f"{here}/pilotage/personnes/inviter")
    past = clock.now() - timedelta(minutes=11)
    served.database.transaction(lambda session: session.execute(update(SignIn).values(proved_at=past)))
    page.get_by_label("Adresse de courriel").fill("autre@example.org")
    page.get_by_label("Rôle (obligatoire)").select_option("Administration des comptes")
    press(page, "Confier le rôle et envoyer l’invitation")
    expect(page.get_by_role("heading", level=1)).to_have_text(factors.PROOF)
    check_page(page)
    press(page, "Confirmer avec une clé d’accès")
    expect(page.get_by_text("Le rôle est confié")).to_be_visible()
    page.goto(f"{here}/compte/securite")
    page.get_by_role("link", name="Retirer la clé Ordinateur du bureau").click()
    check_page(page)
    press(page, "Retirer la clé")
    expect(page.get_by_text("La clé d’accès est retirée")).to_be_visible()
    page.context.clear_cookies()
    page.goto(f"{here}/compte/connexion")
    press(page, "Se connecter avec une clé d’accès")
    expect(page.get_by_text("Cette clé d’accès n’a pas été reconnue")).to_be_visible()
