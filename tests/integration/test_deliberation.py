"""The ranking is computed once from the final sheets; chair and team take it to the frozen list."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ptce_aap.database import Database
from ptce_aap.documents.shortlist import Outcome
from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.models import Call, JournalEntry, Ranking, RankingEntry, RoleGrant
from ptce_aap.services.calls import calls, dashboard
from ptce_aap.services.jury import readings
from ptce_aap.services.ranking import deliberation, ranking_page, standings
from ptce_aap.services.ranking.ranking_page import Asked
from ptce_aap.services.selection import amounts, shortlists
from tests.deliberations import NOW, Scene, invite_on_every_call, lay_out
from tests.two_persons import BASE, confirm, list_shown


def page(scene: Scene, name: str = "team", **asked: object) -> ranking_page.RankingPage:
    with scene.database.reading() as session:
        return ranking_page.read(session, scene.actor(name), scene.call(session), Asked(**asked), now=NOW)


def refused(code: str, scene: Scene, act: object, *arguments: object, **options: object) -> None:
    with pytest.raises(RuleViolation) as refusal:
        scene.database.transaction(act, *arguments, now=NOW, **options)
    assert refusal.value.code == code


def freeze(scene: Scene) -> shortlists.Preview:
    return scene.freeze()


def test_dossiers_stand_in_the_order_of_their_totals_with_amounts_cumulated(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [60, 90, 70], amounts=[10_000, 20_000, 30_000])
    places = page(scene).places.items
    first, second, third = (scene.dossiers[n] for n in (1, 2, 0))
    assert [place.reference for place in places] == [first, second, third]
    assert [place.rank for place in places] == [1, 2, 3]
    assert [place.cumulated_cents for place in places] == [2_000_000, 5_000_000, 6_000_000]
    assert [place.total_shown for place in places] == ["90,00", "70,00", "60,00"]
    assert all(place.above for place in places)


def test_the_line_passes_after_the_last_dossier_that_the_envelope_covers(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [90, 80, 70, 60], amounts=[1_000_000, 1_500_000, 300_000, 10_000])
    found = page(scene)
    assert [place.above for place in found.places.items] == [True, True, False, False]
    assert (found.line.above, found.line.above_cents, found.line.below) == (2, 250_000_000, 2)


def test_what_was_marked_by_somebody_in_conflict_does_not_count(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [90, 80], readings=[3, 3], ranked=False)
    scene.declare_conflict("juror-3", scene.dossiers[0])

    def close(session: Session) -> None:
        call = scene.call(session)
        call.marking_opened_at = call.marking_closed_at = NOW
        deliberation.compute_ranking(session, scene.actor("team"), call, now=NOW)

    scene.database.transaction(close)
    readings = {place.reference: place.readings for place in page(scene).places.items}
    assert readings == {scene.dossiers[0]: 2, scene.dossiers[1]: 3}


def test_a_dossier_with_too_few_readings_is_not_ranked_until_the_chair_decides(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [90, 80, 70], readings=[1, 2, 0])
    alone, _, unread = scene.dossiers
    assert [place.rank for place in page(scene).places.items] == [1]
    assert page(scene).line.unranked == 2
    assert {place.reference for place in page(scene, unranked=True).places.items} == {alone, unread}

    refused("not_allowed", scene, deliberation.admit, scene.actor("team"), scene.call_id(), alone, "Motif")
    refused("reason_missing", scene, deliberation.admit, scene.actor("chair"), scene.call_id(), alone, "  ")
    refused("no_reading", scene, deliberation.admit, scene.actor("chair"), scene.call_id(), unread, "Motif")
    scene.database.transaction(
        deliberation.admit, scene.actor("chair"), scene.call_id(), alone, "Lecture unique, très complète", now=NOW
    )
    assert [place.reference for place in page(scene).places.items] == [alone, scene.dossiers[1]]
    with scene.database.reading() as session:
        assert session.scalars(select(Ranking.sequence).order_by(Ranking.sequence)).all() == [1, 2]
        kept = select(RankingEntry.rank).join(Ranking).where(Ranking.sequence == 1).order_by(RankingEntry.position)
        assert session.scalars(kept).all()[0] == 1  # the first computation is as it was
    refused("already_ranked", scene, deliberation.admit, scene.actor("chair"), scene.call_id(), alone, "Motif")


def test_the_same_sheets_give_the_same_ranking_and_the_same_digest(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [70, 70, 70, 50])

    def again(session: Session) -> None:
        deliberation.compute_ranking(session, scene.actor("team"), scene.call(session), now=NOW)

    scene.database.transaction(again)
    with scene.database.reading() as session:
        first, second = session.scalars(select(Ranking).order_by(Ranking.sequence)).all()
        orders = [
            session.scalars(
                select(RankingEntry.dossier_id).where(RankingEntry.ranking_id == one.id).order_by(RankingEntry.position)
            ).all()
            for one in (first, second)
        ]
    assert first.inputs_digest == second.inputs_digest
    assert orders[0] == orders[1]


@pytest.mark.target("SEC-44")
def test_nothing_of_the_deliberation_is_done_before_the_marking_is_closed(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [90], ranked=False)
    assert page(scene).ranking is None
    refused(
        "marking_not_closed", scene, amounts.propose, scene.actor("team"), scene.call_id(), scene.dossiers[0], 1, "x",
        version=0,
    )  # fmt: skip


def test_a_proposed_amount_moves_the_line_and_says_why(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [90, 80], amounts=[2_000_000, 900_000])
    first, second = scene.dossiers
    assert page(scene).line.above == 1
    team = scene.actor("team")
    refused("amount_reason_missing", scene, amounts.propose, team, scene.call_id(), second, 70_000_000, " ", version=0)
    scene.database.transaction(
        amounts.propose, team, scene.call_id(), second, 70_000_000, "Assiette réduite", version=0, now=NOW
    )
    found = page(scene)
    assert found.line.above == 2
    assert (found.places.items[1].amount_cents, found.places.items[1].amount_reason) == (70_000_000, "Assiette réduite")
    with pytest.raises(Conflict):  # somebody else has proposed since this page was read
        scene.database.transaction(amounts.propose, team, scene.call_id(), second, 1, "Motif", version=0, now=NOW)
    refused("not_allowed", scene, amounts.propose, scene.actor("auditor"), scene.call_id(), first, 1, "x", version=0)


def test_an_amount_is_proposed_only_for_a_dossier_of_the_ranking(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [90])
    with pytest.raises(NotFound):
        scene.database.transaction(
            amounts.propose, scene.actor("team"), scene.call_id(), "inconnu", 1, "Motif", version=0, now=NOW
        )


def test_a_tie_on_the_line_is_put_to_the_vote_before_the_list_is_frozen(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [90, 70, 70, 50], amounts=[2_000_000, 600_000, 700_000, 10_000])
    tied = page(scene).line.tied
    assert {candidate.reference for candidate in tied} == set(scene.dossiers[1:3])
    with pytest.raises(RuleViolation) as refusal:
        freeze(scene)
    assert refusal.value.code == "tie_on_the_line"

    chair, call_id = scene.actor("chair"), scene.call_id()
    order = [scene.dossiers[2], scene.dossiers[1]]
    refused("not_allowed", scene, deliberation.record_tie_vote, scene.actor("team"), call_id, order, "Vote")
    refused("vote_incomplete", scene, deliberation.record_tie_vote, chair, call_id, order[:1], "Vote")
    refused("vote_incomplete", scene, deliberation.record_tie_vote, chair, call_id, [order[0]] * 2, "Vote")
    scene.database.transaction(deliberation.record_tie_vote, chair, call_id, order, "9 voix contre 3", now=NOW)
    assert page(scene).line.settled
    entries = freeze(scene).entries
    with scene.database.reading() as session:
        entries = shortlists.printable(session, scene.call(session)).entries
    assert [(entry.number, entry.outcome) for entry in entries] == [
        ("K7Q2-0000", Outcome.SELECTED),
        ("K7Q2-0002", Outcome.SELECTED),
        ("K7Q2-0001", Outcome.RESERVE),
        ("K7Q2-0003", Outcome.RESERVE),
    ]
    assert [entry.tie for entry in entries] == [False, True, True, False]


def test_the_frozen_list_never_changes_and_opens_to_the_public_once_published(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [90, 80, 70], amounts=[2_000_000, 900_000, 10_000], readings=[2, 2, 1])
    chair, team, call_id = scene.actor("chair"), scene.actor("team"), scene.call_id()
    refused("not_frozen", scene, shortlists.propose_publication, team, call_id, base_url=BASE)
    preview = freeze(scene)
    assert [preview.count(outcome) for outcome in ("selected", "reserve", "not_selected", "unranked")] == [1, 1, 0, 1]
    for act, *rest in (
        (deliberation.admit, scene.dossiers[2], "Motif"),
        (deliberation.record_tie_vote, scene.dossiers, "Motif"),
    ):
        refused("already_frozen", scene, act, chair, call_id, *rest)
    refused("already_frozen", scene, shortlists.propose_freezing, team, call_id, preview.seen, base_url=BASE)
    with scene.database.reading() as session, pytest.raises(NotFound):
        shortlists.laureates(session, scene.call(session))
    refused("not_allowed", scene, shortlists.propose_publication, chair, call_id, base_url=BASE)
    scene.publish()
    with scene.database.reading() as session:
        assert [one.title for one in shortlists.laureates(session, scene.call(session))] == ["Pôle 0001 (fictif)"]
        acts = session.scalars(select(JournalEntry.act).where(JournalEntry.call_id == call_id)).all()
    assert [act for act in acts if act.startswith(("ranking", "shortlist"))] == [
        "ranking.computed",
        "shortlist.frozen",
        "shortlist.published",
    ]
    refused("already_done", scene, shortlists.propose_publication, team, call_id, base_url=BASE)


def test_a_list_that_moved_since_it_was_shown_is_not_frozen(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [90, 80])
    team, call_id = scene.actor("team"), scene.call_id()
    seen = list_shown(scene.database, team, call_id).seen
    scene.database.transaction(
        amounts.propose, scene.actor("team"), scene.call_id(), scene.dossiers[0], 100, "Motif", version=0, now=NOW
    )
    with pytest.raises(Conflict):
        scene.database.transaction(shortlists.propose_freezing, team, call_id, seen, base_url=BASE, now=NOW)


@pytest.mark.target("SEC-05")
def test_a_person_in_conflict_sees_no_rank_total_or_line_until_publication(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [90, 80, 70])
    scene.declare_conflict("chair", scene.dossiers[0])
    found = page(scene, "chair")
    assert (found.partial, found.line) == (True, None)
    assert [place.reference for place in found.places.items] == scene.dossiers[1:]
    assert {(place.rank, place.total_shown, place.cumulated_cents) for place in found.places.items} == {
        (None, "", None)
    }
    chair, call_id = scene.actor("chair"), scene.call_id()
    refused("deport", scene, deliberation.admit, chair, call_id, scene.dossiers[1], "Motif")
    refused("deport", scene, amounts.propose, chair, call_id, scene.dossiers[1], 1, "x", version=0)
    invite_on_every_call(scene.database, "suppleante@example.org", "chair")
    scene.emails["other chair"] = "suppleante@example.org"
    team = scene.actor("team")
    seen = list_shown(scene.database, team, call_id).seen
    act = scene.database.transaction(shortlists.propose_freezing, team, call_id, seen, base_url=BASE, now=NOW)
    with pytest.raises(NotFound):
        confirm(scene.database, chair, act, now=NOW)
    confirm(scene.database, scene.actor("other chair"), act, now=NOW)
    scene.publish(confirmer="team-2")
    assert not page(scene, "chair").partial


def test_a_conflict_declared_since_the_ranking_asks_for_a_new_one_before_the_freeze(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [90, 80], readings=[3, 3])
    assert not page(scene).outdated
    scene.declare_conflict("juror-3", scene.dossiers[0])
    assert page(scene).outdated
    with pytest.raises(RuleViolation) as refusal:
        freeze(scene)
    assert refusal.value.code == "ranking_outdated"
    refused("not_allowed", scene, deliberation.compute_again, scene.actor("auditor"), scene.call_id())
    later = NOW + timedelta(minutes=1)
    scene.database.transaction(deliberation.compute_again, scene.actor("chair"), scene.call_id(), now=later)
    assert not page(scene).outdated
    assert page(scene).places.items[0].readings == 2
    freeze(scene)


def test_search_and_order_are_done_by_the_database(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [90, 80, 70], amounts=[30_000, 10_000, 20_000])
    first, second, third = scene.dossiers

    def found(**asked: object) -> list[str]:
        return [place.reference for place in page(scene, **asked).places.items]

    assert found(search="pole 0002") == [second]
    assert found(search="PORTEUR 9997") == [third]
    assert found(search="k7q2-0000") == [first]
    assert found(search="100%") == []
    assert found(sort="amount") == [second, third, first]
    assert found(sort="carrier") == [third, second, first]
    assert found(sort="title", descending=True) == [third, second, first]
    assert found(sort="region") == [third, first, second]  # Île-de-France, Nord-Pas-de-Calais, Provence
    assert found(region="93") == [second]
    assert found(page=7) == [first, second, third]


def test_an_announced_draw_settles_a_tie_without_a_vote(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [70, 70], amounts=[2_000_000, 2_000_000])
    with scene.database.reading() as session:
        call = scene.call(session)
        line = standings.line_of(session, call)
        assert (len(line.tied), line.settled) == (2, False)
        definition = calls.definition_of(session, call)
        assert not definition.sheet.draw_breaks_ties


def test_a_call_row_is_locked_before_it_moves(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [90])
    freeze(scene)
    with scene.database.reading() as session:
        assert session.scalars(select(Call.frozen_at)).one() == NOW


def test_a_juror_whose_role_is_withdrawn_owes_nothing_on_any_page(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [90, 80], ranked=False)

    def sheets_given() -> tuple[int, int]:
        with fresh_database.reading() as session:
            call, team = scene.call(session), scene.actor("team")
            progress = readings.progress(session, team, call, view="", number=1, now=NOW)
            return dashboard.read(session, team, call, now=NOW).figures.sheets_given, progress.given

    def withdraw(session: Session) -> None:
        session.execute(delete(RoleGrant).where(RoleGrant.person_id == scene.actor("juror-1").person_id))

    assert sheets_given() == (4, 4)
    fresh_database.transaction(withdraw)
    assert sheets_given() == (2, 2)
