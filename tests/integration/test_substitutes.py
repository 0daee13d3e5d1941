"""Conflicts never block a call: an acting chair, substitute managers, and nothing decided by who is in conflict."""

from __future__ import annotations

import itertools
import random
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from ptce_aap.database import Database
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Role
from ptce_aap.models import JournalEntry, Mark, OutboxItem, Person, Sheet, Substitution
from ptce_aap.services import invariants
from ptce_aap.services.accounts import people
from ptce_aap.services.joint_acts import conflict_corrections, substitutes
from ptce_aap.services.jury import discussion
from ptce_aap.services.ranking import deliberation, standings
from ptce_aap.services.selection import amounts, departures, shortlists
from ptce_aap.services.selection.departures import Asked
from tests.browsers import Browser, application
from tests.budgets import budget
from tests.deliberations import NOW, Scene, invite_on_every_call, lay_out
from tests.forms import submit
from tests.two_persons import BASE, by_two, freeze_in_pages, publish_in_pages

ROOM = "/pilotage/ptce-2015"
LATER = NOW + timedelta(minutes=5)
WHY = "La présidence est en conflit."


@pytest.fixture
def scene(fresh_database: Database) -> Scene:
    """Four dossiers, of which nobody has read the last: a conflict with it takes no sheet away."""
    scene = lay_out(fresh_database, (90, 80, 70, 60), readings=(2, 2, 2, 0))
    with_administration(scene)
    return scene


def with_administration(scene: Scene) -> None:
    if "admin" not in scene.emails:
        scene.emails["admin"] = "administration@example.org"
        with scene.database.reading() as session:
            known = session.scalar(select(Person.id).where(Person.email_key == scene.emails["admin"]))
        if known is None:
            invite_on_every_call(scene.database, scene.emails["admin"], "admin")


def acting_chair(scene: Scene, by: str, person: str) -> None:
    reference = scene.actor(person).reference
    scene.database.transaction(
        substitutes.name_acting_chair, scene.actor(by), scene.call_id(), reference, WHY, base_url=BASE, now=NOW
    )


def manager(scene: Scene, by: str, email: str) -> None:
    scene.database.transaction(
        substitutes.name_manager, scene.actor(by), scene.call_id(), email, WHY, base_url=BASE, now=NOW
    )


def test_an_acting_chair_is_a_juror_without_conflict_and_only_where_the_chair_is_in_conflict(scene: Scene) -> None:
    with pytest.raises(RuleViolation, match="role_can_act"):
        acting_chair(scene, "team", "juror-1")
    scene.declare_conflict("chair", scene.dossiers[3])
    scene.declare_conflict("juror-1", scene.dossiers[3])
    for name in ("juror-1", "team-2", "applicant", "chair"):
        with pytest.raises(NotFound):
            acting_chair(scene, "team", name)
    acting_chair(scene, "team", "juror-2")
    with pytest.raises(RuleViolation, match="role_can_act"):
        acting_chair(scene, "team", "juror-3")
    scene.freeze(chair="juror-2")
    with scene.database.reading() as session:
        minutes = shortlists.printable(session, scene.call(session)).minutes
    assert minutes[1].startswith("Personne juror-2, présidence suppléante, par décision de Personne team le ")


def test_who_is_named_is_written_to_in_words_of_his_own_and_led_where_he_acts(scene: Scene) -> None:
    for name in ("chair", "team"):
        scene.declare_conflict(name, scene.dossiers[3])
    enters = update(Person).where(Person.email_key == scene.emails["juror-2"]).values(password_hash="x")
    scene.database.transaction(lambda session: session.execute(enters))
    acting_chair(scene, "team-2", "juror-2")
    manager(scene, "admin", "suppleante@example.org")
    with scene.database.reading() as session:
        sent = session.scalars(select(OutboxItem.payload).where(OutboxItem.topic == "substitution")).all()
    told = {one["to"]: one["text"] for one in sent}
    assert set(told) == {scene.emails["juror-2"], "suppleante@example.org"}
    assert f"{BASE}{ROOM}/actes" in told[scene.emails["juror-2"]]
    assert "/invitation/" not in told[scene.emails["juror-2"]]  # he has an account: no link that chooses a password
    assert "/invitation/" in told["suppleante@example.org"]
    assert all("conflit d’intérêts" in text and "Pôle 0" not in text for text in told.values())


def test_where_every_juror_is_in_conflict_one_of_the_team_presides_never_who_names(scene: Scene) -> None:
    for name in ("chair", "juror-1", "juror-2", "juror-3"):
        scene.declare_conflict(name, scene.dossiers[3])
    with pytest.raises(NotFound):
        acting_chair(scene, "team", "team")
    acting_chair(scene, "team", "team-2")
    scene.freeze(chair="team-2")


@pytest.mark.target("SEC-07")
def test_a_manager_in_conflict_names_nobody_and_sends_nobody_away(scene: Scene, tmp_path: Path) -> None:
    scene.declare_conflict("chair", scene.dossiers[3])
    scene.declare_conflict("team", scene.dossiers[3])
    acting_chair(scene, "team-2", "juror-2")
    with pytest.raises(RuleViolation, match="deport"):
        acting_chair(scene, "team", "juror-1")
    call_slug, now = scene.slug, NOW
    for name, role in (("juror-2", Role.CHAIR), ("team-2", Role.TEAM), ("chair", Role.CHAIR)):
        with pytest.raises(RuleViolation, match="role_in_conflict"):
            scene.database.transaction(
                people.withdraw, scene.actor("team"), scene.actor(name).reference, role, call_slug=call_slug, code="",
                now=now,
            )  # fmt: skip
    for role in (Role.TEAM, Role.CHAIR):
        with pytest.raises(RuleViolation, match="role_in_conflict"):
            scene.database.transaction(
                people.invite, scene.actor("team"), "complice@example.org", role, call_slug=call_slug, base_url=BASE,
                now=now,
            )  # fmt: skip
    team = Browser(application(scene.database, tmp_path), scene.database, scene.emails["team"])
    assert team.get(f"{ROOM}/suppleances").status_code == 422
    named, people_page = f'href="{ROOM}/suppleances"', f"/pilotage/personnes?call_slug={call_slug}"
    assert named not in team.get(people_page).text
    other = Browser(application(scene.database, tmp_path), scene.database, scene.emails["team-2"])
    assert named in other.get(people_page).text


def test_the_administration_names_a_manager_where_too_few_are_without_conflict_and_never_itself(scene: Scene) -> None:
    with pytest.raises(RuleViolation, match="role_can_act"):
        manager(scene, "admin", "renfort@example.org")
    scene.declare_conflict("team", scene.dossiers[3])
    with pytest.raises(RuleViolation, match="not_allowed"):
        manager(scene, "team-2", "renfort@example.org")
    for own in ("administration@example.org", "Administration+2@example.org"):
        with pytest.raises(RuleViolation, match="grant_to_self"):
            manager(scene, "admin", own)
    for closed in ("team@example.org", "team+2@example.org"):  # the same person, by another address
        with pytest.raises(RuleViolation, match="person_in_conflict"):
            manager(scene, "admin", closed)
    manager(scene, "admin", "renfort@example.org")
    with pytest.raises(RuleViolation, match="role_can_act"):
        manager(scene, "admin", "encore@example.org")
    with scene.database.reading() as session:
        assert session.scalars(select(Substitution.role)).all() == ["team"]


def test_the_way_through_pages_where_the_chair_is_in_conflict(scene: Scene, tmp_path: Path) -> None:
    scene.declare_conflict("chair", scene.dossiers[3])
    app = application(scene.database, tmp_path)
    team, other = (Browser(app, scene.database, scene.emails[name]) for name in ("team", "team-2"))
    assert "Personne ne peut présider" in team.get(ROOM).text
    in_conflict = Browser(app, scene.database, scene.emails["chair"]).get(ROOM).text
    assert "Personne ne peut présider" not in in_conflict
    assert "vous ne prenez pas part à la délibération" in in_conflict  # and no way leads to a closed page
    assert f"{ROOM}/deliberation" in team.get(ROOM).text
    assert f"{ROOM}/deliberation" not in in_conflict
    person = scene.actor("juror-2").reference
    named = submit(team, f"{ROOM}/suppleances", "Nommer cette présidence suppléante", person=person, reason=WHY)
    assert "La présidence suppléante est nommée" in named.text
    assert "Personne ne peut présider" not in team.get(ROOM).text
    freeze_in_pages(team, Browser(app, scene.database, scene.emails["juror-2"]), ROOM)
    assert "présidence suppléante" in team.get(f"{ROOM}/liste").text
    publish_in_pages(team, other, ROOM)


def test_the_administration_reaches_the_page_and_names_a_manager(scene: Scene, tmp_path: Path) -> None:
    for name in ("team", "team-2"):
        scene.declare_conflict(name, scene.dossiers[3])
    admin = Browser(application(scene.database, tmp_path), scene.database, scene.emails["admin"])
    assert f"{ROOM}/suppleances" in admin.get("/pilotage/personnes?call_slug=ptce-2015").text
    here, asked = f"{ROOM}/suppleances", {"email": "team@example.org", "reason": WHY}
    refused = admin.post(f"{here}/equipe", asked, page=here)
    assert refused.status_code == 422
    assert "est en conflit avec un dossier" in refused.text
    done = submit(admin, f"{ROOM}/suppleances", "Nommer ce membre suppléant", email="renfort@example.org", reason=WHY)
    assert "Le membre suppléant de l’équipe est nommé" in done.text


PARTIES = ("team", "team-2", "chair", "juror-1", "juror-2", "juror-3")
EVERY_SET = [
    frozenset(chosen) for count in range(len(PARTIES) - 1) for chosen in itertools.combinations(PARTIES, count)
]
OF_THE_DELIBERATION = (
    "amount.proposed",
    "conflict.corrected",
    "departure.decided",
    "dossier.admitted",
    "mark.revised",
    "ranking.computed",
    "shortlist.frozen",
    "shortlist.published",
    "substitute.named",
    "tie.voted",
)


@pytest.mark.soak
@pytest.mark.target("SEC-43")
def test_whoever_is_in_conflict_no_act_is_blocked_while_two_are_not_and_none_is_done_by_them(
    sqlite_database: Database,
) -> None:
    chosen = random.Random(43).sample(EVERY_SET, min(budget("two_persons.conflict_sets"), len(EVERY_SET)))
    for number, closed in enumerate(chosen):
        scene = lay_out(
            sqlite_database,
            (90, 70, 70, 60, 50),
            amounts=(2_000_000, 600_000, 700_000, 50_000, 40_000),
            readings=(2, 2, 2, 1, 0),
            suffix=f"-{number}",
        )
        with_administration(scene)
        for name in sorted(closed):
            scene.declare_conflict(name, scene.dossiers[4])  # which nobody has read: no sheet stops counting
        scene.declare_conflict("auditor", scene.dossiers[0])
        deliberate(scene, [name for name in PARTIES if name not in closed])
        references = {scene.actor(name).reference for name in closed}
        with sqlite_database.reading() as session:
            call = scene.call(session)
            assert call.published_at is not None, closed
            acts = session.scalars(
                select(JournalEntry).where(JournalEntry.call_id == call.id, JournalEntry.act.in_(OF_THE_DELIBERATION))
            ).all()
            done = {line.act for line in acts[1:]}  # the first ranking was there before any conflict
            assert set(OF_THE_DELIBERATION) - done <= {"substitute.named"}, closed
            assert not {line.actor for line in acts[1:]} & references, closed
            assert not {line.facts.get("proposed_by") for line in acts} & references, closed
    with sqlite_database.reading() as session:
        assert [one.name for one in invariants.check_all(session) if not one.ok] == []


def deliberate(scene: Scene, free: list[str]) -> None:
    """Take a call from its ranking to its laureates with the people who have no conflict, and those they name."""
    database, call_id, later = scene.database, scene.call_id(), LATER
    managers = [name for name in free if name.startswith("team")]
    for name in [one for one in free if one not in managers][: 2 - len(managers)]:
        manager(scene, "admin", scene.emails[name])
        managers.append(name)
    chair = "chair" if "chair" in free else next((one for one in free if one.startswith("juror")), managers[-1])
    first, second = [*managers, *managers][:2]
    if chair == first:
        first, second = second, first
    if "chair" not in free:
        acting_chair(scene, first, chair)
    team, presiding = scene.actor(first), scene.actor(chair)
    database.transaction(deliberation.compute_again, team, call_id, now=later)
    database.transaction(deliberation.admit, presiding, call_id, scene.dossiers[3], "Lecture concordante.", now=later)
    revise(scene, presiding)
    depart(scene, presiding)
    with database.reading() as session:
        line = standings.line_of(session, scene.call(session))
        assert line is not None
        tied = [one.reference for one in line.tied]
    database.transaction(deliberation.record_tie_vote, presiding, call_id, tied, "7 voix contre 2.", now=later)
    database.transaction(
        amounts.propose, team, call_id, scene.dossiers[3], 4_000_000, "Assiette réduite.", version=0, now=later
    )
    auditor = scene.actor("auditor").reference
    other = scene.actor(second)
    by_two(database, other, conflict_corrections.propose, team, call_id, scene.dossiers[0], auditor, "Non.", now=later)
    scene.freeze(first, chair, at=later)
    scene.publish(first, chair, at=later)


def revise(scene: Scene, presiding: object) -> None:
    with scene.database.reading() as session:
        call = scene.call(session)
        sheet = session.scalars(select(Sheet).where(Sheet.call_id == call.id).order_by(Sheet.id)).first()
        assert sheet is not None
        mark = session.scalars(select(Mark).where(Mark.sheet_id == sheet.id)).first()
        assert mark is not None
        revised = {mark.criterion: (mark.half_points or 0) + 1}
    scene.database.transaction(
        discussion.revise, presiding, scene.call_id(), sheet.reference, revised, "Après la discussion.", version=0,
        base_url=BASE, now=LATER,
    )  # fmt: skip


def depart(scene: Scene, presiding: object) -> None:
    with scene.database.reading() as session:
        call = scene.call(session)
        ground = departures.to_decide(session, presiding, call, scene.dossiers[3]).grounds[0].key
        asked = Asked(scene.dossiers[3], 1, ground, "Décision du comité.")
        seen = departures.prepare(session, presiding, call, asked).effect.adopted.seen
    scene.database.transaction(departures.decide, presiding, scene.call_id(), asked, seen=seen, now=LATER)
