"""The ranking room left open on a wall: it draws itself again as computations come; without script, a link does it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from ptce_aap import clock
from ptce_aap.config import Settings
from ptce_aap.database import Database
from ptce_aap.services.jury import conflicts
from tests.deliberations import Scene, lay_out
from tests.integration.test_ranking_room import HALL
from tests.journeys.test_management import PHONE, enter
from tests.serving import Served, serving

pytestmark = pytest.mark.browser


@pytest.fixture
def scene(sqlite_database: Database) -> Scene:
    return lay_out(sqlite_database, (90, 80, 70, 60), amounts=[900_000] * 4, readings=(3, 3, 2, 2))


@pytest.fixture
def served(settings: Settings, scene: Scene) -> Iterator[Served]:
    with serving(settings, scene.database) as served:
        served.do_jobs()
        yield served


def lose_a_reading(served: Served, scene: Scene) -> None:
    """Let a reader declare a conflict with the first dossier: his sheet counts no more."""
    scene.database.transaction(
        conflicts.declare, scene.actor("juror-3"), scene.call_id(), scene.dossiers[0], "Un lien.", now=clock.now()
    )


def readings_of_the_first(page: Page, scene: Scene) -> Locator:
    return page.locator(f"#d-{scene.dossiers[0]} td[data-label=Lectures] .app-cell-detail")


def test_the_page_draws_itself_again_and_the_reader_keeps_his_place(
    served: Served, scene: Scene, new_page: Callable[..., Page], check_page: Callable[[Page], None], tmp_path: Path
) -> None:
    team = new_page()
    enter(team, served, scene, "team")
    team.goto(served.url + HALL)
    check_page(team)
    expect(readings_of_the_first(team, scene)).to_have_text("3\u00a0lectures")
    drawn = team.locator("[data-fresh]").get_attribute("data-sequence")
    team.evaluate("window.scrollTo(0, 400); window.kept = true")
    lose_a_reading(served, scene)
    message = team.locator("[data-fresh-message]")
    expect(message).to_contain_text("mise à jour en cours", timeout=10_000)
    served.do_jobs()
    expect(team.locator(f"#d-{scene.dossiers[0]}")).to_contain_text("2\u00a0lectures", timeout=10_000)
    expect(team.locator("[data-fresh]")).not_to_have_attribute("data-sequence", drawn)
    assert team.evaluate("window.kept && window.scrollY") == 400
    check_page(team)


def test_nothing_moves_under_a_hand_that_types(served: Served, scene: Scene, new_page: Callable[..., Page]) -> None:
    team = new_page()
    team.clock.install()
    enter(team, served, scene, "team")
    team.goto(served.url + HALL)
    search = team.get_by_label("Dossier, porteur ou numéro")
    search.fill("Pôle 0002")
    lose_a_reading(served, scene)
    served.do_jobs()
    asked = team.locator("[data-fresh]").get_attribute("data-fresh")
    for _ in range(3):  # the page learns more than once that figures are newer, and leaves itself as it is
        with team.expect_response(lambda answer: answer.url.endswith(asked)):
            team.clock.fast_forward(2_000)
    expect(search).to_have_value("Pôle 0002")
    expect(readings_of_the_first(team, scene)).to_have_text("3\u00a0lectures")
    search.blur()
    expect(team.locator(f"#d-{scene.dossiers[0]}")).to_contain_text("2\u00a0lectures", timeout=10_000)


def test_without_javascript_a_link_does_the_same(served: Served, scene: Scene, new_page: Callable[..., Page]) -> None:
    team = new_page(java_script_enabled=False)
    enter(team, served, scene, "team")
    team.goto(f"{served.url}{HALL}?tri=corrected")
    lose_a_reading(served, scene)
    served.do_jobs()
    team.get_by_role("link", name="Actualiser").click()
    expect(readings_of_the_first(team, scene)).to_have_text("2\u00a0lectures")
    expect(team).to_have_url(re.compile("tri=corrected"))


def test_the_chair_reads_names_compares_and_goes_from_page_to_page(
    served: Served, scene: Scene, new_page: Callable[..., Page], check_page: Callable[[Page], None]
) -> None:
    chair = new_page(viewport=PHONE)
    enter(chair, served, scene, "chair")
    chair.goto(served.url + HALL)
    check_page(chair)
    chair.get_by_role("link", name="Voir en graphique").click()
    check_page(chair)
    chair.get_by_role("link", name="Sévérité des lecteurs").click()
    chair.get_by_role("button", name="Afficher les noms").click()
    expect(chair.get_by_text("Personne juror-1").first).to_be_visible()
    check_page(chair)
    chair.get_by_role("link", name="Comparer deux dossiers").click()
    chair.get_by_label("Premier dossier").select_option(scene.dossiers[0])
    chair.get_by_label("Second dossier").select_option(scene.dossiers[3])
    chair.get_by_role("button", name="Comparer").click()
    expect(chair.locator("#chances")).to_contain_text("devance")
    check_page(chair)
    chair.get_by_role("link", name="Pôle 0001 (fictif)").click()
    expect(chair.get_by_role("heading", name="Comment la note corrigée se forme")).to_be_visible()
    check_page(chair)
