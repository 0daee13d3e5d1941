"""Proposals of who reads what, on both engines: computed, changed by hand, applied as one act, undone."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest
from sqlalchemy import delete, select, update

from ptce_aap.database import Database
from ptce_aap.domain.assignment.explaining import Why, WhyNot
from ptce_aap.domain.assignment.instance import Objective
from ptce_aap.domain.assignment.planning import Keep
from ptce_aap.domain.errors import Conflict as Changed
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.models import Assignment, Dossier, JournalEntry, Person, RoleGrant, Sheet
from ptce_aap.services.assignment import plan_applying, plan_store
from ptce_aap.services.jury import juror_terms, readings
from tests.deliberations import NOW, Scene, lay_out
from tests.instructions import statements
from tests.integration.test_marking import finish_declaration, give, make_final, open_marking, save, whole
from tests.plans import apply, compute, edit, propose, see, undo


@pytest.fixture
def scene(fresh_database: Database) -> Scene:
    """Four eligible dossiers, three jurors, nothing given yet."""
    return lay_out(fresh_database, (90, 80, 70, 60), readings=(0, 0, 0, 0), ranked=False)


def describe(scene: Scene, name: str, by: str = "team", **told: object) -> None:
    """Write what is known of a juror."""
    juror = scene.actor(name)
    with scene.database.reading() as session:
        version = juror_terms.page(session, scene.actor("team"), scene.call(session), juror.reference).terms.version
    known = {"minimum": None, "maximum": None, "region": "", "themes": (), "version": version, **told}
    scene.database.transaction(
        partial(juror_terms.save, **known), scene.actor(by), scene.call_id(), juror.reference, now=NOW
    )


def themes(scene: Scene, count: int) -> list[str]:
    with scene.database.reading() as session:
        return [value for value, _ in juror_terms.themes_to_know(session, scene.call(session))][:count]


def have_themes(scene: Scene, dossier: str, found: list[str]) -> None:
    change = update(Dossier).where(Dossier.reference == dossier).values(themes=found)
    scene.database.transaction(lambda session: session.execute(change))


def pairs(scene: Scene) -> set[tuple[str, str]]:
    """Every reading given: dossier and e-mail of the reader, before the @."""
    query = select(Dossier.reference, Person.email).join(Assignment, Assignment.dossier_id == Dossier.id)
    with scene.database.reading() as session:
        rows = session.execute(query.join(Person, Person.id == Assignment.person_id))
        return {(reference, email.partition("@")[0]) for reference, email in rows}


def acts(scene: Scene) -> list[JournalEntry]:
    with scene.database.reading() as session:
        kinds = JournalEntry.act.startswith("plan.") | JournalEntry.act.startswith("assignment.")
        return list(session.scalars(select(JournalEntry).where(kinds).order_by(JournalEntry.sequence)))


def begin(scene: Scene, name: str, dossier: str) -> None:
    """Write a first mark."""
    finish_declaration(scene, name)
    open_marking(scene)
    save(scene, dossier, whole(scene), name=name)


def test_what_is_missing_is_shared_out_evenly_and_applied_as_one_act(scene: Scene) -> None:
    scene.declare_conflict("juror-3", scene.dossiers[0])
    give(scene, "juror-1", [scene.dossiers[1]])
    plan = propose(scene)
    page = see(scene, plan)
    assert page.sharing is not None
    assert (len(page.sharing.given), page.sharing.taken, page.sharing.short, page.changed) == (7, (), (), False)
    assert page.plan.content is not None
    assert page.plan.content["proven"]
    assert apply(scene, plan) == (7, 0)
    assert sorted(Counter(reader for _, reader in pairs(scene)).values()) == [2, 3, 3]
    assert set(Counter(dossier for dossier, _ in pairs(scene)).values()) == {2}
    assert (scene.dossiers[0], "juror-3") not in pairs(scene)
    assert (scene.dossiers[1], "juror-1") in pairs(scene)
    lines = acts(scene)
    assert [line.act for line in lines] == ["plan.applied", *["assignment.given"] * 7]
    assert (lines[0].facts["given"], lines[0].facts["taken"], lines[0].facts["plan"]) == (7, 0, plan)
    with pytest.raises(RuleViolation, match="plan_applied"):
        apply(scene, plan)


def test_a_reader_who_knows_a_theme_is_proposed_and_the_page_says_why(scene: Scene) -> None:
    first, second = scene.dossiers[:2]
    known = themes(scene, 2)
    have_themes(scene, first, known)
    describe(scene, "juror-2", themes=known)
    describe(scene, "juror-3", themes=known[:1])
    plan = propose(scene, readings=1)
    sharing = see(scene, plan).sharing
    assert sharing is not None
    expert, half, novice = (scene.actor(f"juror-{n}").reference for n in (2, 3, 1))
    assert sharing.readers[first] == (expert,)
    assert sharing.points(first) == 3
    assert sharing.why((first, expert)) == (Why.THEMES,)
    bounds = sharing.bounds[half]
    full = sharing.loads[half] >= bounds[1]
    assert sharing.why_not((first, half)).why is (WhyNot.FULL if full else WhyNot.FEWER)
    reader = sharing.readers[second][0]
    assert sharing.why((second, reader)) == (Why.LOADS,)
    assert {novice, half, expert} == set(sharing.loads)


def test_nobody_reads_the_dossiers_of_his_territory_where_that_is_asked(scene: Scene) -> None:
    with scene.database.reading() as session:
        regions = {row.reference: row.region for row in session.scalars(select(Dossier))}
    describe(scene, "juror-1", region=regions[scene.dossiers[0]])
    juror = scene.actor("juror-1").reference
    plain = see(scene, propose(scene, readings=3)).sharing
    assert plain is not None
    assert (scene.dossiers[0], juror) in plain.pairs
    strict = see(scene, propose(scene, readings=2, region_exclusion=True)).sharing
    assert strict is not None
    home = {dossier for dossier, region in regions.items() if region == regions[scene.dossiers[0]]}
    assert home & {dossier for dossier, reader in strict.pairs if reader == juror} == set()
    assert strict.why_not((scene.dossiers[0], juror)).why is WhyNot.REGION


def test_a_seat_that_every_dossier_must_have_is_there(scene: Scene) -> None:
    with scene.database.reading() as session:
        query = select(RoleGrant.seat).join(Person).where(Person.email == "juror-3@example.org")
        seat = session.scalars(query).one()
    assert seat is not None
    sharing = see(scene, propose(scene, readings=2, seats=(seat,))).sharing
    assert sharing is not None
    third = scene.actor("juror-3").reference
    assert all(third in readers for readers in sharing.readers.values())
    assert Why.SEAT in sharing.why((scene.dossiers[0], third))
    assert sharing.without_seat == ()


def test_loads_that_somebody_has_set_are_respected_and_a_lack_is_told_with_a_way_out(scene: Scene) -> None:
    describe(scene, "juror-1", maximum=1)
    describe(scene, "juror-2", minimum=4, maximum=4)
    sharing = see(scene, propose(scene)).sharing
    assert sharing is not None
    assert [sharing.loads[scene.actor(f"juror-{n}").reference] for n in (1, 2, 3)] == [1, 4, 3]
    describe(scene, "juror-3", maximum=1)
    blocked = see(scene, propose(scene))
    assert blocked.sharing is None
    assert blocked.plan.content is not None
    blocks = blocked.plan.content["blocking"]
    assert sum(block["demand"] - block["possible"] for block in blocks) == 2
    fewer = {block["dossier"]: block["possible"] for block in blocks}
    again = see(scene, propose(scene, fewer=fewer)).sharing
    assert again is not None
    assert set(again.short) == set(fewer)


def test_a_dossier_with_too_many_conflicts_blocks_and_is_named(scene: Scene) -> None:
    for name in ("juror-1", "juror-2"):
        scene.declare_conflict(name, scene.dossiers[0])
    content = see(scene, propose(scene)).plan.content
    assert content is not None
    assert content["blocking"] == [{"dossier": scene.dossiers[0], "available": 1, "demand": 2}]
    with pytest.raises(NotFound):
        apply(scene, propose(scene))


def test_readings_that_nobody_has_begun_may_move_and_those_begun_never_do(scene: Scene) -> None:
    give(scene, "juror-1", scene.dossiers)
    begin(scene, "juror-1", scene.dossiers[0])
    kept = see(scene, propose(scene, readings=1)).sharing
    assert kept is not None
    assert (kept.given, kept.taken) == ((), ())
    plan = propose(scene, readings=1, keep=Keep.BEGUN)
    moved = see(scene, plan).sharing
    assert moved is not None
    first = scene.actor("juror-1").reference
    assert (scene.dossiers[0], first) in moved.pairs
    assert Why.BEGUN in moved.why((scene.dossiers[0], first))
    assert sorted(moved.loads.values()) == [1, 1, 2]
    given, taken = apply(scene, plan)
    assert given == taken > 0
    assert (scene.dossiers[0], "juror-1") in pairs(scene)
    assert Counter(line.act for line in acts(scene))["assignment.taken_back"] == taken


def test_a_proposal_is_changed_by_hand_before_it_is_applied(scene: Scene) -> None:
    plan = propose(scene, readings=1)
    first = scene.dossiers[0]
    edit(scene, plan, first, ["juror-2", "juror-3"])
    page = see(scene, plan)
    assert page.sharing is not None
    two = {scene.actor("juror-2").reference, scene.actor("juror-3").reference}
    assert set(page.sharing.readers[first]) == two
    assert page.edited >= 1
    assert pairs(scene) == set()
    scene.declare_conflict("juror-1", scene.dossiers[1])
    with pytest.raises(RuleViolation, match="reader_in_conflict"):
        edit(scene, plan, scene.dossiers[1], ["juror-1"])
    with pytest.raises(NotFound):
        edit(scene, plan, first, ["applicant"])


def test_what_was_changed_since_it_was_shown_is_not_applied(scene: Scene) -> None:
    plan = propose(scene, readings=1)
    shown = see(scene, plan).plan.version
    edit(scene, plan, scene.dossiers[0], ["juror-2", "juror-3"])
    with pytest.raises(Changed):
        apply(scene, plan, version=shown)
    with pytest.raises(Changed):
        edit(scene, plan, scene.dossiers[0], ["juror-1"], version=shown)
    give(scene, "juror-1", [scene.dossiers[1]])
    assert see(scene, plan).changed
    with pytest.raises(Changed):
        apply(scene, plan)
    assert pairs(scene) == {(scene.dossiers[1], "juror-1")}


def test_a_proposal_is_undone_while_nobody_has_begun(scene: Scene) -> None:
    give(scene, "juror-1", scene.dossiers)
    before = pairs(scene)
    plan = propose(scene, readings=1, keep=Keep.BEGUN)
    given, taken = apply(scene, plan)
    assert plan_applying.may_be_undone(see(scene, plan))
    assert undo(scene, plan) == (given, taken)
    assert pairs(scene) == before
    assert [line.act for line in acts(scene) if line.act.startswith("plan.")] == ["plan.applied", "plan.undone"]
    with pytest.raises(RuleViolation, match="already_done"):
        undo(scene, plan)


def test_once_a_reading_is_begun_the_proposal_stands(scene: Scene) -> None:
    plan = propose(scene, readings=3)
    apply(scene, plan)
    begin(scene, "juror-1", scene.dossiers[0])
    assert not plan_applying.may_be_undone(see(scene, plan))
    with pytest.raises(RuleViolation, match="plan_begun"):
        undo(scene, plan)


def test_a_reading_lost_to_a_conflict_or_a_departure_is_replaced_with_nothing_else_moved(scene: Scene) -> None:
    give(scene, "juror-1", scene.dossiers[:2])
    give(scene, "juror-2", scene.dossiers[2:])
    scene.declare_conflict("juror-1", scene.dossiers[0])
    person = scene.actor("juror-2").person_id
    scene.database.transaction(lambda session: session.execute(delete(RoleGrant).where(RoleGrant.person_id == person)))
    page = see(scene, propose(scene, readings=1))
    assert sorted((one.dossier, one.in_conflict, one.begun) for one in page.known.lost) == sorted(
        [(scene.dossiers[0], True, False), *((dossier, False, False) for dossier in scene.dossiers[2:])]
    )
    assert page.sharing is not None
    assert sorted(dossier for dossier, _ in page.sharing.given) == sorted([scene.dossiers[0], *scene.dossiers[2:]])
    assert page.sharing.taken == ()


def test_a_proposal_that_holds_a_dossier_closed_to_somebody_does_not_exist_for_him(scene: Scene) -> None:
    plan = propose(scene)
    scene.declare_conflict("team", scene.dossiers[0])
    with pytest.raises(NotFound):
        see(scene, plan)
    other = propose(scene, readings=1)
    sharing = see(scene, other).sharing
    assert sharing is not None
    assert scene.dossiers[0] not in sharing.readers
    with scene.database.reading() as session:
        found = plan_store.latest(session, scene.actor("team"), scene.call(session), now=NOW)
    assert found is not None
    assert found.reference == other


def test_only_the_team_asks_until_the_marking_closes_and_within_the_jury(scene: Scene) -> None:
    for name in ("chair", "auditor", "juror-1"):
        with pytest.raises(RuleViolation, match="not_allowed"):
            propose(scene, by=name)
    for readings_asked in (0, 4):
        with pytest.raises(RuleViolation, match="readings_out_of_range"):
            propose(scene, readings_asked)
    with pytest.raises(RuleViolation, match="unknown_seat"):
        propose(scene, seats=("nobody",))
    open_marking(scene)
    scene.database.transaction(readings.close_marking, scene.actor("team"), scene.call_id(), now=NOW)
    with pytest.raises(RuleViolation, match="assignment_closed"):
        propose(scene)


def test_a_final_sheet_is_never_taken_back_even_if_it_came_after_the_proposal_was_shown(scene: Scene) -> None:
    give(scene, "juror-1", scene.dossiers)
    plan = propose(scene, readings=1, keep=Keep.BEGUN)
    begin(scene, "juror-1", scene.dossiers[0])
    with scene.database.reading() as session:
        sheet = session.scalars(select(Sheet)).one()
    make_final(scene, scene.dossiers[0], sheet.version)
    with pytest.raises(Changed):
        apply(scene, plan)
    assert (scene.dossiers[0], "juror-1") in pairs(scene)


def test_terms_are_refused_when_they_say_nothing_possible(scene: Scene) -> None:
    with pytest.raises(RuleViolation, match="loads_backwards"):
        describe(scene, "juror-1", minimum=3, maximum=2)
    with pytest.raises(RuleViolation, match="load_out_of_range"):
        describe(scene, "juror-1", maximum=-1)
    with pytest.raises(RuleViolation, match="unknown_region"):
        describe(scene, "juror-1", region="nowhere")
    with pytest.raises(NotFound):
        describe(scene, "juror-1", themes=("no-such-theme",))
    with pytest.raises(Changed):
        describe(scene, "juror-1", version=9)
    with pytest.raises(RuleViolation, match="not_allowed"):
        describe(scene, "juror-1", by="juror-1")


def test_a_juror_says_what_he_knows_and_changes_nothing_else(scene: Scene) -> None:
    describe(scene, "juror-1", minimum=1, maximum=2)
    known = themes(scene, 2)
    juror, call_id = scene.actor("juror-1"), scene.call_id()
    scene.database.transaction(juror_terms.save_own_themes, juror, call_id, themes=known, version=1, now=NOW)
    with scene.database.reading() as session:
        terms = juror_terms.own_page(session, juror, scene.call(session)).terms
    assert (terms.minimum, terms.maximum, terms.themes) == (1, 2, tuple(known))
    with pytest.raises(RuleViolation, match="not_allowed"):
        scene.database.transaction(
            juror_terms.save_own_themes, scene.actor("team"), call_id, themes=known, version=2, now=NOW
        )


def test_a_long_proposal_is_computed_shown_and_applied_in_as_many_statements_as_a_short_one(
    fresh_database: Database,
) -> None:
    counts = []
    for size, suffix in ((2, ""), (9, "-b")):
        scene = lay_out(fresh_database, [50] * size, readings=[0] * size, ranked=False, suffix=suffix)
        plan = propose(scene, objective=Objective.TOTAL)
        shown = statements(fresh_database, partial(see, scene, plan))
        counts.append((shown, statements(fresh_database, partial(apply, scene, plan))))
    assert counts[0] == counts[1]
    assert counts[0][0] <= 12


def test_a_proposal_asked_for_twice_is_computed_once_each_and_the_worker_may_do_it_again(scene: Scene) -> None:
    plan = propose(scene)
    first = see(scene, plan).plan.content
    compute(scene.database)
    assert see(scene, plan).plan.content == first
    again = see(scene, propose(scene)).plan.content
    assert again == first
