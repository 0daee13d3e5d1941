"""A message is read in a real browser: opening the page is enough, and without JavaScript a button says it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from ptce_aap.clock import now
from ptce_aap.services.exchanges import correspondence
from tests.filings import BASE
from tests.instructions import Scene, lay_out


def write(scene: Scene, reference: str, draw: str) -> None:
    def work(session):
        who = scene.actor("here")
        desk = correspondence.service_desk(session, who, scene.call(), reference, now=now())
        correspondence.write(session, who, desk, "Bonjour <b>à tous</b>.", draw=draw, base_url=BASE, now=now())

    scene.database.transaction(work)


@pytest.mark.browser
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_an_applicant_reads_and_answers(served, new_page, scripts: bool) -> None:
    scene = lay_out(served.database, here=1, elsewhere=0)
    reference = scene.here[0]
    write(scene, reference, "1")
    page = new_page(java_script_enabled=scripts)
    page.context.add_cookies([{"name": "ptce", "value": scene.sign_in("applicant"), "url": served.url}])
    page.goto(f"{served.url}/candidature")
    page.get_by_role("link", name="1 message à lire").click()
    expect(page.get_by_text("Bonjour <b>à tous</b>.")).to_be_visible()
    expect(page.get_by_text("Nouveau", exact=True)).to_be_visible()
    button = page.get_by_role("button", name="J’ai lu ce message")
    if scripts:
        expect(button).to_be_hidden()
    else:
        with page.expect_navigation():
            button.click()
    page.goto(f"{served.url}/candidature")
    expect(page.get_by_role("link", name="à lire")).to_have_count(0)
    page.goto(f"{served.url}/candidature/{reference}/messages")
    expect(page.get_by_text("Nouveau", exact=True)).to_have_count(0)
    page.get_by_label("Votre message").fill("Bien reçu, merci.")
    page.get_by_role("button", name="Envoyer le message").click()
    expect(page.get_by_text("Votre message est envoyé.")).to_be_visible()
    expect(page.get_by_role("heading", name="2 messages, du plus récent au plus ancien")).to_be_visible()
