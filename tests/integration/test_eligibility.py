"""The call team's decisions, on both engines: with a reason, in their window, one by one or those nobody doubts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ptce_aap.database import Database
from ptce_aap.domain.eligibility import Result
from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.models import Dossier, EligibilityDecision, JournalEntry, Opinion, RuleProposal
from ptce_aap.services.dossiers import listing
from ptce_aap.services.instruction import eligibility, instruction, proposals, regional_ranks
from ptce_aap.services.instruction.proposals import Proposal
from tests.instructions import CLOSED, HERE, NOW, Scene, lay_out


@pytest.fixture
def scene(database: Database) -> Scene:
    return lay_out(database, here=3)


def decide(scene: Scene, reference: str, eligible: bool = True, version: int = 0, name: str = "team") -> None:
    scene.database.transaction(
        eligibility.decide,
        scene.actor(name),
        scene.call().id,
        reference,
        eligible=eligible,
        reason="Toutes les pièces ont été lues.",
        version=version,
        now=NOW,
    )


def propose_as_computed(scene: Scene, reference: str) -> None:
    with scene.database.reading() as session:
        page = instruction.work_page(session, scene.actor("here"), scene.call(), reference, now=NOW)
    given = {item.rule.key: Proposal(item.verdict.result) for item in page.document.rules}
    scene.database.transaction(
        proposals.propose, scene.actor("here"), scene.call().id, reference, given, shown="", now=NOW
    )


def test_a_decision_moves_the_dossier_and_says_who_why_and_from_where(scene: Scene) -> None:
    decide(scene, scene.here[1])
    decide(scene, scene.here[0], eligible=False)
    assert [scene.dossier(one).state for one in scene.here] == ["not_eligible", "eligible", "filed"]
    with scene.database.reading() as session:
        line = session.scalars(
            select(JournalEntry).where(JournalEntry.object == scene.here[1], JournalEntry.act == "eligibility.decided")
        ).one()
    assert (line.role, line.object, line.facts["state_before"]) == ("team", scene.here[1], "filed")
    assert "Toutes les pièces" not in str(line.facts)


def test_the_team_may_come_back_on_a_decision_until_the_marking_opens(scene: Scene) -> None:
    decide(scene, scene.here[0])
    decide(scene, scene.here[0], eligible=False, version=1)
    assert scene.dossier(scene.here[0]).state == "not_eligible"
    scene.change_call(marking_opened_at=NOW)
    with pytest.raises(RuleViolation, match="decision_settled"):
        decide(scene, scene.here[0], version=2)
    decide(scene, scene.here[1])
    scene.change_call(marking_closed_at=NOW)
    with pytest.raises(RuleViolation, match="decision_settled"):
        decide(scene, scene.here[2])


def test_two_members_of_the_team_never_overwrite_each_other(scene: Scene) -> None:
    decide(scene, scene.here[0])
    with pytest.raises(Conflict):
        decide(scene, scene.here[0], eligible=False)
    assert scene.dossier(scene.here[0]).state == "eligible"


@pytest.mark.parametrize("name", ["here", "auditor", "chair", "applicant"])
def test_nobody_but_the_team_decides(scene: Scene, name: str) -> None:
    with pytest.raises(RuleViolation, match="not_allowed"):
        decide(scene, scene.here[0], name=name)


def test_a_decision_needs_a_reason_the_closing_and_no_conflict(scene: Scene) -> None:
    actor, call_id = scene.actor("team"), scene.call().id
    with pytest.raises(RuleViolation, match="reason_needed"):
        scene.database.transaction(
            eligibility.decide, actor, call_id, scene.here[0], eligible=True, reason=" \n", version=0, now=NOW
        )
    scene.declare_conflict("team", scene.here[0])
    with pytest.raises(NotFound):
        decide(scene, scene.here[0])
    scene.change_call(closes_at=NOW + timedelta(hours=1))
    with pytest.raises(NotFound):
        decide(scene, scene.here[1])


@pytest.mark.target("SEC-08")
def test_only_dossiers_met_by_computation_and_by_proposal_are_decided_together(scene: Scene) -> None:
    incomplete, proposed, alone = scene.here
    for reference in (incomplete, proposed):
        propose_as_computed(scene, reference)
    team, call = scene.actor("team"), scene.call()
    with scene.database.reading() as session:
        clear = eligibility.clear_dossiers(session, team, call, page=1, now=NOW)
        queue = eligibility.queue(session, team, call, listing.Asked(state="filed"), now=NOW)
    assert [line.reference for line in clear.items] == [proposed]
    assert (queue.clear, queue.counts) == (1, {"filed": 4})
    shown = {line.reference: (line.computed, line.proposed) for line in queue.page.items}
    assert shown[incomplete] == (Result.NOT_MET, Result.NOT_MET)
    assert shown[proposed] == (Result.MET, Result.MET)
    assert shown[alone] == (Result.MET, None)
    everything = [*scene.here, *scene.elsewhere, "inconnue"]
    done = scene.database.transaction(eligibility.decide_clear, team, call.id, everything, now=NOW)
    assert done == (1, 4)
    assert [scene.dossier(one).state for one in scene.here] == ["filed", "eligible", "filed"]
    with scene.database.reading() as session:
        own = EligibilityDecision.dossier_id == scene.dossier(proposed).id
        assert session.scalars(select(EligibilityDecision.reason).where(own)).all() == [eligibility.CLEAR_BY_REGION]


@pytest.mark.target("SEC-08")
def test_a_conflict_keeps_a_dossier_out_of_the_decisions_taken_together(scene: Scene) -> None:
    propose_as_computed(scene, scene.here[1])
    scene.declare_conflict("team", scene.here[1])
    team, call_id = scene.actor("team"), scene.call().id
    done = scene.database.transaction(eligibility.decide_clear, team, call_id, scene.here[1:2], now=NOW)
    assert (done, scene.dossier(scene.here[1]).state) == ((0, 1), "filed")


def test_a_decided_dossier_takes_no_proposal_any_more(scene: Scene) -> None:
    decide(scene, scene.here[1])
    with pytest.raises(RuleViolation, match="eligibility_decided"):
        propose_as_computed(scene, scene.here[1])


def test_a_proposal_keeps_what_was_computed_when_it_was_made(scene: Scene) -> None:
    propose_as_computed(scene, scene.here[0])
    with scene.database.reading() as session:
        rows = session.scalars(
            select(RuleProposal).where(RuleProposal.dossier_id == scene.dossier(scene.here[0]).id)
        ).all()
        assert {row.rule: row.computed for row in rows} == {row.rule: row.proposed for row in rows}
        assert "not_met" in {row.computed for row in rows}


def test_the_database_itself_refuses_two_dossiers_at_one_rank(scene: Scene) -> None:
    ranks = {scene.here[0]: 1, scene.here[1]: 2}
    scene.database.transaction(
        regional_ranks.set_ranks, scene.actor("here"), scene.call().id, HERE, ranks, shown="", now=NOW
    )

    def tie(session: Session) -> None:
        for opinion in session.scalars(select(Opinion).where(Opinion.call_id == scene.call().id)):
            opinion.regional_rank = 1

    with pytest.raises(IntegrityError, match=r"(?i)unique"):
        scene.database.transaction(tie)


@pytest.mark.target("SEC-06")
def test_the_rank_of_a_dossier_hidden_by_a_conflict_is_kept_and_neither_shown_nor_met(database: Database) -> None:
    scene = lay_out(database, here=3)
    actor, call = scene.actor("here"), scene.call()
    first, second, third = scene.here[:3]

    def give(ranks: dict[str, int | None], shown: str) -> None:
        scene.database.transaction(regional_ranks.set_ranks, actor, call.id, HERE, ranks, shown=shown, now=NOW)

    def read() -> regional_ranks.RankPage:
        with scene.database.reading() as session:
            page = regional_ranks.rank_page(session, actor, call, None, number=1, now=NOW)
        assert page is not None
        return page

    def stored() -> dict[str, int | None]:
        with scene.database.reading() as session:
            rows = select(Dossier.reference, Opinion.regional_rank).join(Opinion, Opinion.dossier_id == Dossier.id)
            return dict(session.execute(rows.where(Opinion.call_id == call.id)).all())  # type: ignore[arg-type]

    give({first: 1, second: 2, third: 3}, "")
    scene.declare_conflict("here", first)
    page = read()
    assert {line.reference: line.rank for line in page.page.items if line.rank} == {second: 1, third: 2}
    with scene.database.reading() as session:
        sheet = instruction.work_page(session, actor, call, second, now=NOW).instruction.opinion
    assert sheet is not None
    assert sheet.regional_rank == 1
    give(regional_ranks.moved(page, third, regional_ranks.UP), page.shown)
    assert stored() == {first: 1, third: 2, second: 3}
    give({second: 7, third: 1}, read().shown)  # as where the first had never been
    assert stored() == {first: 1, third: 2, second: 8}
    assert {line.reference: line.rank for line in read().page.items if line.rank} == {third: 1, second: 7}


def test_ranks_are_the_region_s_own(scene: Scene) -> None:
    actor, call_id = scene.actor("here"), scene.call().id
    for region, reference in (("93", scene.elsewhere[0]), (HERE, scene.elsewhere[0])):
        with pytest.raises(NotFound):
            scene.database.transaction(
                regional_ranks.set_ranks, actor, call_id, region, {reference: 1}, shown="", now=NOW
            )
    scene.change_call(marking_opened_at=CLOSED + timedelta(days=1))
    with pytest.raises(RuleViolation, match="instruction_over"):
        scene.database.transaction(
            regional_ranks.set_ranks, actor, call_id, HERE, {scene.here[0]: 1}, shown="", now=NOW
        )
