"""Marks revised in session: with a reason, apart from the first marks, and the announced ranking follows."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from ptce_aap.database import Database
from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.models import DiscussionMark, Dossier, JournalEntry, Mark, OutboxItem, Ranking, Sheet
from ptce_aap.services import invariants
from ptce_aap.services.calls import calls
from ptce_aap.services.jury import discussion, given_marks, jury, marks_export
from ptce_aap.services.jury.discussion import SheetInSession
from ptce_aap.services.ranking import corrected_inputs, ranking_explained, standings
from tests.deliberations import NOW, Scene, lay_out
from tests.integration.test_deliberation import freeze, page, refused
from tests.integration.test_departures import adopted, decide

REASON = "Le rapporteur a montré que la convention est signée."
BASE = "https://aap.example.org"


def sheet_of(scene: Scene, dossier: int, juror: str) -> str:
    with scene.database.reading() as session:
        query = select(Sheet.reference).join(Dossier, Dossier.id == Sheet.dossier_id)
        person = scene.actor(juror).person_id
        mine = query.where(Sheet.person_id == person, Dossier.reference == scene.dossiers[dossier])
        return session.scalars(mine).one()


def criteria(scene: Scene) -> list[str]:
    with scene.database.reading() as session:
        return [one.key for one in calls.definition_of(session, scene.call(session)).grid.criteria]


def everything(scene: Scene, half_points: int) -> dict[str, int]:
    return dict.fromkeys(criteria(scene), half_points)


def revise(scene: Scene, sheet: str, marks: dict[str, int], version: int = 0, reason: str = REASON) -> None:
    scene.database.transaction(
        discussion.revise,
        scene.actor("chair"),
        scene.call_id(),
        sheet,
        marks,
        reason,
        version=version,
        base_url=BASE,
        now=NOW,
    )


def in_session(scene: Scene, sheet: str) -> SheetInSession:
    with scene.database.reading() as session:
        return discussion.sheet_in_session(session, scene.actor("chair"), scene.call(session), sheet)


def broken(scene: Scene) -> list[str]:
    with scene.database.reading() as session:
        return [finding.name for finding in invariants.check_all(session) if not finding.ok]


def test_a_revised_mark_moves_the_announced_ranking_and_leaves_the_first_mark_alone(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [60, 70])
    sheet = sheet_of(scene, 0, "juror-1")
    revise(scene, sheet, everything(scene, 10))
    assert [(one.reference, one.total_shown) for one in page(scene).places.items] == [
        (scene.dossiers[0], "80,00"),  # 100 and 60
        (scene.dossiers[1], "70,00"),
    ]
    with fresh_database.reading() as session:
        call = scene.call(session)
        assert session.scalars(select(Ranking.sequence).order_by(Ranking.sequence)).all() == [1, 2]
        assert set(session.scalars(select(Mark.half_points).join(Sheet).where(Sheet.reference == sheet))) == {6}
        first = given_marks.first_marks(session, call, until=NOW)[scene.dossiers[0]][sheet]
        final = given_marks.final_marks(session, call, until=NOW)[scene.dossiers[0]][sheet]
    assert (set(first.values()), set(final.values())) == ({6}, {10})
    assert broken(scene) == []


def test_the_corrected_ranking_is_computed_from_first_marks_whatever_is_revised(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [60, 70])
    with fresh_database.reading() as session:
        before = corrected_inputs.inputs_of(session, scene.call(session), now=NOW).sheets
    revise(scene, sheet_of(scene, 0, "juror-1"), everything(scene, 10))
    with fresh_database.reading() as session:
        assert corrected_inputs.inputs_of(session, scene.call(session), now=NOW).sheets == before


def test_the_chair_alone_records_it_with_a_reason_and_a_mark_that_changes(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [60, 70])
    sheet, call_id, chair = sheet_of(scene, 0, "juror-1"), scene.call_id(), scene.actor("chair")
    key = criteria(scene)[0]
    rest = {"version": 0, "base_url": BASE}
    for name in ("team", "auditor", "juror-1"):
        refused("not_allowed", scene, discussion.revise, scene.actor(name), call_id, sheet, {key: 8}, REASON, **rest)
    refused("reason_missing", scene, discussion.revise, chair, call_id, sheet, {key: 8}, " ", **rest)
    refused("reason_too_long", scene, discussion.revise, chair, call_id, sheet, {key: 8}, "x" * 2_001, **rest)
    refused("nothing_revised", scene, discussion.revise, chair, call_id, sheet, {key: 6}, REASON, **rest)
    refused("mark_off_scale", scene, discussion.revise, chair, call_id, sheet, {key: 11}, REASON, **rest)
    refused("unknown_criterion", scene, discussion.revise, chair, call_id, sheet, {"autre_chose": 1}, REASON, **rest)
    with pytest.raises(NotFound):
        scene.database.transaction(discussion.revise, chair, call_id, "inconnue", {key: 8}, REASON, now=NOW, **rest)
    with fresh_database.reading() as session:
        assert session.scalars(select(DiscussionMark)).all() == []


def test_a_mark_revised_twice_keeps_both_revisions_and_the_last_one_counts(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [60, 70])
    sheet, key = sheet_of(scene, 0, "juror-1"), criteria(scene)[0]
    revise(scene, sheet, {key: 8})
    with pytest.raises(Conflict):  # recorded on a page read before the first revision
        revise(scene, sheet, {key: 4})
    revise(scene, sheet, {key: 6}, version=1, reason="Revient à sa première note.")
    found = in_session(scene, sheet)
    assert [(one.before, one.after) for one in found.revisions] == [(6, 8), (8, 6)]
    assert found.marks[key] == 6
    assert found.total == found.first_total == "60,00"
    assert broken(scene) == []


def test_departures_are_carried_and_held_to_be_confirmed_when_a_revision_changes_them(
    fresh_database: Database,
) -> None:
    scene = lay_out(fresh_database, [60, 70, 80])
    decide(scene, 0, 1)
    revise(scene, sheet_of(scene, 1, "juror-1"), everything(scene, 8))  # 80 and 70: still second
    assert [one.changed for one in adopted(scene).departures] == [False]
    revise(scene, sheet_of(scene, 0, "juror-1"), everything(scene, 10))  # 100 and 60: ties the leaders
    assert [one.changed for one in adopted(scene).departures] == [True]
    with pytest.raises(RuleViolation) as refusal:
        freeze(scene)
    assert refusal.value.code == "departure_to_confirm"
    assert broken(scene) == []


def test_what_is_in_conflict_is_neither_revised_nor_seen(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [60, 70], readings=[3, 3])
    sheet, other = sheet_of(scene, 0, "juror-1"), sheet_of(scene, 0, "juror-2")
    revise(scene, other, everything(scene, 8))
    scene.declare_conflict("juror-1", scene.dossiers[0])
    with pytest.raises(NotFound):  # the sheet no longer counts
        revise(scene, sheet, everything(scene, 8))
    scene.declare_conflict("chair", scene.dossiers[1])
    key = criteria(scene)[0]
    refused(
        "deport", scene, discussion.revise, scene.actor("chair"), scene.call_id(), other, {key: 4}, REASON, version=0,
        base_url=BASE,
    )  # fmt: skip


def test_nothing_is_revised_while_marking_or_once_the_list_is_frozen(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [60, 70])
    sheet, rest = sheet_of(scene, 0, "juror-1"), {"version": 0, "base_url": BASE}
    freeze(scene)
    chair, marks = scene.actor("chair"), {criteria(scene)[0]: 8}
    refused("already_frozen", scene, discussion.revise, chair, scene.call_id(), sheet, marks, REASON, **rest)
    other = lay_out(fresh_database, [60], ranked=False, suffix="-b")
    late = sheet_of(other, 0, "juror-1")
    refused(
        "marking_not_closed", other, discussion.revise, other.actor("chair"), other.call_id(), late, marks, REASON,
        **rest,
    )  # fmt: skip
    with fresh_database.reading() as session:
        assert session.scalars(select(DiscussionMark)).all() == []


def test_the_juror_is_told_and_reads_both_marks_and_the_journal_holds_neither(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [60, 70])
    sheet, key = sheet_of(scene, 0, "juror-1"), criteria(scene)[0]
    revise(scene, sheet, {key: 8})
    with fresh_database.reading() as session:
        call = scene.call(session)
        dossier = session.scalars(select(Sheet).where(Sheet.reference == sheet)).one().dossier_id
        mails = [item.payload for item in session.scalars(select(OutboxItem).where(OutboxItem.kind == "mail"))]
        assert [mail["to"] for mail in mails] == ["juror-1@example.org"]
        assert "Pôle" not in mails[0]["text"]
        entry = session.scalars(select(JournalEntry).where(JournalEntry.act == "mark.revised")).one()
        assert set(entry.facts) == {"dossier", "criteria", "marks"}
        assert (entry.facts["dossier"], entry.facts["criteria"]) == (scene.dossiers[0], [key])
        assert re.fullmatch(r"[0-9a-f]{64}", entry.facts["marks"])  # what they were can be checked, not read
        found = session.get_one(Dossier, dossier)
        own = jury.own_revisions(session, scene.actor("juror-1"), call, found)
        assert [(one.before, one.after, one.reason) for one in own] == [(6, 8, REASON)]
        assert jury.own_revisions(session, scene.actor("juror-2"), call, found) == ()
        others = jury.others_sheets(session, scene.actor("juror-2"), call, found)
        assert [one.revisions for one in others] == [own]
        ranking = standings.latest(session, call.id)
        assert ranking is not None
        told = ranking_explained.explain(session, scene.actor("team"), call, scene.dossiers[0], now=NOW)
    totals = {reading.sheet: (reading.first_total_shown, reading.total_shown) for reading in told.readings}
    assert totals[sheet][0] == "60,00"
    assert totals[sheet][1] > "60,00"
    assert [before for reference, (before, _) in totals.items() if reference != sheet] == [""]


@pytest.mark.target("SEC-09")
def test_others_revisions_are_closed_to_a_juror_in_deport(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [60, 70])
    revise(scene, sheet_of(scene, 0, "juror-1"), {criteria(scene)[0]: 8})
    scene.declare_conflict("juror-2", scene.dossiers[1])
    with fresh_database.reading() as session:
        found = session.scalars(select(Dossier).where(Dossier.reference == scene.dossiers[0])).one()
        others = jury.others_sheets(session, scene.actor("juror-2"), scene.call(session), found)
    assert [(one.revisions, one.total) for one in others] == [((), "60,00")]


def test_the_export_of_marks_carries_both(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [60, 70])
    revise(scene, sheet_of(scene, 0, "juror-1"), everything(scene, 10))
    with fresh_database.reading() as session:
        call = scene.call(session)
        heads = [one.key for one in marks_export.columns(calls.definition_of(session, call))]
        rows = [dict(zip(heads, row, strict=True)) for row in marks_export.rows(session, call, lambda *_: None)]
    first, untouched = rows[0], rows[1]
    assert (first["mark_1"], first["mark_after_1"], first["total"], first["total_after"]) == (6, 10, 60, 100)
    assert REASON in str(first["discussion"])
    assert (untouched["mark_1"], untouched["mark_after_1"], untouched["total_after"]) == (6, None, None)
    assert untouched["discussion"] is None
