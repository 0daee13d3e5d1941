"""Complements in a real browser: the correspondent asks, the applicant answers, the difference is read."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from ptce_aap.domain import working_days
from tests.instructions import NOW, lay_out


@pytest.mark.browser
def test_a_request_its_answer_and_the_difference(served, new_page):
    scene = lay_out(served.database)
    reference = scene.here[1]

    def somebody(name):
        page = new_page()
        page.context.add_cookies([{"name": "ptce", "value": scene.sign_in(name), "url": served.url}])
        return page

    officer, applicant = somebody("here"), somebody("applicant")
    officer.goto(f"{served.url}/correspondant/{scene.slug}/dossiers/{reference}")
    officer.get_by_role("link", name="Compléments").click()
    officer.get_by_role("link", name="Demander des compléments").click()
    officer.locator("label[for=question-projet-resume]").click()
    officer.get_by_role("button", name="Écrire la demande").click()
    officer.get_by_label("Ce qui est attendu").fill("Dites qui fait quoi.")
    officer.get_by_label("Réponse attendue jusqu’au").fill(working_days.after(NOW.date(), 6).isoformat())
    officer.get_by_role("button", name="Relire avant d’envoyer").click()
    officer.get_by_text("Voici ce que le porteur lira").wait_for()
    officer.get_by_role("button", name="Envoyer la demande").click()
    officer.get_by_text("Réponse attendue", exact=True).wait_for()

    applicant.goto(f"{served.url}/candidature")
    applicant.get_by_role("link", name="Des compléments sont demandés").click()
    applicant.get_by_role("link", name="Répondre", exact=True).click()
    applicant.get_by_label("Résumé du projet").fill("Chacun fait sa part.")
    applicant.get_by_role("button", name="Enregistrer et continuer").click()
    applicant.get_by_text("Vous avez repris toutes les questions demandées.").wait_for()
    applicant.get_by_role("button", name="Déposer les compléments").click()
    applicant.get_by_text("Vos compléments sont reçus").wait_for()

    officer.reload()
    expect(officer.get_by_text("Réponse reçue")).to_be_visible()
    expect(officer.get_by_text("Chacun fait sa part.")).to_be_visible()
    expect(officer.get_by_text("Avant", exact=True)).to_be_visible()
