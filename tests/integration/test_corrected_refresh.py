"""The corrected ranking follows every act that moves it, is computed once for many, and is kept as evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ptce_aap.clock import now
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.jobs import corrected, run
from ptce_aap.jobs.context import JobContext, open_context
from ptce_aap.models import CorrectedPart, CorrectedRanking, Dossier, Mark, OutboxItem, Sheet, Shortlist
from ptce_aap.services import invariants
from ptce_aap.services.jury import conflicts
from ptce_aap.services.ranking import corrected_inputs, corrected_refresh, corrected_store
from ptce_aap.services.ranking.corrected_store import Held, Part
from ptce_aap.services.selection import amounts
from tests.deliberations import NOW, Scene, lay_out
from tests.integration.test_discussion import criteria, revise, sheet_of
from tests.integration.test_marking import finish_declaration, give, make_final, open_marking, save, whole


@pytest.fixture
def scene(fresh_database: Database) -> Scene:
    """Five ranked dossiers read by two or three jurors; the envelope covers three of them."""
    return lay_out(fresh_database, (90, 80, 70, 60, 50), amounts=[900_000] * 5, readings=(3, 3, 2, 2, 3))


@pytest.fixture
def worker(scene: Scene, tmp_path: Path) -> JobContext:
    """What the worker works with."""
    return open_context(load_settings({}, instance=tmp_path), scene.database)


@pytest.fixture(autouse=True)
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every computation for a short one: how long it lasts is the machine's, and no fact stated here."""
    monkeypatch.setattr(corrected, "LIGHT_MS", 3_600_000)


def held(scene: Scene) -> Held:
    with scene.database.reading() as session:
        found = corrected_store.held(session, scene.call_id())
    assert found is not None
    return found


def result(scene: Scene) -> dict:
    with scene.database.reading() as session:
        return corrected_store.part(session, held(scene), Part.RESULT)


def read(scene: Scene, part: Part) -> Any:
    with scene.database.reading() as session:
        return corrected_store.part(session, held(scene), part)


def computations(scene: Scene) -> list[int]:
    with scene.database.reading() as session:
        return list(session.scalars(select(CorrectedRanking.sequence).order_by(CorrectedRanking.sequence)))


def propose(scene: Scene, place: int, euros: int, version: int = 0) -> None:
    scene.database.transaction(
        amounts.propose,
        scene.actor("team"),
        scene.call_id(),
        scene.dossiers[place],
        euros * 100,
        "Le comité en a décidé.",
        version=version,
        now=now(),
    )


def test_a_ranking_owes_its_corrected_one_with_the_announced_line(scene: Scene, worker: JobContext) -> None:
    run.drain(worker)
    found = result(scene)
    assert found["settings"]["top"] == 3
    assert (found["settings"]["low"], found["settings"]["high"]) == (0, 100)
    assert [placed["dossier"] for placed in found["dossiers"]] == scene.dossiers
    assert found["n_scores"] == held(scene).whole.readings == 13
    with scene.database.reading() as session:
        inputs = corrected_inputs.inputs_of(session, scene.call(session), now=now())
    assert inputs.digest == held(scene).whole.inputs_digest
    assert [reading.score for reading in inputs.readings() if reading.dossier == scene.dossiers[0]] == [90.0] * 3


def test_a_burst_of_acts_is_computed_once(scene: Scene, worker: JobContext) -> None:
    for _ in range(5):
        scene.database.transaction(corrected_refresh.ask, scene.call_id(), at=now())
    assert run.drain(worker) > 5
    assert computations(scene) == [1]
    with scene.database.reading() as session:
        assert not corrected_refresh.is_awaited(session, scene.call_id())


def test_an_amount_that_moves_the_line_is_followed_and_another_is_not(scene: Scene, worker: JobContext) -> None:
    run.drain(worker)
    propose(scene, 0, 890_000)
    run.drain(worker)
    assert computations(scene) == [1]
    propose(scene, 1, 0)
    run.drain(worker)
    assert computations(scene) == [1, 2]
    assert result(scene)["settings"]["top"] == 4


def test_a_line_above_every_dossier_or_under_all_is_no_line(scene: Scene, worker: JobContext) -> None:
    propose(scene, 0, 3_000_000)
    run.drain(worker)
    found = result(scene)
    assert (found["settings"]["top"], found["line"]) == (None, None)
    assert {placed["group"] for placed in found["dossiers"]} == {None}


def test_a_conflict_takes_the_sheet_of_its_reader_away(scene: Scene, worker: JobContext) -> None:
    run.drain(worker)
    scene.database.transaction(
        conflicts.declare, scene.actor("juror-1"), scene.call_id(), scene.dossiers[0], "Un lien.", now=now()
    )
    run.drain(worker)
    counts = {placed["dossier"]: placed["n"] for placed in result(scene)["dossiers"]}
    assert counts[scene.dossiers[0]] == 2
    assert computations(scene) == [1, 2]


def test_a_conflict_without_a_final_sheet_owes_nothing(scene: Scene, worker: JobContext) -> None:
    run.drain(worker)
    scene.database.transaction(
        conflicts.declare, scene.actor("chair"), scene.call_id(), scene.dossiers[0], "Un lien.", now=now()
    )
    with scene.database.reading() as session:
        assert not corrected_refresh.is_awaited(session, scene.call_id())


def test_a_sheet_counts_once_it_is_final_and_ranks_are_provisional_meanwhile(
    fresh_database: Database, tmp_path: Path
) -> None:
    scene = lay_out(fresh_database, (90, 80, 70), readings=(0, 0, 0), ranked=False)
    worker = open_context(load_settings({}, instance=tmp_path), fresh_database)
    open_marking(scene)
    give(scene, "juror-1", scene.dossiers)
    finish_declaration(scene, "juror-1")
    version = save(scene, scene.dossiers[0], whole(scene))
    run.drain(worker)
    assert computations(scene) == []
    make_final(scene, scene.dossiers[0], version)
    run.drain(worker)
    assert [placed["reliable"] for placed in result(scene)["dossiers"]] == [False]
    with scene.database.reading() as session:
        provisional = corrected_store.part(session, held(scene), Part.PROVISIONAL)
        assert provisional == {scene.dossiers[0]: [None, "60,00"]}
        fresh = corrected_store.freshness(session, scene.call(session), held(scene))
    assert (fresh.newer, fresh.awaited, fresh.broken) == (0, False, False)


def test_what_came_since_is_counted(scene: Scene, worker: JobContext) -> None:
    run.drain(worker)

    def one_more(session: Session) -> None:
        read = session.scalars(select(Sheet).where(Sheet.call_id == scene.call_id())).first()
        assert read is not None
        dossier = session.scalars(select(Dossier).where(Dossier.reference == scene.dossiers[2])).one()
        reader = scene.actor("juror-3")
        copied = Sheet(
            call_id=read.call_id,
            dossier_id=dossier.id,
            person_id=reader.person_id,
            grid_digest=read.grid_digest,
            state="final",
            marks_count=read.marks_count,
            saved_at=NOW,
            final_at=NOW,
            marks=[Mark(criterion=mark.criterion, half_points=2) for mark in read.marks],
        )
        session.add(copied)
        corrected_refresh.ask(session, read.call_id, at=now())

    scene.database.transaction(one_more)
    with scene.database.reading() as session:
        fresh = corrected_store.freshness(session, scene.call(session), held(scene))
    assert (fresh.sequence, fresh.newer, fresh.awaited) == (1, 1, True)
    run.drain(worker)
    with scene.database.reading() as session:
        assert corrected_store.freshness(session, scene.call(session), held(scene)).newer == 0
    assert held(scene).whole.readings == 14


def test_where_the_whole_computation_is_long_ranks_come_first_and_the_whole_follows(
    scene: Scene, worker: JobContext
) -> None:
    run.drain(worker)
    with scene.database.reading() as session:
        inputs = corrected_inputs.inputs_of(session, scene.call(session), now=now())
    parts = {part: read(scene, part) for part in Part if part is not Part.PROVISIONAL}
    scene.database.transaction(corrected_store.record, inputs, parts, milliseconds=corrected.LIGHT_MS, now=now())
    scene.database.transaction(
        conflicts.declare, scene.actor("juror-1"), scene.call_id(), scene.dossiers[0], "Un lien.", now=now()
    )
    with scene.database.reading() as session:
        [row] = session.scalars(select(OutboxItem.id).where(OutboxItem.done_at.is_(None)))
    run.process_in(worker, row)
    quick = held(scene)
    assert quick.quick is not None
    assert (quick.newest.readings, quick.whole.readings) == (12, 13)
    counts = {placed["dossier"]: placed["n"] for placed in result(scene)["dossiers"]}
    assert counts[scene.dossiers[0]] == 2
    assert result(scene)["model"]["tau"] == pytest.approx(parts[Part.RESULT]["model"]["tau"])
    assert read(scene, Part.LEFT_OUT) == parts[Part.LEFT_OUT]  # of the whole one, until the next
    with scene.database.reading() as session:
        fresh = corrected_store.freshness(session, scene.call(session), quick)
        assert (fresh.refining, fresh.awaited, fresh.newer) == (True, True, 0)
        assert [one.name for one in invariants.check_all(session) if not one.ok] == []
    run.drain(worker)
    assert held(scene).quick is None
    assert held(scene).whole.readings == 12


def test_the_same_marks_give_the_same_bytes(scene: Scene, worker: JobContext) -> None:
    run.drain(worker)
    first = held(scene).whole
    scene.database.transaction(lambda session: corrected_store.forget(session, scene.call_id()))
    scene.database.transaction(corrected_refresh.ask, scene.call_id(), at=now())
    run.drain(worker)
    assert held(scene).whole.sha256 == first.sha256


def test_a_mark_revised_in_the_discussion_changes_nothing_here_but_the_line(scene: Scene, worker: JobContext) -> None:
    run.drain(worker)
    before = result(scene)
    revise(scene, sheet_of(scene, 4, "juror-1"), dict.fromkeys(criteria(scene), 6))
    run.drain(worker)
    after = result(scene)
    assert after["settings"]["top"] == before["settings"]["top"]
    assert after == before


def test_without_any_reading_left_nothing_old_is_shown(scene: Scene, worker: JobContext) -> None:
    run.drain(worker)
    scene.database.transaction(lambda session: session.execute(update(Sheet).values(state="draft", final_at=None)))
    scene.database.transaction(corrected_refresh.ask, scene.call_id(), at=now())
    run.drain(worker)
    assert computations(scene) == []


def test_superseded_computations_are_erased_and_the_last_ones_kept(scene: Scene, worker: JobContext) -> None:
    run.drain(worker)
    for number in range(5):
        propose(scene, 1, 0 if number % 2 == 0 else 900_000, version=number)
        run.drain(worker)
    assert computations(scene) == [4, 5, 6]
    with scene.database.reading() as session:
        known = set(session.scalars(select(CorrectedRanking.id)))
        assert set(session.scalars(select(CorrectedPart.corrected_id))) == known


def freeze(scene: Scene) -> Shortlist:
    scene.freeze(at=now())
    with scene.database.reading() as session:
        return session.get_one(Shortlist, scene.call_id())


def test_what_was_shown_at_the_freezing_is_named_by_the_list_and_stays(scene: Scene, worker: JobContext) -> None:
    run.drain(worker)
    frozen = freeze(scene)
    shown = held(scene).whole
    assert frozen.content["corrected"]["sha256"] == shown.sha256
    scene.database.transaction(corrected_store.forget, scene.call_id())
    assert computations(scene) == [shown.sequence]
    with pytest.raises(DBAPIError):
        scene.database.transaction(lambda session: session.execute(delete(CorrectedRanking)))
    with scene.database.reading() as session:
        assert [one.name for one in invariants.check_all(session) if not one.ok] == []


def test_a_list_frozen_before_any_computation_names_none(scene: Scene) -> None:
    frozen = freeze(scene)
    assert frozen.content["corrected"] is None
    with scene.database.reading() as session:
        assert [one.name for one in invariants.check_all(session) if not one.ok] == []


def test_a_computation_is_never_changed(scene: Scene, worker: JobContext) -> None:
    run.drain(worker)
    for attack in (update(CorrectedRanking).values(readings=1), update(CorrectedPart).values(content={})):
        with pytest.raises(DBAPIError, match="append-only"):
            scene.database.transaction(lambda session, attack=attack: session.execute(attack))


def test_a_computation_that_breaks_is_told_and_stays_owed(scene: Scene, worker: JobContext) -> None:
    # A mark that no page lets in: the numerical code refuses it.
    scene.database.transaction(lambda session: session.execute(update(Mark).values(half_points=500)))
    with pytest.raises(RuleViolation, match="mark_off_scale"):
        run.drain(worker)
    with scene.database.reading() as session:
        fresh = corrected_store.freshness(session, scene.call(session), None)
    assert (fresh.awaited, fresh.broken) == (True, True)
