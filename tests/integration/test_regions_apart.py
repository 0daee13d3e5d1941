"""Two databases that differ by what lies in another region alone give a correspondent the same pages, to the byte."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap import clock
from ptce_aap.clock import PARIS
from ptce_aap.database import Database
from ptce_aap.domain import working_days
from ptce_aap.domain.complements import Asked, Flaw
from ptce_aap.domain.permissions import Role
from ptce_aap.domain.region_exports import Purpose
from ptce_aap.models import Dossier, OutboxItem, Person, RoleGrant
from ptce_aap.services.applicants import applicant, drafts
from ptce_aap.services.applicants.stored import Given
from ptce_aap.services.deposits import filing
from ptce_aap.services.dossiers import listing
from ptce_aap.services.exchanges import complements
from ptce_aap.services.instruction import regional_ranks
from ptce_aap.services.regions import exports
from tests.browsers import application
from tests.databases import Databases
from tests.instructions import ELSEWHERE, FILED, HERE, NOW, Scene, _fill, lay_out, on_database
from tests.twins import Answers, crawl, differing, remove_dossier

STARTS = ("/correspondant", "/correspondant/ptce-2015", "/correspondant/ptce-2015/exports", "/jury/ptce-2015")
_SEARCHED = ("93", "fictif")
_BASE = "http://127.0.0.1:8000"


def copy_of(database: Database, databases: Databases) -> Database:
    """Return another database with the same rows."""
    twin = databases.create("sqlite")
    source, target = (sqlite3.connect(each.url.removeprefix("sqlite:///")) for each in (database, twin))
    source.backup(target)
    source.close()
    target.close()
    return twin


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, databases: Databases) -> Flask:
    """One application, hence one key: what is signed is signed alike; each test puts it on its own databases."""
    return application(databases.create("sqlite"), tmp_path_factory.mktemp("apart"))


def read(scene: Scene, app: Flask, secret: str) -> Answers:
    """Return all that somebody reads from the room of the correspondents."""
    client = on_database(app, scene.database).test_client()
    client.set_cookie("ptce", secret)
    return crawl(client.get, STARTS, searched=_SEARCHED)


def work(scene: Scene, name: str, region: str) -> None:
    """Let a correspondent do on the dossiers of a region what its pages show: ranks, an export, complements asked."""
    actor, call = scene.actor(name), scene.call()
    references = scene.here if region == HERE else scene.elsewhere
    ranks = {reference: place for place, reference in enumerate(references, 1)}
    act = scene.database.transaction
    act(regional_ranks.set_ranks, actor, call.id, region, ranks, shown="", now=NOW)
    wanted = exports.Wanted("csv", Purpose.CONFERENCE, "Marseille", listing.Asked(region=region))
    act(exports.request, actor, call, wanted, now=NOW)
    asked = (Asked("projet.resume", Flaw.WRONG, "Dites qui fait quoi."),)
    day = working_days.after(NOW.astimezone(PARIS).date(), 5)
    act(complements.ask, actor, call.id, references[0], asked, day, base_url=_BASE, now=NOW)


@pytest.mark.parametrize("here", [2, 0], ids=["two dossiers", "an empty region"])
def test_nothing_of_another_region_changes_what_a_correspondent_reads(
    sqlite_database: Database, databases: Databases, app: Flask, monkeypatch: pytest.MonkeyPatch, here: int
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=1))
    scene = lay_out(sqlite_database, here=here, elsewhere=1)
    if here:
        work(scene, "here", HERE)
    secrets = {name: scene.sign_in(name) for name in ("here", "elsewhere")}
    other = Scene(copy_of(sqlite_database, databases), scene.slug, list(scene.here), list(scene.elsewhere))
    other.elsewhere += other.database.transaction(_fill, other.slug, ELSEWHERE, 2, 1)
    work(other, "elsewhere", ELSEWHERE)
    answers = {name: [read(one, app, secret) for one in (scene, other)] for name, secret in secrets.items()}
    assert any("Marseille" in one.body for one in answers["elsewhere"][1].values())
    assert len(answers["here"][0]) > (20 if here else 5)
    assert sum(one.status == 200 for one in answers["here"][0].values()) > (10 if here else 3)
    assert differing(*answers["here"]) == []
    databases.discard(other.database)


def move(scene: Scene, reference: str, region: str, by: str = "team") -> None:
    """Let the applicant answer that his dossier is of another region, as somebody asked him."""
    act, day = scene.database.transaction, working_days.after(NOW.astimezone(PARIS).date(), 5)
    asked = (Asked("identification.region", Flaw.WRONG, "Où est le siège ?"),)
    act(complements.ask, scene.actor(by), scene.call().id, reference, asked, day, base_url=_BASE, now=NOW)
    with scene.database.reading() as session:
        own = select(Dossier.id).where(Dossier.reference == reference).scalar_subquery()
        query = select(Dossier.reference).where(Dossier.revises_id == own, Dossier.ended_at.is_(None))
        revision = session.scalars(query).one()
        page = applicant.dossier_page(session, scene.actor("applicant"), revision, now=NOW)
        given = {"identification.region": Given(region, shown=page.stored_at("identification.region").mark)}
    act(drafts.save_stage, scene.actor("applicant"), revision, "identification", given, now=NOW)
    act(filing.file_dossier, scene.actor("applicant"), revision, base_url=_BASE, received_at=NOW)


def test_a_dossier_that_moved_is_read_in_its_new_region_as_if_it_had_never_been_in_the_old_one(
    sqlite_database: Database, databases: Databases, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=1))
    scene = lay_out(sqlite_database, here=2, elsewhere=1)
    moved, kept = scene.here
    ranks = {kept: 1, moved: 2}
    actor, call_id = scene.actor("here"), scene.call().id
    scene.database.transaction(regional_ranks.set_ranks, actor, call_id, HERE, ranks, shown="", now=NOW)
    title = scene.dossier(moved).title
    secrets = {name: scene.sign_in(name) for name in ("here", "elsewhere")}
    before = {name: read(scene, app, secret) for name, secret in secrets.items()}
    assert [any(title in one.body for one in before[name].values()) for name in secrets] == [True, False]
    move(scene, moved, ELSEWHERE)
    after = {name: read(scene, app, secret) for name, secret in secrets.items()}
    assert any(title in one.body for one in after["elsewhere"].values())
    never = Scene(copy_of(sqlite_database, databases), scene.slug, [kept], scene.elsewhere)
    remove_dossier(Path(never.database.url.removeprefix("sqlite:///")), moved)
    assert differing(after["here"], read(never, app, secrets["here"])) == []
    # The number that it had is free again, and it has none where it came.
    with scene.database.reading() as session:
        found = regional_ranks.rank_page(session, scene.actor("elsewhere"), scene.call(), ELSEWHERE, number=1, now=NOW)
    assert found is not None
    assert {line.reference: line.rank for line in found.page.items} == {moved: None, scene.elsewhere[0]: None}
    databases.discard(never.database)


def test_the_answer_by_which_a_dossier_moves_is_told_where_it_goes_and_not_where_it_was(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=1))
    scene = lay_out(sqlite_database)
    told = select(OutboxItem).where(OutboxItem.topic == "complement_answered")
    for reference, region, name in ((scene.here[0], HERE, "here"), (scene.here[1], ELSEWHERE, "elsewhere")):
        move(scene, reference, region, by="here")
        number = str(scene.dossier(reference).number)
        with scene.database.reading() as session:
            about = [one.payload for one in session.scalars(told) if number in one.payload["subject"]]
        assert [one["to"].partition(".")[0] for one in about] == [name]


def test_a_person_of_two_regions_reads_both_and_no_third_one(
    sqlite_database: Database, databases: Databases, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=1))
    scene = lay_out(sqlite_database, here=1, elsewhere=1)

    def also_elsewhere(session: Session) -> None:
        person = session.scalars(select(Person).where(Person.name == "Personne here")).unique().one()
        role = Role.CORRESPONDENT.value
        person.grants.append(RoleGrant(call_id=scene.call().id, role=role, region=ELSEWHERE, granted_at=FILED))

    scene.database.transaction(also_elsewhere)
    secret = scene.sign_in("here")
    third = Scene(copy_of(sqlite_database, databases), scene.slug)
    third.database.transaction(_fill, third.slug, "82", 2, 0)
    answers = [read(one, app, secret) for one in (scene, third)]
    for one in (scene.here[0], scene.elsewhere[0]):
        assert any(f"/{one}" in path and answer.status == 200 for path, answer in answers[0].items())
    assert differing(*answers) == []
    databases.discard(third.database)
