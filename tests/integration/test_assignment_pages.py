"""The jury seen by the call team through HTTP: readers chosen, readings spread, marking opened and closed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from ptce_aap.database import Database
from ptce_aap.models import OutboxItem
from tests.browsers import Browser, application
from tests.deliberations import Scene, lay_out
from tests.integration.test_jury_pages import add_dossiers, statements_of
from tests.integration.test_marking import finish_declaration, give, make_final, open_marking, save, whole

ROOM = "/pilotage/ptce-2015"


@pytest.fixture
def scene(fresh_database: Database) -> Scene:
    """Four eligible dossiers, three jurors, nothing given yet."""
    return lay_out(fresh_database, (90, 80, 70, 60), readings=(0, 0, 0, 0), ranked=False)


@pytest.fixture
def app(scene: Scene, tmp_path: Path) -> Flask:
    return application(scene.database, tmp_path)


def browse(app: Flask, scene: Scene, name: str) -> Browser:
    return Browser(app, scene.database, f"{name}@example.org")


def test_the_team_chooses_readers_then_spreads_what_is_missing(app: Flask, scene: Scene) -> None:
    team = browse(app, scene, "team")
    page = team.get(f"{ROOM}/affectation").text
    assert ("4 dossiers" in page, page.count("0 sur 2")) == (True, 4)
    readers = f"{ROOM}/affectation/dossiers/{scene.dossiers[0]}"
    team.post(readers, {"reader": scene.people["juror-1"].reference}, page=readers)
    assert "1 lecture confiée." in team.get(readers).text
    assert "1 sur 2" in team.get(f"{ROOM}/affectation?q=pole+0001").text
    spread = f"{ROOM}/affectation/repartir"
    plan = team.get(f"{spread}?lectures=3").text
    assert "11 lectures à confier, sur 4 dossiers" in plan
    digest = re.search(r'name="digest" value="(\w+)"', plan)
    assert digest is not None
    stale = team.post(spread, {"lectures": "3", "digest": "x"}, page=spread)
    assert (stale.status_code, "Rien n’a été écrasé" in stale.text) == (422, True)
    assert team.post(spread, {"lectures": "3", "digest": digest[1]}, page=spread).status_code == 302
    assert "11 lectures confiées." in team.get(f"{ROOM}/affectation").text
    assert "Rien à répartir" in team.get(f"{spread}?lectures=3").text
    assert "va de 1 à 3" in team.get(f"{spread}?lectures=40").text


def test_a_juror_in_conflict_cannot_be_ticked_and_a_forged_tick_is_refused(app: Flask, scene: Scene) -> None:
    scene.declare_conflict("juror-2", scene.dossiers[0])
    team, readers = browse(app, scene, "team"), f"{ROOM}/affectation/dossiers/{scene.dossiers[0]}"
    page = team.get(readers).text
    refused = scene.people["juror-2"].reference
    assert (page.count('type="checkbox"'), refused in page, "En conflit" in page) == (2, False, True)
    answer = team.post(readers, {"reader": refused}, page=readers)
    assert (answer.status_code, "a déclaré un conflit sur ce dossier" in answer.text) == (422, True)


def test_the_marking_is_opened_after_a_page_that_says_what_is_wanting(app: Flask, scene: Scene) -> None:
    give(scene, "juror-1", scene.dossiers[:2])
    finish_declaration(scene, "juror-1")
    team, progress = browse(app, scene, "team"), f"{ROOM}/lectures"
    before = team.get(f"{progress}/ouvrir").text
    assert "dont 4 avec moins de 2 lecteurs" in before
    assert "2 déclarations de conflits attendues" in before
    team.post(f"{progress}/ouvrir", page=f"{progress}/ouvrir")
    assert "les membres du jury voient leurs dossiers" in team.get(progress).text
    with scene.database.reading() as session:
        letters = [item.payload for item in session.scalars(select(OutboxItem).where(OutboxItem.kind == "mail"))]
    told = {letter["to"]: letter["subject"].partition(" –")[0] for letter in letters}
    assert told == {
        "juror-1@example.org": "Vos dossiers sont à lire",
        "juror-2@example.org": "Déclarez vos conflits",
        "juror-3@example.org": "Déclarez vos conflits",
    }
    assert all("/jury/ptce-2015" in letter["text"] for letter in letters)


def test_the_marking_is_closed_after_a_page_that_says_what_is_awaited(app: Flask, scene: Scene) -> None:
    give(scene, "juror-1", scene.dossiers[:2])
    finish_declaration(scene, "juror-1")
    open_marking(scene)
    team, progress = browse(app, scene, "team"), f"{ROOM}/lectures"
    make_final(scene, scene.dossiers[0], save(scene, scene.dossiers[0], whole(scene)))
    page = team.get(progress).text
    assert ("1 fiche reçue sur 2" in page, "60,00" in page) == (True, False)
    assert "4 dossiers ont moins de 2 fiches" in team.get(f"{progress}/clore").text
    team.post(f"{progress}/clore", page=f"{progress}/clore")
    assert "La notation est close" in team.get(progress).text
    assert team.get(f"{ROOM}/classement").status_code == 200
    team.post(f"{progress}/clore", page="/compte")
    assert "C’est déjà fait" in team.get(progress).text


def test_chair_and_auditor_read_the_assignment_and_write_nothing(app: Flask, scene: Scene) -> None:
    open_marking(scene)
    readers, tick = f"/affectation/dossiers/{scene.dossiers[0]}", {"reader": scene.people["juror-1"].reference}
    pages = ["/affectation", "/affectation/jury", readers, "/lectures", "/affectation/repartir", "/lectures/clore"]
    for name in ("chair", "auditor"):
        person = browse(app, scene, name)
        assert [person.get(ROOM + page).status_code for page in pages] == [200, 200, 200, 200, 403, 403]
        assert 'type="checkbox"' not in person.get(ROOM + readers).text
        acts = [person.post(ROOM + page, tick).status_code for page in (readers, *pages[-2:], "/lectures/ouvrir")]
        assert acts == [403] * 4
    for name in ("juror-1", "correspondent", "applicant"):
        person = browse(app, scene, name)
        assert {person.get(ROOM + page).status_code for page in pages} == {403}


def test_a_chair_in_conflict_does_not_find_the_dossier_in_the_progress(app: Flask, scene: Scene) -> None:
    open_marking(scene)
    scene.declare_conflict("chair", scene.dossiers[0])
    chair = browse(app, scene, "chair")
    assert "Pôle 0001" not in chair.get(f"{ROOM}/lectures").text
    assert chair.get(f"{ROOM}/affectation/dossiers/{scene.dossiers[0]}").status_code == 404
    assert chair.get("/jury").headers["Location"] == "/jury/ptce-2015"
    assert "Pôle 0002" in chair.get("/jury/ptce-2015/conflits").text


def test_the_teams_pages_cost_the_same_statements_at_any_size(app: Flask, scene: Scene) -> None:
    pages = ["/affectation", f"/affectation/dossiers/{scene.dossiers[0]}", "/affectation/jury", "/lectures"]
    team = browse(app, scene, "team")

    def costs() -> list[tuple[int, int]]:
        return [statements_of(scene, team.client, "get", ROOM + page) for page in pages]

    small = costs()
    give(scene, "juror-1", add_dossiers(scene, 70))
    assert costs() == small
    assert [count <= 14 for _, count in small] == [True] * 4, small
