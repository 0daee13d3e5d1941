"""Every component, in a real browser under the application's policy: accessible, valid, within its column."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

import ptce_aap
from tests.unit.gallery import render_gallery

ADDRESS = "http://gabarits.example.org/"
STATIC = Path(ptce_aap.__file__).parent / "static"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def _show(page, **options):
    """Open the gallery; return what the browser complained about."""
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def answer(route):
        path = urlsplit(route.request.url).path
        if path == "/":
            headers = {"Content-Security-Policy": POLICY, "Content-Type": "text/html; charset=utf-8"}
            route.fulfill(body=render_gallery(**options), headers=headers)
        else:
            file = STATIC / path.removeprefix("/static/")
            route.fulfill(body=file.read_bytes(), content_type=TYPES[file.suffix])

    page.route(f"{ADDRESS}**", answer)
    page.goto(ADDRESS)
    return complaints


@pytest.mark.target("A11Y-02")
@pytest.mark.target("A11Y-01")
@pytest.mark.browser
@pytest.mark.parametrize(
    ("theme", "scheme", "width"),
    [("neutre", "light", 1280), ("neutre", "dark", 390), ("etat", "light", 390), ("etat", "dark", 1280)],
)
def test_every_component_is_accessible_valid_and_within_the_screen(new_page, check_page, theme, scheme, width):
    page = new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    assert _show(page, theme=theme) == []
    check_page(page)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.browser
def test_no_name_of_a_slope_chart_leaves_its_drawing(page):
    _show(page)
    leaving = """names => names.filter(name => {
        const [box, drawing] = [name.getBoundingClientRect(), name.ownerSVGElement.getBoundingClientRect()];
        return box.left < drawing.left || box.right > drawing.right;
    }).map(name => name.textContent)"""
    names = page.locator(".app-chart__slopes text")
    assert page.locator(".app-chart__slopes .chart-name--strong").count() > 0
    assert names.evaluate_all(leaving) == []


@pytest.mark.target("A11Y-05")
@pytest.mark.browser
def test_the_error_summary_takes_the_focus_and_leads_to_the_field(page):
    _show(page)
    expect(page.locator(":focus")).to_contain_text("Il y a 14 erreurs")
    page.get_by_role("link", name="Nom du pôle").first.click()
    expect(page.locator("#nom")).to_be_focused()


@pytest.mark.browser
def test_a_digit_and_a_comma_give_a_mark_from_the_keyboard(page):
    _show(page, with_errors=False)
    page.get_by_role("radio", name="0,5").focus()
    page.keyboard.press("2")
    page.keyboard.press(",")
    expect(page.locator("[name=note-moyens]:checked")).to_have_attribute("value", "5")


@pytest.mark.browser
def test_the_length_left_is_counted_in_code_points(page):
    _show(page, with_errors=False)
    page.get_by_label("Commentaire").fill("🙂" * 1990)
    expect(page.locator("[data-remaining=mot-moyens]")).to_contain_text("Il reste 10")
    page.get_by_label("Commentaire").fill("a" * 2001)
    expect(page.locator("[data-remaining=mot-moyens]")).to_contain_text("1\u00a0signe de trop")


@pytest.mark.browser
def test_escape_closes_the_account_menu(page):
    _show(page, with_errors=False)
    menu = page.locator("[data-menu]")
    menu.locator("summary").click()
    expect(page.get_by_role("button", name="Se déconnecter")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Se déconnecter")).to_be_hidden()


@pytest.mark.browser
def test_j_and_k_walk_a_work_queue(page):
    _show(page, with_errors=False)
    page.keyboard.press("j")
    expect(page.locator(":focus")).to_have_text("Pôle du Littoral")
