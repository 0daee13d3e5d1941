"""The filed dossiers in the management room, through HTTP: who reads, who decides, what a page costs."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.web import context
from tests.browsers import token
from tests.instructions import NOW, Scene, add_dossiers, lay_out, lay_out_second, on_database, statements

REASON = "Les trois rôles de l’article 9 sont tenus."


@pytest.fixture
def scene(database: Database) -> Scene:
    return lay_out(database)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return create_app(load_settings({}, instance=tmp_path_factory.mktemp("instance")))


@pytest.fixture
def app(pages: Flask, database: Database) -> Flask:
    return on_database(pages, database)


@pytest.fixture
def team(scene: Scene, app: Flask) -> FlaskClient:
    return scene.client(app, "team")


def test_team_and_auditor_read_every_dossier_and_only_the_team_decides(
    scene: Scene, app: Flask, team: FlaskClient
) -> None:
    auditor = scene.client(app, "auditor")
    read = f"/pilotage/{scene.slug}/dossiers/{scene.here[0]}"
    decision = f"/pilotage/{scene.slug}/recevabilite/{scene.here[0]}"
    for client in (team, auditor):
        assert client.get(f"/pilotage/{scene.slug}/dossiers").text.count("(fictif)</a>") == 3
        assert "Synthèse" in client.get(read).text
        assert client.get(f"/pilotage/{scene.slug}/recevabilite").status_code == 200
    assert "Décider de la recevabilité" in team.get(read).text
    assert "Décider de la recevabilité" not in auditor.get(read).text
    assert auditor.get(decision).status_code == 403
    form = {"csrf_token": token(auditor.get(read).text), "eligible": "oui", "reason": REASON}
    assert auditor.post(decision, data=form).status_code == 403
    assert auditor.post(f"/pilotage/{scene.slug}/recevabilite/ensemble", data=form).status_code == 403


@pytest.mark.parametrize("name", ["applicant", "here"])
def test_the_management_room_is_closed_to_others(scene: Scene, app: Flask, name: str) -> None:
    client = scene.client(app, name)
    for place in ("dossiers", f"dossiers/{scene.here[0]}", "recevabilite", f"recevabilite/{scene.here[0]}"):
        assert client.get(f"/pilotage/{scene.slug}/{place}").status_code == 403, place


def test_the_chair_reads_eligible_dossiers_once_the_marking_is_open(
    scene: Scene, app: Flask, team: FlaskClient
) -> None:
    chair = scene.client(app, "chair")
    address = f"/pilotage/{scene.slug}/dossiers/{scene.here[1]}"
    _decide(scene, team, scene.here[1])
    assert chair.get(address).status_code == 404
    scene.change_call(marking_opened_at=NOW)
    assert chair.get(address).status_code == 200
    assert chair.get(f"/pilotage/{scene.slug}/dossiers/{scene.here[0]}").status_code == 404


def test_before_the_closing_nobody_reads_and_the_page_says_when(scene: Scene, team: FlaskClient) -> None:
    scene.change_call(closes_at=NOW + timedelta(days=1))
    page = team.get(f"/pilotage/{scene.slug}/dossiers").text
    assert "Les dossiers se liront après la clôture" in page
    assert "(fictif)</a>" not in page
    assert team.get(f"/pilotage/{scene.slug}/dossiers/{scene.here[0]}").status_code == 404


@pytest.mark.target("SEC-05")
def test_a_dossier_of_a_conflict_is_found_nowhere(scene: Scene, team: FlaskClient) -> None:
    scene.declare_conflict("team", scene.here[0])
    for place in (f"dossiers/{scene.here[0]}", f"recevabilite/{scene.here[0]}", f"dossiers/{scene.here[0]}/pieces/x"):
        assert team.get(f"/pilotage/{scene.slug}/{place}").status_code == 404, place
    for place in ("dossiers", "recevabilite"):
        assert "Pôle 31 0000" not in team.get(f"/pilotage/{scene.slug}/{place}").text


@pytest.mark.target("SEC-23")
def test_a_piece_is_saved_by_whoever_may_read_its_dossier_and_by_nobody_else(
    scene: Scene, app: Flask, team: FlaskClient
) -> None:
    with app.app_context():
        stored = context.storage().put(io.BytesIO(b"%PDF-1.4 statuts"))
    piece = scene.join_piece(scene.here[0], stored.digest)
    here, room = f"dossiers/{scene.here[0]}/pieces/{piece}", f"/correspondant/{scene.slug}"
    page = team.get(f"/pilotage/{scene.slug}/dossiers/{scene.here[0]}").text
    assert all(told in page for told in (f"/{here}", "non analysé par un antivirus", f"SHA-256 {stored.digest}"))
    for client, address in (
        (team, f"/pilotage/{scene.slug}/{here}"),
        (scene.client(app, "here"), f"{room}/{here}"),
    ):
        answer = client.get(address)
        assert (answer.status_code, answer.data) == (200, b"%PDF-1.4 statuts")
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert scene.client(app, "elsewhere").get(f"{room}/{here}").status_code == 404
    # A piece is looked for in its own dossier only.
    other = f"dossiers/{scene.here[1]}/pieces/{piece}"
    assert team.get(f"/pilotage/{scene.slug}/{other}").status_code == 404
    scene.declare_conflict("team", scene.here[0])
    assert team.get(f"/pilotage/{scene.slug}/{here}").status_code == 404


def test_a_decision_without_answer_or_reason_is_refused_beside_its_fields(scene: Scene, team: FlaskClient) -> None:
    address = f"/pilotage/{scene.slug}/recevabilite/{scene.here[0]}"
    form = {"csrf_token": token(team.get(address).text), "version": "0"}
    page = team.post(address, data={**form, "eligible": "oui", "reason": "  "}).text
    assert page.count("Écrivez le motif de la décision.") == 2
    page = team.post(address, data={**form, "reason": REASON}).text
    assert page.count("Choisissez\u00a0: recevable ou non recevable.") == 2
    assert REASON in page
    assert scene.dossier(scene.here[0]).state == "filed"


def test_a_nul_typed_in_a_reason_is_left_out_on_both_engines(scene: Scene, app: Flask, team: FlaskClient) -> None:
    here = scene.client(app, "here")
    address = f"/correspondant/{scene.slug}/dossiers/{scene.here[0]}"
    form = {"csrf_token": token(here.get(address).text), "vu": "", "proposition-E2": "not_met", "motif-E2": "a\0b"}
    assert here.post(address, data=form).status_code == 302
    address = f"/pilotage/{scene.slug}/recevabilite/{scene.here[0]}"
    form = {"csrf_token": token(team.get(address).text), "version": "0", "eligible": "non", "reason": "Lu\0."}
    assert team.post(address, data=form).status_code == 302
    clear = {"csrf_token": form["csrf_token"], "dossier": ["x\0y"]}
    assert team.post(f"/pilotage/{scene.slug}/recevabilite/ensemble", data=clear).status_code == 302


def test_a_decision_is_shown_with_its_author_and_may_be_changed(scene: Scene, team: FlaskClient) -> None:
    _decide(scene, team, scene.here[1])
    page = team.get(f"/pilotage/{scene.slug}/recevabilite/{scene.here[1]}").text
    assert "Revenir sur la décision" in page
    assert "Personne team" in page
    assert REASON in page
    assert "Pôle 31 0001" in team.get(f"/pilotage/{scene.slug}/recevabilite?vue=recevables").text


def test_dossiers_without_any_doubt_are_previewed_then_decided_together(
    scene: Scene, app: Flask, team: FlaskClient
) -> None:
    here = scene.client(app, "here")
    for reference in scene.here:
        address = f"/correspondant/{scene.slug}/dossiers/{reference}"
        here.post(address, data={"csrf_token": token(here.get(address).text), "vu": "", "calcul": "1"})
    assert "Décider ensemble le dossier sans réserve" in team.get(f"/pilotage/{scene.slug}/recevabilite").text
    address = f"/pilotage/{scene.slug}/recevabilite/ensemble"
    page = team.get(address).text
    ticked = re.findall(r'name="dossier" value="([^"]+)" checked', page)
    assert ticked == [scene.here[1]]
    form = {"csrf_token": token(page), "dossier": [*ticked, scene.here[0]]}
    page = team.post(address, data=form, follow_redirects=True).text
    assert "1 dossier recevable." in page
    assert "1 dossier à reprendre un par un" in page
    assert [scene.dossier(one).state for one in scene.here] == ["filed", "eligible"]
    assert team.post(address, data={"csrf_token": token(page)}).status_code == 422


def test_a_call_without_regions_is_read_and_decided_by_the_same_pages(database: Database, app: Flask) -> None:
    scene = lay_out_second(database)
    team, room = scene.client(app, "team"), f"/pilotage/{scene.slug}"
    page = team.get(f"{room}/dossiers").text
    assert (page.count("(fictif)</a>"), "Territoire" in page) == (2, False)
    page = team.get(f"{room}/recevabilite/{scene.here[1]}").text
    assert "il en faut deux." in page
    clear = f"{room}/recevabilite/ensemble"
    ticked = re.findall(r'name="dossier" value="([^"]+)" checked', team.get(clear).text)
    assert ticked == scene.here[:1]
    team.post(clear, data={"csrf_token": token(page), "dossier": ticked})
    assert [scene.dossier(one).state for one in scene.here] == ["eligible", "filed"]


@pytest.mark.parametrize("search", ["pole 31 0001", "Pôle 31 0001", "POLE 31 0001 FICTIF"])
def test_a_dossier_is_found_by_its_name_whatever_its_accents_and_case(
    scene: Scene, team: FlaskClient, search: str
) -> None:
    page = team.get(f"/pilotage/{scene.slug}/dossiers", query_string={"q": search}).text
    assert "1 dossier</p>" in page
    assert "Pôle 31 0001 (fictif)</a>" in page


def test_filters_stay_in_the_address_of_every_link(scene: Scene, team: FlaskClient) -> None:
    page = team.get(f"/pilotage/{scene.slug}/dossiers?q=pole&region=31&etat=filed&tri=-amount").text
    assert page.count("(fictif)</a>") == 2
    sorts = re.findall(r'class="app-sort" href="([^"]+)"', page)
    assert sorts
    assert all("region=31" in href and "q=pole" in href and "etat=filed" in href for href in sorts)
    assert "Nord-Pas-de-Calais" in page


@pytest.mark.parametrize("page", ["?region=999", "?tri=DROP", "?page=99", "?page=x", "?q=%25_%5C&avis=x", "?q=a%00b"])
def test_an_address_typed_wrong_shows_a_list_all_the_same(scene: Scene, team: FlaskClient, page: str) -> None:
    for place in ("dossiers", "recevabilite"):
        assert team.get(f"/pilotage/{scene.slug}/{place}{page}").status_code == 200


@pytest.mark.parametrize("place", ["dossiers", "recevabilite", "recevabilite/ensemble"])
def test_the_lists_cost_the_same_statements_at_any_size(
    scene: Scene, team: FlaskClient, database: Database, place: str
) -> None:
    address = f"/pilotage/{scene.slug}/{place}"
    team.get(address)
    few = statements(database, lambda: team.get(address))
    add_dossiers(scene, 10)
    assert statements(database, lambda: team.get(address)) == few <= 8


def test_reading_a_dossier_costs_less_than_fifteen_statements(
    scene: Scene, team: FlaskClient, database: Database
) -> None:
    for place in ("dossiers", "recevabilite"):
        address = f"/pilotage/{scene.slug}/{place}/{scene.here[0]}"
        team.get(address)
        assert statements(database, lambda address=address: team.get(address)) <= 10


def _decide(scene: Scene, team: FlaskClient, reference: str) -> None:
    address = f"/pilotage/{scene.slug}/recevabilite/{reference}"
    form = {"csrf_token": token(team.get(address).text), "version": "0", "eligible": "oui", "reason": REASON}
    assert team.post(address, data=form).status_code == 302
