"""Two people prepare one dossier: invited, writing at once, one confirming, the other filing."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.filings import COMPLETE, PASSWORD, Applicants, open_call
from tests.journeys.browsing import Pages
from tests.serving import Served

NAME = "#q-nom_pole"


@pytest.fixture
def call(served: Served) -> Applicants:
    return open_call(served.database)


def save(page: Page) -> None:
    page.locator(".app-buttons--sticky").get_by_role("button", name="Enregistrer", exact=True).click()


@pytest.mark.browser
def test_a_dossier_is_shared_written_by_two_confirmed_and_filed(
    new_page: Callable[..., Page], pages: Pages, served: Served, call: Applicants
) -> None:
    reference = call.bring(COMPLETE)
    here = f"{served.url}/candidature/{reference}"
    # Without scripts for her: what he sees must not depend on what her browser sends by itself.
    anne, basile, representative = new_page(java_script_enabled=False), new_page(), new_page()
    anne.goto(f"{served.url}/compte/connexion?suite=/candidature/{reference}/personnes")
    anne.get_by_label("Adresse de courriel").fill("anne@example.org")
    anne.get_by_label("Mot de passe").fill(PASSWORD)
    with anne.expect_navigation():
        anne.get_by_role("button", name="Se connecter").click()
    anne.get_by_role("link", name="Inviter une personne").click()
    anne.get_by_label("Adresse de courriel").fill("basile@example.org")
    anne.get_by_label(re.compile("^Porter le dossier avec vous")).check(force=True)
    anne.get_by_role("button", name="Envoyer l’invitation").click()
    expect(anne.locator("main")).to_contain_text("Invitation envoyée")

    basile.goto(served.link_sent("basile@example.org"))
    pages.check(basile)
    basile.get_by_role("link", name="Créer un compte").click()
    basile.get_by_label("Prénom et nom").fill("Basile")
    basile.get_by_label("Adresse de courriel").fill("basile@example.org")
    basile.get_by_label("Mot de passe").fill(PASSWORD)
    basile.get_by_role("button", name=re.compile("compte")).click()
    basile.get_by_role("button", name="Accepter l’invitation").click()
    expect(basile.locator("main")).to_contain_text("Ce dossier est partagé avec vous")

    for page in (anne, basile):
        page.goto(f"{here}/etape/identification")
    basile.locator(NAME).fill("Pôle de Basile")
    save(basile)
    expect(basile.get_by_role("alert").or_(basile.get_by_text("C’est enregistré")).first).to_be_visible()
    anne.locator(NAME).fill("Pôle d’Anne")
    save(anne)
    both = anne.locator(".app-conflict")
    expect(both).to_contain_text("par Basile")
    expect(both).to_contain_text("Pôle de Basile")
    expect(both).to_contain_text("Pôle d’Anne")
    anne.get_by_label("Garder la réponse enregistrée").check(force=True)
    save(anne)
    expect(anne.locator(NAME)).to_have_value("Pôle de Basile")
    expect(anne.locator("main")).to_contain_text("Dernière modification par Basile")

    anne.goto(f"{here}/personnes/representant")
    anne.get_by_label(re.compile("^Adresse de courriel")).fill("direction@example.org")
    anne.get_by_role("button", name="Envoyer la demande").click()
    representative.goto(served.link_sent("direction@example.org"))
    basile.goto(f"{here}/personnes/confirmer")
    for page, name in ((representative, "Une personne d’essai"), (basile, "Basile")):
        pages.check(page)
        page.get_by_label(re.compile("^Prénom et nom")).fill(name)
        page.get_by_role("button", name="Confirmer le dossier").click()
        expect(page.locator("main")).to_contain_text("Votre réponse est enregistrée")

    basile.goto(f"{here}/relecture")
    expect(basile.get_by_role("button", name=re.compile("^Déposer"))).to_have_count(0)
    anne.goto(f"{here}/relecture")
    expect(anne.locator("#confirmations + ul li")).to_have_count(2)
    expect(anne.locator("main")).not_to_contain_text("version antérieure")
    anne.get_by_role("button", name=re.compile("^Déposer")).click()
    expect(anne.get_by_role("heading", level=1)).to_have_text("Votre dossier est déposé")
    expect(anne.locator("main")).to_contain_text("Une personne d’essai (représentant légal)")
    basile.goto(f"{here}/accuse")
    expect(basile.get_by_role("heading", level=1)).to_have_text("Votre dossier est déposé")
    pages.check(basile)
