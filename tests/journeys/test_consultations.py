"""A service consulted, in a browser 390 px wide: asked by the correspondent, answered by its link and the keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from ptce_aap.models import OutboxItem
from tests.instructions import lay_out
from tests.journeys.hands import Hands

_REQUEST = "consultation_request"


@pytest.mark.browser
def test_a_service_is_consulted_and_answers_with_the_keyboard(served, new_page):
    scene = lay_out(served.database)
    officer = new_page(viewport={"width": 390, "height": 800})
    officer.context.add_cookies([{"name": "ptce", "value": scene.sign_in("here"), "url": served.url}])
    officer.goto(f"{served.url}/correspondant/{scene.slug}/dossiers/{scene.here[1]}")
    officer.get_by_role("link", name="Avis demandés").last.click()
    officer.get_by_role("link", name="Demander un avis").click()
    officer.get_by_label("Que demandez-vous").fill("Ce projet vous concerne-t-il\u00a0?")
    officer.get_by_label("Nom du service").first.fill("Service d’essai")
    officer.get_by_label("Prénom et nom").first.fill("Une personne d’essai")
    officer.get_by_label("Son adresse").first.fill("service@exemple.fr")
    officer.get_by_text("Projet et stratégie").click()
    officer.get_by_role("button", name="Envoyer").click()
    expect(officer.get_by_text("En attente")).to_be_visible()

    with served.database.reading() as session:
        sent = [one.payload["text"] for one in session.scalars(select(OutboxItem)) if one.topic == _REQUEST]
    address = re.search(r"/dossier/consultation/[\w-]+", sent[-1])
    assert address is not None
    service = new_page(viewport={"width": 390, "height": 800})
    service.goto(served.url + address[0])
    assert service.evaluate("document.documentElement.scrollWidth") <= 390
    hands = Hands(service)
    hands.press(service.get_by_label("Favorable", exact=True), "Space")
    hands.type(service.get_by_label("Vos observations"), "Utile au territoire.")
    hands.press(service.get_by_role("button", name="Rendre ma réponse"))
    expect(service.get_by_role("heading", name="Votre réponse est rendue")).to_be_visible()

    assert hands.faults == []
    officer.reload()
    expect(officer.get_by_text("Utile au territoire.")).to_be_visible()
