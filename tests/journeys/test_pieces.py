"""Pieces joined from a real browser: several at once, one refused, one cut, dropped with the mouse, on a phone."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests import files
from tests.filings import open_call
from tests.journeys.browsing import Pages
from tests.journeys.test_applicant import NARROW, sign_in
from tests.serving import Served

DROP = """([place, name, content]) => {
    const bytes = Uint8Array.from(atob(content), sign => sign.charCodeAt(0));
    const given = new DataTransfer();
    given.items.add(new File([bytes], name));
    document.querySelector(place).dispatchEvent(
        new DragEvent("drop", {dataTransfer: given, bubbles: true, cancelable: true}));
}"""


@pytest.mark.browser
def test_files_leave_one_by_one_and_each_says_what_became_of_it(
    new_page: Callable[..., Page], pages: Pages, served: Served, tmp_path: Path
) -> None:
    reference = open_call(served.database).bring({})
    page = new_page(viewport=NARROW)
    sign_in(page, served)
    page.goto(f"{served.url}/candidature/{reference}/etape/pieces")
    zone = page.locator("#q-statuts")
    expect(zone).to_contain_text("PDF, ODT, ODS, DOCX, XLSX, PNG, JPG. 20 Mo au plus par fichier")
    first = {name: tmp_path / name for name in ("Statuts.pdf", "cassé.pdf", "programme.exe", "Carte.png")}
    for path in first.values():
        path.write_bytes(files.png() if path.suffix == ".png" else files.pdf() if path.stem == "Statuts" else b"MZ")
    zone.locator("input[type=file]").set_input_files(list(first.values()))
    kept, sendings = zone.locator("ul").first.locator("li"), zone.locator("li.app-sending")
    expect(kept).to_have_count(2)
    expect(kept.first).to_contain_text("Statuts.pdf")
    expect(sendings).to_have_count(2)
    expect(sendings.filter(has_text="cassé.pdf")).to_contain_text("ne correspond pas à son extension")
    expect(sendings.filter(has_text="programme.exe")).to_contain_text("Ce genre de fichier n’est pas accepté")
    pages.check(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    zone.get_by_role("button", name="Retirer de la liste – programme.exe").press("Enter")
    expect(sendings).to_have_count(1)
    expect(zone.locator("input[type=file]")).to_be_focused()

    cut: list[str] = []

    def cut_once(route: Route) -> None:
        if cut:
            route.continue_()
        else:
            cut.append(route.request.url)
            route.abort("connectionreset")

    page.route("**/statuts/pieces", cut_once)
    for name in ("Budget.xlsx", "Note.docx"):
        content = files.xlsx() if name.endswith("xlsx") else files.docx()
        page.evaluate(DROP, ["#q-statuts .app-drop", name, base64.b64encode(content).decode()])
    expect(sendings.filter(has_text="Budget.xlsx")).to_contain_text("le réseau ne répond pas")
    expect(kept).to_have_count(3)
    zone.get_by_role("button", name="Réessayer – Budget.xlsx").click()
    expect(kept).to_have_count(4)
    expect(zone.get_by_role("status")).to_have_text("Budget.xlsx est joint.")
    page.reload()
    names = [text.split("\n")[0] for text in kept.locator("a").all_inner_texts()]
    assert names == ["Statuts.pdf", "Carte.png", "Note.docx", "Budget.xlsx"]


@pytest.mark.browser
def test_a_file_on_its_way_can_be_stopped_and_a_session_that_ended_is_told(
    new_page: Callable[..., Page], served: Served, tmp_path: Path
) -> None:
    reference = open_call(served.database).bring({})
    page = new_page()
    sign_in(page, served)
    page.goto(f"{served.url}/candidature/{reference}/etape/pieces")
    zone, statutes = page.locator("#q-statuts"), tmp_path / "Statuts.pdf"
    statutes.write_bytes(files.pdf())
    held: list[Route] = []
    page.route("**/statuts/pieces", lambda route: held.append(route))
    zone.locator("input[type=file]").set_input_files(statutes)
    zone.get_by_role("button", name="Annuler – Statuts.pdf").click()
    expect(zone.get_by_role("status")).to_have_text("L’envoi de Statuts.pdf est annulé.")
    expect(zone.locator("li")).to_have_count(0)
    page.unroute("**/statuts/pieces")
    page.context.clear_cookies()
    zone.locator("input[type=file]").set_input_files(statutes)
    expect(zone.locator("li.app-sending")).to_contain_text("votre session a expiré")
    expect(zone.get_by_role("button", name="Réessayer – Statuts.pdf")).to_be_visible()
