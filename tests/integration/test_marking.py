"""The jury's work on both engines: conflicts first, sheets saved and made final, what stays hidden."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from ptce_aap.database import Database
from ptce_aap.domain.errors import Conflict as Changed
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.sheets import Entry
from ptce_aap.models import Assignment, Call, Dossier, EligibilityDecision, JournalEntry, Person, Ranking, Sheet
from ptce_aap.services.calls import calls
from ptce_aap.services.jury import conflicts, desk, jury, marking, readings
from tests.deliberations import CLOSED, NOW, Scene, lay_out

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def scene(fresh_database: Database) -> Scene:
    """Three eligible dossiers, the marking open, the first two given to a juror who has declared no conflict."""
    scene = lay_out(fresh_database, (90, 80, 70), readings=(0, 0, 0), ranked=False)
    open_marking(scene)
    give(scene, "juror-1", scene.dossiers[:2])
    finish_declaration(scene, "juror-1")
    return scene


def open_marking(scene: Scene) -> None:
    scene.database.transaction(calls.open_marking, scene.actor("team"), scene.call_id(), now=CLOSED)


def give(scene: Scene, name: str, references: list[str]) -> None:
    def work(session: Session) -> None:
        person = session.scalars(select(Person).where(Person.email_key == f"{name}@example.org")).one()
        for dossier in session.scalars(select(Dossier).where(Dossier.reference.in_(references))):
            session.add(
                Assignment(
                    dossier_id=dossier.id,
                    person_id=person.id,
                    call_id=dossier.call_id,
                    assigned_by_id=person.id,
                    assigned_at=CLOSED,
                )
            )

    scene.database.transaction(work)


def finish_declaration(scene: Scene, name: str) -> None:
    scene.database.transaction(conflicts.finish, scene.actor(name), scene.call_id(), now=CLOSED)


def save(scene: Scene, reference: str, entries: dict[str, Entry], version: int = 0, name: str = "juror-1") -> int:
    saved = scene.database.transaction(
        marking.save, scene.actor(name), scene.call_id(), reference, entries, version=version, now=NOW
    )
    return saved.version


def whole(scene: Scene, half_points: int = 6, comment: str = "Les pièces le montrent.") -> dict[str, Entry]:
    with scene.database.reading() as session:
        grid = calls.definition_of(session, scene.call(session)).grid
    return {criterion.key: Entry(half_points, comment) for criterion in grid.criteria}


def make_final(scene: Scene, reference: str, version: int, name: str = "juror-1") -> None:
    scene.database.transaction(
        marking.make_final, scene.actor(name), scene.call_id(), reference, version=version, now=LATER
    )


def held(scene: Scene, reference: str) -> list[Sheet]:
    with scene.database.reading() as session:
        query = select(Sheet).join(Dossier, Dossier.id == Sheet.dossier_id).where(Dossier.reference == reference)
        return list(session.scalars(query.options(joinedload(Sheet.marks))).unique())


def acts(scene: Scene) -> list[str]:
    with scene.database.reading() as session:
        return list(session.scalars(select(JournalEntry.act).where(JournalEntry.call_id.is_not(None))))


def test_before_his_declaration_a_juror_finds_no_dossier(scene: Scene) -> None:
    give(scene, "juror-2", scene.dossiers[:1])
    with scene.database.reading() as session:
        call, juror = scene.call(session), scene.actor("juror-2")
        room = jury.room(session, juror, call, state="", search="", number=1, now=NOW)
        assert (room.total, room.next, room.page.items, room.finished_at) == (0, None, [], None)
        with pytest.raises(NotFound):
            marking.sheet_page(session, juror, call, scene.dossiers[0], now=NOW)
    finish_declaration(scene, "juror-2")
    with scene.database.reading() as session:
        room = jury.room(session, juror, call, state="", search="", number=1, now=NOW)
        assert [line.reference for line in room.page.items] == scene.dossiers[:1]


def test_the_declaration_lists_every_eligible_dossier_by_title_carrier_and_members_only(scene: Scene) -> None:
    with scene.database.reading() as session:
        page = conflicts.declaration(
            session, scene.actor("juror-2"), scene.call(session), search="membre 1", number=1, now=NOW
        )
    line = page.page.items[0]
    assert page.page.total == 1
    assert (line.title, line.carrier, line.members) == (
        "Pôle 0002 (fictif)",
        "Porteur 9998 (fictif)",
        ("Membre 1 (fictif)",),
    )


@pytest.mark.target("SEC-05")
def test_a_late_conflict_closes_the_dossier_and_takes_its_sheet_out_of_every_count(scene: Scene) -> None:
    first = scene.dossiers[0]
    make_final(scene, first, save(scene, first, whole(scene)))
    scene.database.transaction(
        conflicts.declare, scene.actor("juror-1"), scene.call_id(), first, "J’y ai travaillé.", now=NOW
    )
    with scene.database.reading() as session:
        call, juror, team = scene.call(session), scene.actor("juror-1"), scene.actor("team")
        with pytest.raises(NotFound):
            desk.desk(session, juror, call, first, now=NOW)
        room = jury.room(session, juror, call, state="", search="", number=1, now=NOW)
        progress = readings.progress(session, team, call, view="", number=1, now=NOW)
    assert (room.total, room.counts["final"]) == (1, 0)
    assert (progress.given, progress.received) == (1, 0)
    assert len(held(scene, first)) == 1
    with pytest.raises(NotFound):
        save(scene, first, {}, version=2)
    assert acts(scene)[-1] == "conflict.declared"


def test_a_conflict_is_declared_once_with_its_reason_and_until_the_list_is_frozen(scene: Scene) -> None:
    act = (conflicts.declare, scene.actor("juror-1"), scene.call_id(), scene.dossiers[2])
    with pytest.raises(RuleViolation, match="conflict_reason_missing"):
        scene.database.transaction(*act, "  ", now=NOW)
    scene.database.transaction(*act, "Ma sœur préside ce pôle.", now=NOW)
    with pytest.raises(RuleViolation, match="already_done"):
        scene.database.transaction(*act, "Encore.", now=NOW)
    scene.database.transaction(lambda session: session.execute(update(Call).values(frozen_at=NOW)))
    with pytest.raises(RuleViolation, match="conflicts_closed"):
        scene.database.transaction(act[0], act[1], act[2], scene.dossiers[1], "Trop tard.", now=LATER)


@pytest.mark.target("SEC-09")
def test_a_draft_may_be_incomplete_and_a_whole_sheet_becomes_final_once(scene: Scene) -> None:
    first = scene.dossiers[0]
    entries = whole(scene)
    key = next(iter(entries))
    version = save(scene, first, {key: Entry(7, " Une phrase.\r\nDeux. ")})
    [sheet] = held(scene, first)
    assert [(m.criterion, m.half_points, m.comment) for m in sheet.marks] == [(key, 7, "Une phrase.\nDeux.")]
    assert (sheet.state, sheet.marks_count, len(sheet.grid_digest)) == ("draft", 1, 64)
    with pytest.raises(RuleViolation, match="sheet_incomplete"):
        make_final(scene, first, version)
    version = save(scene, first, entries, version)
    make_final(scene, first, version)
    with pytest.raises(RuleViolation, match="sheet_is_final"):
        save(scene, first, entries, version + 1)
    with pytest.raises(RuleViolation, match="sheet_is_final"):
        make_final(scene, first, version + 1)
    assert acts(scene)[-3:] == ["sheet.saved", "sheet.saved", "sheet.final"]


def test_the_journal_tells_that_a_sheet_was_saved_and_never_its_marks(scene: Scene) -> None:
    first = scene.dossiers[0]
    make_final(scene, first, save(scene, first, whole(scene, 9, "Un secret.")))
    with scene.database.reading() as session:
        facts = [line.facts for line in session.scalars(select(JournalEntry).where(JournalEntry.act.like("sheet.%")))]
    assert "secret" not in str(facts)
    assert [set(fact) for fact in facts] == [{"dossier", "criteria", "version"}, {"dossier", "grid", "marks", "sha256"}]


def test_saving_over_a_newer_version_is_refused_and_writes_nothing(scene: Scene) -> None:
    first = scene.dossiers[0]
    key, *_ = whole(scene)
    version = save(scene, first, {key: Entry(4, "Premier onglet.")})
    for stale in (0, version - 1, version + 1):
        with pytest.raises(Changed):
            save(scene, first, {key: Entry(8, "Second onglet.")}, stale)
    assert [mark.half_points for mark in held(scene, first)[0].marks] == [4]


def test_saving_what_is_saved_already_writes_nothing(scene: Scene) -> None:
    first = scene.dossiers[0]
    key, *_ = whole(scene)
    version = save(scene, first, {key: Entry(4, "x")})
    before = len(acts(scene))
    for seen in (version, 0):
        assert save(scene, first, {key: Entry(4, "x ")}, seen) == version
    assert len(acts(scene)) == before


def test_marks_are_refused_before_the_opening_after_the_closing_and_on_dossiers_of_others(scene: Scene) -> None:
    with pytest.raises(NotFound):
        save(scene, scene.dossiers[2], {})
    with pytest.raises(NotFound):
        save(scene, scene.dossiers[0], {}, name="juror-2")
    with pytest.raises(RuleViolation, match="not_allowed"):
        save(scene, scene.dossiers[0], {}, name="team")
    scene.database.transaction(readings.close_marking, scene.actor("team"), scene.call_id(), now=NOW)
    with pytest.raises(RuleViolation, match="marking_not_open"):
        save(scene, scene.dossiers[0], whole(scene))


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (Entry(11), "mark_off_scale"),
        (Entry(-1), "mark_off_scale"),
        (Entry(5, "x" * 2_001), "comment_too_long"),
        (Entry(5, "\ud800"), "comment_unreadable"),
    ],
)
def test_what_is_not_on_the_scale_or_too_long_is_refused(scene: Scene, entry: Entry, code: str) -> None:
    key, *_ = whole(scene)
    with pytest.raises(RuleViolation, match=code):
        save(scene, scene.dossiers[0], {key: entry})
    with pytest.raises(RuleViolation, match="unknown_criterion"):
        save(scene, scene.dossiers[0], {"elsewhere": Entry(5)})
    assert held(scene, scene.dossiers[0]) == []


def test_a_mark_far_from_the_indicative_level_asks_for_a_sentence_before_the_sheet_is_final(scene: Scene) -> None:
    first = scene.dossiers[0]
    silent = {key: Entry(10) for key in whole(scene)}
    version = save(scene, first, silent)
    with scene.database.reading() as session:
        review = marking.review(session, scene.actor("juror-1"), scene.call(session), first, now=NOW)
        shown = desk.desk(session, scene.actor("juror-1"), scene.call(session), first, now=NOW)
    asked = {criterion.key for axis in shown.axes if 10 in axis.asked for criterion in axis.axis.criteria}
    assert asked
    assert set(review.unexplained) == asked
    assert (review.total, review.ready) == ("100,00", False)
    with pytest.raises(RuleViolation, match="explanations_missing"):
        make_final(scene, first, version)
    version = save(scene, first, {key: Entry(10, "Voir l’étape 8.") for key in asked}, version)
    make_final(scene, first, version)


@pytest.mark.target("SEC-09")
def test_sheets_of_others_are_read_only_when_ones_own_is_final_and_the_marking_closed(scene: Scene) -> None:
    first = scene.dossiers[0]
    give(scene, "juror-2", [first])
    finish_declaration(scene, "juror-2")
    give(scene, "juror-3", [first])
    finish_declaration(scene, "juror-3")

    def seen_by(name: str) -> list[str]:
        with scene.database.reading() as session:
            call = scene.call(session)
            dossier = session.scalars(select(Dossier).where(Dossier.reference == first)).one()
            return [other.name for other in jury.others_sheets(session, scene.actor(name), call, dossier)]

    make_final(scene, first, save(scene, first, whole(scene), name="juror-2"), name="juror-2")
    save(scene, first, whole(scene), name="juror-3")
    assert seen_by("juror-1") == []
    make_final(scene, first, save(scene, first, whole(scene)))
    assert seen_by("juror-1") == []
    scene.database.transaction(readings.close_marking, scene.actor("team"), scene.call_id(), now=NOW)
    assert seen_by("juror-1") == ["Personne juror-2"]
    assert seen_by("juror-3") == []


def test_closing_the_marking_computes_the_ranking_in_the_same_act(scene: Scene) -> None:
    make_final(scene, scene.dossiers[0], save(scene, scene.dossiers[0], whole(scene)))
    scene.database.transaction(readings.close_marking, scene.actor("team"), scene.call_id(), now=NOW)
    with scene.database.reading() as session:
        assert session.scalars(select(Ranking.sequence)).all() == [1]
        assert scene.call(session).marking_closed_at == NOW
    assert acts(scene)[-2:] == ["marking.closed", "ranking.computed"]
    with pytest.raises(RuleViolation, match="already_done"):
        scene.database.transaction(readings.close_marking, scene.actor("team"), scene.call_id(), now=LATER)


@pytest.mark.target("REL-04")
def test_eight_jurors_saving_at_once_all_succeed(scene: Scene) -> None:
    keys = list(whole(scene))
    give(scene, "juror-2", scene.dossiers)
    finish_declaration(scene, "juror-2")
    give(scene, "juror-3", scene.dossiers)
    finish_declaration(scene, "juror-3")
    pairs = [("juror-1", ref) for ref in scene.dossiers[:2]]
    pairs += [(name, ref) for name in ("juror-2", "juror-3") for ref in scene.dossiers]
    failures: list[Exception] = []

    def mark(name: str, reference: str) -> None:
        version = 0
        try:
            for key in keys[:5]:
                version = save(scene, reference, {key: Entry(6)}, version, name)
        except Exception as error:
            failures.append(error)

    writers = [threading.Thread(target=mark, args=pair) for pair in pairs]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert failures == []
    assert [len(sheet.marks) for ref in scene.dossiers for sheet in held(scene, ref)] == [5] * 8


@pytest.mark.target("REL-04")
def test_two_first_saves_at_once_leave_one_sheet_and_refuse_the_other(scene: Scene) -> None:
    key, *_ = whole(scene)
    outcomes: list[str] = []
    gate = threading.Barrier(2)

    def begin(mark: int) -> None:
        gate.wait()
        try:
            save(scene, scene.dossiers[0], {key: Entry(mark)})
            outcomes.append("saved")
        except Changed:
            outcomes.append("refused")

    tabs = [threading.Thread(target=begin, args=(mark,)) for mark in (4, 6)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert sorted(outcomes) == ["refused", "saved"]


def test_what_is_found_eligible_after_ones_statement_stays_closed_until_one_states_again(scene: Scene) -> None:
    juror, first = scene.actor("juror-1"), scene.dossiers[0]

    def decide_later(session: Session) -> None:
        dossier = session.scalars(select(Dossier).where(Dossier.reference == first)).one()
        session.get_one(EligibilityDecision, dossier.id).at = NOW

    def seen() -> tuple[int, int]:
        with scene.database.reading() as session:
            room = jury.room(session, juror, scene.call(session), state="", search="", number=1, now=LATER)
        return room.total, room.added

    state = (conflicts.finish, juror, scene.call_id())
    with pytest.raises(RuleViolation, match="already_done"):
        scene.database.transaction(*state, now=LATER)
    scene.database.transaction(decide_later)
    assert seen() == (1, 1)
    with pytest.raises(NotFound):
        save(scene, first, {})
    with pytest.raises(Changed):
        scene.database.transaction(*state, now=LATER, listed=2)
    scene.database.transaction(*state, now=LATER, listed=3)
    assert seen() == (2, 0)
