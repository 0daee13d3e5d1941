"""The management room on the web: what each role sees and does, and what stays closed."""

from __future__ import annotations

import html
import re
import shutil
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.jobs.context import open_context
from ptce_aap.jobs.run import drain
from ptce_aap.models import Dossier, JournalEntry, TieVote
from ptce_aap.services.calls import calls
from ptce_aap.web import access
from ptce_aap.web.management import acts
from tests.browsers import Browser, application
from tests.deliberations import Scene, invite_on_every_call, lay_out
from tests.two_persons import freeze_in_pages, publish_in_pages

ROOM = "/pilotage/ptce-2015"


@pytest.fixture
def scene(fresh_database: Database) -> Scene:
    return lay_out(fresh_database, [90, 80, 70, 60, 50], amounts=[1_000_000, 1_500_000, 300_000, 10_000, 5_000])


@pytest.fixture
def app(scene: Scene, tmp_path: Path) -> Flask:
    return application(scene.database, tmp_path)


@pytest.fixture(scope="module")
def standing(database: Database) -> Scene:
    """The same scene for the tests that only read it."""
    return lay_out(database, [90, 80, 70, 60, 50], amounts=[1_000_000, 1_500_000, 300_000, 10_000, 5_000])


@pytest.fixture(scope="module")
def reading_app(standing: Scene, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return application(standing.database, tmp_path_factory.mktemp("instance"))


def browse(app: Flask, scene: Scene, name: str) -> Browser:
    return Browser(app, scene.database, f"{name}@example.org")


def acts_of(scene: Scene) -> list[str]:
    with scene.database.reading() as session:
        return list(session.scalars(select(JournalEntry.act).order_by(JournalEntry.at, JournalEntry.sequence)))


def test_the_line_is_drawn_across_the_ranking(reading_app: Flask, standing: Scene) -> None:
    page = browse(reading_app, standing, "chair").get(f"{ROOM}/classement").text
    rows = re.findall(r'<tr class="app-table__line">|Pôle 000\d', page)
    assert [row[:4] for row in rows].index("<tr ") == 2
    assert "2\u202f500\u202f000\u00a0€" in page


@pytest.mark.parametrize(
    ("name", "path", "status"),
    [
        ("team", "", 200),
        ("chair", "", 200),
        ("auditor", "", 200),
        ("auditor", "/classement", 200),
        ("auditor", "/journal", 200),
        ("chair", "/journal", 403),
        ("juror-1", "", 403),
        ("juror-1", "/classement", 403),
        ("correspondent", "/classement", 403),
        ("applicant", "/exports", 403),
        ("auditor", "/liste/figer", 403),
        ("auditor", "/liste/publier", 403),
        ("team", "/classement/vote", 403),
        ("team", "/classement/inconnu", 404),
        ("team", "/exports/inconnu", 404),
        ("team", "/liste", 422),
    ],
)
def test_each_role_enters_its_own_pages(reading_app: Flask, standing: Scene, name: str, path: str, status: int) -> None:
    assert browse(reading_app, standing, name).get(ROOM + path).status_code == status


def test_an_amount_is_changed_with_its_reason_and_what_was_typed_survives_a_mistake(app: Flask, scene: Scene) -> None:
    team = browse(app, scene, "team")
    third = scene.dossiers[2]
    place = f"{ROOM}/classement/{third}"
    refused = team.post(f"{place}/montant", {"amount": "150 000,50", "reason": "", "version": "0"}, page=place)
    assert refused.status_code == 422
    assert "150 000,50" in refused.text
    assert "pourquoi le montant proposé" in refused.text
    assert team.post(f"{place}/montant", {"amount": "beaucoup", "version": "0"}, page=place).status_code == 422
    done = team.post(f"{place}/montant", {"amount": "150 000,50 €", "reason": "Assiette", "version": "0"}, page=place)
    assert done.status_code == 302
    assert "150\u202f000,50\u00a0€" in team.get(place).text
    late = team.post(f"{place}/montant", {"amount": "1", "reason": "Autre", "version": "0"}, page=place)
    assert late.status_code == 422
    assert "entre-temps" in late.text


def test_from_the_ranking_to_the_laureates(app: Flask, scene: Scene, tmp_path: Path) -> None:
    chair, team, anybody = browse(app, scene, "chair"), browse(app, scene, "team"), Browser(app, scene.database)
    assert anybody.get("/appels/ptce-2015/laureats").status_code == 404
    assert team.post(f"{ROOM}/liste/figer", {"seen": "x"}, page=f"{ROOM}/liste/figer").status_code == 409
    freeze_in_pages(team, chair, ROOM)
    assert "Figée, non publiée" in chair.get(f"{ROOM}/liste").text
    assert "Pôle 0001" in team.get(f"{ROOM}/liste").text
    assert anybody.get("/appels/ptce-2015/laureats").status_code == 404
    publish_in_pages(team, chair, ROOM)
    page = anybody.get("/appels/ptce-2015/laureats").text
    assert [title in page for title in ("Pôle 0001", "Pôle 0002", "Pôle 0003")] == [True, True, False]
    assert "/appels/ptce-2015/laureats" in anybody.get("/appels/ptce-2015").text


@pytest.mark.parametrize("form", ["pdf", "xlsx", "csv", "json"])
def test_an_export_is_made_by_a_job_for_its_requester_only(app: Flask, scene: Scene, tmp_path: Path, form: str) -> None:
    team = browse(app, scene, "team")
    assert team.post(f"{ROOM}/exports", {"what": "shortlist", "form": form}).status_code == 422  # not frozen yet
    freeze_in_pages(team, browse(app, scene, "chair"), ROOM)
    page = team.post(f"{ROOM}/exports", {"what": "shortlist", "form": form}).location
    assert "data-progress" in team.get(page).text
    assert team.get(f"{page}/etat").json["state"] == "queued"
    assert team.get(f"{page}/fichier").status_code == 422
    drain(open_context(load_settings({}, instance=tmp_path), scene.database))
    assert "Télécharger" in team.get(page).text
    file = team.get(f"{page}/fichier")
    assert file.status_code == 200
    assert f"liste-classee-ptce-2015.{form}" in file.headers["Content-Disposition"]
    assert browse(app, scene, "chair").get(f"{page}/fichier").status_code == 404
    again = team.post(f"{ROOM}/exports", {"what": "shortlist", "form": form}).location
    drain(open_context(load_settings({}, instance=tmp_path), scene.database))
    assert team.get(f"{again}/fichier").data == file.data


@pytest.mark.parametrize("form", ["xlsx", "csv", "json"])
def test_all_the_marks_leave_in_one_file(app: Flask, scene: Scene, tmp_path: Path, form: str) -> None:
    auditor = browse(app, scene, "auditor")
    page = auditor.post(f"{ROOM}/exports", {"what": "marks", "form": form}).location
    drain(open_context(load_settings({}, instance=tmp_path), scene.database))
    file = auditor.get(f"{page}/fichier")
    assert file.status_code == 200
    if form == "json":
        assert len(file.json) == 10
        assert {row["total"] for row in file.json} == {"90/1", "80/1", "70/1", "60/1", "50/1"}


@pytest.mark.target("SEC-10")
def test_an_export_is_refused_once_a_conflict_is_declared_and_after_two_days(
    app: Flask, scene: Scene, tmp_path: Path
) -> None:
    team = browse(app, scene, "team")
    first = team.post(f"{ROOM}/exports", {"what": "marks", "form": "csv"}).location
    second = team.post(f"{ROOM}/exports", {"what": "marks", "form": "csv"}).location
    context = open_context(load_settings({}, instance=tmp_path), scene.database)
    drain(context)
    assert team.get(f"{first}/fichier").status_code == 200
    third = team.post(f"{ROOM}/exports", {"what": "marks", "form": "csv"}).location
    scene.declare_conflict("team", scene.dossiers[0])
    drain(context)
    assert team.get(f"{second}/fichier").status_code == 422
    assert "conflit d’intérêts" in team.get(third).text


def test_a_person_in_conflict_reads_a_partial_view(app: Flask, scene: Scene) -> None:
    scene.declare_conflict("chair", scene.dossiers[0])
    chair = browse(app, scene, "chair")
    page = chair.get(f"{ROOM}/classement").text
    assert "Vue partielle – déport" in page
    assert "Pôle 0001" not in page
    assert "90,00" not in page
    assert chair.get(f"{ROOM}/classement/{scene.dossiers[1]}").status_code == 422
    assert chair.get(f"{ROOM}/liste/figer").status_code == 422
    assert "Pôle 0001" not in chair.get(ROOM).text


@pytest.mark.target("SEC-06")
@pytest.mark.target("SEC-05")
def test_a_dossier_in_conflict_changes_no_figure_of_the_dashboard(fresh_database: Database, tmp_path: Path) -> None:
    scene = lay_out(fresh_database, [90, 80, 70, 60])
    app = application(fresh_database, tmp_path)
    chair = browse(app, scene, "chair")
    scene.declare_conflict("chair", scene.dossiers[3])
    shown = re.findall(r'app-tile__figure">([^<]+)<', chair.get(ROOM).text)
    assert shown == ["0", "3", "3", "0", "6"]


def test_the_auditor_sends_no_form_but_his_account_his_conflicts_and_his_exports(
    reading_app: Flask, standing: Scene
) -> None:
    auditor = browse(reading_app, standing, "auditor")
    before = acts_of(standing)
    with reading_app.app_context():
        posts = [rule for rule in reading_app.url_map.iter_rules() if "POST" in rule.methods]
        closed = [rule for rule in posts if access.rule_of(rule.endpoint) != access.PUBLIC]
    closed = [
        rule
        for rule in closed
        if rule.endpoint not in {"management.ask_export", "open_sessions.end_others", "jury.finish"}
        and not rule.endpoint.startswith(
            ("account.", "own_data.", "second_factor.", "passkeys.", "applicant.", "by_link.")
        )
    ]
    assert len(closed) > 10
    for rule in closed:
        values = {name: "ptce-2015" if name == "slug" else "x" for name in rule.arguments}
        with reading_app.test_request_context():
            path = reading_app.url_map.bind("localhost").build(rule.endpoint, values, method="POST")
        assert auditor.post(path).status_code in {403, 404}, rule.endpoint
    assert acts_of(standing) == before


def test_the_journal_says_acts_in_words_and_filters_them(reading_app: Flask, standing: Scene) -> None:
    team = browse(reading_app, standing, "team")
    page = team.get(f"{ROOM}/journal").text
    assert "a fait calculer le classement" in page
    assert "Personne team" in page
    only = team.get(f"{ROOM}/journal?act=call.opened").text
    assert "1\u00a0acte" in only or "1 acte" in only
    assert team.get(f"{ROOM}/journal?person={standing.actor('chair').reference}").text.count("<tr>") <= 1


def test_every_act_of_the_services_has_its_words() -> None:
    sources = Path(access.__file__).resolve().parents[1] / "services"
    called = re.compile(r'record\(\s*[^()]*?"([a-z]+\.[a-z_]+)"', re.DOTALL)
    found = {act for path in sources.rglob("*.py") for act in called.findall(path.read_text(encoding="utf-8"))}
    assert len(found) > 15
    assert {act for act in found if not act.startswith("account.")} - acts.WORDS.keys() == set()


def test_people_are_invited_and_roles_taken_back_but_never_ones_own(app: Flask, scene: Scene) -> None:
    team = browse(app, scene, "team")
    form = {"email": "nouvelle@example.org", "role": "correspondent", "call_slug": "ptce-2015", "name": "Nouvelle"}
    refused = team.post("/pilotage/personnes/inviter", form, page="/pilotage/personnes/inviter")
    assert "Choisissez la région" in refused.text
    assert team.post("/pilotage/personnes/inviter", {**form, "territory": "53"}).status_code == 302
    listed = team.get("/pilotage/personnes?search=nouvelle").text
    assert "Bretagne" in listed
    withdraw = re.search(r'href="(/pilotage/personnes/[^"]+/retirer[^"]*)"', listed)[1].replace("&amp;", "&")
    assert "Retirer ce rôle" in team.get(withdraw).text
    done = team.post(withdraw.split("?")[0], {"role": "correspondent", "call_slug": "ptce-2015", "code": "53"})
    assert done.status_code == 302
    assert "Bretagne" not in team.get("/pilotage/personnes?search=nouvelle").text
    mine = {"role": "team", "call_slug": "ptce-2015", "code": ""}
    own = team.post(f"/pilotage/personnes/{scene.actor('team').reference}/retirer", mine)
    assert own.status_code == 422
    assert (
        "vos propres rôles"
        in team.post("/pilotage/personnes/inviter", {**form, "email": "team@example.org", "territory": "53"}).text
    )
    assert team.post("/pilotage/personnes/inviter", {**form, "role": "team", "call_slug": ""}).status_code in {200, 422}
    assert browse(app, scene, "chair").get("/pilotage/personnes").status_code == 403


def test_pages_cost_the_same_statements_at_any_size(fresh_database: Database, tmp_path: Path) -> None:
    counts: list[dict[str, int]] = []
    for size in (12, 130):
        scene = lay_out(fresh_database, [10 * (n % 10 + 1) for n in range(size)], suffix=str(size))
        app = application(fresh_database, tmp_path)
        chair = Browser(app, fresh_database, scene.emails["chair"])
        room = f"/pilotage/{scene.slug}"
        paths = [f"{room}/classement", f"{room}/classement?sort=title&search=pole&page=2", room]
        counts.append({path.removeprefix(room): _statements(fresh_database, chair, path) for path in paths})
    assert counts[0] == counts[1]
    assert counts[0]["/classement"] <= 12


def _statements(database: Database, browser: Browser, path: str) -> int:
    browser.get(path)
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        assert browser.get(path).status_code == 200
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    return len(seen)


def test_with_no_call_the_team_is_told_what_to_do_and_opens_one(fresh_database: Database, tmp_path: Path) -> None:
    invite_on_every_call(fresh_database, "boss@example.org", "team")
    app = application(fresh_database, tmp_path)
    boss = Browser(app, fresh_database, "boss@example.org")
    assert "Aucun appel n’est ouvert" in boss.get("/pilotage").text
    form = {
        "call_name": "ptce-2015",
        "opens_on": "2026-01-05",
        "opens_time": "9h00",
        "closes_on": "2026-01-04",
        "closes_time": "23:59",
    }
    assert "après l’ouverture" in boss.post("/pilotage/ouvrir", form).text
    opened = boss.post("/pilotage/ouvrir", {**form, "closes_on": "2026-03-31"})
    assert opened.location == "/pilotage/ptce-2015"
    assert "31/03/2026 à 23\u00a0h\u00a059" in boss.get("/pilotage").text


def test_a_call_is_opened_as_its_files_are_now_and_not_while_they_are_wrong(
    fresh_database: Database, tmp_path: Path
) -> None:
    own = Path(__file__).parents[1] / "second_call"
    for folder in ("forms", "scoring"):
        shutil.copytree(own / folder, tmp_path / folder)
    sheet = tmp_path / "forms" / "fabriques-2016" / "appel.v1.toml"
    right = sheet.read_text(encoding="utf-8")
    invite_on_every_call(fresh_database, "boss@example.org", "team")
    boss = Browser(application(fresh_database, tmp_path), fresh_database, "boss@example.org")
    form = {
        "call_name": "fabriques-2016",
        "opens_on": "2026-01-05",
        "opens_time": "9:00",
        "closes_on": "2026-03-31",
        "closes_time": "23:59",
    }
    assert boss.get("/pilotage/ouvrir").status_code == 200
    sheet.write_text(right.replace("titre =", "titer =", 1), encoding="utf-8")
    refused = boss.post("/pilotage/ouvrir", form)
    assert refused.status_code == 200
    assert "forms/fabriques-2016/appel.v1.toml\u00a0: titer" in refused.text
    corrected = re.sub(r'^titre = ".*"$', 'titre = "Un titre corrigé"', right, count=1, flags=re.MULTILINE)
    sheet.write_text(f'analyse_des_pieces = "exigee"\n{corrected}', encoding="utf-8")
    rules = tmp_path / "scoring" / "fabriques-2016" / "indicateurs.v1.toml"
    proven = rules.read_text(encoding="utf-8")
    rules.write_text(proven.replace("attendu = 2\n", "attendu = 3\n", 1), encoding="utf-8")
    disproved = boss.post("/pilotage/ouvrir", form)
    assert "scoring/fabriques-2016/indicateurs.v1.toml" in disproved.text
    rules.write_text(proven, encoding="utf-8")
    assert boss.post("/pilotage/ouvrir", form).location == "/pilotage/fabriques-2016"
    assert "Un titre corrigé" in boss.get("/pilotage").text
    # That call asks for a scanner, and none is set: the pieces would stay closed.
    assert "aucun antivirus n’est réglé" in boss.get("/pilotage/fabriques-2016").text


def test_a_vote_orders_ten_tied_dossiers_and_more(fresh_database: Database, tmp_path: Path) -> None:
    scene = lay_out(fresh_database, [70] * 11, amounts=[300_000] * 11)
    chair = browse(application(fresh_database, tmp_path), scene, "chair")
    tied = list(reversed(scene.dossiers))
    places = {f"place-{reference}": str(place) for place, reference in enumerate(tied, start=1)}
    vote = f"{ROOM}/classement/vote"
    assert chair.post(vote, {**places, "reason": "9 voix contre 3"}, page=vote).status_code == 302
    with fresh_database.reading() as session:
        voted = session.execute(select(Dossier.reference).join(TieVote).order_by(TieVote.place)).scalars()
        assert list(voted) == tied
    assert chair.post(vote, {**places, f"place-{tied[0]}": "x", "reason": "Non"}, page=vote).status_code == 422


def test_ones_own_page_names_regions_and_seats_in_words(reading_app: Flask, standing: Scene) -> None:
    pages = {name: browse(reading_app, standing, name).get("/compte").text for name in ("correspondent", "juror-1")}
    with standing.database.reading() as session:
        sheet = calls.definition_of(session, standing.call(session)).sheet
    assert f"({sheet.region('31').name})" in pages["correspondent"]
    assert f"({sheet.seat('ess').label})" in html.unescape(pages["juror-1"])


def test_messages_are_read_in_the_demonstration_only(fresh_database: Database, tmp_path: Path) -> None:
    (tmp_path / "outbox").mkdir()
    (tmp_path / "outbox" / "m1.eml").write_bytes(
        b"From: a@example.org\r\nTo: b@example.org\r\nSubject: Bonjour\r\n\r\nUn lien :\r\n\r\nhttp://127.0.0.1/x\r\n"
    )
    demo = Browser(application(fresh_database, tmp_path, demo=True), fresh_database)
    assert "Bonjour" in demo.get("/messages").text
    shown = demo.get("/messages/m1").text
    assert "http://127.0.0.1/x" in shown
    assert '<div class="app-letter">Un lien :' in shown  # where lines stay lines
    assert demo.get("/messages/..%2Fsecret").status_code == 404
    plain = Browser(application(fresh_database, tmp_path), fresh_database)
    assert [plain.get(path).status_code for path in ("/messages", "/messages/m1")] == [404, 404]


def test_the_count_of_lines_of_the_journal_never_shrinks(reading_app: Flask, standing: Scene) -> None:
    def count(session: Session) -> int:
        return session.scalar(select(func.count()).select_from(JournalEntry)) or 0

    with standing.database.reading() as session:
        before = count(session)
    for path in ("", "/classement", "/journal", "/exports", "/liste/figer"):
        browse(reading_app, standing, "team").get(ROOM + path)
    with standing.database.reading() as session:
        assert count(session) == before + 5  # five sign-ins, no act: reading writes nothing
