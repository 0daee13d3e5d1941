"""The weights in a real browser: sliders followed by the page with JavaScript, a form of one button without it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ptce_aap.config import Settings
from ptce_aap.database import Database
from tests.deliberations import Scene, lay_out
from tests.integration.test_room_charts import HALL, PAGES, compute, spread
from tests.journeys.test_management import PHONE, enter
from tests.serving import Served, serving

pytestmark = pytest.mark.browser


@pytest.fixture
def scene(sqlite_database: Database, tmp_path: Path) -> Scene:
    scene = lay_out(
        sqlite_database, (80, 70, 60, 60, 50, 50, 30), amounts=[900_000] * 7, readings=(3, 3, 2, 2, 3, 2, 2)
    )
    compute(scene, tmp_path / "worker", spread)
    return scene


@pytest.fixture
def served(settings: Settings, scene: Scene) -> Iterator[Served]:
    with serving(settings, scene.database) as served:
        yield served


def test_the_simulation_follows_the_slider_from_the_keyboard(
    served: Served, scene: Scene, new_page: Callable[..., Page], check_page: Callable[[Page], None]
) -> None:
    page = new_page(viewport=PHONE)
    enter(page, served, scene, "team")
    page.goto(f"{served.url}{HALL}/poids")
    check_page(page)
    expect(page.get_by_text("Ce sont les poids annoncés")).to_be_visible()
    slider = page.locator("#poids-1")
    slider.focus()
    page.keyboard.press("End")
    expect(page.locator("output[for=poids-1]")).to_have_text("100, soit 57,1 %", use_inner_text=True)
    expect(page.locator("[data-weights-said]")).to_contain_text("Poids simulés")
    expect(page).to_have_url(re.compile("p1=100"))
    expect(slider).to_be_focused()
    check_page(page)
    page.get_by_role("link", name="Revenir aux poids annoncés").click()
    expect(page.get_by_text("Ce sont les poids annoncés")).to_be_visible()


def test_without_javascript_the_button_shows_the_same(
    served: Served, scene: Scene, new_page: Callable[..., Page]
) -> None:
    page = new_page(java_script_enabled=False)
    enter(page, served, scene, "team")
    page.goto(f"{served.url}{HALL}/poids")
    page.locator("#poids-1").focus()
    page.keyboard.press("End")
    page.get_by_role("button", name="Voir ce que cela change").click()
    expect(page.locator("[data-weights-said]")).to_contain_text("Poids simulés")
    expect(page).to_have_url(re.compile("p1=100"))
    expect(page.locator("output[for=poids-1]")).to_contain_text("100, soit 57,1")


@pytest.mark.parametrize("path", PAGES)
def test_each_page_is_accessible_fits_a_phone_and_its_tables_are_reached_by_the_keyboard(
    served: Served, scene: Scene, new_page: Callable[..., Page], check_page: Callable[[Page], None], path: str
) -> None:
    page = new_page(viewport=PHONE)
    enter(page, served, scene, "chair")
    page.goto(served.url + HALL + path)
    check_page(page)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.locator(".app-chart__twin summary").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".app-chart__twin table").first).to_be_visible()
