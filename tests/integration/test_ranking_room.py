"""The ranking room: three rankings side by side, one rank explained, names on demand, doors that stay closed."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ptce_aap.clock import now
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.jobs import run
from ptce_aap.jobs.context import open_context
from ptce_aap.models import Call, JournalEntry, Mark, Sheet
from ptce_aap.services.jury import severity
from ptce_aap.services.ranking import deliberation
from tests.browsers import Browser, application
from tests.deliberations import Scene, lay_out
from tests.integration.test_attacks_rights import also
from tests.integration.test_marking import finish_declaration, give, open_marking

HALL = "/pilotage/ptce-2015/classement/salle"
STAFF = ("team", "chair", "auditor")
# What names a session or an account at random: two worlds have two.
_TOKEN = re.compile(r'name="csrf_token" value="[^"]+"|data-copies="[^"]+"')
# Each reader's own way of marking: the third is severe.
SEVERITY = {"juror-1": 1, "juror-2": 0, "juror-3": -2}


@pytest.fixture(scope="module")
def app(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return application(database, tmp_path_factory.mktemp("room"))


@pytest.fixture(scope="module")
def scene(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Six ranked dossiers read by two or three jurors of unequal severity, computed; the line is under the third."""
    scene = lay_out(database, (80, 70, 60, 60, 50, 40), amounts=[900_000] * 6, readings=(3, 3, 2, 2, 3, 1))
    spread(scene)
    compute(scene, tmp_path_factory.mktemp("worker"))
    return scene


def spread(scene: Scene) -> None:
    """Let each juror mark in his own way, by whole half points."""

    def work(session: Session) -> None:
        for name, shift in SEVERITY.items():
            mine = select(Sheet.id).where(Sheet.person_id == scene.actor(name).person_id)
            shifted = update(Mark).where(Mark.sheet_id.in_(mine)).values(half_points=Mark.half_points + shift)
            session.execute(shifted.execution_options(synchronize_session=False))

    scene.database.transaction(work)
    scene.database.transaction(deliberation.compute_again, scene.actor("chair"), scene.call_id(), now=now())


def compute(scene: Scene, folder: Path) -> None:
    run.drain(open_context(load_settings({}, instance=folder), scene.database))


def browse(app: Flask, scene: Scene, name: str) -> Browser:
    return Browser(app, scene.database, scene.emails[name])


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


@pytest.mark.parametrize("name", STAFF)
def test_three_rankings_stand_side_by_side_each_under_its_name(app: Flask, scene: Scene, name: str) -> None:
    page = browse(app, scene, name).get(HALL).text
    said = text_of(page)
    for heading in ("Annoncé", "Corrigé – aide à la décision", "Adopté", "À départager par le jury"):
        assert heading in said
    assert re.findall(r'id="d-([^"]+)"', page)[:2] == scene.dossiers[:2]
    assert set(re.findall(r'id="d-([^"]+)"', page)) == set(scene.dossiers)
    assert "Calculé à" in said
    assert "Ligne de l’enveloppe : 3 dossiers au-dessus" in said
    assert "une seule lecture" in said


@pytest.mark.parametrize("name", ["correspondent", "juror-1", "applicant"])
@pytest.mark.parametrize("page", ["", "/etat", "/comparer", "/lecteurs", "/dossiers/{0}"])
def test_nobody_else_enters(app: Flask, scene: Scene, name: str, page: str) -> None:
    assert browse(app, scene, name).get(HALL + page.format(scene.dossiers[0])).status_code == 403


def test_the_list_is_sorted_searched_and_filtered_by_its_address(app: Flask, scene: Scene) -> None:
    team = browse(app, scene, "team")
    backwards = text_of(team.get(f"{HALL}?tri=corrected&ordre=inverse").text)
    assert backwards.index("Pôle 0006") < backwards.index("Pôle 0001")
    found = team.get(f"{HALL}?q=pole+0004").text
    assert re.findall(r'id="d-([^"]+)"', found) == [scene.dossiers[3]]
    undecided = set(re.findall(r'id="d-([^"]+)"', team.get(f"{HALL}?groupe=indistinguishable").text))
    everyone = set(re.findall(r'id="d-([^"]+)"', team.get(HALL).text))
    assert undecided < everyone == set(scene.dossiers)
    assert "Aucun dossier ici" in team.get(f"{HALL}?q=introuvable").text


def test_the_same_list_is_drawn_on_demand(app: Flask, scene: Scene) -> None:
    page = browse(app, scene, "auditor").get(f"{HALL}?vue=graphique&tri=corrected").text
    assert "app-table--room" not in page
    assert "<svg" in page
    assert "tri=corrected" in re.search(r'href="([^"]+)">Voir en tableau', page)[1]


def test_a_rank_is_said_with_its_interval(app: Flask, scene: Scene) -> None:
    page = text_of(browse(app, scene, "team").get(f"{HALL}/dossiers/{scene.dossiers[1]}").text)
    assert re.search(
        r"Classé 2e ; avec ces 3 lectures, son rang (se situe entre \d et \d|est le \w+) \(9 chances", page
    )
    alone = text_of(browse(app, scene, "team").get(f"{HALL}/dossiers/{scene.dossiers[5]}").text)
    assert "avec une seule lecture, on ne peut pas dire où se situe son rang" in alone


def test_two_dossiers_are_compared_in_hundredths_by_an_address_that_can_be_shared(app: Flask, scene: Scene) -> None:
    first, last = scene.dossiers[0], scene.dossiers[4]
    forth = text_of(browse(app, scene, "team").get(f"{HALL}/comparer?a={first}&b={last}").text)
    back = text_of(browse(app, scene, "auditor").get(f"{HALL}/comparer?a={last}&b={first}").text)
    said = re.search(r"Pôle 0001 \(fictif\) devance Pôle 0005 \(fictif\) avec \d+ chances sur 100\.", forth)
    assert said is not None
    assert said[0] in back
    even = text_of(browse(app, scene, "team").get(f"{HALL}/comparer?a={scene.dossiers[2]}&b={scene.dossiers[3]}").text)
    assert "les lectures ne permettent pas de les départager" in even
    same = text_of(browse(app, scene, "team").get(f"{HALL}/comparer?a={first}&b={first}").text)
    assert "deux fois le même dossier" in same
    assert browse(app, scene, "team").get(f"{HALL}/comparer?a=x&b=").status_code == 200


def test_a_dossier_that_is_not_there_is_not_found(app: Flask, scene: Scene) -> None:
    assert browse(app, scene, "team").get(f"{HALL}/dossiers/inconnu").status_code == 404


def test_the_chair_reads_names_once_the_journal_holds_it(app: Flask, scene: Scene) -> None:
    chair = browse(app, scene, "chair")
    for address in (f"{HALL}/lecteurs", f"{HALL}/dossiers/{scene.dossiers[0]}"):
        assert "Personne juror" not in chair.get(address).text
    assert chair.post(f"{HALL}/lecteurs/noms").status_code == 302
    page = text_of(chair.get(f"{HALL}/lecteurs").text)
    assert "Personne juror-3" in page
    assert "plutôt sévère" in page
    assert "Personne juror-3" in chair.get(f"{HALL}/dossiers/{scene.dossiers[0]}").text
    chair.post(f"{HALL}/lecteurs/noms", {"dossier": scene.dossiers[0]})
    with scene.database.reading() as session:
        lines = session.scalars(select(JournalEntry.actor).where(JournalEntry.act == severity.ACT)).all()
        assert lines == [scene.actor("chair").reference]
        later = now() + severity.CONSULTED_FOR
        assert not severity.is_consulted(session, scene.actor("chair"), scene.call(session), now=later)


@pytest.mark.parametrize("name", ["team", "auditor"])
def test_nobody_but_the_chair_may_ask_for_names(app: Flask, scene: Scene, name: str) -> None:
    person = browse(app, scene, name)
    assert person.post(f"{HALL}/lecteurs/noms").status_code == 403
    for address in ("", "/lecteurs", f"/dossiers/{scene.dossiers[0]}", "/comparer"):
        assert "Personne juror" not in person.get(HALL + address).text


def test_each_reader_learns_how_he_marks_and_nothing_of_the_others(app: Flask, scene: Scene) -> None:
    severe = text_of(browse(app, scene, "juror-3").get("/jury/ptce-2015/ma-severite").text)
    assert "vos notes sont sévères" in severe
    assert "Personne juror-1" not in severe
    assert browse(app, scene, "team").get("/jury/ptce-2015/ma-severite").status_code == 403


def test_the_state_says_in_words_how_old_the_page_is(app: Flask, scene: Scene) -> None:
    state = browse(app, scene, "team").get(f"{HALL}/etat").get_json()
    assert re.fullmatch(r"Calculé à \d+\u00a0h\u00a0\d\d\.", state["message"])
    page = browse(app, scene, "team").get(HALL).text
    assert f'data-sequence="{state["sequence"]}"' in page


@pytest.fixture
def small(fresh_database: Database, tmp_path: Path) -> Scene:
    """Four ranked dossiers, computed."""
    scene = lay_out(fresh_database, (90, 80, 70, 60), readings=(3, 3, 3, 3))
    compute(scene, tmp_path)
    return scene


@pytest.mark.parametrize("name", ["team", "chair", "auditor"])
@pytest.mark.parametrize("page", ["", "/etat", "/comparer", "/lecteurs", "/dossiers/{1}"])
def test_whoever_is_in_conflict_stays_outside_even_after_publication(
    small: Scene, tmp_path: Path, name: str, page: str
) -> None:
    small.declare_conflict(name, small.dossiers[0])
    person = Browser(application(small.database, tmp_path), small.database, small.emails[name])
    address = HALL + page.format(*small.dossiers)
    published = update(Call).values(published_at=now(), frozen_at=now())
    for _ in range(2):
        answer = person.get(address)
        assert answer.status_code == (200 if page == "" else 422)
        assert "Pôle 000" not in answer.text
        assert "déport" in answer.text if page == "" else "conflit d’intérêts" in answer.text
        small.database.transaction(lambda session: session.execute(published))


@pytest.mark.target("SEC-06")
def test_whoever_is_in_conflict_sees_the_same_room_in_two_worlds(small: Scene, databases, tmp_path: Path) -> None:
    """The dossier in conflict marked otherwise, and computed again: not a byte changes for the person."""
    other = databases.create(small.database.engine.dialect.name)
    twin = lay_out(other, (10, 80, 70, 60), readings=(1, 3, 3, 3))
    compute(twin, tmp_path / "twin")
    pages = []
    for world in (small, twin):
        world.declare_conflict("chair", world.dossiers[0])
        chair = Browser(application(world.database, tmp_path / "app"), world.database, world.emails["chair"])
        answers = [chair.get(HALL + page.format(*world.dossiers)) for page in ("", "/etat", "/lecteurs", "/comparer")]
        pages.append([(one.status_code, _TOKEN.sub("", one.text)) for one in answers])
    databases.discard(other)
    assert pages[0] == pages[1]


def test_a_juror_in_conflict_learns_his_severity_after_publication_only(small: Scene, tmp_path: Path) -> None:
    small.declare_conflict("juror-1", small.dossiers[0])
    juror = Browser(application(small.database, tmp_path), small.database, small.emails["juror-1"])
    address = "/jury/ptce-2015/ma-severite"
    assert "Fermé jusqu’à la publication" in juror.get(address).text
    small.database.transaction(lambda session: session.execute(update(Call).values(published_at=now())))
    assert "Fiches rendues" in juror.get(address).text


def test_before_the_marking_there_is_nothing_to_enter_for(fresh_database: Database, tmp_path: Path) -> None:
    scene = lay_out(fresh_database, (90, 80), readings=(0, 0), ranked=False)
    team = Browser(application(scene.database, tmp_path), scene.database, scene.emails["team"])
    assert "La notation n’est pas encore ouverte" in team.get(HALL).text
    assert team.get(f"{HALL}/etat").status_code == 422
    open_marking(scene)
    assert "Aucune lecture n’est encore calculée" in team.get(HALL).text
    for page in ("/comparer", "/lecteurs"):
        assert "Aucune lecture n’est encore calculée" in team.get(HALL + page).text
    assert team.get(f"{HALL}/dossiers/{scene.dossiers[0]}").status_code == 404


def test_a_chair_who_still_reads_waits_until_his_sheets_are_final(fresh_database: Database, tmp_path: Path) -> None:
    scene = lay_out(fresh_database, (90, 80), readings=(0, 0), ranked=False)
    open_marking(scene)
    give(scene, "juror-1", scene.dossiers[:1])
    finish_declaration(scene, "juror-1")

    def preside(session: Session) -> None:
        from ptce_aap.models import RoleGrant

        session.add(
            RoleGrant(
                person_id=scene.actor("juror-1").person_id,
                call_id=scene.call_id(),
                role="chair",
                region=None,
                seat=None,
                granted_at=now() - timedelta(days=1),
            )
        )

    scene.database.transaction(preside)
    reader = Browser(application(scene.database, tmp_path), scene.database, scene.emails["juror-1"])
    assert "Rendez d’abord vos fiches" in reader.get(HALL).text
    scene.database.transaction(lambda session: session.execute(update(Call).values(marking_closed_at=now())))
    assert "Rendez d’abord vos fiches" not in reader.get(HALL).text


def test_whoever_files_a_dossier_of_the_call_stays_outside(small: Scene, tmp_path: Path) -> None:
    also(small, "chair")
    owner = Browser(application(small.database, tmp_path), small.database, small.emails["applicant"])
    page = owner.get(HALL).text
    assert "déport" in page
    assert "Pôle 000" not in page


def test_a_reader_of_two_dossiers_has_no_severity_shown(fresh_database: Database, tmp_path: Path) -> None:
    scene = lay_out(fresh_database, (90, 80, 70), readings=(3, 3, 2))
    compute(scene, tmp_path)
    chair = Browser(application(scene.database, tmp_path), scene.database, scene.emails["chair"])
    chair.post(f"{HALL}/lecteurs/noms")
    readers = text_of(chair.get(f"{HALL}/lecteurs").text)
    assert "moins de trois dossiers lus" in readers
    page = chair.get(f"{HALL}/dossiers/{scene.dossiers[0]}").text
    row = re.search(r"<tr>\s*<th[^>]*>Personne juror-3.*?</tr>", page, re.DOTALL)
    assert row is not None
    assert text_of(row[0]).split()[-5:].count("—") >= 1
    assert 'data-label="Sévérité retirée">—' in row[0]
    mine = Browser(application(scene.database, tmp_path), scene.database, scene.emails["juror-3"])
    assert "Vous en avez rendu 2" in text_of(mine.get("/jury/ptce-2015/ma-severite").text)


def test_readings_that_fall_apart_are_told(fresh_database: Database, tmp_path: Path) -> None:
    scene = lay_out(fresh_database, (90, 80, 70, 60), readings=(1, 1, 1, 1))
    third = scene.actor("juror-3").person_id

    def part(session: Session) -> None:
        last_two = select(Sheet.id).order_by(Sheet.id.desc()).limit(2)
        session.execute(update(Sheet).where(Sheet.id.in_(session.scalars(last_two).all())).values(person_id=third))

    scene.database.transaction(part)
    compute(scene, tmp_path)
    team = Browser(application(scene.database, tmp_path), scene.database, scene.emails["team"])
    page = text_of(team.get(HALL).text)
    assert "Les lectures forment 2 groupes sans lien entre eux" in page
    assert "fondée sur l’hypothèse de groupes équivalents" in page
