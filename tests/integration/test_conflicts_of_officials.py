"""Whoever may read a dossier may declare his conflict with it, before any jury: correspondent, team, auditor."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.database import Database
from ptce_aap.models import Conflict, Dossier, EligibilityDecision, Person
from tests.browsers import Browser, application
from tests.deliberations import Scene, lay_out
from tests.forms import forms_of, submit

LIST = "/jury/ptce-2015/conflits"
WHO = ("team-2", "auditor", "correspondent")
ROOMS = {
    "team-2": "/pilotage/ptce-2015/dossiers",
    "auditor": "/pilotage/ptce-2015/dossiers",
    "correspondent": "/correspondant/ptce-2015",
}


@pytest.fixture
def scene(sqlite_database: Database) -> Scene:
    """Six dossiers, the first and the last of the correspondent's region; the first is not decided upon."""
    scene = lay_out(sqlite_database, (90, 80, 70, 60, 50, 40), ranked=False)

    def undecide(session: Session) -> None:
        first = session.scalars(select(Dossier).where(Dossier.reference == scene.dossiers[0])).one()
        session.delete(session.get_one(EligibilityDecision, first.id))
        first.state = "filed"

    sqlite_database.transaction(undecide)
    return scene


@pytest.fixture
def app(scene: Scene, tmp_path: Path) -> Flask:
    return application(scene.database, tmp_path)


@pytest.mark.target("SEC-05")
@pytest.mark.parametrize("name", WHO)
def test_a_conflict_declared_before_any_decision_closes_the_dossier_to_who_declares_it(
    scene: Scene, app: Flask, name: str
) -> None:
    browser, title = Browser(app, scene.database, scene.emails[name]), "Pôle 0001"
    assert title in browser.get(ROOMS[name]).text
    shown = browser.get(LIST).text
    assert title in shown
    assert f'href="{ROOMS[name].removesuffix("/dossiers")}"' in shown  # the way back to his own room
    assert "J’ai terminé ma déclaration" not in shown  # nothing waits for it
    done = submit(browser, f"{LIST}/{scene.dossiers[0]}", "Déclarer ce conflit", reason="Un proche y travaille.")
    assert "ce dossier vous est fermé" in done.text
    assert title not in browser.get(ROOMS[name]).text
    for path in (
        f"/pilotage/ptce-2015/dossiers/{scene.dossiers[0]}",
        f"/correspondant/ptce-2015/dossiers/{scene.dossiers[0]}",
    ):
        assert browser.get(path).status_code in {403, 404}
    with scene.database.reading() as session:
        query = select(Person.email_key, Dossier.reference).join(Conflict, Conflict.person_id == Person.id)
        rows = session.execute(query.join(Dossier, Dossier.id == Conflict.dossier_id)).all()
    assert [tuple(row) for row in rows] == [(scene.emails[name], scene.dossiers[0])]


@pytest.mark.target("SEC-11")
def test_a_correspondent_goes_through_the_dossiers_of_his_region_only(scene: Scene, app: Flask) -> None:
    browser = Browser(app, scene.database, scene.emails["correspondent"])
    shown = browser.get(LIST).text
    assert [f"Pôle 000{place}" in shown for place in range(1, 7)] == [True, False, False, False, False, True]
    assert browser.get(f"{LIST}/{scene.dossiers[1]}").status_code == 404


def test_a_juror_goes_through_what_goes_to_the_jury_only(scene: Scene, app: Flask) -> None:
    shown = Browser(app, scene.database, scene.emails["juror-1"]).get(LIST).text
    assert [f"Pôle 000{place}" in shown for place in range(1, 7)] == [False, True, True, True, True, True]


def test_whoever_asked_for_a_correction_may_take_his_demand_back(scene: Scene, app: Flask) -> None:
    browser, one = Browser(app, scene.database, scene.emails["juror-1"]), scene.dossiers[1]
    submit(browser, f"{LIST}/{one}", "Déclarer ce conflit", reason="Un homonyme.")
    asked = submit(browser, f"{LIST}/{one}/erreur", "Demander la correction", reason="Ce n’est pas la même personne.")
    assert "correction demandée" in asked.text
    other = Browser(app, scene.database, scene.emails["juror-2"])
    form = next(form for form in forms_of(asked.text) if "Retirer ma demande" in form.buttons)
    assert other.post(form.action, page=LIST).status_code == 404
    back = submit(browser, LIST, "Retirer ma demande")
    assert "Votre demande de correction est retirée" in back.text
    assert "c’est une erreur" in back.text
