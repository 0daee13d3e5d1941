"""Pages of the ranking room that draw: other weights, moves between rankings, who has read what; and what they hide."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from ptce_aap.clock import now
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.domain.ranking import Ranked, announced
from ptce_aap.domain.scoring import Grid
from ptce_aap.jobs import run
from ptce_aap.jobs.context import open_context
from ptce_aap.models import Call, CorrectedPart, CorrectedRanking, Dossier, Mark, RankingEntry, Sheet
from ptce_aap.services.calls import calls
from ptce_aap.services.ranking import corrected_inputs, corrected_refresh, deliberation
from tests.bench.browsing import counted
from tests.browsers import Browser, application
from tests.databases import Databases
from tests.deliberations import Scene, lay_out
from tests.integration.test_departures import decide
from tests.integration.test_management_second_call import _lay_out as lay_out_the_second_call

HALL = "/pilotage/ptce-2015/classement/salle"
PAGES = ("/poids", "/evolutions", "/lectures")
STAFF = ("team", "chair", "auditor")
NAMES = re.compile(r"Personne juror-\d")
_SEVERITY = {"juror-1": 1, "juror-2": 0, "juror-3": -2}


@pytest.fixture(scope="module")
def app(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return application(database, tmp_path_factory.mktemp("charts"))


@pytest.fixture(scope="module")
def scene(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Seven dossiers whose axes differ, read by jurors of unequal severity; the line is under the third."""
    scene = lay_out(
        database, (80, 70, 60, 60, 50, 50, 30), amounts=[900_000] * 7, readings=(3, 3, 2, 2, 3, 2, 1), ranked=True
    )
    compute(scene, tmp_path_factory.mktemp("worker"), spread)
    return scene


@pytest.fixture
def own(fresh_database: Database, tmp_path: Path) -> Iterator[tuple[Scene, Flask]]:
    """A scene that a test changes, and its application."""
    scene = lay_out(fresh_database, (80, 70, 60, 60, 50), amounts=[900_000] * 5, readings=(3, 3, 2, 2, 3))
    return scene, application(fresh_database, tmp_path)


def compute(scene: Scene, folder: Path, change=None) -> None:
    """Change marks if asked, rank again, and let the worker compute."""
    if change is not None:
        scene.database.transaction(change, scene)
    scene.database.transaction(deliberation.compute_again, scene.actor("chair"), scene.call_id(), now=now())
    work(scene, folder)


def work(scene: Scene, folder: Path) -> None:
    run.drain(open_context(load_settings({}, instance=folder), scene.database))


def spread(session: Session, scene: Scene) -> None:
    """Let each juror mark in his own way, and each dossier be better on some axes than on others."""
    grid = calls.definition_of(session, scene.call(session)).grid
    for name, shift in _SEVERITY.items():
        _shift(session, shift, Sheet.person_id == scene.actor(name).person_id)
    for place, reference in enumerate(scene.dossiers):
        for turn, axis in enumerate(grid.axes):
            shift = (2, 0, -2)[(place + turn) % 3]
            keys = [criterion.key for criterion in axis.criteria]
            mine = Sheet.dossier_id.in_(select(Dossier.id).where(Dossier.reference == reference))
            _shift(session, shift, mine, Mark.criterion.in_(keys))


def _shift(session: Session, shift: int, sheets, *marks) -> None:
    moved = Mark.half_points + shift
    chosen = Mark.sheet_id.in_(select(Sheet.id).where(sheets))
    change = update(Mark).where(chosen, *marks, moved >= 0, moved <= 10).values(half_points=moved)
    session.execute(change.execution_options(synchronize_session=False))


def browse(app: Flask, scene: Scene, name: str) -> Browser:
    return Browser(app, scene.database, scene.emails[name])


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def cells(page: str, label: str) -> dict[str, str]:
    """Return what each dossier's line of the table says under a label."""
    found = {}
    for reference, row in re.findall(r'<tr id="d-([^"]+)">(.*?)</tr>', page, re.DOTALL):
        cell = re.search(rf'<td[^>]*data-label="{label}">(.*?)</td>', row, re.DOTALL)
        found[reference] = text_of(cell.group(1)).strip() if cell else ""
    return found


def ranked_with(scene: Scene, weights: tuple[int, ...]) -> tuple[Ranked, ...]:
    """Apply the call's rule to the sheets, with other weights: what the page must say."""
    with scene.database.reading() as session:
        grid = calls.definition_of(session, scene.call(session)).grid
        sheets = corrected_inputs.first_marks(session, scene.call(session))
        seed = scene.call(session).draw_seed
    axes = tuple(replace(axis, weight=weight) for axis, weight in zip(grid.axes, weights, strict=True))
    readings: dict[str, list] = {}
    for sheet in sheets:
        readings.setdefault(sheet.dossier, []).append(sheet.marks)
    return announced(replace(grid, axes=axes), readings, seed=seed)


def grid_of(scene: Scene) -> Grid:
    with scene.database.reading() as session:
        return calls.definition_of(session, scene.call(session)).grid


@pytest.mark.parametrize("name", STAFF)
@pytest.mark.parametrize("page", PAGES)
def test_the_staff_of_the_ranking_enters_and_each_page_leads_to_the_others(app, scene, name, page) -> None:
    answer = browse(app, scene, name).get(HALL + page)
    assert answer.status_code == 200
    assert {other for other in PAGES if f'href="{HALL}{other}"' in answer.text} == set(PAGES)
    assert "Calculé à" in text_of(answer.text)
    assert 'role="img"' in answer.text


@pytest.mark.parametrize("name", ["correspondent", "juror-1", "applicant"])
@pytest.mark.parametrize("page", PAGES)
def test_nobody_else_enters(app, scene, name, page) -> None:
    assert browse(app, scene, name).get(HALL + page).status_code == 403


@pytest.mark.parametrize("page", PAGES)
def test_a_person_in_conflict_sees_nothing_of_the_call(own, page, tmp_path) -> None:
    scene, app = own
    compute(scene, tmp_path / "worker", spread)
    scene.declare_conflict("chair", scene.dossiers[4])
    body = browse(app, scene, "chair").get(HALL + page).text
    assert "Vue partielle – déport" in body
    assert "Pôle 000" not in body
    assert "<figure" not in body
    assert "<output" not in body


def test_the_announced_weights_change_nothing_and_the_page_says_that_it_is_a_simulation(app, scene) -> None:
    body = browse(app, scene, "team").get(f"{HALL}/poids").text
    said = text_of(body)
    assert "Les poids annoncés restent ceux de l’appel : ceci est une simulation." in said
    assert said.count("Aucun dossier ne change de côté de la ligne.") == 2
    assert "La ligne reste après 3 dossiers." in said
    assert {key: text.split()[0] for key, text in cells(body, "Avec ces poids").items()} == {
        key: text.split()[0] for key, text in cells(body, "Annoncé").items()
    }


@pytest.mark.parametrize("weights", [(100, 0, 0, 0), (10, 60, 20, 10), (0, 1, 0, 99), (25, 25, 25, 24)])
def test_the_announced_ranking_under_other_weights_is_the_rule_of_the_call_applied_to_the_sheets(
    app, scene, weights
) -> None:
    asked = "&".join(f"p{place}={weight}" for place, weight in enumerate(weights, 1))
    body = browse(app, scene, "chair").get(f"{HALL}/poids?{asked}").text
    expected = ranked_with(scene, weights)
    shown = cells(body, "Avec ces poids")
    assert {key: text.split()[0] for key, text in shown.items()} == {
        line.reference: str(line.rank) if line.rank else "—" for line in expected
    }
    for line in expected:
        if line.rank:
            exact = round(float(line.total), 2)
            assert abs(float(shown[line.reference].split()[1].replace(",", ".")) - exact) <= 0.0051
    today, then = ranked_with(scene, tuple(axis.weight for axis in grid_of(scene).axes))[:3], expected[:3]
    entering = {line.reference for line in then} - {line.reference for line in today}
    moved = {key for key, text in shown.items() if "passe au-dessus" in text}
    assert moved == entering


def test_the_corrected_ranking_under_other_weights_is_shown_under_its_own_name(app, scene) -> None:
    body = browse(app, scene, "team").get(f"{HALL}/poids?p1=100&p2=0&p3=0&p4=0").text
    assert "Classement corrigé – aide à la décision, avec ces poids" in text_of(body)
    assert "Classement annoncé, avec ces poids" in text_of(body)
    ranks = [text.split() for text in cells(body, "Corrigé").values()]
    assert sorted(int(one[0]) for one in ranks) == sorted(int(one[2]) for one in ranks) == [1, 2, 3, 4, 5, 6, 7]
    assert any(one[0] != one[2] for one in ranks)


def test_a_simulation_stores_nothing(app, scene) -> None:
    def stored():
        with scene.database.reading() as session:
            entries = session.execute(select(RankingEntry.dossier_id, RankingEntry.rank, RankingEntry.total)).all()
            computed = session.scalars(select(CorrectedRanking.sha256)).all()
            return entries, computed, grid_of(scene)

    before = stored()
    browse(app, scene, "chair").get(f"{HALL}/poids?p1=100&p2=0&p3=0&p4=0")
    assert stored() == before


@pytest.mark.parametrize(
    "asked", ["p1=beaucoup", "p1=-5", "p1=0&p2=0&p3=0&p4=0", "p1=99999999999", "p9=4", "tri=x&page=z"]
)
def test_nonsense_in_the_address_leaves_the_announced_weights(app, scene, asked) -> None:
    answer = browse(app, scene, "team").get(f"{HALL}/poids?{asked}")
    assert answer.status_code == 200
    assert "Ce sont les poids annoncés" in text_of(answer.text)


def test_the_smallest_change_of_weight_is_named_and_overtakes(app, scene) -> None:
    body = browse(app, scene, "team").get(f"{HALL}/poids").text
    said = cells(body, "Le plus petit changement de poids")
    labels = [axis.label for axis in grid_of(scene).axes]
    first = next(reference for reference, text in cells(body, "Annoncé").items() if text.startswith("1 "))
    assert said[first].startswith("premier du classement")
    named = [text for text in said.values() if any(text.startswith(label) for label in labels)]
    assert named
    assert all(re.search(r": \d+(,\d)?\s%\s→\s\d+(,\d)?\s%", text) for text in named)


@pytest.mark.parametrize("sort", ["simulated", "corrected", "share", "title"])
def test_the_table_of_the_weights_sorts_and_keeps_what_was_asked(app, scene, sort) -> None:
    team = browse(app, scene, "team")
    once = team.get(f"{HALL}/poids?p1=90&tri={sort}").text
    back = team.get(f"{HALL}/poids?p1=90&tri={sort}&ordre=inverse").text
    assert list(cells(once, "Annoncé")) == list(cells(back, "Annoncé"))[::-1]
    assert 'aria-sort="ascending"' in once
    assert 'aria-sort="descending"' in back
    link = re.search(rf'href="([^"]*tri={sort}[^"]*ordre=inverse[^"]*|[^"]*ordre=inverse[^"]*tri={sort}[^"]*)"', once)
    assert link is not None
    assert "p1=90" in link.group(1)


def test_moves_are_told_with_their_cause_and_without_a_name(app, scene) -> None:
    for name in STAFF:
        body = browse(app, scene, name).get(f"{HALL}/evolutions").text
        assert re.search(r"(gagne|perd) \d+ places?, \d+e.? annoncé et \d+e.? corrigé", text_of(body))
        assert "ses lecteurs notent plutôt" in text_of(body)
        assert NAMES.search(body) is None
        assert "points rendus" not in body


def test_the_chair_reads_the_names_once_he_has_asked_and_nobody_else_does(own, tmp_path) -> None:
    scene, app = own
    compute(scene, tmp_path / "worker", spread)
    chair, team = browse(app, scene, "chair"), browse(app, scene, "team")
    assert NAMES.search(chair.get(f"{HALL}/evolutions").text) is None
    assert chair.post(f"{HALL}/lecteurs/noms", {}, page=f"{HALL}/lecteurs").status_code == 302
    assert NAMES.search(chair.get(f"{HALL}/evolutions").text) is not None
    assert NAMES.search(team.get(f"{HALL}/evolutions").text) is None
    assert team.post(f"{HALL}/lecteurs/noms", {}, page=f"{HALL}/lecteurs").status_code == 403


def test_the_adopted_list_is_a_third_column_once_the_committee_departs(own, tmp_path) -> None:
    scene, app = own
    compute(scene, tmp_path / "worker")
    before = browse(app, scene, "team").get(f"{HALL}/evolutions").text
    assert "Ce que le comité a changé" not in before
    decide(scene, 4, 1)
    after = text_of(browse(app, scene, "team").get(f"{HALL}/evolutions").text)
    assert "Ce que le comité a changé" in after
    assert re.search(r"Pôle 0005 \(fictif\) : 5e annoncé, 1er adopté", after)


def test_readings_are_named_to_the_chair_and_numbered_to_the_others(app, scene) -> None:
    chair = browse(app, scene, "chair").get(f"{HALL}/lectures").text
    team = browse(app, scene, "team").get(f"{HALL}/lectures").text
    assert "Personne juror-1" in chair
    assert NAMES.search(team) is None
    assert {f"Lecteur {number}" for number in (1, 2, 3)} <= set(re.findall(r"Lecteur \d", team))
    assert "1 dossier a moins de 2 lectures" in text_of(team)


def test_readings_that_fall_apart_are_said(own, tmp_path) -> None:
    scene, app = own

    def part(session: Session, scene: Scene) -> None:
        """Leave the first juror the first two dossiers and the second juror the others."""
        for place, reference in enumerate(scene.dossiers):
            keep = scene.actor("juror-1" if place < 2 else "juror-2").person_id
            dossier = session.scalars(select(Dossier.id).where(Dossier.reference == reference)).one()
            others = select(Sheet.id).where(Sheet.dossier_id == dossier, Sheet.person_id != keep)
            session.execute(delete(Mark).where(Mark.sheet_id.in_(others)).execution_options(synchronize_session=False))

    compute(scene, tmp_path / "worker", part)
    body = browse(app, scene, "team").get(f"{HALL}/lectures").text
    said = text_of(body)
    assert "Comparaison entre groupes fondée sur l’hypothèse de groupes équivalents" in said
    assert "Les lectures forment 2 groupes que rien ne relie" in said
    assert list(re.findall(r'data-label="Groupe">([AB])<', body)).count("A") == 3
    assert "Groupe A" in said


def test_one_reader_alone_is_said(own, tmp_path) -> None:
    scene, app = own

    def alone(session: Session, scene: Scene) -> None:
        others = select(Sheet.id).where(Sheet.person_id != scene.actor("juror-1").person_id)
        session.execute(delete(Mark).where(Mark.sheet_id.in_(others)).execution_options(synchronize_session=False))

    compute(scene, tmp_path / "worker", alone)
    team = browse(app, scene, "team")
    assert "Un seul lecteur a rendu ses fiches" in text_of(team.get(f"{HALL}/lectures").text)
    assert team.get(f"{HALL}/poids").status_code == 200
    assert team.get(f"{HALL}/evolutions").status_code == 200


def test_equal_marks_everywhere_give_pages_that_say_so(own, tmp_path) -> None:
    scene, app = own

    def level(session: Session, scene: Scene) -> None:
        session.execute(update(Mark).values(half_points=6).execution_options(synchronize_session=False))

    compute(scene, tmp_path / "worker", level)
    team = browse(app, scene, "team")
    assert "Aucun dossier ne change de rang" in text_of(team.get(f"{HALL}/evolutions").text)
    assert "à égalité de total" in text_of(team.get(f"{HALL}/poids").text)
    assert team.get(f"{HALL}/lectures").status_code == 200


def test_without_a_line_ranks_alone_are_shown(own, tmp_path) -> None:
    scene, app = own

    def rich(session: Session, scene: Scene) -> None:
        session.execute(update(Call).values(envelope_cents=1).execution_options(synchronize_session=False))

    compute(scene, tmp_path / "worker", rich)
    team = browse(app, scene, "team")
    for page in PAGES:
        assert "Aucune ligne ne partage encore cette liste" in text_of(team.get(HALL + page).text), page


@pytest.mark.parametrize("page", PAGES)
def test_before_the_first_computation_each_page_says_what_will_be_there(own, page) -> None:
    scene, app = own
    answer = browse(app, scene, "team").get(HALL + page)
    assert answer.status_code == 200
    assert "Aucune lecture n’est encore calculée" in text_of(answer.text)


@pytest.mark.parametrize("page", PAGES)
def test_a_computation_that_lacks_a_part_breaks_no_page(own, page, tmp_path) -> None:
    scene, app = own
    compute(scene, tmp_path / "worker")
    scene.database.transaction(
        lambda session: session.execute(
            delete(CorrectedPart).where(CorrectedPart.name.in_(["sensitivity", "left_out", "explained"]))
        )
    )
    assert browse(app, scene, "team").get(HALL + page).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_while_the_marking_goes_on_announced_ranks_are_said_to_be_provisional(fresh_database, tmp_path, page) -> None:
    scene = lay_out(fresh_database, (80, 70, 60), readings=(2, 2, 2), ranked=False)

    def open_marking(session: Session) -> None:
        call = scene.call(session)
        call.marking_opened_at = now()
        corrected_refresh.ask(session, call.id, at=now())

    scene.database.transaction(open_marking)
    work(scene, tmp_path / "worker")
    body = browse(application(fresh_database, tmp_path), scene, "team").get(HALL + page).text
    if page != "/lectures":
        assert "Classement provisoire" in text_of(body)
    assert "Pôle 0001" in body


def test_shares_are_those_of_the_stored_draws(app, scene) -> None:
    body = browse(app, scene, "team").get(f"{HALL}/poids").text
    with scene.database.reading() as session:
        stored = session.scalars(
            select(CorrectedPart.content)
            .where(CorrectedPart.name == "sensitivity")
            .order_by(CorrectedPart.corrected_id)
        ).all()[-1]
    shares = dict(zip(stored["dossiers"], stored["shares"], strict=True))
    shown = cells(body, "Au-dessus de la ligne")
    assert sum(shares.values()) == pytest.approx(stored["top"])
    for reference, share in shares.items():
        percent = round(Fraction(share).limit_denominator(100_000) * 100)
        if 0 < share < 1 and percent in (0, 100):
            assert shown[reference].startswith(("<", ">"))
        else:
            assert shown[reference] == f"{percent} %"


def test_another_call_without_regions_on_20_points_has_the_same_pages(fresh_database: Database, tmp_path: Path) -> None:
    fresh_database.transaction(lay_out_the_second_call)
    with fresh_database.reading() as session:
        call = session.scalars(select(Call)).one()
        labels = [axis.label for axis in calls.definition_of(session, call).grid.axes]
        slug = call.slug
    run.drain(open_context(load_settings({}, instance=tmp_path / "worker"), fresh_database))
    team = Browser(application(fresh_database, tmp_path), fresh_database, "team@example.org")
    weights = team.get(f"/pilotage/{slug}/classement/salle/poids?p1=10&p2=0").text
    for label in labels:
        assert label in weights
    assert 'max="10"' in weights
    assert "Fabrique 0" in team.get(f"/pilotage/{slug}/classement/salle/evolutions").text
    assert "Un seul lecteur" in team.get(f"/pilotage/{slug}/classement/salle/lectures").text


def test_each_page_makes_as_many_statements_at_any_size(
    databases: Databases, database: Database, tmp_path: Path
) -> None:
    counts = []
    for size in (8, 60):
        own = databases.create(database.engine.dialect.name)
        scene = lay_out(own, [90 - 10 * (place % 6) for place in range(size)])
        work(scene, tmp_path / f"worker-{size}")
        team, sent_by_page = browse(application(own, tmp_path / f"web-{size}"), scene, "team"), {}
        for page in PAGES:
            with counted(own) as sent:
                assert team.get(HALL + page).status_code == 200
            sent_by_page[page] = len(sent)
        counts.append(sent_by_page)
        databases.discard(own)
    assert counts[0] == counts[1]
    assert max(counts[0].values()) <= 18
