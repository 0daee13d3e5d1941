"""The directories of resources: who keeps which, what a form refuses, what applicants see of them and when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.domain.retention import Durations, Kept
from ptce_aap.models import Absence, Dossier, JournalEntry, Person, RegionResource, ResourceVisit, RoleGrant
from ptce_aap.services.accounts import accounts
from ptce_aap.services.applicants import applicant, drafts
from ptce_aap.services.applicants.stored import NOTHING, Given
from ptce_aap.services.deposits import filing
from ptce_aap.services.regions import resource_changes, resources, shown_resources
from ptce_aap.services.regions.shown_resources import Beside
from ptce_aap.services.retention import rounds
from tests.browsers import token
from tests.directories import ROW, added, emptied, names
from tests.instructions import ELSEWHERE, HERE, NOW, Scene, lay_out, lay_out_second, on_database, statements

NEEDS = "impact_essaimage.besoins_accompagnement"


@pytest.fixture(scope="module")
def scene(database: Database) -> Scene:
    scene = lay_out(database, here=0, elsewhere=0)
    scene.change_call(closes_at=NOW + timedelta(days=20))
    return scene


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return create_app(load_settings({}, instance=tmp_path_factory.mktemp("instance")))


@pytest.fixture
def app(pages: Flask, database: Database) -> Flask:
    return on_database(pages, database)


@pytest.fixture
def here(scene: Scene, app: Flask) -> FlaskClient:
    return scene.client(app, "here")


@pytest.fixture(autouse=True)
def empty(scene: Scene) -> Iterator[None]:
    """Each test finds empty directories: what was there is withdrawn."""
    yield
    emptied(scene)


def draft(scene: Scene, region: str | None, *needs: str) -> str:
    def work(session: Session) -> str:
        return filing.create_dossier(session, scene.actor("applicant"), scene.call(), now=NOW).reference

    reference = scene.database.transaction(work)
    for path, value in (("identification.region", region), (NEEDS, needs)):
        if value:
            save(scene, reference, path, value)
    return reference


def save(scene: Scene, reference: str, path: str, value: Any) -> None:
    given = {path: Given(value, (), NOTHING.mark)}
    stage = path.partition(".")[0]
    scene.database.transaction(drafts.save_stage, scene.actor("applicant"), reference, stage, given, now=NOW)


def seen(scene: Scene, reference: str, at: Any = NOW, *, saved: bool = False) -> Beside:
    """Return what the applicant sees; ``saved``: he saves the stage then, which notes his visit."""
    actor = scene.actor("applicant")
    with scene.database.reading() as session:
        page = applicant.dossier_page(session, actor, reference, now=at)
        found = shown_resources.beside(session, actor, page, now=at)
    if saved:
        scene.database.transaction(shown_resources.note_visit, actor, page.dossier.id, now=at)
    return found


def test_a_correspondent_keeps_the_resources_of_his_region_and_reads_the_national_ones(
    scene: Scene, here: FlaskClient
) -> None:
    added(scene)
    added(scene, by="elsewhere", region=ELSEWHERE, name="Fonds d’ailleurs")
    added(scene, by="team", region="", name="Guide national")
    base = f"/correspondant/{scene.slug}/ressources"
    page = here.get(base).text
    assert "Réseau d’essai" in page
    assert "Fonds d’ailleurs" not in page
    national = here.get(f"{base}?region=nationales").text
    assert "Guide national" in national
    assert "Ajouter une ressource" not in national
    assert here.get(f"{base}?region={ELSEWHERE}").status_code == 404
    assert here.get(f"{base}/nouvelle?region={ELSEWHERE}").status_code == 404


def test_another_regions_resource_is_not_found_whatever_is_done_to_it(scene: Scene) -> None:
    reference = added(scene, by="elsewhere", region=ELSEWHERE)
    call, mine = scene.call(), scene.actor("here")
    for act, more in (
        (resource_changes.check, {"shown": 1}),
        (resource_changes.withdraw, {"shown": 1}),
        (resource_changes.restore, {}),
    ):
        with pytest.raises(NotFound):
            scene.database.transaction(act, mine, call.id, reference, now=NOW, **more)
    with pytest.raises(NotFound):
        scene.database.transaction(resource_changes.change, mine, call.id, reference, ROW, shown=1, now=NOW)
    with pytest.raises(NotFound):
        added(scene, region=ELSEWHERE)
    with pytest.raises(NotFound), scene.database.reading() as session:
        resources.one(session, mine, call, reference, now=NOW)
    assert names(scene, ELSEWHERE) == ["Réseau d’essai"]


def test_the_team_reads_every_region_and_keeps_the_national_directory_only(scene: Scene) -> None:
    with scene.database.reading() as session:
        room = resources.room(session, scene.actor("team"), scene.call(), None)
    assert len(room.places) == 1 + len(room.places[:-1]) > 20
    assert [place.region for place in room.kept_places] == [""]
    with pytest.raises(RuleViolation, match="not_allowed"):
        added(scene, by="team", region=HERE)
    with pytest.raises(RuleViolation, match="not_allowed"):
        added(scene, by="here", region="")


def test_a_person_of_several_regions_keeps_the_directory_of_each(scene: Scene) -> None:
    both = scene.actor("here")
    held = RoleGrant(
        person_id=both.person_id, call_id=scene.call().id, role="correspondent", region="22", granted_at=NOW
    )
    scene.database.transaction(lambda session: session.add(held))
    added(scene, region="22", name="Appui d’ici")
    with scene.database.reading() as session:
        room = resources.room(session, scene.actor("here"), scene.call(), None)
    assert {place.region for place in room.kept_places} == {HERE, "22"}
    assert names(scene, "22") == ["Appui d’ici"]


def test_who_acts_for_somebody_absent_keeps_his_directory_and_the_journal_says_in_whose_place(scene: Scene) -> None:
    absent, colleague = scene.actor("elsewhere"), scene.actor("here")
    today = datetime.now(UTC)
    days = {"starts_at": today - timedelta(days=1), "ends_at": today + timedelta(days=1), "named_at": today}
    named = {"absent_id": absent.person_id, "substitute_id": colleague.person_id, "named_by_id": absent.person_id}
    row = Absence(call_id=scene.call().id, **named, **days)
    scene.database.transaction(lambda session: session.add(row))
    with scene.database.reading() as session:
        acts = accounts.acting(session, session.get_one(Person, colleague.person_id), now=today)
    call, add = scene.call(), resource_changes.add
    reference = scene.database.transaction(add, acts, call.id, ELSEWHERE, ROW, now=today)
    with scene.database.reading() as session:
        (facts,) = session.scalars(select(JournalEntry.facts).where(JournalEntry.object == reference))
    scene.database.transaction(lambda session: session.execute(delete(Absence)))
    assert facts == {"region": ELSEWHERE, "in_place_of": absent.reference}


def test_each_act_is_in_the_journal_and_in_the_history_with_what_it_changed(scene: Scene) -> None:
    call, actor = scene.call(), scene.actor("here")
    reference = added(scene)
    do = scene.database.transaction
    do(resource_changes.change, actor, call.id, reference, {**ROW, "territory": "Métropole"}, shown=1, now=NOW)
    do(resource_changes.check, actor, call.id, reference, shown=2, now=NOW + timedelta(days=1))
    do(resource_changes.withdraw, actor, call.id, reference, shown=3, now=NOW)
    assert names(scene, HERE) == []
    do(resource_changes.restore, actor, call.id, reference, now=NOW)
    with scene.database.reading() as session:
        room, entry = resources.one(session, actor, call, reference, now=NOW)
        steps = resources.history(session, reference, room.table)
        lines = select(JournalEntry.act).where(JournalEntry.object == reference).order_by(JournalEntry.sequence)
        acts = list(session.scalars(lines))
    deeds = ["added", "changed", "checked", "withdrawn", "restored"]
    assert [step.deed for step in reversed(steps)] == deeds
    assert acts == [f"resource.{deed}" for deed in deeds]
    assert [(one.column.label, one.after) for one in steps[3].differences] == [("Où dans la région", "Métropole")]
    assert entry.shown, "what was shown before it was withdrawn is shown again"


def test_a_form_kept_open_does_not_overwrite_what_another_wrote(scene: Scene, here: FlaskClient) -> None:
    reference = added(scene)
    address = f"/correspondant/{scene.slug}/ressources/{reference}"
    page = here.get(address).text
    later = NOW + timedelta(hours=1)
    scene.database.transaction(
        resource_changes.check, scene.actor("here"), scene.call().id, reference, shown=1, now=later
    )
    form = {"csrf_token": token(page), "vu": "1", "r-name": "Autre nom", "r-kind": "tete_de_reseau"}
    answer = here.post(address, data=form)
    assert answer.status_code == 422
    assert "Autre nom" in answer.text
    assert names(scene, HERE) == ["Réseau d’essai"]
    with pytest.raises(Conflict):
        scene.database.transaction(
            resource_changes.withdraw, scene.actor("here"), scene.call().id, reference, shown=1, now=NOW
        )


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_written(scene: Scene, here: FlaskClient) -> None:
    address = f"/correspondant/{scene.slug}/ressources/nouvelle?region={HERE}"
    form = {
        "csrf_token": token(here.get(address).text),
        "region": HERE,
        "r-name": "Fonds",
        "r-web": "javascript:alert(1)",
        "r-opens_on": "2026-03-02",
        "r-closes_on": "2026-03-01",
        "r-email": "pas une adresse",
    }
    answer = here.post(address, data=form)
    assert answer.status_code == 422
    for told in (
        "Nature\u00a0: Cette réponse est indispensable",
        "« https://",
        "avant celle de l’ouverture",
        "un seul « @ »",
    ):
        assert told.replace("« ", "«\u00a0").replace(" »", "\u00a0»") in answer.text, told
    assert names(scene, HERE) == []


def test_two_resources_of_a_directory_do_not_bear_one_name(scene: Scene) -> None:
    reference = added(scene)
    with pytest.raises(RuleViolation, match="resource_name_taken"):
        added(scene, name="RESEAU d’Essai")
    other = added(scene, name="Autre réseau")
    with pytest.raises(RuleViolation, match="resource_name_taken"):
        scene.database.transaction(
            resource_changes.change, scene.actor("here"), scene.call().id, other, ROW, shown=1, now=NOW
        )
    scene.database.transaction(
        resource_changes.withdraw, scene.actor("here"), scene.call().id, reference, shown=1, now=NOW
    )
    added(scene)
    with pytest.raises(RuleViolation, match="resource_name_taken"):
        scene.database.transaction(resource_changes.restore, scene.actor("here"), scene.call().id, reference, now=NOW)


def test_the_list_finds_without_accents_filters_and_sorts(scene: Scene, here: FlaskClient) -> None:
    added(scene, name="Réseau énergie", offer="Éolien participatif", needs=("juridique",))
    added(scene, name="Banque coopérative", kind="autre_financeur", needs=("ingenierie_financiere",))
    base = f"/correspondant/{scene.slug}/ressources?region={HERE}"
    for asked, found in (
        ("&q=eolien", "Réseau énergie"),
        ("&besoin=ingenierie_financiere", "Banque coopérative"),
        ("&sorte=autre_financeur", "Banque coopérative"),
    ):
        page = here.get(base + asked).text
        assert found in page, asked
        assert "1 ressource" in page, asked
    page = here.get(f"{base}&tri=-nom").text
    assert page.index("Réseau énergie") < page.index("Banque coopérative")


def test_a_resource_that_nobody_checked_for_six_months_asks_to_be_confirmed_in_one_click(
    scene: Scene, here: FlaskClient
) -> None:
    old, _ = added(scene, at=NOW - timedelta(days=190)), added(scene, name="Réseau récent")
    base = f"/correspondant/{scene.slug}/ressources"
    page = here.get(f"{base}?region={HERE}&vue=a-verifier").text
    assert "Réseau d’essai" in page
    assert "Réseau récent" not in page
    answer = here.post(f"{base}/{old}/valable", data={"csrf_token": token(page), "vu": "1", "vue": "a-verifier"})
    assert answer.status_code == 302
    assert "Tout est vérifié" in here.get(answer.headers["Location"]).text


def test_an_applicant_finds_what_meets_his_needs_first_then_the_rest_by_kind(scene: Scene) -> None:
    added(scene, name="Juristes", needs=("juridique",), kind="accompagnement_collectif")
    added(scene, name="Fonds", kind="fonds_regional")
    added(scene, by="team", region="", name="Guide", needs=("juridique", "outillage"))
    added(scene, by="elsewhere", region=ELSEWHERE, name="Ailleurs", needs=("juridique",))
    added(scene, name="Cachée", needs=("juridique",), published=False)
    added(scene, name="Finie", needs=("juridique",), closes_on=(NOW - timedelta(days=2)).date())
    found = seen(scene, draft(scene, HERE, "juridique", "outillage"))
    assert [one.row["name"] for one in found.meeting] == ["Guide", "Juristes"]
    assert [(kind, [one.row["name"] for one in group]) for kind, group in found.others] == [
        ("Fonds régional (FIDESS…)", ["Fonds"])
    ]
    moved = draft(scene, ELSEWHERE, "juridique")
    assert {one.row["name"] for one in seen(scene, moved).meeting} == {"Guide", "Ailleurs"}
    assert seen(scene, draft(scene, None)).region is None


def test_a_dossier_that_changes_its_region_finds_the_resources_of_the_other_one(scene: Scene) -> None:
    added(scene, name="D’ici")
    added(scene, by="elsewhere", region=ELSEWHERE, name="De là-bas")
    reference = draft(scene, HERE)
    assert [one.row["name"] for _, group in seen(scene, reference).others for one in group] == ["D’ici"]
    with scene.database.reading() as session:
        page = applicant.dossier_page(session, scene.actor("applicant"), reference, now=NOW)
    path = "identification.region"
    given = {path: Given(ELSEWHERE, (), page.stored_at(path).mark)}
    scene.database.transaction(drafts.save_stage, scene.actor("applicant"), reference, "identification", given, now=NOW)
    assert [one.row["name"] for _, group in seen(scene, reference).others for one in group] == ["De là-bas"]


def test_what_is_new_or_changed_since_the_last_visit_is_marked_during_the_whole_visit(scene: Scene) -> None:
    reference = draft(scene, HERE)
    old = added(scene, name="Ancienne", at=NOW - timedelta(days=3))
    added(scene, name="Sans changement", at=NOW - timedelta(days=3))
    first = NOW - timedelta(days=2)
    assert seen(scene, reference, first, saved=True).since is None, "at the first visit nothing is new"
    added(scene, name="Nouvelle", at=NOW - timedelta(days=1))
    row = {**ROW, "name": "Ancienne", "territory": "Métropole"}
    change = resource_changes.change
    at = NOW - timedelta(days=1)
    scene.database.transaction(change, scene.actor("here"), scene.call().id, old, row, shown=1, now=at)
    for minutes in (0, 30, 80):  # each within an hour of the one before
        found = seen(scene, reference, NOW + timedelta(minutes=minutes), saved=True)
        news = {one.row["name"]: one.news for _, group in found.others for one in group}
        assert news == {"Ancienne": "changed", "Nouvelle": "new", "Sans changement": ""}
        assert (found.news, found.since) == (2, first)
    assert seen(scene, reference, NOW + timedelta(hours=4)).news == 0


def test_the_pages_of_a_dossier_show_resources_where_the_call_says_and_cost_one_statement(
    scene: Scene, app: Flask
) -> None:
    reference = draft(scene, HERE, "juridique")
    client = scene.client(app, "applicant")
    base = f"/candidature/{reference}"
    assert "Aucune ressource n’est encore annoncée ici" in client.get(f"{base}/etape/budget").text
    added(scene, name="Juristes", needs=("juridique",), web="https://www.example.org", email="ici@example.org")
    for page in ("etape/budget", "etape/impact_essaimage", "auto-evaluation"):
        text = client.get(f"{base}/{page}").text
        assert "Dans votre région" in text, page
        assert 'href="https://www.example.org" rel="noopener noreferrer external"' in text, page
    assert "Dans votre région" not in client.get(f"{base}/etape/projet").text
    assert "Dites d’abord votre région" in client.get(f"/candidature/{draft(scene, None)}/etape/budget").text
    with scene.database.reading() as session:
        page = applicant.dossier_page(session, scene.actor("applicant"), reference, now=NOW)
        actor = scene.actor("applicant")
        assert statements(scene.database, lambda: shown_resources.beside(session, actor, page, now=NOW)) == 1


def test_a_visit_is_noted_where_a_stage_is_saved_or_all_is_said_to_be_seen_and_by_no_page_that_is_read(
    scene: Scene, app: Flask
) -> None:
    reference = draft(scene, HERE)
    added(scene)
    client = scene.client(app, "applicant")
    base = f"/candidature/{reference}"
    visits = select(ResourceVisit.before).join(Dossier, Dossier.id == ResourceVisit.dossier_id)

    def noted() -> list[Any]:
        with scene.database.reading() as session:
            return list(session.scalars(visits.where(Dossier.reference == reference)))

    page = client.get(f"{base}/etape/budget").text
    assert "J’ai tout vu" in page
    assert noted() == []
    client.post(f"{base}/etape/budget", data={"csrf_token": token(page), "_acte": "rester"})
    assert noted() == [None]
    seen_at = f"{base}/ressources/vues"
    assert client.post(seen_at, data={"csrf_token": token(page), "etape": "budget"}).status_code == 204
    assert noted() == [None], "the page's own script notes a visit, and what is new stays marked"
    answer = client.post(seen_at, data={"csrf_token": token(page), "etape": "budget", "vu": "tout"})
    assert answer.headers["Location"].endswith("/etape/budget#ressources")
    assert noted() != [None]
    added(scene, name="Réseau neuf", at=datetime.now(UTC) + timedelta(minutes=1))
    assert (
        "1 ressource nouvelle ou changée</strong> depuis votre dernière visite"
        in client.get(f"{base}/etape/budget").text
    )


def test_a_withdrawn_resource_goes_a_year_later_with_its_contact_and_its_history(scene: Scene) -> None:
    gone, kept = added(scene), added(scene, name="Autre réseau")
    act = resource_changes.withdraw
    scene.database.transaction(act, scene.actor("here"), scene.call().id, gone, shown=1, now=NOW)
    sweep = rounds._SWEEPS[Kept.DIRECTORIES]
    assert scene.database.transaction(sweep, Durations(), NOW + timedelta(days=360)) == 0
    assert scene.database.transaction(sweep, Durations(), NOW + timedelta(days=370)) > 0
    with scene.database.reading() as session:
        left = set(session.scalars(select(RegionResource.reference)))
    assert gone not in left
    assert kept in left


def test_a_call_whose_files_declare_none_has_no_directory(database: Database, app: Flask) -> None:
    scene = lay_out_second(database)
    for name in ("here", "team"):
        assert scene.client(app, name).get(f"/correspondant/{scene.slug}/ressources").status_code == 404
    client = scene.client(app, "applicant")
    assert "Dans votre région" not in client.get(f"/candidature/{scene.here[0]}/auto-evaluation").text
    assert "/ressources" not in scene.client(app, "here").get(f"/correspondant/{scene.slug}").text
    assert "/ressources" not in scene.client(app, "team").get(f"/pilotage/{scene.slug}").text


def test_a_hostile_text_is_shown_as_it_was_typed(scene: Scene, app: Flask) -> None:
    text = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    added(scene, name=text, offer=text, contact=text, email="a?bcc=b&c@example.org", territory=text)
    pages = [scene.client(app, "here").get(f"/correspondant/{scene.slug}/ressources?region={HERE}").text]
    pages.append(scene.client(app, "applicant").get(f"/candidature/{draft(scene, HERE)}/etape/budget").text)
    for page in pages:
        assert "&lt;img src=x" in page
        assert "<img src=x" not in page
    assert 'href="mailto:a%3Fbcc%3Db%26c@example.org"' in pages[1]
