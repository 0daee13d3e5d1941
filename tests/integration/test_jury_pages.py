"""The jury's pages through HTTP: what a juror meets, what is refused to others, what a page costs."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from ptce_aap import clock
from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.definitions import load_call
from ptce_aap.domain.sheets import Entry
from ptce_aap.models import Assignment, Attachment, ConflictStatement, Dossier, Person, RoleGrant
from ptce_aap.services.calls import calls
from ptce_aap.services.calls.calls import SYSTEM
from ptce_aap.services.jury import conflicts, readings
from ptce_aap.web import context
from tests import proven
from tests.browsers import token
from tests.deliberations import CLOSED, NOW, Scene, add_dossier, lay_out
from tests.integration.test_marking import finish_declaration, give, make_final, open_marking, save, whole

SECOND = Path(__file__).resolve().parents[1] / "second_call"


@pytest.fixture
def scene(fresh_database: Database) -> Scene:
    """Three eligible dossiers, the marking open, the first two given to a juror who has declared no conflict."""
    scene = lay_out(fresh_database, (90, 80, 70), readings=(0, 0, 0), ranked=False)
    open_marking(scene)
    give(scene, "juror-1", scene.dossiers[:2])
    finish_declaration(scene, "juror-1")
    return scene


@pytest.fixture
def app(scene: Scene, tmp_path: Path) -> Flask:
    return create_app(load_settings({}, instance=tmp_path), database=scene.database)


def enter(app: Flask, scene: Scene, name: str) -> FlaskClient:
    """Return the browser of a person who is signed in."""
    client = app.test_client()

    def sign(session):
        return proven.open_session(session, session.get_one(Person, scene.actor(name).person_id), now=clock.now())

    client.set_cookie("ptce", scene.database.transaction(sign))
    return client


def sheet_address(scene: Scene, place: int = 0) -> str:
    return f"/jury/{scene.slug}/dossiers/{scene.dossiers[place]}"


def filled(scene: Scene, half_points: int = 6, comment: str = "Les pièces le montrent.") -> dict[str, str]:
    entries = whole(scene, half_points, comment)
    form = {f"mark-{key}": str(entry.half_points) for key, entry in entries.items()}
    return {**form, **{f"comment-{key}": entry.comment for key, entry in entries.items()}}


def statements_of(scene: Scene, client: FlaskClient, act: str, address: str, **options: object) -> tuple[int, int]:
    """Return the status of a request and the number of SQL statements that it ran."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            seen.append(statement)

    event.listen(scene.database.engine, "before_cursor_execute", note)
    try:
        answer = getattr(client, act)(address, **options)
    finally:
        event.remove(scene.database.engine, "before_cursor_execute", note)
    return answer.status_code, len(seen)


def test_a_juror_declares_reads_marks_and_makes_his_sheet_final(app: Flask, scene: Scene) -> None:
    give(scene, "juror-2", scene.dossiers[:2])
    client = enter(app, scene, "juror-2")
    home = client.get(f"/jury/{scene.slug}").text
    assert "D’abord, vos conflits d’intérêts" in home
    assert "Pôle 0001" not in home
    conflict = f"/jury/{scene.slug}/conflits/{scene.dossiers[1]}"
    secret = token(client.get(conflict).text)
    assert "Dites en une phrase" in client.post(conflict, data={"csrf_token": secret, "reason": " "}).text
    assert client.post(conflict, data={"csrf_token": secret, "reason": "Un ami."}).status_code == 302
    assert "ce dossier vous est fermé" in client.get(f"/jury/{scene.slug}/conflits").text
    client.post(f"/jury/{scene.slug}/conflits/terminer", data={"csrf_token": secret})
    home = client.get(f"/jury/{scene.slug}").text
    assert ("0 dossier lu sur 1" in home, "Pôle 0001" in home, "Pôle 0002" in home) == (True, True, False)
    address = sheet_address(scene)
    page = client.get(address)
    assert page.status_code == 200
    assert "0 critère sur 13" in page.text
    form = {"csrf_token": token(page.text), "version": "0", **filled(scene), "then": "finish"}
    assert client.post(address, data=form).headers["Location"] == f"{address}/rendre"
    review = client.get(f"{address}/rendre").text
    assert "<strong>60,00</strong> sur 100" in review
    version = re.search(r'name="version" value="(\d+)"', review)
    assert version is not None
    done = client.post(f"{address}/rendre", data={"csrf_token": secret, "version": version[1]}, follow_redirects=True)
    assert "Votre fiche est rendue" in done.text
    assert "1 dossier lu sur 1" in done.text
    frozen = client.get(address).text
    assert ('name="mark-' in frozen, "60,00 sur 100" in frozen) == (False, True)


def test_an_incomplete_sheet_is_saved_and_told_what_it_lacks(app: Flask, scene: Scene) -> None:
    client, address = enter(app, scene, "juror-1"), sheet_address(scene)
    first, *others = whole(scene)
    form = {"csrf_token": token(client.get(address).text), "version": "0", f"mark-{first}": "6", "then": "finish"}
    review = client.post(address, data=form, follow_redirects=True).text
    assert "Il manque quelque chose à votre fiche" in review
    assert all(f"#mark-{key}" in review for key in others)
    answer = client.post(f"{address}/rendre", data={"csrf_token": form["csrf_token"], "version": "1"})
    assert answer.status_code == 409


def test_a_sheet_changed_elsewhere_shows_both_texts_and_takes_the_next_save(app: Flask, scene: Scene) -> None:
    client, address = enter(app, scene, "juror-1"), sheet_address(scene)
    first, *_ = whole(scene)
    secret = token(client.get(address).text)
    save(scene, scene.dossiers[0], {first: Entry(4, "Du premier onglet.")})
    mine = {"csrf_token": secret, "version": "0", f"mark-{first}": "8", f"comment-{first}": "Du second onglet."}
    answer = client.post(address, data=mine)
    assert answer.status_code == 409
    assert "Du premier onglet." in answer.text
    assert "Du second onglet." in answer.text
    version = re.search(r'name="version" value="(\d+)"', answer.text)
    assert version is not None
    assert client.post(address, data={**mine, "version": version[1]}).status_code == 302


@pytest.mark.parametrize(("mark", "comment", "told"), [("11", "x", "l’échelle"), ("6", "x" * 2_001, "signe de trop")])
def test_a_wrong_entry_is_told_beside_it_and_everything_typed_is_kept(
    app: Flask, scene: Scene, mark: str, comment: str, told: str
) -> None:
    client, address = enter(app, scene, "juror-1"), sheet_address(scene)
    first, second, *_ = whole(scene)
    form = {"version": "0", f"mark-{first}": mark, f"comment-{first}": comment, f"comment-{second}": "Gardé."}
    answer = client.post(address, data={"csrf_token": token(client.get(address).text), **form})
    assert answer.status_code == 422
    assert "Il y a 1 erreur" in answer.text
    assert told in answer.text
    assert "Gardé." in answer.text
    assert "<title>Erreur" in answer.text


def test_one_criterion_is_saved_alone_by_the_pages_script(app: Flask, scene: Scene) -> None:
    client, address = enter(app, scene, "juror-1"), sheet_address(scene)
    first, second, *_ = whole(scene)
    secret = token(client.get(address).text)
    form = {"csrf_token": secret, "version": "0", f"mark-{first}": "7", f"comment-{first}": "Net."}
    said = client.post(f"{address}/criteres/{first}", data=form)
    assert (said.status_code, said.json["given"]) == (200, 1)
    again = {"csrf_token": secret, "version": str(said.json["version"]), f"mark-{second}": "5"}
    assert client.post(f"{address}/criteres/{second}", data=again).json["given"] == 2
    assert client.post(f"{address}/criteres/{second}", data=form).status_code == 409
    assert client.post(f"{address}/criteres/elsewhere", data=form).status_code == 404
    assert client.post(f"{address}/criteres/{first}", data={**form, f"mark-{first}": "99"}).status_code == 422


def test_what_is_not_given_to_a_person_does_not_exist_for_him(app: Flask, scene: Scene) -> None:
    juror, other = enter(app, scene, "juror-1"), enter(app, scene, "juror-2")
    finish_declaration(scene, "juror-2")
    secret = token(juror.get(f"/jury/{scene.slug}/conflits").text)
    for client, place in ((juror, 2), (other, 0)):
        address = sheet_address(scene, place)
        own = {"csrf_token": token(client.get(f"/jury/{scene.slug}/conflits").text), "version": "0"}
        assert [client.get(address).status_code, client.get(f"{address}/rendre").status_code] == [404, 404]
        assert client.post(address, data=own).status_code == 404
        assert client.post(f"{address}/rendre", data=own).status_code == 404
    assert juror.get(sheet_address(scene) + "x").status_code == 404
    assert juror.post(sheet_address(scene), data={"csrf_token": secret, "version": "0"}).status_code == 302
    for name, declares in (("applicant", 403), ("correspondent", 200)):  # an official has conflicts to declare
        stranger = enter(app, scene, name)
        assert stranger.get(sheet_address(scene)).status_code == 403
        assert stranger.get(f"/jury/{scene.slug}/conflits").status_code == declares


@pytest.mark.target("SEC-23")
def test_a_piece_is_sent_to_the_juror_who_reads_the_dossier_and_to_no_other(app: Flask, scene: Scene) -> None:
    with app.app_context():
        stored = context.storage().put(io.BytesIO(b"%PDF-1.4 a piece"))
    given = [scene.database.transaction(_join, scene, place, stored.digest) for place in (0, 2)]
    client, address = enter(app, scene, "juror-1"), sheet_address(scene)
    sent = client.get(f"{address}/pieces/{given[0]}")
    assert (sent.data, sent.headers["Content-Disposition"]) == (b"%PDF-1.4 a piece", "attachment; filename=budget.pdf")
    assert client.get(f"{address}/pieces/{given[1]}").status_code == 404
    assert client.get(f"{sheet_address(scene, 2)}/pieces/{given[1]}").status_code == 404
    assert enter(app, scene, "juror-2").get(f"{address}/pieces/{given[0]}").status_code == 404


def _join(session: Session, scene: Scene, place: int, digest: str) -> str:
    dossier = session.scalars(select(Dossier).where(Dossier.reference == scene.dossiers[place])).one()
    joined = Attachment(
        dossier_id=dossier.id,
        key="pieces",
        filename="budget.pdf",
        media_type="application/pdf",
        size=16,
        sha256=digest,
        added_by_id=dossier.owner_id,
        added_at=CLOSED,
    )
    session.add(joined)
    session.flush()
    return joined.reference


@pytest.mark.target("SEC-10")
@pytest.mark.target("SEC-05")
def test_a_conflict_closes_the_page_that_was_open(app: Flask, scene: Scene) -> None:
    client, address = enter(app, scene, "juror-1"), sheet_address(scene)
    secret = token(client.get(address).text)
    scene.database.transaction(
        conflicts.declare, scene.actor("juror-1"), scene.call_id(), scene.dossiers[0], "Un lien.", now=NOW
    )
    assert client.post(address, data={"csrf_token": secret, "version": "0"}).status_code == 404
    assert client.get(address).status_code == 404
    assert "Pôle 0001" not in client.get(f"/jury/{scene.slug}").text


def test_addresses_that_nothing_can_have_and_odd_questions_are_answered_calmly(app: Flask, scene: Scene) -> None:
    client, room = enter(app, scene, "juror-1"), f"/jury/{scene.slug}"
    odd = ["/jury/%00", f"{room}/dossiers/a%00b", f"{room}/conflits/x%00", f"{room}/dossiers/%F0%9F%98%80"]
    assert [client.get(address).status_code for address in odd] == [404] * 4
    odd = [f"{room}?q=%00&etat=%00&page=9999999999999999999999", f"{room}/conflits?q=%25_%00&page=-3", f"{room}?page=x"]
    assert [client.get(address).status_code for address in odd] == [200] * 3


def test_nothing_is_saved_without_the_forms_token_or_by_a_get(app: Flask, scene: Scene) -> None:
    client, address = enter(app, scene, "juror-1"), sheet_address(scene)
    assert client.post(address, data={"version": "0", **filled(scene)}).status_code == 400
    assert client.get(f"{address}/criteres/x").status_code == 405


@pytest.mark.target("SEC-09")
def test_others_sheets_appear_once_the_marking_is_closed(app: Flask, scene: Scene) -> None:
    finish_declaration(scene, "juror-2")
    give(scene, "juror-2", scene.dossiers[:1])
    for name in ("juror-1", "juror-2"):
        version = save(scene, scene.dossiers[0], whole(scene, comment=f"Vu par {name}."), name=name)
        make_final(scene, scene.dossiers[0], version, name)
    client = enter(app, scene, "juror-1")
    assert "Vu par juror-2" not in client.get(sheet_address(scene)).text
    scene.database.transaction(readings.close_marking, scene.actor("team"), scene.call_id(), now=NOW)
    shown = client.get(sheet_address(scene)).text
    assert "Vu par juror-2" in shown
    assert "Personne juror-2" in shown
    assert "Agriculture" not in shown


def test_saving_a_mark_and_reading_a_dossier_cost_the_same_few_statements_at_any_size(app: Flask, scene: Scene) -> None:
    small = costs_of_a_dossier(app, scene, 0)
    give(scene, "juror-1", add_dossiers(scene, 58))
    assert costs_of_a_dossier(app, scene, 1) == small
    assert [status for status, _ in small] == [200, 200, 200, 200, 302]
    home, listed, page, one, whole_sheet = (count for _, count in small)
    # An act reads the head of the journal's chain beside what it changes.
    assert (home <= 12, listed <= 10, page <= 15, one <= 10, whole_sheet <= 11) == (True,) * 5, small


def costs_of_a_dossier(app: Flask, scene: Scene, place: int) -> list[tuple[int, int]]:
    """Return status and statements of: the room, the declaration, a dossier, one mark saved, a sheet saved."""
    client = enter(app, scene, "juror-1")
    address, (first, *_) = sheet_address(scene, place), whole(scene)
    secret = token(client.get(address).text)
    one = {"csrf_token": secret, "version": "0", f"mark-{first}": "6"}
    every = {"csrf_token": secret, "version": "1", **filled(scene, 7)}
    return [
        statements_of(scene, client, "get", f"/jury/{scene.slug}"),
        statements_of(scene, client, "get", f"/jury/{scene.slug}/conflits"),
        statements_of(scene, client, "get", address),
        statements_of(scene, client, "post", f"{address}/criteres/{first}", data=one),
        statements_of(scene, client, "post", address, data=every),
    ]


def test_a_call_marked_out_of_twenty_without_regions_is_marked_by_the_same_pages(
    fresh_database: Database, tmp_path: Path
) -> None:
    scene = fresh_database.transaction(_second_call, fresh_database)
    client = enter(create_app(load_settings({}, instance=tmp_path), database=fresh_database), scene, "juror-1")
    assert "Un atelier" in client.get(f"/jury/{scene.slug}").text
    page = client.get(sheet_address(scene)).text
    assert ("20 sur 20" in page, "17,5 sur 20" in page, "Un service attendu de tout le quartier." in page) == (
        True,
        False,
        True,
    )
    form = {"csrf_token": token(page), "version": "0", "then": "finish", **filled(scene, 34)}
    review = client.post(sheet_address(scene), data=form, follow_redirects=True).text
    assert "<strong>17,00</strong> sur 20" in review


def _second_call(session: Session, database: Database) -> Scene:
    """Lay out the call of the tests' own files, with one dossier given to one juror."""
    definition = load_call("fabriques-2016", SECOND)
    opens = CLOSED - timedelta(days=20)
    call = calls.open_call(session, SYSTEM, definition, now=opens, opens_at=opens, closes_at=CLOSED)
    juror = Person(email="juror-1@example.org", email_key="juror-1@example.org", created_at=opens)
    juror.grants.append(RoleGrant(call_id=call.id, role="juror", seat=definition.sheet.seats[0].key, granted_at=opens))
    applicant = Person(email="applicant@example.org", email_key="applicant@example.org", created_at=opens)
    session.add_all([juror, applicant])
    session.flush()
    dossier = Dossier(
        call_id=call.id,
        owner_id=applicant.id,
        state="eligible",
        number="A-1",
        title="Un atelier",
        created_at=opens,
        saved_at=opens,
        filed_at=opens,
    )
    session.add(dossier)
    session.flush()
    session.add(ConflictStatement(call_id=call.id, person_id=juror.id, at=CLOSED))
    session.add(
        Assignment(
            call_id=call.id, dossier_id=dossier.id, person_id=juror.id, assigned_by_id=juror.id, assigned_at=CLOSED
        )
    )
    call.marking_opened_at = CLOSED
    return Scene(database, call.slug, emails={"juror-1": juror.email}, dossiers=[dossier.reference])


def add_dossiers(scene: Scene, count: int) -> list[str]:
    """Add eligible dossiers to the call; return their references."""

    def add(session: Session) -> list[str]:
        call, owner = scene.call(session), session.get_one(Person, scene.people["applicant-2"].person_id)
        return [add_dossier(session, call, owner, 100 + place, 50_000).reference for place in range(count)]

    return scene.database.transaction(add)
