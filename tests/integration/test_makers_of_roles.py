"""One manager with accomplices of his own making is one person: they confirm nothing that he or they propose."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ptce_aap import migrations
from ptce_aap.database import Database
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Actor, Role
from ptce_aap.models import Person, ProposedAct, RoleGiver
from ptce_aap.services import invariants
from ptce_aap.services.accounts import people
from ptce_aap.services.calls.calls import SYSTEM
from ptce_aap.services.joint_acts import acts_page, joint_acts
from ptce_aap.services.selection import shortlists
from tests.browsers import Browser, application
from tests.deliberations import NOW, Scene, invite_on_every_call, lay_out
from tests.two_persons import BASE, confirm, list_shown

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def scene(fresh_database: Database) -> Scene:
    """A ranked list, ready to be frozen; an administrator."""
    scene = lay_out(fresh_database, (90, 80, 70))
    scene.emails["admin"] = "administration@example.org"
    invite_on_every_call(fresh_database, scene.emails["admin"], "admin")
    return scene


def give(scene: Scene, by: str | Actor, email: str, role: Role) -> None:
    """Give a role on the call; whoever gets it is known in the scene by the local part of his address."""
    actor = scene.actor(by) if isinstance(by, str) else by
    scene.emails[email.partition("@")[0]] = email.casefold()

    def act(session: Session) -> None:
        if actor is SYSTEM:
            people.give(session, actor, email, role, on=scene.call(session), base_url=BASE, now=NOW)
        else:
            people.invite(session, actor, email, role, call_slug=scene.slug, base_url=BASE, now=NOW)

    scene.database.transaction(act)


def propose(scene: Scene, name: str) -> ProposedAct:
    seen = list_shown(scene.database, scene.actor(name), scene.call_id()).seen
    return scene.database.transaction(
        shortlists.propose_freezing, scene.actor(name), scene.call_id(), seen, base_url=BASE, now=NOW
    )


def is_frozen(scene: Scene) -> bool:
    with scene.database.reading() as session:
        return scene.call(session).frozen_at is not None


def refused(scene: Scene, name: str, act: ProposedAct) -> None:
    with pytest.raises(RuleViolation, match="role_of_one_maker"):
        confirm(scene.database, scene.actor(name), act, now=NOW)
    assert not is_frozen(scene)


@pytest.mark.target("SEC-43")
def test_a_chair_confirms_nothing_of_the_manager_who_made_him_and_all_of_another(scene: Scene) -> None:
    give(scene, "team", "complice@example.org", Role.CHAIR)
    act = propose(scene, "team")
    refused(scene, "complice", act)
    with scene.database.reading() as session:
        page = acts_page.read_one(session, scene.actor("team"), scene.call(session), act.reference, now=NOW)
    assert page.may_confirm == ("Personne chair",)
    assert page.kept_by_debt == ("complice@example.org",)
    confirm(scene.database, scene.actor("chair"), act, now=NOW)
    other = scene.database.transaction(
        shortlists.propose_publication, scene.actor("team-2"), scene.call_id(), base_url=BASE, now=NOW
    )
    confirm(scene.database, scene.actor("complice"), other, now=NOW)


@pytest.mark.target("SEC-43")
def test_a_manager_confirms_nothing_of_the_manager_whom_he_made(scene: Scene) -> None:
    give(scene, "team", "second@example.org", Role.TEAM)
    scene.freeze()
    act = scene.database.transaction(
        shortlists.propose_publication, scene.actor("second"), scene.call_id(), base_url=BASE, now=NOW
    )
    for name in ("second", "team"):
        with pytest.raises(RuleViolation, match=r"own_act|role_of_one_maker"):
            confirm(scene.database, scene.actor(name), act, now=NOW)
    confirm(scene.database, scene.actor("team-2"), act, now=NOW)


@pytest.mark.target("SEC-43")
def test_a_go_between_a_second_accomplice_or_a_second_address_change_nothing(scene: Scene) -> None:
    give(scene, "team", "relais@example.org", Role.TEAM)
    give(scene, "relais", "complice@example.org", Role.CHAIR)
    relay = scene.actor("relais").reference
    act = propose(scene, "relais")
    refused(scene, "complice", act)
    act = again(scene, act, "team")
    refused(scene, "complice", act)
    scene.database.transaction(
        people.withdraw, scene.actor("team-2"), relay, Role.TEAM, call_slug=scene.slug, code="", now=NOW
    )
    refused(scene, "complice", act)  # what the go-between did is written on the role that he gave
    give(scene, SYSTEM, "Team+autre@example.org", Role.TEAM)
    give(scene, "Team+autre", "autre@example.org", Role.CHAIR)
    refused(scene, "autre", act)
    give(scene, "team", "frere@example.org", Role.TEAM)
    act = again(scene, act, "frere")
    refused(scene, "complice", act)  # both come from one manager, who would need neither


def again(scene: Scene, act: ProposedAct, name: str) -> ProposedAct:
    """Take a proposal back, and let another make it."""
    with scene.database.reading() as session:
        proposer = session.get_one(Person, act.proposed_by_id).email_key
    by = next(known for known, email in scene.emails.items() if email == proposer)
    scene.database.transaction(joint_acts.withdraw, scene.actor(by), act.call_id, act.reference, now=NOW)
    return propose(scene, name)


@pytest.mark.target("SEC-43")
def test_nothing_blocks_since_who_owes_nothing_vouches_for_a_role_by_giving_it_again(
    scene: Scene, tmp_path: Path
) -> None:
    chair = scene.actor("chair").reference
    scene.database.transaction(
        people.withdraw, scene.actor("team"), chair, Role.CHAIR, call_slug=scene.slug, code="", now=NOW
    )
    give(scene, "team", "presidence@example.org", Role.CHAIR)
    give(scene, "team", "second@example.org", Role.TEAM)
    act = propose(scene, "team")
    give(scene, "second", "presidence@example.org", Role.CHAIR)
    refused(scene, "presidence", act)  # who vouches is the proposer's own
    team = Browser(application(scene.database, tmp_path), scene.database, scene.emails["team"])
    told = team.get(f"/pilotage/{scene.slug}/actes/{act.reference}").text
    assert "Personne ne peut confirmer votre proposition" in told
    assert "presidence@example.org" in told
    give(scene, "admin", "presidence@example.org", Role.CHAIR)
    give(scene, "team", "presidence@example.org", Role.CHAIR)  # what the administration gave stays the administration's
    confirm(scene.database, scene.actor("presidence"), act, now=NOW)
    with scene.database.reading() as session:
        assert [one.name for one in invariants.check_all(session) if not one.ok] == []


def test_another_manager_or_the_command_line_vouches_too(scene: Scene) -> None:
    give(scene, "team", "un@example.org", Role.CHAIR)
    give(scene, "team", "deux@example.org", Role.CHAIR)
    act = propose(scene, "team")
    refused(scene, "un", act)
    refused(scene, "deux", act)
    give(scene, "team-2", "un@example.org", Role.CHAIR)
    give(scene, SYSTEM, "deux@example.org", Role.CHAIR)
    with scene.database.reading() as session:
        page = acts_page.read_one(session, scene.actor("team"), scene.call(session), act.reference, now=NOW)
    assert {*page.may_confirm} == {"Personne chair", "deux@example.org", "un@example.org"}


def test_roles_given_before_are_owed_to_whom_the_journal_says(scene: Scene) -> None:
    give(scene, "team", "relais@example.org", Role.TEAM)
    give(scene, "relais", "complice@example.org", Role.CHAIR)
    give(scene, "admin", "second@example.org", Role.TEAM)
    give(scene, SYSTEM, "tiers@example.org", Role.TEAM)
    held = owed(scene)
    assert len(held) == 4
    migrations.downgrade(scene.database, "0029")
    migrations.upgrade(scene.database)
    assert owed(scene) == held
    with scene.database.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM role_giver")).scalar() == len(held)


def owed(scene: Scene) -> list[tuple[int, int, bool]]:
    with scene.database.reading() as session:
        rows = session.scalars(select(RoleGiver).order_by(RoleGiver.grant_id, RoleGiver.person_id))
        return [(one.grant_id, one.person_id, one.as_administrator) for one in rows]
