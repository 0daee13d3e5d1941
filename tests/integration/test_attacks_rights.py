"""Attacks on rights: one person with two roles, what a role must not open, what an address must not give."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.database import Database
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.models import Assignment, Person, RoleGrant
from ptce_aap.services.assignment import assignment
from tests.browsers import Browser, application, token
from tests.deliberations import NOW, Scene, lay_out
from tests.integration.test_marking import finish_declaration, give, open_marking
from tests.plans import propose, see
from tests.two_persons import freeze_in_pages, publish_in_pages

SLUG = "ptce-2015"
OWNER = "applicant"
WALKERS = ("team", "juror-1", "correspondent", "applicant")


def also(scene: Scene, role: str, region: str | None = None, seat: str | None = None) -> None:
    """Give the owner of the dossiers a role more."""

    def work(session: Session) -> None:
        person = session.scalars(select(Person).where(Person.email_key == scene.emails[OWNER])).one()
        session.add(
            RoleGrant(
                person_id=person.id,
                call_id=scene.call(session).id,
                role=role,
                region=region,
                seat=seat,
                granted_at=NOW,
            )
        )

    scene.database.transaction(work)


@pytest.fixture
def scene(fresh_database: Database) -> Scene:
    """Four eligible dossiers of one owner, nothing given to read."""
    return lay_out(fresh_database, (90, 80, 70, 60), readings=(0, 0, 0, 0), ranked=False)


@pytest.fixture
def marked(fresh_database: Database) -> Scene:
    """Four ranked dossiers of one owner."""
    return lay_out(fresh_database, (90, 80, 70, 60))


def browse(scene: Scene, tmp_path: Path, name: str) -> Browser:
    return Browser(application(scene.database, tmp_path), scene.database, scene.emails[name])


def test_a_juror_is_never_given_his_own_dossier(scene: Scene) -> None:
    also(scene, "juror", seat="ess")
    owner = scene.actor(OWNER)
    with pytest.raises(RuleViolation, match="reader_in_conflict"):
        scene.database.transaction(
            assignment.choose_readers,
            scene.actor("team"),
            scene.call_id(),
            scene.dossiers[0],
            shown=[],
            chosen=[owner.reference],
            now=NOW,
        )
    sharing = see(scene, propose(scene, readings=3)).sharing
    assert sharing is not None
    assert {len(readers) for readers in sharing.readers.values()} == {3}
    assert owner.reference not in {juror for _, juror in sharing.pairs}


@pytest.mark.target("SEC-05")
def test_a_juror_finds_his_own_dossier_closed_even_if_it_was_given_to_him(scene: Scene, tmp_path: Path) -> None:
    also(scene, "juror", seat="ess")
    open_marking(scene)
    for name in (OWNER, "juror-1"):
        give(scene, name, scene.dossiers[:1])
        finish_declaration(scene, name)
    with scene.database.reading() as session:
        assert len(session.scalars(select(Assignment)).all()) == 2
    address = f"/jury/{SLUG}/dossiers/{scene.dossiers[0]}"
    assert browse(scene, tmp_path, "juror-1").get(address).status_code == 200
    assert browse(scene, tmp_path, OWNER).get(address).status_code == 404


@pytest.mark.target("SEC-05")
@pytest.mark.parametrize(
    ("role", "other", "address"),
    [
        ("correspondent", "correspondent", f"/correspondant/{SLUG}/dossiers/{{0}}"),
        ("team", "team", f"/pilotage/{SLUG}/dossiers/{{0}}"),
        ("team", "team", f"/pilotage/{SLUG}/recevabilite/{{0}}"),
        ("auditor", "auditor", f"/pilotage/{SLUG}/dossiers/{{0}}"),
        ("chair", "chair", f"/pilotage/{SLUG}/classement/{{0}}"),
    ],
)
def test_nobody_judges_the_dossier_that_he_files(
    marked: Scene, tmp_path: Path, role: str, other: str, address: str
) -> None:
    also(marked, role, region="31" if role == "correspondent" else None)
    address = address.format(marked.dossiers[0])
    assert browse(marked, tmp_path, other).get(address).status_code == 200
    assert browse(marked, tmp_path, OWNER).get(address).status_code in {404, 422}


def test_a_chair_who_files_a_dossier_sees_no_rank_and_exports_nothing_before_publication(
    marked: Scene, tmp_path: Path
) -> None:
    also(marked, "chair")
    page = browse(marked, tmp_path, OWNER).get(f"/pilotage/{SLUG}/classement").text
    assert "vue partielle" in page.lower()
    assert "Pôle 000" in browse(marked, tmp_path, "chair").get(f"/pilotage/{SLUG}/classement").text
    assert "Pôle 000" not in page
    answer = browse(marked, tmp_path, OWNER).post(
        f"/pilotage/{SLUG}/exports", {"what": "marks", "form": "csv"}, page="/compte"
    )
    assert answer.status_code == 422


def test_after_publication_too_the_marks_are_not_for_whoever_has_a_conflict(marked: Scene, tmp_path: Path) -> None:
    team = browse(marked, tmp_path, "team")
    freeze_in_pages(team, browse(marked, tmp_path, "chair"), f"/pilotage/{SLUG}")
    marked.declare_conflict("chair", marked.dossiers[0])
    publish_in_pages(team, browse(marked, tmp_path, "team-2"), f"/pilotage/{SLUG}")
    for name, status in (("team", 302), ("chair", 422)):
        asked = browse(marked, tmp_path, name).post(f"/pilotage/{SLUG}/exports", {"what": "marks", "form": "csv"})
        assert asked.status_code == status, name


def test_a_manager_in_conflict_does_not_publish(marked: Scene, tmp_path: Path) -> None:
    team = browse(marked, tmp_path, "team")
    freeze_in_pages(team, browse(marked, tmp_path, "chair"), f"/pilotage/{SLUG}")
    marked.declare_conflict("team", marked.dossiers[0])
    assert team.post(f"/pilotage/{SLUG}/liste/publier").status_code == 422


def test_a_nul_typed_anywhere_breaks_no_page(marked: Scene, tmp_path: Path) -> None:
    team = browse(marked, tmp_path, "team")
    for address in ("dossiers?q=", "classement?search=", "journal?act=", "recevabilite?region=", "affectation?q="):
        assert team.get(f"/pilotage/{SLUG}/{address}a%00").status_code == 200, address
    assert team.get("/pilotage/personnes?search=%00").status_code == 200
    answer = team.post(f"/pilotage/{SLUG}/recevabilite/ensemble", {"dossier": "a\x00b"})
    assert answer.status_code == 302
    answer = team.post("/pilotage/personnes/x/retirer", {"role": "team", "call_slug": "\x00", "code": "a\x00"})
    assert answer.status_code in {404, 422}
    invited = {"email": "nul@example.org", "name": "A\x00B", "role": "auditor", "call_slug": SLUG}
    assert team.post("/pilotage/personnes/inviter", invited).status_code == 302


@pytest.fixture
def walked(sqlite_database: Database) -> Scene:
    """The same, for walks over every address, where the engine does not matter."""
    return lay_out(sqlite_database, (90, 80))


@pytest.fixture
def app(walked: Scene, tmp_path: Path) -> Flask:
    return application(walked.database, tmp_path)


def rules(app: Flask, method: str) -> list[tuple[str, set[str]]]:
    return [
        (rule.rule, set(rule.arguments))
        for rule in app.url_map.iter_rules()
        if method in (rule.methods or ()) and rule.endpoint != "static"
    ]


def filled(app: Flask, scene: Scene, rule: str) -> str:
    values = {
        "slug": SLUG,
        "reference": scene.dossiers[0],
        "departure": "x",
        "sheet": "x",
        "dossier": scene.dossiers[0],
        "stage": "identification",
        "question": "nom_pole",
        "row": "nouvelle",
        "piece": "x",
        "token": "x",
        "key": "x",
        "criterion": "x",
        "kind": "invitation",
    }
    for name, value in values.items():
        rule = rule.replace(f"<{name}>", value)
    rule = re.sub(r"<\w+>", "x", rule)
    assert "<" not in rule, rule
    return rule


# Posted by mail programs: the address is signed, and does nothing else.
WITHOUT_TOKEN = {"/rappels/<token>"}


@pytest.mark.target("SEC-30")
def test_every_form_refuses_who_has_no_token_of_its_session(app: Flask, walked: Scene) -> None:
    posts = rules(app, "POST")
    assert len(posts) > 30
    for name in WALKERS:
        browser = Browser(app, walked.database, walked.emails[name])
        for rule, _ in posts:
            if rule in WITHOUT_TOKEN:
                continue
            address = filled(app, walked, rule)
            assert browser.client.post(address).status_code == 400, (name, address)
            assert browser.client.post(address, data={"csrf_token": "x"}).status_code == 400, (name, address)


@pytest.mark.target("SEC-03")
def test_no_page_is_open_to_whoever_has_not_signed_in_unless_it_says_so(app: Flask, walked: Scene) -> None:
    stranger = app.test_client()
    for rule, _ in rules(app, "GET"):
        address = filled(app, walked, rule)
        if address.startswith(("/candidature", "/correspondant", "/jury", "/pilotage")):
            for method in ("GET", "HEAD"):
                answer = stranger.open(address, method=method)
                assert answer.status_code == 302, (method, address)
                assert answer.headers["Location"].startswith("/compte/connexion"), address


@pytest.mark.target("SEC-30")
def test_no_page_changes_a_row_when_it_is_only_read(app: Flask, walked: Scene) -> None:
    def everything() -> dict[str, list[tuple[object, ...]]]:
        with walked.database.reading() as session:
            tables = Person.metadata.sorted_tables
            return {
                table.name: [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key.columns))]
                for table in tables
                if table.name not in {"sign_in", "journal"}
            }

    browsers = {name: Browser(app, walked.database, walked.emails[name]) for name in WALKERS}
    before = everything()
    assert sum(map(len, before.values())) > 50
    for name, browser in browsers.items():
        for rule, _ in rules(app, "GET"):
            for method in ("GET", "HEAD"):
                answer = browser.client.open(filled(app, walked, rule), method=method)
                assert answer.status_code < 500, (name, method, rule)
    assert everything() == before


@pytest.mark.target("SEC-30")
def test_a_form_sent_by_another_site_is_refused_even_with_a_token(marked: Scene, tmp_path: Path) -> None:
    chair, room = browse(marked, tmp_path, "chair"), f"/pilotage/{SLUG}/selection"
    form = {"csrf_token": token(chair.get(room).text), "enveloppe": "100000", "nom": "Un nom"}
    for origin, status in (("cross-site", 403), ("same-origin", 302)):
        answer = chair.client.post(room, data=form, headers={"Sec-Fetch-Site": origin})
        assert answer.status_code == status
    assert chair.client.get(room, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200
