"""The end of a call in a real browser: amounts, the vote on a tie, the frozen list, its PDF, the laureates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from ptce_aap import clock
from ptce_aap.config import Settings
from ptce_aap.database import Database
from ptce_aap.models import Person
from tests import proven
from tests.deliberations import Scene, lay_out
from tests.journeys.two_persons import freeze
from tests.serving import Served, serving

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def scene(sqlite_database: Database) -> Scene:
    """Five dossiers: two tied on the line, one with a single reading."""
    return lay_out(
        sqlite_database,
        (90, 70, 70, 60, 80),
        amounts=(2_000_000, 600_000, 700_000, 50_000, 40_000),
        readings=(2, 2, 2, 2, 1),
    )


@pytest.fixture
def served(settings: Settings, scene: Scene) -> Iterator[Served]:
    with serving(settings, scene.database) as served:
        yield served


def enter(page: Page, served: Served, scene: Scene, name: str) -> None:
    """Sign a person in."""

    def sign(session):
        return proven.open_session(session, session.get_one(Person, scene.actor(name).person_id), now=clock.now())

    secret = served.database.transaction(sign)
    page.context.add_cookies([{"name": "ptce", "value": secret, "url": served.url}])


def test_the_chair_takes_the_ranking_to_a_frozen_list_and_its_pdf_names_the_first_dossier(
    served: Served, scene: Scene, new_page: Callable[..., Page], check_page: Callable[[Page], None], tmp_path: Path
) -> None:
    chair, room = new_page(), f"{served.url}/pilotage/{scene.slug}"
    enter(chair, served, scene, "chair")
    chair.goto(room)
    check_page(chair)
    chair.get_by_role("link", name="Voir le classement et la ligne").click()
    expect(chair.get_by_role("heading", name="Une égalité se trouve sur la ligne")).to_be_visible()
    check_page(chair)

    chair.get_by_role("link", name="Non classés").first.click()
    chair.get_by_role("link", name="Pôle 0005").click()
    check_page(chair)
    chair.get_by_label("Motif de la décision").fill("Une lecture, mais complète et concordante avec l’avis régional.")
    chair.get_by_role("button", name="Classer ce dossier").click()
    expect(chair.get_by_role("row", name="Pôle 0005")).to_contain_text("80,00")

    chair.get_by_role("link", name="Pôle 0005").click()
    chair.get_by_label("Montant proposé, en euros").fill("30 000")
    chair.get_by_role("button", name="Enregistrer le montant proposé").click()
    expect(chair.get_by_role("alert")).to_contain_text("pourquoi le montant proposé")
    check_page(chair)
    chair.get_by_label("Motif").fill("Investissement déjà financé.")
    chair.get_by_role("button", name="Enregistrer le montant proposé").click()
    expect(chair.get_by_role("row", name="Pôle 0005")).to_contain_text("demandé : 40")

    chair.get_by_role("link", name="Enregistrer le vote du comité").click()
    chair.get_by_role("button", name="Enregistrer le vote").click()
    expect(chair.get_by_role("alert")).to_contain_text("une place différente")
    check_page(chair)
    chair.get_by_label("Pôle 0002").select_option("2")
    chair.get_by_label("Pôle 0003").select_option("1")
    chair.get_by_label("Résultat du vote et motif").fill("7 voix contre 2.")
    chair.get_by_role("button", name="Enregistrer le vote").click()

    team = new_page()
    enter(team, served, scene, "team")
    freeze(team, chair, f"{served.url}/pilotage/{scene.slug}", check_page)
    check_page(chair)

    chair.get_by_role("link", name="Exporter la liste").click()
    check_page(chair)
    chair.get_by_role("button", name="PDF, à signer").click()
    check_page(chair)
    served.do_jobs()
    with chair.expect_download() as taken:
        chair.get_by_role("link", name="Télécharger le fichier").click()
    file = tmp_path / "liste.pdf"
    taken.value.save_as(file)
    text = " ".join(page.extract_text() for page in PdfReader(file).pages)
    assert "Pôle 0001" in text


@pytest.mark.target("A11Y-04")
def test_the_team_invites_publishes_and_reads_the_journal_without_javascript_on_a_phone(
    served: Served, scene: Scene, new_page: Callable[..., Page], check_page: Callable[[Page], None]
) -> None:
    team = new_page(viewport=PHONE, java_script_enabled=False)
    enter(team, served, scene, "team")
    for path in ("", "/personnes", "/personnes/inviter", f"/{scene.slug}", f"/{scene.slug}/classement"):
        team.goto(f"{served.url}/pilotage{path}")
        assert team.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
    team.goto(f"{served.url}/pilotage/personnes/inviter")
    team.get_by_label("Adresse de courriel").fill("nouvelle@example.org")
    team.get_by_label("Rôle (obligatoire)").select_option(label="Jury")
    team.get_by_role("button", name="Confier le rôle").click()
    expect(team.get_by_role("alert")).to_contain_text("Choisissez le siège")
    team.get_by_label("Siège au comité").select_option(index=1)
    team.get_by_role("button", name="Confier le rôle").click()
    expect(team.get_by_text("Le rôle est confié")).to_be_visible()
    team.goto(f"{served.url}/pilotage/{scene.slug}/journal")
    expect(team.get_by_text("a confié un rôle").last).to_be_visible()


def test_pages_of_the_room_are_accessible_on_a_phone(
    served: Served, scene: Scene, new_page: Callable[..., Page], check_page: Callable[[Page], None]
) -> None:
    team = new_page(viewport=PHONE)
    enter(team, served, scene, "team")
    room = f"/pilotage/{scene.slug}"
    paths = ("/pilotage", "/pilotage/personnes", "/pilotage/personnes/inviter", room, f"{room}/journal")
    for path in (*paths, f"{room}/classement", f"{room}/liste/figer", f"{room}/exports"):
        team.goto(served.url + path)
        check_page(team)
