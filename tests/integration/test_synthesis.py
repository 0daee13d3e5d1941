"""The synthesis in the browser's terms: whose dossiers are counted, what leaves as files, what is published."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Grant, Role
from ptce_aap.models import Answer, Dossier, Person
from ptce_aap.services.accounts import accounts
from ptce_aap.services.applicants import draft_figures
from ptce_aap.services.regions import synthesis
from ptce_aap.services.regions.synthesis import Asked, Which
from tests import deliberations, proven
from tests.instructions import ELSEWHERE, HERE, NOW, Scene, lay_out, on_database
from tests.pdf_reading import body, squeezed


@pytest.fixture
def scene(database: Database) -> Scene:
    return lay_out(database)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return create_app(load_settings({}, instance=tmp_path_factory.mktemp("instance")))


@pytest.fixture
def app(pages: Flask, database: Database) -> Flask:
    return on_database(pages, database)


def _of(scene: Scene, actor, **asked):
    with scene.database.reading() as session:
        return synthesis.of_regions(session, actor, scene.call(), Asked(**asked), now=NOW)


def _move(scene: Scene, reference: str, region: str) -> None:
    def work(session):
        session.scalars(select(Dossier).where(Dossier.reference == reference)).one().region = region

    scene.database.transaction(work)


def test_a_region_counts_its_dossiers_and_an_address_opens_no_other(scene, app):
    client, room = scene.client(app, "here"), f"/correspondant/{scene.slug}/synthese"
    assert [_of(scene, scene.actor(name)).dossiers for name in ("here", "elsewhere")] == [2, 1]
    for region, status in ((HERE, 200), (ELSEWHERE, 404), ("99", 404)):
        for form in ("", "/xlsx", "/pdf"):
            assert client.get(f"{room}{form}?region={region}").status_code == status, (region, form)
    assert client.get(f"{room}/csv").status_code == 404


def test_what_lies_in_another_region_changes_no_byte_of_mine(scene, app):
    client, room = scene.client(app, "here"), f"/correspondant/{scene.slug}/synthese"

    def shown() -> str:
        page = client.get(room).text
        return re.sub(r'(?:nonce|value|data-[a-z]+)="[^"]*"', "", page)

    before, other = shown(), _of(scene, scene.actor("elsewhere")).dossiers
    _move(scene, scene.elsewhere[0], "94")
    assert _of(scene, scene.actor("elsewhere")).dossiers == other - 1
    assert shown() == before
    _move(scene, scene.here[1], ELSEWHERE)
    assert shown() != before
    assert [_of(scene, scene.actor(name)).dossiers for name in ("here", "elsewhere")] == [1, 1]


def test_who_holds_several_regions_reads_them_together_or_one_by_one(scene):
    actor = scene.actor("here")
    both = replace(actor, grants=actor.grants | {Grant(Role.CORRESPONDENT, scene.call().id, ELSEWHERE)})
    assert _of(scene, both).dossiers == 3
    assert _of(scene, both, region=ELSEWHERE).dossiers == 1
    assert [place.dossiers for place in _of(scene, both).places] == [2, 1]


def test_a_region_without_dossiers_has_a_page_that_says_so(scene, app):
    _move(scene, scene.elsewhere[0], HERE)
    page = scene.client(app, "elsewhere").get(f"/correspondant/{scene.slug}/synthese").text
    assert "Aucun dossier à compter" in page


def test_a_dossier_in_conflict_counts_nowhere_and_the_page_says_that_it_is_partial(scene, app):
    page = f"/correspondant/{scene.slug}/synthese"
    assert "vue partielle" not in scene.client(app, "here").get(page).text
    scene.declare_conflict("here", scene.here[0])
    assert _of(scene, scene.actor("here")).dossiers == 1
    assert "vue partielle – déport" in scene.client(app, "here").get(page).text


def test_nothing_is_counted_before_the_closing(scene, app):
    scene.change_call(closes_at=NOW + timedelta(days=2))
    for name, room in (("here", "correspondant"), ("team", "pilotage")):
        page = scene.client(app, name).get(f"/{room}/{scene.slug}/synthese").text
        assert "La synthèse s’ouvrira après la clôture" in page


def test_the_files_hold_the_figures_of_the_page(scene, app):
    client, room = scene.client(app, "team"), f"/pilotage/{scene.slug}/synthese"
    book = load_workbook(BytesIO(client.get(f"{room}/xlsx").data))
    places = {row[0]: row[1:] for row in book["Territoires"].iter_rows(values_only=True)}
    assert places["Nord-Pas-de-Calais"][0] == 2
    assert isinstance(places["Nord-Pas-de-Calais"][1], int | float)
    about = {row[0]: row[1] for row in book["À propos"].iter_rows(values_only=True)}
    assert about["Nombre de dossiers"] == "3"
    printed = body(client.get(f"{room}/pdf").data)
    assert squeezed("Besoins d’accompagnement") in printed
    assert squeezed("Dossiers déposés, tout l’appel") in printed
    assert client.get(f"{room}/pdf?region=99").status_code == 404


def test_the_public_reads_a_synthesis_once_the_list_is_published_and_no_small_number(scene, app):
    address = f"/appels/{scene.slug}/synthese"
    assert app.test_client().get(address).status_code == 404
    scene.change_call(published_at=NOW, marking_opened_at=NOW, marking_closed_at=NOW)
    page = app.test_client().get(address)
    assert page.status_code == 200
    assert "Trop peu de dossiers l’ont dit" in page.text
    assert "Nord-Pas-de-Calais" not in page.text
    assert "Pôle 31" not in page.text


def test_the_selected_dossiers_are_counted_once_the_list_is_published_and_not_asked_for_before(database, app):
    scene = deliberations.lay_out(database, (90, 80, 70), amounts=(2_000_000, 600_000, 500_000))
    scene.freeze()

    def counted(which: Which) -> int:
        with database.reading() as session:
            asked = Asked(which=which)
            return synthesis.of_call(
                session, scene.actor("team"), scene.call(session), asked, now=deliberations.NOW
            ).dossiers

    with pytest.raises(NotFound):
        counted(Which.SELECTED)
    scene.publish()
    assert (counted(Which.FILED), counted(Which.SELECTED)) == (3, 2)
    with database.reading() as session:
        call = scene.call(session)
        client = app.test_client()
        client.set_cookie("ptce", database.transaction(_signed_in, scene.emails["team"]))
    assert "Dossiers retenus, tout l’appel" in client.get(f"/pilotage/{call.slug}/synthese?dossiers=retenus").text


def _signed_in(session, email: str) -> str:
    person = session.scalars(select(Person).where(Person.email == email)).one()
    return proven.open_session(session, person, now=datetime.now(UTC))


def _drafts(scene: Scene, how_many: int, region: str) -> list[str]:
    """Lay out drafts of a region, each of its own person, whose figures nobody may count yet."""

    def work(session) -> list[str]:
        found = []
        for number in range(how_many):
            email = f"{region}.{number}.{scene.slug}@example.org"
            person = Person(email=email, email_key=email, name="Porteuse d’essai", created_at=NOW)
            session.add(person)
            session.flush()
            owner = person.id
            draft = Dossier(call_id=scene.call().id, owner_id=owner, created_at=NOW, saved_at=NOW)
            draft.title, draft.region = f"Brouillon {number} (fictif)", region
            session.add(draft)
            session.flush()
            session.add(
                Answer(dossier_id=draft.id, key="projet.origine_cooperation", value="choisie", author_id=owner, at=NOW)
            )
            found.append(draft.reference)
        return found

    return scene.database.transaction(work)


def _agree(scene: Scene, reference: str, *, counted: bool = True) -> None:
    of = select(Person).join(Dossier, Dossier.owner_id == Person.id).where(Dossier.reference == reference)
    with scene.database.reading() as session:
        owner = accounts.actor_of(session.scalars(of).one())
    scene.database.transaction(draft_figures.choose, owner, reference, counted=counted, now=NOW)


def test_a_draft_is_counted_with_its_owner_s_leave_and_four_others_at_least_and_quoted_never(scene, app):
    drafts = _drafts(scene, 5, HERE)
    here = scene.actor("here")
    for reference in drafts[:4]:
        _agree(scene, reference)
    assert _of(scene, here, which=Which.DRAFTS).dossiers == 0
    _agree(scene, drafts[4])
    found = _of(scene, here, which=Which.DRAFTS)
    assert (found.dossiers, found.drafts, _of(scene, here).dossiers) == (5, 5, 2)
    assert _of(scene, scene.actor("elsewhere"), which=Which.DRAFTS).drafts == 0
    page = scene.client(app, "here").get(f"/correspondant/{scene.slug}/synthese?dossiers=brouillons").text
    assert "Brouillons acceptés" in page
    assert "(fictif)" not in page.partition("<main")[2]
    _agree(scene, drafts[0], counted=False)
    assert _of(scene, here, which=Which.DRAFTS).drafts == 0
    assert [act for act in scene.acts() if act.startswith("draft.")] == [*["draft.counted"] * 5, "draft.uncounted"]


def test_five_drafts_of_one_person_are_of_one_person(scene):
    drafts = _drafts(scene, 6, HERE)
    for reference in drafts:
        _agree(scene, reference)
    assert _of(scene, scene.actor("here"), which=Which.DRAFTS).dossiers == 6

    def give(session) -> None:
        found = session.scalars(select(Dossier).where(Dossier.reference.in_(drafts)).order_by(Dossier.id)).all()
        for one in found[1:]:
            one.owner_id = found[1].owner_id

    scene.database.transaction(give)
    assert _of(scene, scene.actor("here"), which=Which.DRAFTS).dossiers == 0


def test_drafts_of_a_region_that_has_few_are_not_the_difference_between_two_pages(scene):
    for region, many in ((HERE, 5), (ELSEWHERE, 2)):
        for reference in _drafts(scene, many, region):
            _agree(scene, reference)
    actor = scene.actor("here")
    both = replace(actor, grants=actor.grants | {Grant(Role.CORRESPONDENT, scene.call().id, ELSEWHERE)})
    assert _of(scene, both, which=Which.DRAFTS).dossiers == 5


def test_only_the_owner_of_a_draft_lets_it_be_counted_and_a_filed_dossier_is_no_draft(scene):
    [draft] = _drafts(scene, 1, HERE)
    with pytest.raises(NotFound):
        scene.database.transaction(draft_figures.choose, scene.actor("here"), draft, counted=True, now=NOW)
    with pytest.raises(RuleViolation, match="dossier_filed"):
        _agree(scene, scene.here[0])
