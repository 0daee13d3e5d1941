"""The jury seen by the call team through HTTP: readers chosen, readings shared out, marking opened and closed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from ptce_aap.database import Database
from ptce_aap.models import OutboxItem
from ptce_aap.services.ranking import corrected_refresh
from tests.browsers import Browser, application
from tests.deliberations import NOW, Scene, lay_out
from tests.forms import submit
from tests.integration.test_jury_pages import add_dossiers, statements_of
from tests.integration.test_marking import finish_declaration, give, make_final, open_marking, save, whole
from tests.plans import compute

ROOM = "/pilotage/ptce-2015"


@pytest.fixture
def scene(fresh_database: Database) -> Scene:
    """Four eligible dossiers, three jurors, nothing given yet."""
    return lay_out(fresh_database, (90, 80, 70, 60), readings=(0, 0, 0, 0), ranked=False)


@pytest.fixture
def app(scene: Scene, tmp_path: Path) -> Flask:
    return application(scene.database, tmp_path)


def plain(page: str) -> str:
    """A page whose blanks are all alike."""
    return re.sub(r"\s+", " ", page)


def browse(app: Flask, scene: Scene, name: str) -> Browser:
    return Browser(app, scene.database, f"{name}@example.org")


def test_the_team_chooses_the_readers_of_a_dossier(app: Flask, scene: Scene) -> None:
    team = browse(app, scene, "team")
    page = team.get(f"{ROOM}/affectation").text
    assert ("4 dossiers" in page, page.count("0 sur 2")) == (True, 4)
    readers = f"{ROOM}/affectation/dossiers/{scene.dossiers[0]}"
    team.post(readers, {"reader": scene.people["juror-1"].reference}, page=readers)
    assert "1 lecture confiée." in team.get(readers).text
    assert "1 sur 2" in team.get(f"{ROOM}/affectation?q=pole+0001").text


def test_the_team_asks_for_a_proposal_reads_why_applies_it_and_undoes_it(app: Flask, scene: Scene) -> None:
    give(scene, "juror-1", scene.dossiers[:1])
    team, spread = browse(app, scene, "team"), f"{ROOM}/affectation/repartir"
    asked = submit(team, spread, "Préparer une proposition", readings=3)
    here = asked.request.path
    assert "Calcul de la proposition…" in asked.text
    assert team.get(f"{here}/etat").json == {
        "state": "running", "done": 0, "total": 1, "message": "Calcul de la proposition…",
    }  # fmt: skip
    compute(scene.database)
    assert team.get(f"{here}/etat").json["href"] == here
    page = team.get(here).text
    assert "Lectures à confier" in page
    assert "4 dossiers par membre du jury" in page
    assert "Déjà confié" in page
    assert "aucun membre de trop pour ce dossier" in page.lower()
    consequences = team.get(f"{here}/appliquer").text
    assert "11 lectures confiées, aucune retirée" in plain(consequences)
    done = submit(team, f"{here}/appliquer", "Confier 11 lectures")
    assert "11 lectures confiées." in done.text
    assert "Appliquée le" in team.get(here).text
    assert "déjà appliquée" in team.get(f"{here}/appliquer").text
    undone = submit(team, here, "Annuler cette répartition")
    assert "11 lectures retirées" in undone.text
    assert "puis annulée le" in undone.text


def test_a_proposal_is_changed_by_hand_dossier_by_dossier(app: Flask, scene: Scene) -> None:
    scene.declare_conflict("juror-3", scene.dossiers[0])
    team = browse(app, scene, "team")
    here = submit(team, f"{ROOM}/affectation/repartir", "Préparer une proposition", readings=1).request.path
    compute(scene.database)
    dossier = f"{here}/dossiers/{scene.dossiers[0]}"
    page = team.get(dossier).text
    assert page.count('type="checkbox"') == 2
    assert "En conflit d’intérêts avec ce dossier." in page
    two = [scene.people[f"juror-{n}"].reference for n in (1, 2)]
    changed = submit(team, dossier, "Modifier la proposition", reader=two)
    assert "La proposition est modifiée. Rien n’est encore confié." in plain(changed.text)
    assert "Choisi à la main" in changed.text
    assert "changement" in team.get(f"{here}/appliquer").text
    forged = team.post(dossier, {"reader": scene.people["juror-3"].reference, "version": "9"}, page=dossier)
    assert forged.status_code == 422
    assert team.get(f"{here}/dossiers/none").status_code == 404


def test_a_proposal_overtaken_by_events_says_so_and_is_not_applied(app: Flask, scene: Scene) -> None:
    team = browse(app, scene, "team")
    here = submit(team, f"{ROOM}/affectation/repartir", "Préparer une proposition").request.path
    compute(scene.database)
    form = team.get(f"{here}/appliquer").text
    version = re.search(r'name="version" value="(\d+)"', form)
    assert version is not None
    scene.declare_conflict("juror-1", scene.dossiers[0])
    assert "La situation a changé depuis le calcul" in team.get(here).text
    late = team.post(f"{here}/appliquer", {"version": version[1]}, page=here)
    assert (late.status_code, "Rien n’a été écrasé" in late.text) == (422, True)


def test_an_impossible_request_says_what_blocks_and_offers_a_way_out(app: Flask, scene: Scene) -> None:
    for name in ("juror-1", "juror-2"):
        scene.declare_conflict(name, scene.dossiers[0])
    team = browse(app, scene, "team")
    here = submit(team, f"{ROOM}/affectation/repartir", "Préparer une proposition", readings=2).request.path
    compute(scene.database)
    page = plain(team.get(here).text)
    assert "Aucune répartition ne respecte tout" in page
    assert "1 membre pour 2 lectures" in page
    again = submit(team, here, "Calculer avec ces dossiers moins lus").request.path
    compute(scene.database)
    assert "Dossiers qui manqueraient de lecteurs" in team.get(again).text
    assert "Manque de lecteurs" in team.get(again).text


def test_readings_that_were_lost_are_listed_with_the_reason(app: Flask, scene: Scene) -> None:
    give(scene, "juror-1", scene.dossiers[:2])
    scene.declare_conflict("juror-1", scene.dossiers[0])
    page = browse(app, scene, "team").get(f"{ROOM}/affectation/repartir").text
    assert "1 lecture ne compte plus" in page
    assert "A déclaré un conflit d’intérêts" in page


def test_the_team_and_the_juror_say_what_he_knows(app: Flask, scene: Scene) -> None:
    team, juror = browse(app, scene, "team"), browse(app, scene, "juror-1")
    terms = f"{ROOM}/affectation/jury/{scene.people['juror-1'].reference}"
    theme = re.findall(r'name="themes" value="([^"]+)"', team.get(terms).text)[0]
    saved = submit(team, terms, "Enregistrer", minimum=1, maximum=3, themes=[theme])
    assert "1 dossier au moins, 3 au plus" in plain(saved.text)
    refused = submit(team, terms, "Enregistrer", minimum=5, maximum=3)
    assert (refused.status_code, "Le nombre au moins dépasse" in refused.text) == (422, True)
    finish_declaration(scene, "juror-1")
    assert "Vous connaissez" in juror.get("/jury/ptce-2015").text
    own = "/jury/ptce-2015/mes-themes"
    assert "Vos thèmes sont enregistrés." in submit(juror, own, "Enregistrer mes thèmes", themes=[]).text
    assert "Vous n’avez encore dit aucun thème" in juror.get("/jury/ptce-2015").text
    assert team.get(own).status_code == 403


def test_what_one_more_reading_buys_is_a_hypothesis_until_there_are_marks(app: Flask, scene: Scene) -> None:
    page = plain(browse(app, scene, "team").get(f"{ROOM}/affectation/lectures-en-plus").text)
    assert "Hypothèse" in page
    assert "De 2 à 3 lectures, la fiabilité passe de 67 % à 75 %" in page
    assert page.count("lecture") > 6


def test_what_one_more_reading_buys_comes_from_the_marks_and_not_for_whoever_is_in_conflict(
    fresh_database: Database, tmp_path: Path
) -> None:
    scene = lay_out(fresh_database, (90, 80, 70, 60))
    fresh_database.transaction(corrected_refresh.ask, scene.call_id(), at=NOW)
    compute(fresh_database)
    app = application(fresh_database, tmp_path)
    address = f"{ROOM}/affectation/lectures-en-plus"
    assert "Calculé d’après les notes de cet appel" in browse(app, scene, "team").get(address).text
    scene.declare_conflict("auditor", scene.dossiers[0])
    page = browse(app, scene, "auditor").get(address).text
    assert ("Hypothèse" in page, "d’après les notes" in page) == (True, False)


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
    gain = "/affectation/lectures-en-plus"
    pages = [
        "/affectation",
        "/affectation/jury",
        gain,
        readers,
        "/lectures",
        "/affectation/repartir",
        "/lectures/clore",
    ]
    for name in ("chair", "auditor"):
        person = browse(app, scene, name)
        assert [person.get(ROOM + page).status_code for page in pages] == [200, 200, 200, 200, 200, 403, 403]
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


@pytest.mark.parametrize("typed", ["-1", "1001", "9" * 400])
def test_a_load_that_is_no_load_is_refused_beside_its_field(app: Flask, scene: Scene, typed: str) -> None:
    team, terms = browse(app, scene, "team"), f"{ROOM}/affectation/jury/{scene.people['juror-1'].reference}"
    answer = team.post(terms, {"minimum": typed, "version": "0"}, page=terms)
    assert answer.status_code == 422
    assert "Indiquez un nombre de 0 à 1000." in plain(answer.text).replace("\u202f", "")
