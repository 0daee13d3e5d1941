"""The call team shares the readings out in a real browser: a proposal, a change by hand, the act, its undoing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from ptce_aap.config import Settings
from ptce_aap.database import Database
from tests.deliberations import Scene, lay_out
from tests.journeys.test_jury import enter
from tests.plans import compute
from tests.serving import Served, serving

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def scene(sqlite_database: Database) -> Scene:
    """Three eligible dossiers, three jurors, one conflict, nothing given yet."""
    scene = lay_out(sqlite_database, (90, 80, 70), readings=(0, 0, 0), ranked=False)
    scene.declare_conflict("juror-3", scene.dossiers[0])
    return scene


@pytest.fixture
def served(settings: Settings, scene: Scene) -> Iterator[Served]:
    with serving(settings, scene.database) as served:
        yield served


def say_what_they_know(page: Page, served: Served, scene: Scene) -> None:
    """Tell a theme and a greatest load of the first member of the list."""
    page.goto(f"{served.url}/pilotage/{scene.slug}/affectation")
    page.get_by_role("link", name="Membres du jury").first.click()
    page.get_by_role("link", name="Personne juror-1").click()
    page.get_by_label("Dossiers à lire, au plus").fill("2")
    page.locator("input[name=themes]").first.check(force=True)
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("row", name="Personne juror-1")).to_contain_text("2 au plus")


def ask(page: Page, served: Served, scene: Scene) -> None:
    """Ask for a proposal of two readings a dossier; the worker computes it meanwhile."""
    page.goto(f"{served.url}/pilotage/{scene.slug}/affectation")
    page.get_by_role("link", name="Répartir les lectures").click()
    page.get_by_label("Lectures par dossier").fill("2")
    page.get_by_role("button", name="Préparer une proposition").click()
    expect(page.get_by_text("Calcul de la proposition…")).to_be_visible()
    compute(scene.database)
    expect(page.get_by_role("heading", name="Dossier par dossier")).to_be_visible(timeout=15_000)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_proposal_is_asked_for_changed_applied_and_undone(
    served: Served,
    scene: Scene,
    new_page: Callable[..., Page],
    check_page: Callable[[Page], None],
    javascript: bool,
) -> None:
    page = new_page(viewport=None if javascript else PHONE, java_script_enabled=javascript)
    enter(page, served, scene, "team")
    say_what_they_know(page, served, scene)
    ask(page, served, scene)
    page.get_by_role("link", name="Pôle 0002").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lecteurs proposés")
    for number in (1, 2, 3):
        page.get_by_label(f"Personne juror-{number}").check(force=True)
    page.get_by_role("button", name="Modifier la proposition").click()
    expect(page.get_by_text("Choisi à la main").first).to_be_visible()
    page.get_by_role("link", name="Voir ce qui changerait…").click()
    expect(page.get_by_text("7 lectures confiées")).to_be_visible()
    if javascript:
        check_page(page)
    page.get_by_role("button", name="Confier 7 lectures").click()
    expect(page.get_by_text("7 lectures confiées.")).to_be_visible()
    page.get_by_role("link", name="Répartir les lectures").click()
    page.get_by_role("link", name="La revoir").click()
    page.get_by_role("button", name="Annuler cette répartition").click()
    expect(page.get_by_text("7 lectures retirées")).to_be_visible()
