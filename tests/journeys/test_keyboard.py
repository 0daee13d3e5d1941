"""Without a mouse, 320 pixels wide: from the account to the receipt; and what each page weighs on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

from ptce_aap.config import Settings
from ptce_aap.database import Database
from ptce_aap.web import assets
from tests.filings import PASSWORD, open_call
from tests.journeys.hands import Hands
from tests.serving import Served, serving

PHONE = {"width": 320, "height": 640}
FIRST_VIEW, NEXT_VIEW = 200_000, 50_000
MOST_REQUESTS, MOST_FONTS = 15, 2


@pytest.mark.target("A11Y-04")
@pytest.mark.target("A11Y-03")
@pytest.mark.browser
def test_the_whole_way_from_the_account_to_the_receipt_needs_no_mouse_and_no_wide_screen(
    new_page: Callable[..., Page], served: Served
) -> None:
    open_call(served.database)
    page = new_page(viewport=PHONE)
    hands = Hands(page)
    page.goto(f"{served.url}/compte/creer")
    hands.type(page.get_by_label("Prénom et nom"), "Anne")
    hands.type(page.get_by_label("Adresse de courriel"), "anne@example.org")
    hands.type(page.get_by_label("Mot de passe"), PASSWORD)
    hands.press(page.get_by_role("button", name="Créer mon compte"))
    hands.press(page.get_by_role("link", name="Commencer un dossier"))
    hands.press(page.get_by_role("button", name="Commencer le dossier"))
    here = page.url
    hands.press(page.get_by_role("link", name="Continuer :"))
    hands.type(page.locator("#q-nom_pole"), "Pôle de la Rive")
    hands.type(page.locator("#q-porteur-denomination"), "Association de la Rive")
    hands.type(page.locator("#q-porteur-contact_courriel"), "contact@example.org")
    hands.press(page.locator(".app-buttons--sticky").get_by_role("button", name="Enregistrer et continuer"))
    hands.press(page.get_by_role("link", name="Toutes les étapes du dossier"))
    hands.press(page.get_by_role("link", name="Relire et déposer").first)
    hands.press(page.get_by_role("link", name="Modifier l’étape Pièces"))
    for statement in ("J’atteste", "J’ai pris connaissance"):
        hands.press(page.get_by_role("checkbox", name=statement), "Space")
    hands.press(page.locator(".app-buttons--sticky").get_by_role("button", name="Enregistrer et continuer"))
    hands.press(page.get_by_role("button", name="Déposer en l’état"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre dossier est déposé")
    expect(page).to_have_url(f"{here}/accuse")
    hands.press(page.get_by_role("link", name="page de vérification"))
    hands.press(page.get_by_role("button", name="Vérifier", exact=True))
    expect(page.get_by_role("status")).to_contain_text("Les deux valeurs correspondent")
    assert hands.faults == []


@dataclass
class Weight:
    """What the browser received for a page and whom it asked; of the whole visit, the most requests and the fonts."""

    session: CDPSession
    received: float = 0
    requests: int = 0
    most_requests: int = 0
    hosts: set[str] = field(default_factory=set)
    fonts: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.session.on("Network.loadingFinished", self._add)
        self.session.on("Network.requestWillBeSent", self._ask)
        self.session.send("Network.enable")

    def _ask(self, event: dict[str, Any]) -> None:
        address = event["request"]["url"]
        if event["type"] == "Font":
            self.fonts.add(address)
        if not address.startswith("data:"):
            self.hosts.add(address[:16])

    def _add(self, event: dict[str, float]) -> None:
        self.received += event["encodedDataLength"]
        self.requests += event["encodedDataLength"] > 0  # what the browser kept crosses no network

    def of(self, page: Page, address: str) -> float:
        """Open a page; return the bytes that crossed the network for it."""
        self.received = self.requests = 0
        page.goto(address)
        page.wait_for_load_state("networkidle")
        self.most_requests = max(self.most_requests, self.requests)
        return self.received


@pytest.mark.target("ECO-01")
@pytest.mark.browser
def test_a_first_page_weighs_200_kb_at_most_the_next_50_in_few_requests_and_nobody_else_is_asked(
    new_page: Callable[..., Page], settings: Settings, sqlite_database: Database
) -> None:
    assets.prepare(settings.instance)  # as the application does before it answers
    with serving(settings, sqlite_database) as served:
        first, rest, weight = _weigh(new_page, served)
    assert first <= FIRST_VIEW
    assert {path: size for path, size in rest.items() if size > NEXT_VIEW} == {}
    assert weight.hosts == {served.url[:16]}
    assert 1 < weight.most_requests <= MOST_REQUESTS
    assert len(weight.fonts) <= MOST_FONTS


def _weigh(new_page: Callable[..., Page], served: Served) -> tuple[float, dict[str, float], Weight]:
    """Return the bytes of a first view, those of each page after it, and what was asked for on the way."""
    call = open_call(served.database)
    reference = call.bring({"identification": {"nom_pole": "Pôle"}})
    page = new_page(viewport=PHONE)
    weight = Weight(page.context.new_cdp_session(page))
    first = weight.of(page, f"{served.url}/")
    page.goto(f"{served.url}/compte/connexion")
    page.get_by_label("Adresse de courriel").fill("anne@example.org")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name="Se connecter").click()
    own = f"/candidature/{reference}"
    rest = ("/candidature", own, f"{own}/etape/identification", f"{own}/etape/membres", f"{own}/relecture", "/verifier")
    sizes = {path: weight.of(page, served.url + path) for path in rest}
    return first, sizes, weight
