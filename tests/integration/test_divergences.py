"""The list of what parts regions and jury: who reads it, when, and what stands on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.database import Database
from ptce_aap.models import Dossier, Opinion
from ptce_aap.services.ranking import divergences
from tests.browsers import Browser, application
from tests.deliberations import NOW, Scene, lay_out
from tests.instructions import statements

PAGE = "/pilotage/ptce-2015/classement/ecarts-avis"
TOTALS = (90, 80, 70, 60, 50, 40)
SAID = ("defavorable", "favorable", "reserve", "reserve", "defavorable", "favorable")


def say(scene: Scene, said: tuple[str, ...] = SAID) -> None:
    """Let regions give these opinions on the dossiers, in the order of the ranking."""

    def work(session: Session) -> None:
        found = {dossier.reference: dossier for dossier in session.scalars(select(Dossier))}
        for reference, verdict in zip(scene.dossiers, said, strict=True):
            dossier = found[reference]
            of_dossier = {"dossier_id": dossier.id, "call_id": dossier.call_id, "region": dossier.region or ""}
            given = {"given_at": NOW, "at": NOW, "author_id": dossier.owner_id, "answers": {}}
            session.add(Opinion(**of_dossier, verdict=verdict, **given))

    scene.database.transaction(work)


def test_what_a_region_supports_and_the_jury_ranks_low_is_listed_and_the_reverse(database: Database) -> None:
    scene = lay_out(database, TOTALS)
    say(scene)
    with database.reading() as session:
        page = divergences.read(session, scene.actor("chair"), scene.call(session))
    assert [one.reference for one in page.supported] == [scene.dossiers[5]]
    assert [one.reference for one in page.unsupported] == [scene.dossiers[0]]
    assert (page.listed, page.spoken) == (6, 6)


@pytest.mark.parametrize("name", ["team", "chair", "auditor"])
def test_nobody_in_conflict_reads_it_and_nobody_before_the_ranking(
    sqlite_database: Database, tmp_path: Path, name: str
) -> None:
    scene = lay_out(sqlite_database, TOTALS)
    say(scene)
    browser = Browser(application(sqlite_database, tmp_path), sqlite_database, scene.emails[name])
    title = "Pôle 0006 (fictif)"
    assert title in browser.get(PAGE).text
    scene.declare_conflict(name, scene.dossiers[2])
    closed = browser.get(PAGE).text
    assert "Vue partielle – déport" in closed
    assert title not in closed
    assert "sur 6" not in closed


def test_the_marking_is_closed_first(sqlite_database: Database, tmp_path: Path) -> None:
    scene = lay_out(sqlite_database, TOTALS, ranked=False)
    say(scene)
    browser = Browser(application(sqlite_database, tmp_path), sqlite_database, scene.emails["chair"])
    page = browser.get(PAGE).text
    assert "Le classement n’est pas encore calculé" in page
    assert "Pôle 0006 (fictif)" not in page
    juror = Browser(application(sqlite_database, tmp_path), sqlite_database, scene.emails["juror-1"])
    assert juror.get(PAGE).status_code == 403


def test_it_costs_the_same_statements_at_any_size(sqlite_database: Database) -> None:
    counts = []
    for place, totals in enumerate((TOTALS, TOTALS * 4)):
        scene = lay_out(sqlite_database, totals, suffix=f"-{place}" if place else "")

        def work(scene: Scene = scene) -> None:
            with sqlite_database.reading() as session:
                divergences.read(session, scene.people["chair"], scene.call(session))

        work()
        counts.append(statements(sqlite_database, work))
    assert counts[0] == counts[1] <= 5
