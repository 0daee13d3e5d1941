"""A resource of a region, in a real browser and on a telephone: added by the correspondent, met by the applicant."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from ptce_aap.clock import now
from ptce_aap.services.deposits import filing
from ptce_aap.services.regions import shown_resources
from tests.instructions import HERE, NOW, lay_out

TELEPHONE = {"width": 390, "height": 844}


@pytest.mark.browser
def test_what_a_correspondent_adds_is_found_by_an_applicant_where_it_meets_his_need(
    served, new_page, check_page
) -> None:
    scene = lay_out(served.database, here=0, elsewhere=0)
    scene.change_call(closes_at=NOW + timedelta(days=9))
    applicant, call = scene.actor("applicant"), scene.call()
    dossier = scene.database.transaction(filing.create_dossier, applicant, call, now=now())
    long_ago = now() - timedelta(days=2)
    scene.database.transaction(shown_resources.note_visit, applicant, dossier.id, now=long_ago)

    keeper = new_page(viewport=TELEPHONE)
    keeper.context.add_cookies([{"name": "ptce", "value": scene.sign_in("here"), "url": served.url}])
    keeper.goto(f"{served.url}/correspondant/{scene.slug}")
    keeper.get_by_role("link", name="Ressources").press("Enter")
    keeper.get_by_role("link", name="Ajouter une ressource").first.press("Enter")
    keeper.get_by_label("Nom", exact=False).first.fill("Atelier juridique d’essai")
    keeper.get_by_label("Nature", exact=False).select_option(label="Autre ressource")
    keeper.get_by_label("Conseil juridique").press("Space")
    keeper.get_by_label("Adresse du site", exact=False).fill("https://www.example.org")
    check_page(keeper)
    keeper.get_by_role("button", name="Ajouter à l’annuaire").press("Enter")
    expect(keeper.get_by_text("est dans l’annuaire")).to_be_visible()
    check_page(keeper)

    reader = new_page(viewport=TELEPHONE)
    reader.context.add_cookies([{"name": "ptce", "value": scene.sign_in("applicant"), "url": served.url}])
    stages = f"{served.url}/candidature/{dossier.reference}/etape"
    reader.goto(f"{stages}/impact_essaimage")
    reader.get_by_role("link", name="Dire votre région").press("Enter")
    reader.get_by_label("Région", exact=False).first.select_option(value=HERE)
    with reader.expect_navigation():
        reader.get_by_role("button", name="Enregistrer et continuer").last.press("Enter")
    reader.goto(f"{stages}/impact_essaimage")
    reader.get_by_label("Conseil juridique").press("Space")
    with reader.expect_navigation():
        reader.get_by_role("button", name="Enregistrer et continuer").last.press("Enter")
    reader.goto(f"{stages}/impact_essaimage")
    beside = reader.locator("#ressources")
    expect(beside.get_by_role("heading", name="Pour les besoins que vous avez cochés")).to_be_visible()
    expect(beside.get_by_text("Atelier juridique d’essai")).to_be_visible()
    expect(beside.get_by_text("1 ressource nouvelle ou changée depuis votre dernière visite")).to_be_visible()
    expect(beside.get_by_role("link", name="https://www.example.org")).to_be_visible()
    expect(beside.get_by_role("button", name="J’ai tout vu")).to_be_hidden()
    check_page(reader)
    assert reader.evaluate("document.documentElement.scrollWidth") <= TELEPHONE["width"]
