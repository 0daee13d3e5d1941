"""What takes two persons is never done by one, and is done exactly as it was proposed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

import ptce_aap
from ptce_aap.database import Database
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Role
from ptce_aap.domain.two_persons import LIFE, mailbox
from ptce_aap.models import Call, CallExtension, JournalEntry, OutboxItem, Person, ProposedAct, RoleGrant, Shortlist
from ptce_aap.services import invariants
from ptce_aap.services.accounts import people
from ptce_aap.services.joint_acts import acts_page, conflict_corrections, extensions, joint_acts, two_persons
from ptce_aap.services.jury import conflicts
from ptce_aap.services.selection import amounts, shortlists
from tests.deliberations import NOW, Scene, lay_out
from tests.integration.test_attacks_races import at_once
from tests.two_persons import BASE, confirm, list_shown

LATER = NOW + timedelta(days=3)


@pytest.fixture
def scene(fresh_database: Database) -> Scene:
    """Three ranked dossiers; a juror has declared a conflict on the last, by mistake."""
    scene = lay_out(fresh_database, (90, 80, 70))
    scene.declare_conflict("juror-3", scene.dossiers[2])
    return scene


def add_account(scene: Scene, email: str, role: str = "team") -> None:
    """Give a role to another account, known in the scene by its address."""

    def add(session: Session) -> None:
        person = Person(email=email, email_key=email.casefold(), name=email, created_at=NOW, email_confirmed_at=NOW)
        person.grants.append(RoleGrant(call_id=scene.call(session).id, role=role, granted_at=NOW))
        session.add(person)

    scene.database.transaction(add)
    scene.emails[email] = email.casefold()


def before_the_jury(session: Session, scene: Scene) -> None:
    """Bring a call back to its instruction, before any decision."""
    call = scene.call(session)
    call.closes_at = NOW - timedelta(hours=1)
    call.marking_opened_at = call.marking_closed_at = None
    session.flush()
    session.execute(delete(ptce_aap.models.EligibilityDecision))


def propose_extension(scene: Scene, name: str = "team") -> ProposedAct:
    scene.database.transaction(before_the_jury, scene)
    return scene.database.transaction(
        extensions.propose, scene.actor(name), scene.call_id(), LATER, "Panne.", base_url=BASE, now=NOW
    )


def propose_freezing(scene: Scene, name: str = "team") -> ProposedAct:
    team, call_id = scene.actor(name), scene.call_id()
    seen = list_shown(scene.database, team, call_id).seen
    return scene.database.transaction(shortlists.propose_freezing, team, call_id, seen, base_url=BASE, now=NOW)


def propose_publication(scene: Scene, name: str = "team") -> ProposedAct:
    scene.freeze()
    return scene.database.transaction(
        shortlists.propose_publication, scene.actor(name), scene.call_id(), base_url=BASE, now=NOW
    )


def propose_correction(scene: Scene, name: str = "team", of: str = "juror-3") -> ProposedAct:
    who, person = scene.actor(name), scene.actor(of).reference
    return scene.database.transaction(
        conflict_corrections.propose, who, scene.call_id(), scene.dossiers[2], person, "Un homonyme.",
        base_url=BASE, now=NOW,
    )  # fmt: skip


# Kind → how it is proposed, who confirms it.
KINDS: dict[str, tuple[Callable[..., ProposedAct], str]] = {
    "extension": (propose_extension, "team-2"),
    "freezing": (propose_freezing, "chair"),
    "publication": (propose_publication, "team-2"),
    "correction": (propose_correction, "team-2"),
}


def refused(scene: Scene, code: str, name: str, act: ProposedAct, now: Any = NOW) -> None:
    with pytest.raises(RuleViolation) as refusal:
        confirm(scene.database, scene.actor(name), act, now=now)
    assert refusal.value.code == code


def done(scene: Scene) -> tuple[bool, bool, int, bool]:
    """Return what the four acts make: frozen, published, extensions, conflict still there."""
    with scene.database.reading() as session:
        call = scene.call(session)
        extended = len(session.scalars(select(CallExtension)).all())
        closed = session.scalar(select(ptce_aap.models.Conflict.dossier_id).limit(1)) is not None
        return call.frozen_at is not None, call.published_at is not None, extended, closed


@pytest.mark.target("SEC-43")
def test_a_role_taken_back_while_the_answer_was_on_its_way_confirms_nothing(scene: Scene) -> None:
    act, chair = propose_freezing(scene), scene.actor("chair")
    scene.database.transaction(
        people.withdraw, scene.actor("team-2"), chair.reference, Role.CHAIR, call_slug=scene.slug, code="", now=NOW
    )
    for answer, said in ((joint_acts.confirm, {"seen": act.digest}), (joint_acts.refuse, {"reason": "Non."})):
        with pytest.raises((RuleViolation, NotFound)):
            scene.database.transaction(answer, chair, act.call_id, act.reference, base_url=BASE, now=NOW, **said)
    assert done(scene)[0] is False


@pytest.mark.target("SEC-43")
@pytest.mark.parametrize("kind", KINDS)
def test_nobody_does_alone_what_takes_two_and_another_does_it_once(scene: Scene, kind: str) -> None:
    propose, confirmer = KINDS[kind]
    add_account(scene, "Team+2@Example.org", "chair")
    add_account(scene, "team+3@example.org", "team")
    act = propose(scene)
    before = done(scene)
    codes = []
    for name in ("team", "Team+2@Example.org", "team+3@example.org"):
        with pytest.raises(RuleViolation) as refusal:
            confirm(scene.database, scene.actor(name), act, now=NOW)
        codes.append(refusal.value.code)
    assert set(codes[:1]) <= {"own_act", "not_allowed"}  # the chair alone confirms a freezing
    assert "own_act" in codes[1:]
    assert set(codes[1:]) <= {"own_act", "not_allowed", "not_found"}
    for name in ("juror-1", "applicant", "correspondent"):
        refused(scene, "not_found", name, act)
    refused(scene, "not_allowed", "auditor", act)
    assert done(scene) == before
    confirm(scene.database, scene.actor(confirmer), act, now=NOW)
    assert done(scene) != before
    refused(scene, "act_ended", confirmer, act)
    with scene.database.reading() as session:
        lines = session.scalars(select(JournalEntry).where(JournalEntry.act.startswith(f"{kind}."))).all()
        told = [(line.act, line.actor, line.facts.get("proposed_by")) for line in lines]
    proposer, other = scene.actor("team").reference, scene.actor(confirmer).reference
    assert told == [(f"{kind}.proposed", proposer, None), (f"{kind}.confirmed", other, proposer)]


@pytest.mark.target("SEC-43")
@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("a@example.org", "A@Example.ORG", True),
        ("a@example.org", "a+secours@example.org", True),
        ("\uff41@example.org", "a@example.org", True),  # a full-width letter
        ("a@example.org.", "a@example.org", True),
        ("a@example.org", "b@example.org", False),
        ("a@example.org", "a@example.net", False),
    ],
)
def test_two_addresses_of_one_box_are_one_person(one: str, other: str, same: bool) -> None:
    assert (mailbox(one) == mailbox(other)) is same


@pytest.mark.target("SEC-43")
def test_no_way_to_these_acts_goes_round_their_confirmation() -> None:
    package = Path(ptce_aap.__file__).parent
    made, called = set(), set()
    for path in package.rglob("*.py"):
        source, name = path.read_text(encoding="utf-8"), path.relative_to(package).as_posix()
        if "two_persons" in source + name and re.search(r"(?<!class )\bConfirmed\(", source):
            made.add(name)
        acts = r"(shortlists\.(freeze|publish)|results\.publish|extensions\.extend|conflict_corrections\.correct)\("
        if re.search(acts, source):
            called.add(name)
        for column in ("frozen_at", "published_at", "closes_at"):
            if re.search(rf"call\.{column}\b[^=\n]* = ", source) and "demonstration" not in name:
                called.add(f"{name} writes {column}")
    assert made == {"services/joint_acts/two_persons.py"}
    assert called == {
        "services/demonstration/story.py",  # through ``two_persons.confirmed``, like the others
        "services/joint_acts/joint_acts.py",
        "services/deposits/results.py",
        "services/joint_acts/extensions.py writes closes_at",
        "services/selection/shortlists.py writes frozen_at",
        "services/selection/shortlists.py writes published_at",
    }


def test_what_is_confirmed_is_what_was_proposed_and_a_list_that_moved_is_proposed_again(scene: Scene) -> None:
    act = propose_freezing(scene)
    with pytest.raises(RuleViolation, match="act_moved"):
        scene.database.transaction(
            joint_acts.confirm, scene.actor("chair"), act.call_id, act.reference, seen="0" * 64, base_url=BASE, now=NOW
        )
    scene.database.transaction(
        amounts.propose, scene.actor("chair"), scene.call_id(), scene.dossiers[0], 5_000_000, "Assiette réduite.",
        version=0, now=NOW,
    )  # fmt: skip
    refused(scene, "act_moved", "chair", act)
    with scene.database.reading() as session:
        page = acts_page.read_one(session, scene.actor("chair"), scene.call(session), act.reference, now=NOW)
        assert page.obstacle is not None
        assert page.obstacle.code == "act_moved"
    again = propose_freezing(scene)
    refused(scene, "act_ended", "chair", act)  # overtaken
    confirm(scene.database, scene.actor("chair"), again, now=NOW)
    with scene.database.reading() as session:
        assert session.scalars(select(Shortlist)).one().content["entries"][0]["amount_cents"] == 5_000_000


def test_a_second_proposal_of_the_same_thing_waits_for_the_answer_to_the_first(scene: Scene) -> None:
    act = propose_freezing(scene)
    with pytest.raises(RuleViolation, match="act_already_proposed"):
        propose_freezing(scene, "team-2")
    with pytest.raises(RuleViolation, match="reason_needed"):
        answer(scene, joint_acts.refuse, "chair", act, " ")
    answer(scene, joint_acts.refuse, "chair", act, "Le montant du premier dossier reste à discuter.")
    again = propose_freezing(scene, "team-2")
    with pytest.raises(RuleViolation, match="not_allowed"):
        answer(scene, joint_acts.withdraw, "team", again)
    answer(scene, joint_acts.withdraw, "team-2", again)
    refused(scene, "act_ended", "chair", again)
    assert not done(scene)[0]
    with scene.database.reading() as session:
        page = acts_page.read(session, scene.actor("team"), scene.call(session), now=NOW)
    assert [(one.outcome, one.by, one.answer) for one in page.past] == [
        ("withdrawn", "Personne team-2", ""),
        ("refused", "Personne chair", "Le montant du premier dossier reste à discuter."),
    ]


def answer(scene: Scene, service: Callable[..., Any], name: str, act: ProposedAct, *more: str) -> None:
    options = {"base_url": BASE} if service is joint_acts.refuse else {}
    scene.database.transaction(service, scene.actor(name), act.call_id, act.reference, *more, now=NOW, **options)


def test_a_proposal_that_nobody_answers_dies_at_its_term(scene: Scene) -> None:
    act = propose_freezing(scene)
    assert act.expires_at == NOW + LIFE
    refused(scene, "act_expired", "chair", act, now=NOW + LIFE)
    confirm(scene.database, scene.actor("chair"), act, now=NOW + LIFE - timedelta(microseconds=1))


def test_who_proposed_is_told_once_that_nobody_answered(scene: Scene) -> None:
    act = propose_freezing(scene)
    for now in (act.expires_at - timedelta(seconds=1), act.expires_at, act.expires_at + timedelta(minutes=15)):
        scene.database.transaction(joint_acts.run_out, base_url=BASE, now=now)
    with scene.database.reading() as session:
        told = session.scalars(select(OutboxItem.payload).where(OutboxItem.topic == "act_ended")).all()
        assert [one["to"] for one in told] == ["team@example.org"]
        assert "resté sans réponse" in told[0]["subject"]
        lines = session.scalars(select(JournalEntry.act).where(JournalEntry.act == "freezing.expired")).all()
        assert len(lines) == 1
        assert [one.name for one in invariants.check_all(session) if not one.ok] == []
    propose_freezing(scene)


def test_a_proposal_closes_and_opens_nothing_and_a_closing_that_passed_is_put_off_all_the_same(scene: Scene) -> None:
    act = propose_extension(scene)

    def not_yet(session: Session) -> None:
        scene.call(session).closes_at = NOW + timedelta(hours=1)

    with scene.database.reading() as session:
        assert scene.call(session).closes_at == NOW - timedelta(hours=1)  # it was closed, and still is
    scene.database.transaction(not_yet)
    refused(scene, "act_moved", "team-2", act)  # the closing is no longer the one that it would put off
    act = scene.database.transaction(
        extensions.propose, scene.actor("team"), scene.call_id(), LATER, "Panne.", base_url=BASE, now=NOW
    )
    passed = NOW + timedelta(hours=2)
    with scene.database.reading() as session:
        assert not scene.call(session).allows(ptce_aap.domain.permissions.Deed.FILE_DOSSIER, now=passed)
    confirm(scene.database, scene.actor("team-2"), act, now=passed)
    with scene.database.reading() as session:
        assert scene.call(session).closes_at == LATER
    late = scene.database.transaction(
        extensions.propose, scene.actor("team"), scene.call_id(), LATER + timedelta(days=1), "Panne.", base_url=BASE,
        now=NOW,
    )  # fmt: skip
    assert late.expires_at == LATER + timedelta(days=1)  # before its week is over: it would open nothing


def test_who_prepares_a_dossier_of_the_call_does_not_give_it_more_time(scene: Scene) -> None:
    act = propose_extension(scene)

    def own(session: Session) -> None:
        team = scene.actor("team-2").person_id
        session.execute(update(ptce_aap.models.Dossier).where(ptce_aap.models.Dossier.id == 1).values(owner_id=team))

    scene.database.transaction(own)
    refused(scene, "own_dossier_in_call", "team-2", act)
    with pytest.raises(RuleViolation, match="own_dossier_in_call"):
        propose_extension(scene, "team-2")


@pytest.mark.target("SEC-43")
@pytest.mark.parametrize("kind", KINDS)
def test_a_proposer_who_lost_his_role_or_his_account_has_proposed_nothing(scene: Scene, kind: str) -> None:
    propose, confirmer = KINDS[kind]
    act = propose(scene)
    before, team = done(scene), scene.actor("team").person_id
    scene.database.transaction(lambda s: s.execute(delete(RoleGrant).where(RoleGrant.person_id == team)))
    refused(scene, "proposer_gone", confirmer, act)
    assert done(scene) == before


@pytest.mark.parametrize("kind", ["freezing", "publication", "correction"])
def test_whoever_is_in_conflict_since_neither_confirms_nor_knows_of_the_act(scene: Scene, kind: str) -> None:
    propose, confirmer = KINDS[kind]
    act = propose(scene)
    scene.declare_conflict(confirmer, scene.dossiers[0])
    before = done(scene)
    refused(scene, "not_found", confirmer, act)
    with scene.database.reading() as session:
        assert acts_page.pending(session, scene.actor(confirmer), scene.call(session), now=NOW).to_answer == ()
        assert acts_page.read(session, scene.actor(confirmer), scene.call(session), now=NOW).waiting == ()
    assert done(scene) == before


def test_a_proposer_in_conflict_since_has_proposed_nothing(scene: Scene) -> None:
    act = propose_freezing(scene)
    scene.declare_conflict("team", scene.dossiers[0])
    refused(scene, "proposer_gone", "chair", act)


def test_a_confirmation_and_a_conflict_of_its_author_at_once_never_go_together(scene: Scene) -> None:
    act, chair = propose_freezing(scene), scene.actor("chair")

    def declare() -> None:
        scene.database.transaction(conflicts.declare, chair, scene.call_id(), scene.dossiers[0], "Un lien.", now=NOW)

    ends = at_once(lambda: confirm(scene.database, chair, act, now=NOW), declare)
    frozen = done(scene)[0]
    assert ends == ({"done": 1, "conflicts_closed": 1} if frozen else {"done": 1, "not_found": 1})


def test_a_confirmation_and_a_withdrawal_at_once_leave_one_end(scene: Scene) -> None:
    act, team, chair = propose_freezing(scene), scene.actor("team"), scene.actor("chair")
    ends = at_once(
        lambda: confirm(scene.database, chair, act, now=NOW),
        lambda: scene.database.transaction(joint_acts.withdraw, team, act.call_id, act.reference, now=NOW),
        lambda: scene.database.transaction(
            joint_acts.refuse, chair, act.call_id, act.reference, "Non.", base_url=BASE, now=NOW
        ),
    )
    assert ends == {"done": 1, "act_ended": 2}


def test_those_who_may_confirm_are_written_to_then_the_proposer_and_no_letter_names_a_dossier(scene: Scene) -> None:
    act = propose_freezing(scene)
    confirm(scene.database, scene.actor("chair"), act, now=NOW)
    with scene.database.reading() as session:
        letters = session.scalars(
            select(OutboxItem)
            .where(OutboxItem.topic.in_(("act_to_confirm", "act_ended")))
            .order_by(OutboxItem.created_at)
        ).all()
    assert {(one.topic, one.payload["to"]) for one in letters} == {
        ("act_to_confirm", "chair@example.org"),
        ("act_ended", "team@example.org"),
    }
    assert f"{BASE}/pilotage/ptce-2015/actes/{act.reference}" in letters[0].payload["text"]
    assert not any("Pôle" in str(one.payload) for one in letters)


def test_the_minutes_print_both_names(scene: Scene) -> None:
    scene.freeze()
    with scene.database.reading() as session:
        [sentence] = shortlists.printable(session, scene.call(session)).minutes
    assert sentence.startswith("Liste proposée par Personne team le ")
    assert ", confirmée par Personne chair le " in sentence


def test_a_proposal_that_was_tampered_with_is_not_confirmed(scene: Scene) -> None:
    act = propose_freezing(scene)
    with scene.database.reading() as session:
        held = session.get_one(ProposedAct, act.id)
        held.reason = "Une autre raison."
        with pytest.raises(RuleViolation, match="act_moved"):
            two_persons.confirmed(
                session, scene.actor("chair"), session.get_one(Call, act.call_id), held, seen=act.digest,
                state=act.state, now=NOW,
            )  # fmt: skip


def test_a_proposal_of_another_call_is_nowhere(scene: Scene) -> None:
    act = propose_freezing(scene)
    other = lay_out(scene.database, (90,), suffix="-b")
    with pytest.raises(NotFound):
        scene.database.transaction(
            joint_acts.confirm, scene.actor("chair"), other.call_id(), act.reference, seen=act.digest, base_url=BASE,
            now=NOW,
        )  # fmt: skip
