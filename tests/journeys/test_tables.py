"""A budget comes from a spreadsheet, with its mistakes, on a telephone and with the keyboard; its figures follow."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from tests.filings import COMPLETE, PASSWORD, open_call
from tests.journeys.browsing import Pages
from tests.serving import Served

WRONG = """Budget prévisionnel 2015-2017
Poste;Précision;Année 1;Année 2;Commentaire
60 – Achats;Petit outillage;1 200,50 €;900;
Achat;Papier;300;;à vérifier
64 – Charges de personnel;Animation;32 0O0 €;33 000;0,8 ETP
Total;;33 500,50;33 900;
"""
RIGHT = [
    ("60 – Achats", "Petit outillage", 1200.5, 900),
    ("60 – Achats", "Papier", 300, None),
    ("64 – Charges de personnel", "Animation", 32000, 33000),
]


def press(page: Page, name: str) -> None:
    """Press a button or follow a link with the keyboard alone."""
    page.locator("main").get_by_role("button", name=name, exact=True).or_(
        page.locator("main").get_by_role("link", name=name, exact=True)
    ).first.focus()
    page.keyboard.press("Enter")


@pytest.mark.browser
def test_a_budget_is_imported_mended_and_balanced(
    new_page: Callable[..., Page], pages: Pages, served: Served, tmp_path: Path
) -> None:
    call = open_call(served.database)
    reference = call.bring({**COMPLETE, "budget": {}})
    page = new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{served.url}/compte/connexion")
    page.get_by_label("Adresse de courriel").fill("anne@example.org")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name="Se connecter").click()
    stage = f"{served.url}/candidature/{reference}/etape/budget"
    page.goto(stage)
    press(page, "Importer ou coller un tableau – Charges")
    expect(page.get_by_role("heading", level=1)).to_have_text("Importer un tableau")
    pages.check(page)
    with page.expect_download() as template:
        press(page, "Modèle pour tableur (XLSX)")
    wrong = tmp_path / "budget.csv"
    wrong.write_bytes(WRONG.encode("cp1252"))
    page.get_by_label("Fichier à importer").set_input_files(wrong)
    press(page, "Voir ce qui changera")
    mend = page.get_by_role("region", name="Cellules à corriger")
    expect(mend).to_contain_text("32 0O0 €")
    expect(mend).to_contain_text("Peut-être « 60 – Achats »")
    expect(page.locator("main")).to_contain_text("« Commentaire »")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    pages.check(page)
    press(page, "Choisir un autre fichier")
    expect(page.get_by_role("heading", level=1)).to_have_text("Importer un tableau")
    book = openpyxl.load_workbook(io.BytesIO(Path(template.value.path()).read_bytes()))
    for line, row in enumerate(RIGHT, start=3):
        for place, value in enumerate(row, start=2):
            book.worksheets[0].cell(line, place, value)
    book.save(tmp_path / "budget.xlsx")
    page.get_by_label("Fichier à importer").set_input_files(tmp_path / "budget.xlsx")
    press(page, "Voir ce qui changera")
    expect(page.locator("main")).to_contain_text("Exemple du modèle : ligne 2")
    press(page, "Importer 3 lignes")
    expect(page.get_by_text("3 lignes sont importées.")).to_be_visible()
    charges, products = page.locator("#q-charges"), page.locator("#q-produits")
    expect(charges.locator("tfoot")).to_contain_text("33 500,50 €")
    expect(charges).to_contain_text("Il manque 33 500,50 € du côté « Produits ».")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    pages.check(page)
    # What is typed counts before it is saved, in the figures of both tables.
    products.get_by_text("Ajouter une ligne sans quitter cette page").click()
    products.get_by_label("Origine", exact=True).select_option(label="74 – Aide demandée au titre de cet appel")
    products.get_by_label("Année 1").fill("33 500,50")
    products.get_by_label("Année 2").fill("33 900")
    expect(charges.locator(".app-figures__balances")).not_to_contain_text("Il manque")
    expect(products).to_contain_text("67 400,50 €")
    press(page, "Enregistrer et continuer")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Budget et modèle économique")
    page.goto(stage)
    expect(products.locator("tbody tr")).to_have_count(1)
    # The order: a key on a button, then the mouse.
    press(page, "Descendre – 60 – Achats")
    expect(charges.locator("tbody tr").first).to_contain_text("Papier")
    page.set_viewport_size({"width": 1280, "height": 1400})
    grip, target = charges.locator(".app-rows__grip").last, charges.locator("tbody tr").first
    grip.scroll_into_view_if_needed()
    start, end = grip.bounding_box(), target.bounding_box()
    page.mouse.move(start["x"] + 5, start["y"] + 5)
    page.mouse.down()
    page.mouse.move(end["x"] + 50, end["y"] + 5, steps=4)
    page.mouse.up()
    expect(charges.locator("tbody tr").first).to_contain_text("Animation")
