"""The deliberation in a real browser: a departure with its reason, the line moves, the frozen list says it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from ptce_aap.config import Settings
from ptce_aap.database import Database
from tests.deliberations import Scene, lay_out
from tests.journeys.people import tick
from tests.journeys.test_management import enter
from tests.journeys.two_persons import freeze
from tests.serving import Served, serving

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}
REASON = "Seul projet de son territoire ; le comité en a délibéré."


@pytest.fixture
def scene(sqlite_database: Database) -> Scene:
    """Four dossiers, of which the envelope covers two."""
    return lay_out(sqlite_database, (90, 80, 70, 60), amounts=(1_000_000, 1_500_000, 300_000, 10_000))


@pytest.fixture
def served(settings: Settings, scene: Scene) -> Iterator[Served]:
    with serving(settings, scene.database) as served:
        yield served


def test_a_departure_with_its_reason_moves_the_line_and_the_signed_list_says_it(
    served: Served, scene: Scene, new_page: Callable[..., Page], check_page: Callable[[Page], None], tmp_path: Path
) -> None:
    chair = new_page()
    enter(chair, served, scene, "chair")
    chair.goto(f"{served.url}/pilotage/{scene.slug}/deliberation")
    expect(chair.get_by_text("Aucun écart : la liste adoptée suit")).to_be_visible()
    check_page(chair)
    depart(chair, check_page)
    expect(chair.get_by_text("L’écart est enregistré avec son motif")).to_be_visible()
    expect(chair.locator("tbody tr").nth(0)).to_contain_text("Pôle 0003")
    expect(chair.locator("tbody tr").nth(2)).to_contain_text("Ligne de l’enveloppe : 1 300 000 €")
    check_page(chair)

    team = new_page()
    enter(team, served, scene, "team")
    freeze(team, chair, f"{served.url}/pilotage/{scene.slug}", check_page)
    expect(chair.get_by_role("heading", name="Écarts adoptés par le comité")).to_be_visible()
    chair.get_by_role("link", name="Exporter la liste").click()
    chair.get_by_role("button", name="PDF, à signer").click()
    served.do_jobs()
    with chair.expect_download() as taken:
        chair.get_by_role("link", name="Télécharger le fichier").click()
    file = tmp_path / "liste.pdf"
    taken.value.save_as(file)
    text = " ".join(" ".join(page.extract_text() for page in PdfReader(file).pages).split())
    assert text.index("Pôle 0003") < text.index("Pôle 0001") < text.index("Ligne de financement")
    assert "Écarts adoptés par le comité, avec leurs motifs" in text
    assert "Passe de la 3e place à la 1re place." in text
    assert REASON.split(" ; ")[0] in text


def depart(chair: Page, check_page: Callable[[Page], None]) -> None:
    """Place the third dossier first: a mistake, what it changes, the confirmation."""
    chair.get_by_role("row", name=re.compile("Pôle 0003")).get_by_role("link", name="Déplacer ou écarter").click()
    check_page(chair)
    tick(chair.get_by_label("Placer le dossier à une autre place"))
    chair.get_by_label("Place dans la liste adoptée").fill("1")
    chair.get_by_label("Fondement").select_option(index=1)
    chair.get_by_role("button", name="Voir ce que cela change").click()
    expect(chair.get_by_role("alert").first).to_contain_text("Indiquez le motif")
    check_page(chair)
    chair.get_by_label(re.compile("^Motif")).fill(REASON)
    chair.get_by_role("button", name="Voir ce que cela change").click()
    expect(chair.get_by_role("heading", level=1)).to_contain_text("à la 1re place")
    expect(chair.get_by_text("Passe sous la ligne, ou sort de la liste")).to_be_visible()
    check_page(chair)
    chair.get_by_role("button", name=re.compile("^Placer")).click()


@pytest.mark.target("A11Y-04")
def test_the_whole_of_it_is_done_on_a_phone_without_javascript(
    served: Served, scene: Scene, new_page: Callable[..., Page], check_page: Callable[[Page], None]
) -> None:
    chair = new_page(viewport=PHONE, java_script_enabled=False)
    enter(chair, served, scene, "chair")
    room = f"{served.url}/pilotage/{scene.slug}"
    chair.goto(f"{room}/deliberation/{scene.dossiers[0]}")
    fits(chair)
    tick(chair.get_by_label("L’écarter de la liste"))
    chair.get_by_label("Fondement").select_option(index=2)
    chair.get_by_label(re.compile("^Motif")).fill(REASON)
    chair.get_by_role("button", name="Voir ce que cela change").click()
    fits(chair)
    chair.get_by_role("button", name=re.compile("^Écarter")).click()
    expect(chair.get_by_text("Écarté de la liste, où il était à la 1re place.")).to_be_visible()
    fits(chair)
    chair.get_by_role("link", name="Retirer cet écart").click()
    fits(chair)
    chair.get_by_role("button", name=re.compile("^Retirer l’écart")).click()
    expect(chair.get_by_text("Aucun écart")).to_be_visible()

    chair.goto(f"{room}/classement/{scene.dossiers[1]}")
    chair.get_by_role("link", name="Personne juror-1").click()
    fits(chair)
    chair.locator("select").first.select_option("10")
    chair.get_by_label("Motif de la révision").fill("La convention est signée.")
    chair.get_by_role("button", name="Enregistrer les notes révisées").click()
    expect(chair.get_by_text("80,00 avant la discussion")).to_be_visible()
    fits(chair)

    juror = new_page(viewport=PHONE)
    enter(juror, served, scene, "juror-1")
    juror.goto(f"{served.url}/jury/{scene.slug}/conflits")
    juror.get_by_role("button", name="J’ai terminé ma déclaration").click()
    juror.goto(f"{served.url}/jury/{scene.slug}/dossiers/{scene.dossiers[1]}")
    expect(juror.get_by_text("4 avant la discussion, 5 après.")).to_be_visible()
    expect(juror.get_by_text("La convention est signée.")).to_be_visible()
    check_page(juror)


def fits(page: Page) -> None:
    """See that nothing goes beyond a narrow screen, once the page that a button led to is there."""
    page.wait_for_load_state()
    assert page.locator("html").evaluate("page => page.scrollWidth") <= PHONE["width"], page.url
