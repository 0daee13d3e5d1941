"""What a person in conflict reads does not move with the dossier that is closed to him, nor with the line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from ptce_aap.clock import now
from ptce_aap.database import Database
from ptce_aap.domain.errors import NotFound
from ptce_aap.mail import messages
from ptce_aap.models import Assignment, Dossier, Mark, OutboxItem, Person, RoleGrant, Sheet
from ptce_aap.services.exchanges import letters
from ptce_aap.services.jury import conflicts
from ptce_aap.services.ranking import deliberation
from ptce_aap.services.selection import amounts, departures
from ptce_aap.services.selection.departures import Asked
from tests.browsers import Browser, application
from tests.deliberations import NOW, Scene, invite_on_every_call, lay_out

ROOM = "/pilotage/ptce-2015"
PAGES = (
    "",
    "/affectation",
    "/affectation/jury",
    "/affectation/lectures-en-plus",
    "/affectation/repartir",
    "/classement",
    "/classement/salle",
    "/classement/salle/etat",
    "/classement/salle/lecteurs",
    "/classement/salle/lectures",
    "/classement/salle/poids",
    "/deliberation",
    "/exports",
    "/journal",
    "/journal?act=amount.proposed",
    "/lectures",
    "/liste/figer",
    "/selection",
)
SEES = ("applicant-2", "team")  # how the installation is: without conflict, then with one
IN_CONFLICT = ("team", "chair", "auditor")
_TOKEN = re.compile(r'name="csrf_token" value="[^"]+"')


@pytest.fixture
def scene(fresh_database: Database) -> Scene:
    """Five ranked dossiers; the first is closed to the team, the chair and the auditor, open to another chair."""
    scene = lay_out(fresh_database, (90, 80, 70, 60, 50), readings=(3, 2, 2, 2, 3))
    for name in IN_CONFLICT:
        scene.declare_conflict(name, scene.dossiers[0])

    def appoint(session: Session) -> None:
        person = session.scalars(select(Person).where(Person.email_key == scene.emails["applicant-2"])).one()
        for role in ("chair", "team"):
            session.add(
                RoleGrant(person_id=person.id, call_id=scene.call(session).id, role=role, region=None, granted_at=NOW)
            )

    fresh_database.transaction(appoint)
    invite_on_every_call(fresh_database, "autre-presidence@example.org", "chair")
    scene.emails["other chair"] = "autre-presidence@example.org"
    return scene


def act(scene: Scene, service: object, *args: object, **named: object) -> None:
    scene.database.transaction(service, scene.actor("applicant-2"), scene.call_id(), *args, now=now(), **named)  # type: ignore[arg-type]


def depart(scene: Scene, dossier: str, place: int) -> None:
    """Give a dossier another place."""
    with scene.database.reading() as session:
        actor, call = scene.actor("applicant-2"), scene.call(session)
        ground = departures.to_decide(session, actor, call, dossier).grounds[0].key
        asked = Asked(dossier, place, ground, "Décision du comité.")
        seen = departures.prepare(session, actor, call, asked).effect.adopted.seen
    act(scene, departures.decide, asked, seen=seen)


def mark_otherwise(session: Session, reference: str) -> None:
    """Lower the marks of a dossier, and take it from one of its readers."""
    dossier = session.scalars(select(Dossier.id).where(Dossier.reference == reference)).one()
    sheets = session.scalars(select(Sheet).where(Sheet.dossier_id == dossier).order_by(Sheet.id)).all()
    lowered = update(Mark).where(Mark.sheet_id.in_([sheet.id for sheet in sheets]))
    quietly = {"synchronize_session": False}
    session.execute(lowered.values(half_points=Mark.half_points - 1).execution_options(**quietly))
    last = sheets[-1]
    session.execute(delete(Assignment).where(Assignment.dossier_id == dossier, Assignment.person_id == last.person_id))
    session.execute(delete(Mark).where(Mark.sheet_id == last.id).execution_options(**quietly))
    session.execute(delete(Sheet).where(Sheet.id == last.id).execution_options(**quietly))


@pytest.mark.target("SEC-05")
def test_nothing_that_a_person_in_conflict_reads_moves_with_the_closed_dossier_or_the_line(
    scene: Scene, tmp_path: Path
) -> None:
    app, closed = application(scene.database, tmp_path), scene.dossiers[0]
    addresses = [ROOM + page for page in PAGES] + [f"{ROOM}/affectation/dossiers/{scene.dossiers[1]}"]

    def read() -> dict[tuple[str, str], tuple[int, str]]:
        browsers = {name: Browser(app, scene.database, scene.emails[name]) for name in IN_CONFLICT}
        answers = {(name, page): browser.get(page) for name, browser in browsers.items() for page in addresses}
        return {key: (answer.status_code, _TOKEN.sub("", answer.text)) for key, answer in answers.items()}

    before = read()
    assert {status for status, _ in before.values()} == {200, 403, 422}
    scene.database.transaction(mark_otherwise, closed)
    act(scene, deliberation.compute_again)
    act(scene, amounts.propose, closed, 60_000_00, "Moins cher.", version=0)
    depart(scene, closed, 4)
    depart(scene, scene.dossiers[4], 1)
    after = read()
    assert [key for key in before if before[key] != after[key]] == []


def test_messages_are_not_counted_for_a_person_in_conflict(scene: Scene, tmp_path: Path) -> None:
    app = application(scene.database, tmp_path)

    def read(name: str) -> str:
        return _TOKEN.sub("", Browser(app, scene.database, scene.emails[name]).get(f"{ROOM}/courriels").text)

    free, *closed = (read(name) for name in ("applicant-2", "team", "auditor"))
    letter = messages.result("porteur@example.org", number="B7KX-29QR", call_title="PTCE", link="https://x.example/")
    scene.database.transaction(letters.send, letter, at=now(), call_id=scene.call_id())
    assert read("applicant-2") != free
    assert [read(name) for name in ("team", "auditor")] == closed
    here = {name: Browser(app, scene.database, scene.emails[name]).get("/pilotage/installation").text for name in SEES}
    assert {name: "vue partielle" in page for name, page in here.items()} == {"applicant-2": False, "team": True}
    assert ["Travaux" in page.partition("<tbody>")[2] for page in here.values()] == [True, False]
    for page in closed:
        assert "Courriels : vue partielle – déport" in page.replace("\u00a0", " ")
    with scene.database.reading() as session:
        identifier = session.scalars(select(OutboxItem.id).where(OutboxItem.kind == letters.KIND)).first()
    with pytest.raises(NotFound):
        scene.database.transaction(
            lambda session: letters.send_again(session, scene.actor("team"), scene.call(session), identifier, now=now())
        )


def test_a_frozen_list_tells_a_person_in_conflict_neither_its_length_nor_its_amount_in_the_journal(
    scene: Scene, tmp_path: Path
) -> None:
    scene.freeze("applicant-2", "other chair")
    app = application(scene.database, tmp_path)

    def journal(name: str) -> str:
        return Browser(app, scene.database, scene.emails[name]).get(f"{ROOM}/journal").text

    assert "montant des retenus" in journal("applicant-2")
    assert 'data-label="N°"' in journal("applicant-2")
    for name in ("team", "auditor"):
        page = journal(name)
        assert "Journal : vue partielle – déport" in page.replace("\u00a0", " ")
        assert "retenus" not in page
        assert 'data-label="N°"' not in page  # gaps in the numbers would count the acts on the closed dossier
        assert "classement" not in page.partition("<tbody>")[2]
    scene.publish("applicant-2", "other chair")
    assert "montant des retenus" in journal("team")


@pytest.mark.target("SEC-06")
def test_who_else_declared_a_conflict_is_told_to_nobody_in_conflict(scene: Scene, tmp_path: Path) -> None:
    app, (closed, other, *_) = application(scene.database, tmp_path), scene.dossiers
    for name, dossier in (("juror-1", closed), ("juror-3", other)):
        said = (scene.actor(name), scene.call_id(), dossier, f"Un lien de {name}.")
        scene.database.transaction(conflicts.declare, *said, now=now())
    people = [scene.actor(name).reference for name in ("juror-1", "juror-2")]  # the one in conflict, the other not

    def read(name: str, page: str) -> str:
        return _TOKEN.sub("", Browser(app, scene.database, scene.emails[name]).get(ROOM + page).text)

    def table(name: str, page: str) -> str:
        return read(name, page).partition("<tbody>")[2]

    assert table("applicant-2", "/journal").count("a déclaré un conflit") == 2
    for name in ("team", "auditor"):
        assert "conflit" not in table(name, "/journal")
        assert 'value="conflict.declared"' not in read(name, "/journal")
    asked = [f"/conflits/{closed}/{person}" for person in people]
    assert read("team", asked[0]) == read("team", asked[1])
    act(scene, deliberation.compute_again)
    scene.freeze("applicant-2", "other chair")
    scene.publish("applicant-2", "other chair")
    assert read("team", asked[0]) == read("team", asked[1])
    assert table("team", "/journal").count("a déclaré un conflit") == 1
    assert "Un lien de juror-1." in table("applicant-2", "/conflits")
    told = table("team", "/conflits")
    assert ("Un lien de juror-1." in told, "Un lien de juror-3." in told) == (False, True)
