"""The committee departs from the announced ranking: with a reason, on the record, and the line follows."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from ptce_aap.database import Database
from ptce_aap.documents.shortlist import Outcome
from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.models import Departure, DepartureConfirmation, JournalEntry
from ptce_aap.services import invariants
from ptce_aap.services.ranking import deliberation, ranking_page, standings
from ptce_aap.services.ranking.ranking_page import Place as Line
from ptce_aap.services.selection import adoption, amounts, departures, shortlists
from ptce_aap.services.selection.adoption import AdoptedList
from ptce_aap.services.selection.departures import Asked
from tests.deliberations import NOW, Scene, lay_out
from tests.integration.test_attacks_races import at_once
from tests.integration.test_deliberation import freeze, page, refused

REASON = "Seul projet d’un territoire sans pôle ; le comité en a délibéré."


def asked(scene: Scene, dossier: int, place: int | None, ground: str = "discussion", reason: str = REASON) -> Asked:
    return Asked(scene.dossiers[dossier], place, ground, reason)


def adopted(scene: Scene) -> AdoptedList:
    with scene.database.reading() as session:
        ranking = standings.latest(session, scene.call(session).id)
        assert ranking is not None
        return adoption.adopted_list(session, ranking)


def order(scene: Scene) -> list[int]:
    return [scene.dossiers.index(reference) for reference in adopted(scene).order]


def decide(scene: Scene, dossier: int, place: int | None, *, seen: str = "", **fields: str) -> str:
    seen = seen or adopted(scene).seen
    made = scene.database.transaction(
        departures.decide,
        scene.actor("chair"),
        scene.call_id(),
        asked(scene, dossier, place, **fields),
        seen=seen,
        now=NOW,
    )
    return made.reference


def lines(scene: Scene) -> list[Line]:
    return list(page(scene).places.items)


def sound(scene: Scene) -> list[str]:
    with scene.database.reading() as session:
        return [finding.name for finding in invariants.check_all(session) if not finding.ok]


def test_a_departure_moves_the_dossier_and_the_line_and_names_both_places(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [90, 80, 70], amounts=[1_000_000, 1_500_000, 300_000])
    assert [place.above for place in lines(scene)] == [True, True, False]
    decide(scene, 2, 1)
    found = lines(scene)
    assert [(one.reference, one.rank, one.announced_place, one.place) for one in found] == [
        (scene.dossiers[2], 3, 3, 1),
        (scene.dossiers[0], 1, 1, 2),
        (scene.dossiers[1], 2, 2, 3),
    ]
    assert [one.above for one in found] == [True, True, False]
    assert [one.cumulated_cents for one in found] == [30_000_000, 130_000_000, 280_000_000]
    assert page(scene).line.above_cents == 130_000_000
    assert sound(scene) == []


def test_a_departure_wants_a_reason_a_ground_a_place_and_something_to_change(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [90, 80], readings=[2, 2])
    chair, call_id, seen = scene.actor("chair"), scene.call_id(), adopted(scene).seen
    for code, wrong in {
        "reason_missing": asked(scene, 1, 1, reason="  "),
        "reason_too_long": asked(scene, 1, 1, reason="x" * 2_001),
        "unknown_ground": asked(scene, 1, 1, ground="humeur"),
        "already_there": asked(scene, 1, 2),
        "place_out_of_range": asked(scene, 1, 3),
    }.items():
        refused(code, scene, departures.decide, chair, call_id, wrong, seen=seen)
    unknown = Asked("inconnu", 1, "discussion", REASON)
    with pytest.raises(NotFound):
        scene.database.transaction(departures.decide, chair, call_id, unknown, seen=seen, now=NOW)
    for name in ("team", "auditor", "juror-1"):
        refused("not_allowed", scene, departures.decide, scene.actor(name), call_id, asked(scene, 1, 1), seen=seen)
    assert order(scene) == [0, 1]


def test_a_dossier_put_out_takes_nothing_and_is_not_selected(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [90, 80, 70], amounts=[2_000_000, 600_000, 90_000])
    decide(scene, 0, None, ground="ballot")
    found = page(scene)
    assert (found.line.above, found.line.above_cents, found.line.put_out, found.line.below) == (2, 69_000_000, 1, 0)
    last = found.places.items[-1]
    assert (last.reference, last.put_out, last.cumulated_cents, last.above) == (scene.dossiers[0], True, None, False)
    refused(
        "already_put_out", scene, departures.decide, scene.actor("chair"), scene.call_id(), asked(scene, 0, 2),
        seen=adopted(scene).seen,
    )  # fmt: skip
    freeze(scene)
    with scene.database.reading() as session:
        entries = {one.number: one for one in shortlists.printable(session, scene.call(session)).entries}
    assert entries["K7Q2-0000"].outcome is Outcome.NOT_SELECTED
    assert (entries["K7Q2-0000"].announced_place, entries["K7Q2-0000"].adopted_place) == (1, None)
    assert entries["K7Q2-0001"].outcome is Outcome.SELECTED
    assert sound(scene) == []


def test_what_is_about_to_be_decided_says_who_enters_who_leaves_and_for_how_much(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [90, 80, 70], amounts=[1_000_000, 1_500_000, 300_000])
    with scene.database.reading() as session:
        effect = departures.prepare(session, scene.actor("chair"), scene.call(session), asked(scene, 2, 1)).effect
    assert [one.reference for one in effect.enters] == [scene.dossiers[2]]
    assert [one.reference for one in effect.leaves] == [scene.dossiers[1]]
    assert (effect.now.above_cents, effect.then.above_cents) == (250_000_000, 130_000_000)
    assert (effect.place_now, effect.place_then) == (3, 1)
    assert order(scene) == [0, 1, 2]  # nothing was written


def test_withdrawing_a_departure_restores_the_list_and_keeps_it_on_record(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [90, 80, 70])
    departure, chair = decide(scene, 2, 1), scene.actor("chair")
    with scene.database.reading() as session:
        _, effect = departures.preview_withdrawal(session, chair, scene.call(session), departure)
    assert (effect.place_now, effect.place_then) == (1, 3)
    scene.database.transaction(
        departures.withdraw, chair, scene.call_id(), departure, seen=adopted(scene).seen, now=NOW
    )
    assert order(scene) == [0, 1, 2]
    with pytest.raises(NotFound):
        scene.database.transaction(
            departures.withdraw, chair, scene.call_id(), departure, seen=adopted(scene).seen, now=NOW
        )
    with fresh_database.reading() as session:
        assert session.scalars(select(Departure.reason)).all() == [REASON]
        acts = session.scalars(select(JournalEntry.act).order_by(JournalEntry.sequence)).all()[-2:]
    assert acts == ["departure.decided", "departure.withdrawn"]
    assert sound(scene) == []


def test_departures_are_applied_in_the_order_of_decision(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [90, 80, 70, 60])
    decide(scene, 3, 1)
    decide(scene, 0, 4)
    decide(scene, 1, 1)
    assert order(scene) == [1, 3, 2, 0]
    assert sound(scene) == []


def test_a_new_ranking_carries_departures_and_holds_the_freeze_until_the_changed_ones_are_confirmed(
    fresh_database: Database,
) -> None:
    scene = lay_out(fresh_database, [90, 80, 70, 60], readings=[2, 2, 2, 1])
    kept = decide(scene, 1, 1)
    changed = decide(scene, 2, 2)
    chair, call_id = scene.actor("chair"), scene.call_id()
    # The fourth enters last: nothing changes for the two departures.
    scene.database.transaction(deliberation.admit, chair, call_id, scene.dossiers[3], "Lecture unique.", now=NOW)
    assert order(scene) == [1, 2, 0, 3]
    assert [one.changed for one in adopted(scene).departures] == [False, False]

    scene.database.transaction(departures.withdraw, chair, call_id, kept, seen=adopted(scene).seen, now=NOW)
    assert order(scene) == [0, 2, 1, 3]
    held = adopted(scene).of(changed)
    assert held is not None
    assert (held.decided.sequence, held.changed) == (1, True)
    with pytest.raises(RuleViolation) as refusal:
        freeze(scene)
    assert (refusal.value.code, refusal.value.facts["title"]) == ("departure_to_confirm", "Pôle 0003 (fictif)")

    seen = adopted(scene).seen
    scene.database.transaction(departures.confirm, chair, call_id, changed, seen=seen, now=NOW)
    refused("departure_unchanged", scene, departures.confirm, chair, call_id, changed, seen=seen)
    freeze(scene)
    with scene.database.reading() as session:
        told = shortlists.printable(session, scene.call(session)).departures
    assert [(one.before, one.after, one.decided_on, one.confirmed_on, one.reason) for one in told] == [
        (3, 2, 1, 2, REASON)
    ]
    assert sound(scene) == []


def test_a_departure_about_a_dossier_that_is_no_longer_ranked_can_only_be_withdrawn(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [90, 80, 70], readings=[2, 2, 2])
    departure, chair, call_id = decide(scene, 2, 1), scene.actor("chair"), scene.call_id()
    scene.declare_conflict("juror-2", scene.dossiers[2])
    scene.database.transaction(deliberation.compute_again, chair, call_id, now=NOW)
    assert order(scene) == [0, 1]
    assert adopted(scene).departures[0].step is None
    seen = adopted(scene).seen
    refused("departure_without_dossier", scene, departures.confirm, chair, call_id, departure, seen=seen)
    with pytest.raises(RuleViolation) as refusal:
        freeze(scene)
    assert refusal.value.code == "departure_to_confirm"
    scene.database.transaction(departures.withdraw, chair, call_id, departure, seen=seen, now=NOW)
    freeze(scene)
    assert sound(scene) == []


def test_a_vote_orders_the_tied_dossiers_that_no_departure_has_moved(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [70, 70, 70], amounts=[1_000_000] * 3)
    assert len(page(scene).line.tied) == 3
    first, second, third = order(scene)  # as drawn
    decide(scene, third, 1)
    assert [scene.dossiers.index(one.reference) for one in page(scene).line.tied] == [first, second]
    wanted = [scene.dossiers[second], scene.dossiers[first]]
    scene.database.transaction(
        deliberation.record_tie_vote, scene.actor("chair"), scene.call_id(), wanted, "7 voix contre 5", now=NOW
    )
    assert page(scene).line.settled
    assert order(scene) == [third, second, first]
    assert sound(scene) == []


def test_two_chairs_who_decide_at_once_lose_no_departure(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [90, 80, 70, 60])
    seen = adopted(scene).seen
    ends = at_once(lambda: decide(scene, 2, 1, seen=seen), lambda: decide(scene, 3, 1, seen=seen))
    assert ends == {"done": 1, "changed_meanwhile": 1}
    decide(scene, 2 if order(scene)[0] == 3 else 3, 1)  # read again, decided again
    assert set(order(scene)[:2]) == {2, 3}
    with fresh_database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Departure)) == 2
    assert sound(scene) == []


def test_what_was_read_before_another_departure_decides_nothing(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [90, 80, 70])
    seen = adopted(scene).seen
    first = decide(scene, 2, 1)
    chair, call_id = scene.actor("chair"), scene.call_id()
    with pytest.raises(Conflict):
        scene.database.transaction(departures.withdraw, chair, call_id, first, seen=seen, now=NOW)
    with pytest.raises(Conflict):
        decide(scene, 1, 1, seen=seen)
    assert order(scene) == [2, 0, 1]


def test_nothing_is_decided_before_the_marking_closes_or_after_the_freeze(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [90, 80])
    departure, seen = decide(scene, 1, 1), adopted(scene).seen
    freeze(scene)
    chair, call_id = scene.actor("chair"), scene.call_id()
    refused("already_frozen", scene, departures.decide, chair, call_id, asked(scene, 0, 1), seen=seen)
    refused("already_frozen", scene, departures.withdraw, chair, call_id, departure, seen=seen)
    refused("already_frozen", scene, departures.confirm, chair, call_id, departure, seen=seen)
    other = lay_out(fresh_database, [90], ranked=False, suffix="-b")
    refused(
        "marking_not_closed", other, departures.decide, other.actor("chair"), other.call_id(), asked(other, 0, None),
        seen="",
    )  # fmt: skip
    assert order(scene) == [1, 0]
    with fresh_database.reading() as session:
        assert session.scalars(select(Departure.reference)).all() == [departure]


def test_a_chair_in_conflict_decides_and_previews_no_departure(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [90, 80, 70])
    departure, seen = decide(scene, 2, 1), adopted(scene).seen
    scene.declare_conflict("chair", scene.dossiers[0])
    chair, call_id = scene.actor("chair"), scene.call_id()
    refused("deport", scene, departures.decide, chair, call_id, asked(scene, 1, 1), seen=seen)
    refused("deport", scene, departures.withdraw, chair, call_id, departure, seen=seen)
    refused("deport", scene, departures.confirm, chair, call_id, departure, seen=seen)
    with scene.database.reading() as session, pytest.raises(RuleViolation) as refusal:
        departures.prepare(session, chair, scene.call(session), asked(scene, 1, 1))
    assert refusal.value.code == "deport"


def test_the_room_reads_the_adopted_place_and_the_reasons_of_each_dossier(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [90, 80, 70])
    decide(scene, 2, 1)
    decide(scene, 1, None, reason="Projet retiré par son porteur.")
    with scene.database.reading() as session:
        ranking = standings.latest(session, scene.call(session).id)
        assert ranking is not None
        places = adoption.places_of(session, ranking)
    assert [places[one] for one in scene.dossiers] == [
        adoption.Place(1, 2, ()),
        adoption.Place(2, None, ("Projet retiré par son porteur.",)),
        adoption.Place(3, 1, (REASON,)),
    ]


def test_a_list_frozen_without_a_departure_says_so(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, [90, 80])
    freeze(scene)
    with scene.database.reading() as session:
        printable = shortlists.printable(session, scene.call(session))
        assert printable.departures == ()
        assert not any(entry.moved for entry in printable.entries)
        assert session.scalars(select(DepartureConfirmation)).all() == []
        call = scene.call(session)
        view = ranking_page.read(session, scene.actor("auditor"), call, ranking_page.Asked(), now=NOW)
    assert [one.announced_place for one in view.places.items] == [1, 2]
    refused("already_frozen", scene, amounts.propose, scene.actor("team"), scene.call_id(), "x", 1, "x", version=0)
