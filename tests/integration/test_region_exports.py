"""Exports of a region: whose dossiers leave, what a file says of itself, who may take it and until when."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Role
from ptce_aap.domain.region_exports import Purpose
from ptce_aap.jobs.context import open_context
from ptce_aap.jobs.run import drain
from ptce_aap.models import Dossier, Person, RoleGrant
from ptce_aap.services.calls.calls import SYSTEM
from ptce_aap.services.dossiers import listing
from ptce_aap.services.regions import exports
from ptce_aap.services.retention import erasing
from tests.browsers import application, token
from tests.instructions import ELSEWHERE, NOW, Scene, lay_out, statements

ROOM = "/correspondant/ptce-2015/exports"


@pytest.fixture
def scene(fresh_database: Database) -> Scene:
    return lay_out(fresh_database)


@pytest.fixture
def app(scene: Scene, tmp_path: Path) -> Flask:
    return application(scene.database, tmp_path)


def ask(client: FlaskClient, form: str = "csv", address: str = ROOM, **told: object) -> str:
    given = {"format": form, "usage": "committee", "precision": "Lille, le 3", **told}
    answer = client.post(address, data={"csrf_token": token(client.get(ROOM).text), **given})
    return answer.location if answer.status_code == 302 else f"{answer.status_code} {answer.text}"


def do_jobs(scene: Scene, folder: Path) -> None:
    drain(open_context(load_settings({}, instance=folder), scene.database))


def ask_in_service(scene: Scene, name: str, *chosen: str) -> str:
    wanted = exports.Wanted("csv", Purpose.COMMITTEE, "", listing.Asked(), chosen)
    return scene.database.transaction(exports.request, scene.actor(name), scene.call(), wanted, now=NOW)


def known_to(scene: Scene, name: str) -> list[tuple[str, int]]:
    with scene.database.reading() as session:
        how = exports.recent_of_all if name in ("team", "auditor") else exports.recent
        return [(one.asked_by, one.dossiers) for one in how(session, scene.actor(name), scene.call(), now=NOW)]


def test_the_dossiers_of_one_s_region_leave_in_each_form_with_their_purpose(
    app: Flask, scene: Scene, tmp_path: Path
) -> None:
    here = scene.client(app, "here")
    numbers = [scene.dossier(one).number for one in scene.here]
    other = scene.dossier(scene.elsewhere[0]).number
    pages = {form: ask(here, form) for form in exports.FORMATS}
    assert here.get(f"{pages['csv']}/etat").json["state"] == "queued"
    assert here.get(f"{pages['csv']}/fichier").status_code == 422
    do_jobs(scene, tmp_path)
    files = {form: here.get(f"{page}/fichier").data for form, page in pages.items()}
    table = files["csv"].decode("utf-8-sig")
    assert table.startswith("Appel;")
    assert "\ufeff" not in table
    assert "Comité technique – Lille, le 3" in table
    assert "ne pas diffuser" in table
    assert [number in table for number in (*numbers, other)] == [True, True, False]
    book = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))
    assert sorted(row[0].value for row in book["Dossiers"].iter_rows(min_row=2)) == sorted(numbers)
    assert "Comité technique – Lille, le 3" in [row[1].value for row in book["À propos"].iter_rows()]
    told = json.loads(files["json"])
    assert sorted(one["number"] for one in told["dossiers"]) == sorted(numbers)
    assert all(one["document"]["answers"]["identification"]["region"] == "31" for one in told["dossiers"])
    names = zipfile.ZipFile(io.BytesIO(files["zip"])).namelist()
    assert sum(name.endswith("/dossier.pdf") for name in names) == 2
    assert {"index.csv", "LISEZMOI.txt"} <= set(names)
    # Nobody else takes it, whatever he reads elsewhere.
    answers = {
        name: scene.client(app, name).get(f"{pages['csv']}/fichier").status_code for name in ("elsewhere", "team")
    }
    assert answers == {"elsewhere": 404, "team": 403}
    assert "Comité technique – Lille, le 3" in scene.client(app, "team").get("/pilotage/ptce-2015/exports").text


def test_some_dossiers_are_chosen_and_none_of_another_region(app: Flask, scene: Scene) -> None:
    here = scene.client(app, "here")
    assert "1 dossier," in here.get(ask(here, dossier=scene.here[0])).text
    assert "1 dossier," in here.get(ask(here, address=f"{ROOM}?q={scene.dossier(scene.here[1]).number}")).text
    assert ask(here, dossier=scene.elsewhere[0]).startswith("404")
    assert "Aucun dossier à exporter" in ask(here, address=f"{ROOM}?q=introuvable")
    assert "à quoi servira ce fichier" in ask(here, usage="other", precision=" ")
    assert "Choisissez l’usage" in ask(here, usage="")


def test_an_export_is_known_by_the_dossiers_that_its_reader_may_open(scene: Scene) -> None:
    ask_in_service(scene, "here")
    ask_in_service(scene, "here", scene.here[0])
    assert known_to(scene, "here") == [("Personne here", 1), ("Personne here", 2)]
    assert known_to(scene, "elsewhere") == []
    assert known_to(scene, "team") == [("Personne here", 1), ("Personne here", 2)]
    scene.declare_conflict("team", scene.here[0])
    assert known_to(scene, "team") == [("Personne here", 1)]

    def also_elsewhere(session: Session) -> None:
        person = session.scalars(select(Person).where(Person.name == "Personne here")).one()
        call = scene.call()
        grant = RoleGrant(call_id=call.id, role=Role.CORRESPONDENT.value, region=ELSEWHERE, granted_at=NOW)
        grant.person_id = person.id
        session.add(grant)

    scene.database.transaction(also_elsewhere)
    ask_in_service(scene, "here")
    assert [known_to(scene, name)[0][1] for name in ("here", "elsewhere")] == [3, 1]


@pytest.mark.parametrize("cause", ["moved", "conflict", "erased"])
def test_a_file_is_given_while_each_of_its_dossiers_is_open_to_its_asker(
    scene: Scene, tmp_path: Path, cause: str
) -> None:
    reference = ask_in_service(scene, "here")
    do_jobs(scene, tmp_path)

    def take(session: Session) -> str:
        return exports.take(session, scene.actor("here"), scene.call(), reference, now=NOW).digest

    def change(session: Session) -> None:
        dossier = session.scalars(select(Dossier).where(Dossier.reference == scene.here[0])).one()
        if cause == "moved":
            dossier.region = ELSEWHERE
        else:
            erasing.erase_dossiers(session, SYSTEM, [dossier.id], why="test", now=NOW)

    assert scene.database.transaction(take)
    if cause == "conflict":
        scene.declare_conflict("here", scene.here[0])
    else:
        scene.database.transaction(change)
    with pytest.raises(RuleViolation, match="export_outdated"):
        scene.database.transaction(take)


def test_the_page_makes_as_many_statements_whatever_was_exported(scene: Scene) -> None:
    def read() -> None:
        with scene.database.reading() as session:
            exports.offered(session, scene.actor("here"), scene.call(), listing.Asked(), now=NOW)
            exports.recent(session, scene.actor("here"), scene.call(), now=NOW)

    before = statements(scene.database, read)
    for _ in range(3):
        ask_in_service(scene, "here")
    assert statements(scene.database, read) == before
