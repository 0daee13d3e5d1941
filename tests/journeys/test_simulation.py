"""The call team tries a selection in a real browser, with and without scripts, and saves what it finds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from ptce_aap.config import Settings
from ptce_aap.database import Database
from tests.deliberations import Scene, lay_out
from tests.journeys.test_management import PHONE, enter
from tests.serving import Served, serving

pytestmark = pytest.mark.browser


@pytest.fixture
def scene(sqlite_database: Database) -> Scene:
    """Five dossiers of five regions; the envelope of 2 700 000 euros covers the first three."""
    return lay_out(sqlite_database, (90, 80, 70, 60, 50), amounts=(900_000, 900_000, 800_000, 400_000, 300_000))


@pytest.fixture
def served(settings: Settings, scene: Scene) -> Iterator[Served]:
    with serving(settings, scene.database) as served:
        yield served


def test_the_line_moves_while_one_types_and_the_address_follows(
    served: Served, scene: Scene, new_page: Callable[..., Page], check_page: Callable[[Page], None]
) -> None:
    team = new_page()
    enter(team, served, scene, "team")
    team.goto(f"{served.url}/pilotage/{scene.slug}/classement")
    team.get_by_role("link", name="Simuler une sélection").click()
    expect(team.get_by_text("elle ne change ni le classement ni la liste")).to_be_visible()
    check_page(team)

    team.get_by_label("Nom du scénario").fill("À garder")
    team.get_by_label("Enveloppe de la simulation").fill("1 900 000")
    team.get_by_label("Enveloppe de la simulation").blur()
    expect(team.get_by_text("La descente de la liste s’arrête au rang 3")).to_be_visible()
    expect(team.get_by_label("Nom du scénario")).to_have_value("À garder")
    expect(team).to_have_url(re.compile(r"enveloppe=1\+900\+000"))

    team.get_by_text("Quotas par région").click()
    team.locator("[name='min-82']").fill("1")
    team.locator("[name='min-82']").blur()
    expect(team.get_by_role("heading", name="Suivre l’ordre ne suffit pas")).to_be_visible()
    check_page(team)

    team.get_by_role("button", name="Enregistrer ce scénario").click()
    expect(team.get_by_text("Calcul en cours…")).to_be_visible()
    served.do_jobs()
    expect(team.get_by_role("heading", name="Écarts à l’ordre de la liste")).to_be_visible()
    expect(team.get_by_role("row", name="Pôle 0005").first).to_contain_text("Entre")
    check_page(team)


@pytest.mark.target("A11Y-04")
def test_without_scripts_on_a_phone_the_buttons_do_it_all(
    served: Served, scene: Scene, new_page: Callable[..., Page], check_page: Callable[[Page], None]
) -> None:
    chair = new_page(viewport=PHONE, java_script_enabled=False)
    enter(chair, served, scene, "chair")
    chair.goto(f"{served.url}/pilotage/{scene.slug}/selection")
    chair.get_by_label("Enveloppe de la simulation").fill("200000")
    chair.get_by_text("Quotas par région").click()
    chair.locator("[name='min-82']").fill("1")
    chair.get_by_role("button", name="Voir l’effet").click()
    expect(chair.get_by_role("heading", name="Suivre l’ordre ne suffit pas")).to_be_visible()
    chair.get_by_role("button", name="Enregistrer ce scénario").click()
    expect(chair.get_by_role("alert")).to_contain_text("Donnez un nom à ce scénario")
    chair.get_by_label("Nom du scénario").fill("Trop peu")
    chair.get_by_role("button", name="Enregistrer ce scénario").click()
    served.do_jobs()
    chair.get_by_role("link", name="Actualiser").click()
    expect(chair.get_by_role("heading", name="Aucune sélection ne respecte tout cela")).to_be_visible()
    expect(chair.get_by_text("augmenter l’enveloppe de la simulation")).to_be_visible()

    chair.get_by_label("Nom du scénario").fill("Enveloppe trop courte")
    chair.get_by_role("button", name="Renommer").click()
    chair.get_by_role("button", name="Dupliquer").click()
    expect(chair.get_by_role("heading", level=1)).to_have_text("Enveloppe trop courte (copie)")
    chair.get_by_role("link", name="Comparer").click()
    expect(chair.get_by_text("Les deux scénarios retiennent les mêmes dossiers")).to_be_visible()
    chair.go_back()
    chair.get_by_role("link", name="Supprimer…").click()
    chair.get_by_role("button", name="Supprimer le scénario").click()
    expect(chair.get_by_text("Le scénario est supprimé.")).to_be_visible()
    expect(chair.get_by_role("link", name="Enveloppe trop courte")).to_have_count(1)


def test_what_cannot_be_read_is_told_and_what_was_typed_stays(
    served: Served, scene: Scene, new_page: Callable[..., Page], check_page: Callable[[Page], None]
) -> None:
    team = new_page()
    enter(team, served, scene, "team")
    wrong = "enveloppe=beaucoup&min-82=x&note=999&paire-1-a=zzz&part-1=3&objectif=order"
    team.goto(f"{served.url}/pilotage/{scene.slug}/selection?{wrong}")
    expect(team.get_by_role("alert")).to_contain_text("erreurs")
    expect(team.get_by_label("Enveloppe de la simulation")).to_have_value("beaucoup")
    expect(team.locator("[name='min-82']")).to_have_value("x")
    check_page(team)
