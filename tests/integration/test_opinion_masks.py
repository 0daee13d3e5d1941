"""What a region says of a dossier is closed to whoever still has to mark it, by whatever door he comes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ptce_aap.database import Database
from ptce_aap.models import ConflictStatement, Dossier, Opinion, Person, RoleGrant, Sheet
from tests.browsers import Browser, application
from tests.deliberations import CLOSED, FILED, NOW, Scene, lay_out
from tests.twins import Answers, crawl, differing

STARTS = ("/jury/ptce-2015", "/pilotage/ptce-2015/dossiers", "/pilotage/ptce-2015/dossiers?avis=favorable")
ROOMS = ("/jury", *(f"/pilotage/ptce-2015/{room}" for room in ("dossiers", "recevabilite", "classement")))
SAID = "Attendu par trois communes."


@pytest.fixture
def scene(sqlite_database: Database) -> Scene:
    """Two dossiers that two jurors mark, with their opinions; the first juror presides too."""
    scene = lay_out(sqlite_database, (90, 80), ranked=False)

    def mark_and_say(session: Session) -> None:
        call = scene.call(session)
        call.marking_opened_at = CLOSED + timedelta(hours=2)
        juror = session.scalars(select(Person).where(Person.email_key == scene.emails["juror-1"])).one()
        session.add(ConflictStatement(call_id=call.id, person_id=juror.id, at=CLOSED + timedelta(hours=1)))
        session.add(RoleGrant(person_id=juror.id, call_id=call.id, role="chair", granted_at=FILED))
        session.execute(update(Sheet).where(Sheet.person_id == juror.id).values(state="draft", final_at=None))
        for dossier in session.scalars(select(Dossier)):
            answers = {"avis.sens": "favorable", "avis.synthese": SAID}
            of_dossier = {"dossier_id": dossier.id, "call_id": call.id, "region": dossier.region or ""}
            given = {"regional_rank": 1, "given_at": NOW, "at": NOW, "author_id": juror.id}
            session.add(Opinion(**of_dossier, answers=answers, verdict="favorable", **given))

    scene.database.transaction(mark_and_say)
    return scene


def read(browser: Browser) -> Answers:
    """Read every page of the rooms where dossiers are; elsewhere, a page that leads nowhere."""
    return crawl(lambda path: browser.get(path if path.startswith(ROOMS) else "/sante"), STARTS)


def change(scene: Scene, **said: object) -> None:
    scene.database.transaction(lambda session: session.execute(update(Opinion).values(**said)))


def test_an_opinion_changes_nothing_that_a_juror_reads_before_his_own_sheet_is_final(
    scene: Scene, tmp_path: Path
) -> None:
    browser = Browser(application(scene.database, tmp_path), scene.database, scene.emails["juror-1"])
    favourable = read(browser)
    change(scene, verdict="defavorable", regional_rank=None, answers={"avis.synthese": "Sans portée."})
    assert differing(favourable, read(browser)) == []
    assert SAID not in "".join(answer.body for answer in favourable.values())

    change(scene, verdict="favorable", answers={"avis.synthese": SAID})
    first = scene.dossiers[0]

    def finish(session: Session) -> None:
        mine = select(Sheet.id).join(Dossier, Dossier.id == Sheet.dossier_id).where(Dossier.reference == first)
        session.execute(update(Sheet).where(Sheet.id.in_(mine)).values(state="final", final_at=NOW))

    scene.database.transaction(finish)
    doors = [f"/{room}/ptce-2015/dossiers/{one}" for room in ("jury", "pilotage") for one in scene.dossiers]
    assert [door for door in doors if SAID in browser.get(door).text] == [door for door in doors if first in door]
