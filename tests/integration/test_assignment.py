"""Giving dossiers to jurors by hand on both engines: each act, who must not, and how far the readings are."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from ptce_aap.database import Database
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.models import JournalEntry, RoleGrant
from ptce_aap.services.assignment import assignment
from ptce_aap.services.jury import jurors, readings
from tests.deliberations import NOW, Scene, lay_out
from tests.integration.test_marking import finish_declaration, give, make_final, open_marking, save, whole


@pytest.fixture
def scene(fresh_database: Database) -> Scene:
    """Four eligible dossiers, three jurors, nothing given yet."""
    return lay_out(fresh_database, (90, 80, 70, 60), readings=(0, 0, 0, 0), ranked=False)


def reference_of(scene: Scene, name: str) -> str:
    return scene.actor(name).reference


def choose(scene: Scene, dossier: str, chosen: list[str], shown: list[str] = (), by: str = "team") -> tuple[int, int]:
    return scene.database.transaction(
        assignment.choose_readers,
        scene.actor(by),
        scene.call_id(),
        dossier,
        shown=[reference_of(scene, name) for name in shown],
        chosen=[reference_of(scene, name) for name in chosen],
        now=NOW,
    )


def readers_of(scene: Scene, dossier: str) -> list[str]:
    with scene.database.reading() as session:
        page = assignment.readers(session, scene.actor("team"), scene.call(session), dossier, now=NOW)
    return sorted(one.juror.name for one in page.candidates if one.assigned)


def test_a_dossier_is_given_and_taken_back_with_a_line_each(scene: Scene) -> None:
    first = scene.dossiers[0]
    assert choose(scene, first, ["juror-1", "juror-2"]) == (2, 0)
    assert choose(scene, first, ["juror-2", "juror-3"], shown=["juror-1", "juror-2"]) == (1, 1)
    assert readers_of(scene, first) == ["Personne juror-2", "Personne juror-3"]
    with scene.database.reading() as session:
        lines = session.scalars(select(JournalEntry).where(JournalEntry.object == first)).all()
    assert [line.act for line in lines] == ["assignment.given"] * 3 + ["assignment.taken_back"]
    assert {key for line in lines for key in line.facts} == {"juror"}


def test_what_somebody_else_did_meanwhile_stands(scene: Scene) -> None:
    first = scene.dossiers[0]
    choose(scene, first, ["juror-1"])
    assert choose(scene, first, ["juror-2"]) == (1, 0)
    assert choose(scene, first, ["juror-2"]) == (0, 0)
    assert readers_of(scene, first) == ["Personne juror-1", "Personne juror-2"]


def test_a_conflict_forbids_and_a_final_sheet_is_not_taken_back(scene: Scene) -> None:
    first = scene.dossiers[0]
    scene.declare_conflict("juror-3", first)
    with pytest.raises(RuleViolation, match="reader_in_conflict"):
        choose(scene, first, ["juror-1", "juror-3"])
    assert readers_of(scene, first) == []
    choose(scene, first, ["juror-1"])
    finish_declaration(scene, "juror-1")
    open_marking(scene)
    make_final(scene, first, save(scene, first, whole(scene)))
    with pytest.raises(RuleViolation, match="reader_is_done"):
        choose(scene, first, [], shown=["juror-1"])


def test_only_jurors_of_the_call_are_given_dossiers_by_the_team_until_the_marking_closes(scene: Scene) -> None:
    first = scene.dossiers[0]
    with pytest.raises(NotFound):
        choose(scene, first, ["correspondent"])
    for name in ("chair", "auditor", "juror-1"):
        with pytest.raises(RuleViolation, match="not_allowed"):
            choose(scene, first, ["juror-1"], by=name)
    open_marking(scene)
    scene.database.transaction(readings.close_marking, scene.actor("team"), scene.call_id(), now=NOW)
    with pytest.raises(RuleViolation, match="assignment_closed"):
        choose(scene, first, ["juror-1"])


def test_a_team_member_in_conflict_neither_sees_nor_gives_the_dossier(scene: Scene) -> None:
    first = scene.dossiers[0]
    scene.declare_conflict("team", first)
    with pytest.raises(NotFound):
        choose(scene, first, ["juror-1"])
    with scene.database.reading() as session:
        page = assignment.overview(
            session, scene.actor("team"), scene.call(session), search="", view="", number=1, now=NOW
        )
    assert (page.dossiers, page.lacking) == (3, 3)
    assert first not in {line.reference for line in page.page.items}


def test_readings_lost_to_a_conflict_or_to_a_withdrawn_role_are_wanting_again(scene: Scene) -> None:
    give(scene, "juror-1", scene.dossiers)
    give(scene, "juror-2", scene.dossiers)
    scene.declare_conflict("juror-1", scene.dossiers[0])
    person = scene.actor("juror-2").person_id

    def figures() -> list[tuple[int, int]]:
        with scene.database.reading() as session:
            call = scene.call(session)
            page = assignment.overview(session, scene.actor("team"), call, search="", view="", number=1, now=NOW)
        return [(line.given, line.lost) for line in page.page.items]

    assert figures() == [(1, 1), (2, 0), (2, 0), (2, 0)]
    scene.database.transaction(lambda session: session.execute(delete(RoleGrant).where(RoleGrant.person_id == person)))
    assert figures() == [(0, 2), (1, 1), (1, 1), (1, 1)]
    with scene.database.reading() as session:
        assert [(j.name, j.load, j.seat) for j in jurors.jurors(session, scene.actor("team"), scene.call(session))] == [
            ("Personne juror-3", 0, "Agriculture"),
            ("Personne juror-1", 3, "Économie sociale et solidaire, commerce, artisanat"),
        ]


def test_progress_counts_what_its_reader_may_see_and_shows_no_mark(scene: Scene) -> None:
    give(scene, "juror-1", scene.dossiers[:2])
    give(scene, "juror-2", scene.dossiers[:2])
    finish_declaration(scene, "juror-1")
    open_marking(scene)
    make_final(scene, scene.dossiers[0], save(scene, scene.dossiers[0], whole(scene)))
    save(scene, scene.dossiers[1], whole(scene))
    scene.declare_conflict("chair", scene.dossiers[0])
    seen = {}
    with scene.database.reading() as session:
        for name in ("team", "auditor", "chair"):
            page = readings.progress(session, scene.actor(name), scene.call(session), view="", number=1, now=NOW)
            seen[name] = (page.dossiers, page.given, page.received, page.lacking, page.short, page.undeclared)
        one = {one.juror.name: (one.given, one.begun, one.received, one.awaited) for one in page.jurors}
    assert seen["team"] == seen["auditor"] == (4, 4, 1, 2, 4, 2)
    assert seen["chair"] == (3, 2, 0, 2, 3, 2)
    assert one["Personne juror-1"] == (1, 1, 0, 1)
