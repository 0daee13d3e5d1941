"""A conflict declared by mistake is taken back by two others, in the minutes; that it was declared stays."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.database import Database
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.models import Conflict, ConflictCorrection, ConflictStatement, DossierPerson, JournalEntry, RoleGrant
from ptce_aap.services import invariants
from ptce_aap.services.joint_acts import conflict_corrections
from ptce_aap.services.jury import conflicts, given_marks, jury
from ptce_aap.services.ranking import deliberation
from ptce_aap.services.selection import shortlists
from tests.browsers import Browser, application
from tests.deliberations import CLOSED, NOW, Scene, lay_out
from tests.forms import submit
from tests.integration.test_two_persons import propose_correction, refused
from tests.two_persons import confirm, confirm_in_pages

ROOM = "/pilotage/ptce-2015"


@pytest.fixture
def scene(fresh_database: Database) -> Scene:
    """Three ranked dossiers; the second juror, who marked the last, has then declared a conflict with it."""
    scene = lay_out(fresh_database, (90, 80, 70))

    def state(session: Session) -> None:
        juror = scene.actor("juror-2").person_id
        session.add(ConflictStatement(call_id=scene.call(session).id, person_id=juror, at=CLOSED))

    scene.database.transaction(state)
    scene.declare_conflict("juror-2", scene.dossiers[2])
    return scene


def opens(scene: Scene, name: str = "juror-2") -> bool:
    """Tell whether the dossier is among those that a juror reads."""
    with scene.database.reading() as session:
        room = jury.room(session, scene.actor(name), scene.call(session), state="", search="", number=1, now=NOW)
        return scene.dossiers[2] in {one.reference for one in room.page.items}


@pytest.mark.target("SEC-07")
@pytest.mark.target("SEC-43")
def test_nobody_lifts_his_own_conflict_and_neither_who_asks_nor_the_person_confirms(scene: Scene) -> None:
    add_team_role(scene, "juror-2")
    assert not opens(scene)
    act = propose_correction(scene, "juror-2", of="juror-2")
    for name, code in (("juror-2", "own_act"), ("chair", "not_found"), ("auditor", "not_allowed")):
        refused(scene, code, name, act)
    assert not opens(scene)
    confirm(scene.database, scene.actor("team"), act, now=NOW)
    assert opens(scene)


@pytest.mark.target("SEC-07")
def test_a_request_of_the_team_is_confirmed_by_another_of_it_never_by_the_person(scene: Scene) -> None:
    add_team_role(scene, "juror-2")
    act = propose_correction(scene, "team", of="juror-2")
    refused(scene, "own_act", "team", act)
    refused(scene, "own_act", "juror-2", act)
    scene.declare_conflict("team-2", scene.dossiers[0])
    refused(scene, "not_found", "team-2", act)  # in conflict with another dossier: opens none to anybody
    assert not opens(scene)


def add_team_role(scene: Scene, name: str) -> None:
    def add(session: Session) -> None:
        person, call = scene.actor(name).person_id, scene.call(session)
        session.add(RoleGrant(person_id=person, call_id=call.id, role="team", granted_at=NOW))

    scene.database.transaction(add)


def test_the_mark_counts_again_the_ranking_is_computed_again_and_history_keeps_everything(scene: Scene) -> None:
    later = NOW + timedelta(minutes=1)
    scene.database.transaction(deliberation.compute_again, scene.actor("team"), scene.call_id(), now=NOW)
    assert readings(scene, NOW) == 1
    confirm(scene.database, scene.actor("team-2"), propose_correction(scene, of="juror-2"), now=later)
    assert readings(scene, later) == 2
    assert readings(scene, NOW) == 1  # what counted then is what counted then
    with scene.database.reading() as session:
        held = session.scalars(select(ConflictCorrection)).one()
        assert (held.declared_at, held.corrected_at) == (NOW, later)
        assert session.scalars(select(Conflict)).all() == []
        lines = session.scalars(select(JournalEntry.act).where(JournalEntry.object == scene.dossiers[2])).all()
        assert lines[-3:] == ["correction.proposed", "conflict.corrected", "correction.confirmed"]
        assert broken(session) == []
        shown = shortlists.preview(session, scene.actor("team"), scene.call(session))
        assert [one.code for one in shown.obstacles] == ["ranking_outdated"]
    scene.database.transaction(deliberation.compute_again, scene.actor("team"), scene.call_id(), now=later)
    scene.freeze(at=later)
    with scene.database.reading() as session:
        minutes = shortlists.printable(session, scene.call(session)).minutes
        assert broken(session) == []
    assert "Conflit déclaré par erreur par Personne juror-2" in minutes[1]
    assert "sur proposition de Personne team, confirmée par Personne team-2" in minutes[1]
    assert "Un homonyme." in minutes[1]
    with pytest.raises(RuleViolation, match="conflicts_closed"):
        scene.database.transaction(
            conflicts.declare, scene.actor("juror-2"), scene.call_id(), scene.dossiers[2], "Si.", now=later
        )


def readings(scene: Scene, until: object) -> int:
    with scene.database.reading() as session:
        return len(given_marks.final_marks(session, scene.call(session), until=until)[scene.dossiers[2]])


def broken(session: Session) -> list[str]:
    return [one.name for one in invariants.check_all(session) if not one.ok]


def test_a_conflict_may_be_declared_again_and_an_old_request_then_confirms_nothing(scene: Scene) -> None:
    act, later = propose_correction(scene, of="juror-2"), NOW + timedelta(minutes=1)

    def again(session: Session) -> None:
        session.scalars(select(Conflict)).one().declared_at = later

    scene.database.transaction(again)
    refused(scene, "act_moved", "team-2", act)
    confirm(scene.database, scene.actor("team-2"), propose_correction(scene, of="juror-2"), now=later)
    scene.database.transaction(
        conflicts.declare, scene.actor("juror-2"), scene.call_id(), scene.dossiers[2], "Cette fois, si.", now=later
    )
    assert not opens(scene)


@pytest.mark.target("SEC-07")
def test_who_prepared_a_dossier_stays_in_conflict_with_it(scene: Scene) -> None:
    def join(session: Session) -> None:
        juror = scene.actor("juror-2")
        link = DossierPerson(dossier_id=3, person_id=juror.person_id, email=juror.email, email_key=juror.email)
        link.kind, link.given, link.invited_by_id = "editor", "edit", 1
        link.invited_at = link.sent_at = link.accepted_at = link.ended_at = CLOSED
        session.add(link)

    act = propose_correction(scene, of="juror-2")
    scene.database.transaction(join)
    refused(scene, "conflict_of_applicant", "team-2", act)
    with pytest.raises(RuleViolation, match="conflict_of_applicant"):
        propose_correction(scene, of="juror-2")


def test_the_juror_asks_from_his_list_and_the_team_confirms_from_its_dashboard(scene: Scene, tmp_path: Path) -> None:
    app = application(scene.database, tmp_path)
    juror, team = (Browser(app, scene.database, scene.emails[name]) for name in ("juror-2", "team"))
    listed = juror.get("/jury/ptce-2015/conflits").text
    assert "c’est une erreur" in listed
    here = f"/jury/ptce-2015/conflits/{scene.dossiers[2]}/erreur"
    asked = submit(juror, here, "Demander la correction", reason="Un homonyme.")
    assert "Votre demande est envoyée à l’équipe" in asked.text
    assert not opens(scene)
    confirm_in_pages(team, ROOM, "corriger un conflit déclaré par erreur")
    assert opens(scene)
    shown = team.get(f"{ROOM}/conflits").text
    assert "Conflits corrigés" in shown
    assert "sur proposition de Personne juror-2, confirmée par Personne team" in shown


def test_the_team_asks_from_the_list_of_conflicts(scene: Scene, tmp_path: Path) -> None:
    app = application(scene.database, tmp_path)
    team, other = (Browser(app, scene.database, scene.emails[name]) for name in ("team", "team-2"))
    here = f"{ROOM}/conflits/{scene.dossiers[2]}/{scene.actor('juror-2').reference}"
    assert here in team.get(f"{ROOM}/conflits").text
    page = submit(team, here, "Proposer de corriger ce conflit", reason="Un homonyme.")
    assert "Votre proposition attend la confirmation" in page.text
    assert "Peut confirmer\u00a0: Personne team-2" in page.text
    assert "1 de vos propositions attend la réponse" in team.get(ROOM).text
    confirm_in_pages(other, ROOM, "corriger un conflit déclaré par erreur")
    with scene.database.reading() as session:
        assert len(conflict_corrections.corrected(session, scene.call(session))) == 1
