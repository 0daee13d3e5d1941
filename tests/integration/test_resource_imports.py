"""Directories and spreadsheets: what leaves comes back equal, nothing is written unseen, files are read in bounds."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.models import JournalEntry, ResourceUpload
from ptce_aap.services.regions import resource_imports, resource_taking_over, resources
from tests.browsers import token
from tests.databases import Databases
from tests.directories import added, emptied, names
from tests.instructions import ELSEWHERE, HERE, NOW, Scene, lay_out, on_database

WHOLE = {
    "offer": "=2+3, puis un texte\nsur deux lignes ; avec des « signes »",
    "needs": ("juridique", "outillage"),
    "schemes": ("fidess",),
    "email": "ici@example.org",
    "telephone": "0102030405",
    "web": "https://www.example.org",
    "opens_on": date(2026, 3, 1),
    "closes_on": date(2046, 3, 1),
}


@pytest.fixture(scope="module")
def database(databases: Databases) -> Iterator[Database]:
    """The lightest engine: what is asked here is what files say, ``test_resources.py`` writes on both."""
    database = databases.create("sqlite")
    yield database
    databases.discard(database)


@pytest.fixture(scope="module")
def scene(database: Database) -> Scene:
    return lay_out(database, here=0, elsewhere=0)


@pytest.fixture(autouse=True)
def empty(scene: Scene) -> Iterator[None]:
    yield
    emptied(scene)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return create_app(load_settings({}, instance=tmp_path_factory.mktemp("instance")))


@pytest.fixture
def here(scene: Scene, pages: Flask, database: Database) -> FlaskClient:
    return scene.client(on_database(pages, database), "here")


def address(scene: Scene, page: str) -> str:
    return f"/correspondant/{scene.slug}/ressources/{page}?region={HERE}"


def bring(scene: Scene, client: FlaskClient, data: bytes, name: str = "annuaire.csv") -> TestResponse:
    form = {"csrf_token": token(client.get(address(scene, "importer")).text), "fichier": (io.BytesIO(data), name)}
    return client.post(address(scene, "importer"), data=form, content_type="multipart/form-data")


def upload_of(answer: TestResponse) -> str:
    return answer.headers["Location"].rpartition("/")[2].partition("?")[0]


def press(scene: Scene, client: FlaskClient, answer: TestResponse) -> TestResponse:
    page = client.get(answer.headers["Location"]).text
    mark = page.partition('name="vu" value="')[2].partition('"')[0]
    form = {"csrf_token": token(page), "vu": mark}
    return client.post(address(scene, f"importer/{upload_of(answer)}"), data=form)


def acts(scene: Scene) -> list[Any]:
    with scene.database.reading() as session:
        lines = select(JournalEntry.act, JournalEntry.facts).where(JournalEntry.object == HERE)
        return [(act, facts) for act, facts in session.execute(lines.order_by(JournalEntry.sequence))]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_an_export_brought_back_changes_nothing(scene: Scene, here: FlaskClient, kind: str) -> None:
    added(scene, **WHOLE)
    added(scene, name="Cachée", published=False)
    data = here.get(address(scene, f"fichiers/annuaire.{kind}")).data
    answer = bring(scene, here, data, f"annuaire.{kind}")
    assert answer.status_code == 302, answer.text
    page = here.get(answer.headers["Location"]).text
    assert "Ce fichier dit exactement ce que dit déjà l’annuaire" in page
    assert ">Importer</button>" not in page


def test_what_is_brought_is_shown_first_then_written_in_one_act(scene: Scene, here: FlaskClient) -> None:
    added(scene)
    lines = (
        "Nom;Nature;Besoins auxquels elle répond;Où dans la région;Montrée aux candidats;Humeur",
        "réseau d'essai;;Conseil juridique;Métropole;;",
        "Fonds neuf;Fonds régional (FIDESS…);;;oui;",
        "Sans nature;;;;;",
        "Mal écrite;Licorne;;;;",
    )
    before = acts(scene)
    answer = bring(scene, here, "\r\n".join(lines).encode("cp1252"))
    page = here.get(answer.headers["Location"]).text
    for told in ("Fonds neuf", "Métropole", "Licorne", "Cette cellule est indispensable", "Humeur"):
        assert told in page, told
    assert (names(scene, HERE), acts(scene)) == (["Réseau d’essai"], before)
    assert press(scene, here, answer).status_code == 302
    assert names(scene, HERE) == ["Fonds neuf", "Réseau d’essai"]
    told = {"added": 1, "changed": 1, "same": 0, "refused": 2, "region": HERE}
    assert acts(scene)[len(before) :] == [("resources.imported", told)]
    with scene.database.reading() as session:
        room = resources.room(session, scene.actor("here"), scene.call(), HERE)
        entries = resources.entries(session, scene.call().id, room.table, HERE, now=NOW)
    kept = next(entry for entry in entries if entry.name == "Réseau d’essai" and entry.withdrawn_at is None)
    assert (kept.row["territory"], kept.row["needs"], kept.shown) == ("Métropole", ("juridique",), True)


def test_a_directory_that_changed_since_the_preview_is_shown_again(scene: Scene, here: FlaskClient) -> None:
    answer = bring(scene, here, "Nom;Nature\r\nNeuf;Tête de réseau".encode())
    page = here.get(answer.headers["Location"]).text
    mark = page.partition('name="vu" value="')[2].partition('"')[0]
    added(scene)
    form = {"csrf_token": token(page), "vu": mark}
    again = here.post(address(scene, f"importer/{upload_of(answer)}"), data=form)
    assert again.status_code == 409
    assert "rien n’a été importé" in again.text
    assert names(scene, HERE) == ["Réseau d’essai"]


def test_what_one_brought_is_nobody_elses_and_of_its_directory_for_a_day(scene: Scene, here: FlaskClient) -> None:
    upload = upload_of(bring(scene, here, "Nom;Nature\r\nNeuf;Tête de réseau".encode()))
    for name, region, later in (
        ("elsewhere", ELSEWHERE, timedelta()),
        ("elsewhere", HERE, timedelta()),
        ("team", "", timedelta()),
        ("here", HERE, timedelta(days=2)),
    ):
        with pytest.raises(NotFound):
            scene.database.transaction(
                resource_imports.apply,
                scene.actor(name),
                scene.call().id,
                region,
                upload,
                shown=resources.mark_of(()),
                now=NOW + later,
            )
    scene.database.transaction(resource_imports.forget_old, now=NOW + timedelta(days=2))
    with scene.database.reading() as session:
        assert session.scalars(select(ResourceUpload)).all() == []


def _long() -> bytes:
    return ("Nom;Nature\r\n" + "x;y\r\n" * 2_500).encode()


def _formula() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["Nom", "Nature"])
    book.active.append(["=1+1", "Tête de réseau"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "told"),
    [
        (b"", "vide.csv", "vide"),
        (b"PK\x03\x04 abime", "a.xlsx", ""),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "vieux.xls", "XLSX"),
        (b"x" * (5 * 1024 * 1024 + 1), "gros.csv", "5 Mo"),
        (b"Pointure;Taille\r\n42;180", "autre.csv", ""),
        (_long(), "long.csv", "2000 lignes"),
    ],
)
def test_a_file_that_is_no_directory_is_refused_with_a_sentence(
    scene: Scene, here: FlaskClient, data: bytes, name: str, told: str
) -> None:
    answer = bring(scene, here, data, name)
    assert answer.status_code == 422
    assert "fr-message--error" in answer.text
    assert told in answer.text


def test_a_formula_without_its_result_is_refused_at_its_cell(scene: Scene, here: FlaskClient) -> None:
    answer = bring(scene, here, _formula(), "formule.xlsx")
    assert "la formule n’a pas de résultat" in here.get(answer.headers["Location"]).text.lower()


def test_the_template_can_be_read_and_its_example_is_left_out(scene: Scene, here: FlaskClient) -> None:
    data = here.get(address(scene, "fichiers/modele.xlsx")).data
    page = here.get(bring(scene, here, data, "modele.xlsx").headers["Location"]).text
    assert "Exemple du modèle" in page
    assert "n’a aucune ligne à importer" in page


def test_another_regions_directory_is_neither_exported_nor_taken(scene: Scene, here: FlaskClient) -> None:
    base = f"/correspondant/{scene.slug}/ressources"
    for page in (
        f"fichiers/annuaire.csv?region={ELSEWHERE}",
        f"importer?region={ELSEWHERE}",
        "importer?region=nationales",
    ):
        assert here.get(f"{base}/{page}").status_code == 404, page
    assert here.get(f"{base}/fichiers/annuaire.csv?region=nationales").status_code == 200


def test_a_region_takes_its_resources_over_from_another_call_to_be_checked(scene: Scene, database: Database) -> None:
    added(scene, **WHOLE)
    added(scene, name="Déjà ici")
    added(scene, by="elsewhere", region=ELSEWHERE, name="Ailleurs")
    next_one = lay_out(database, here=0, elsewhere=0)
    added(next_one, name="déjà  ici")
    call, take = next_one.call(), resource_taking_over.take_over
    with database.reading() as session:
        (source,) = resource_taking_over.sources(session, call, HERE)
    assert (source.slug, source.count) == (scene.slug, 2)
    actor = next_one.actor("here")
    assert database.transaction(take, actor, call.id, HERE, scene.slug, now=NOW) == 1
    assert names(next_one, HERE) == ["déjà  ici", "Réseau d’essai"]
    with database.reading() as session:
        room = resources.room(session, actor, call, HERE)
        found = {entry.name: entry for entry in resources.entries(session, call.id, room.table, HERE, now=NOW)}
    assert found["Réseau d’essai"].stale
    assert not found["déjà  ici"].stale
    assert found["Réseau d’essai"].row["needs"] == WHOLE["needs"]
    with pytest.raises(RuleViolation, match="nothing_to_take_over"):
        database.transaction(take, actor, call.id, HERE, scene.slug, now=NOW)
    with pytest.raises(NotFound):
        database.transaction(take, actor, call.id, ELSEWHERE, scene.slug, now=NOW)
    with pytest.raises(NotFound):
        database.transaction(take, actor, call.id, HERE, "inconnu", now=NOW)
