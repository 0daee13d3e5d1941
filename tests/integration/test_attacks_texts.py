"""Attacks by what is written: markup, formulas and secrets, in every page, document, message and log."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.domain.persons import fold
from ptce_aap.jobs.context import open_context
from ptce_aap.jobs.run import drain
from ptce_aap.models import Answer, Dossier, Mark, OutboxItem, Person, PersonToken, SignIn
from tests.browsers import Browser, application
from tests.deliberations import Scene, lay_out
from tests.filings import LEAST, PASSWORD, open_call
from tests.two_persons import freeze_in_pages

HOSTILE = '=HYPERLINK("http://x")<script>alert(1)</script><img src="/etc/passwd"/>{{7*7}}</b>&#x110000;'
RAW = ("<script>alert", '<img src="/etc', "x=49", "&lt;b&gt;49")
ROOM = "/pilotage/ptce-2015"


@pytest.fixture
def scene(sqlite_database: Database) -> Scene:
    """A marked call whose every text that people write is hostile."""
    scene = lay_out(sqlite_database, (90, 80))

    def spoil(session: Session) -> None:
        for dossier in session.scalars(select(Dossier)):
            dossier.title = dossier.carrier = HOSTILE
            dossier.title_key = dossier.carrier_key = fold(HOSTILE)
        for person in session.scalars(select(Person)):
            person.name = HOSTILE
        for mark in session.scalars(select(Mark)):
            mark.comment = HOSTILE
        for answer in session.scalars(select(Answer)):
            answer.value = spoiled(answer.value)

    sqlite_database.transaction(spoil)
    return scene


def spoiled(value: object) -> object:
    """Write the hostile text in every text of an answer that is no code."""
    match value:
        case str() if " " in value:
            return HOSTILE
        case list():
            return [spoiled(item) for item in value]
        case dict():
            return {key: item if key == "_id" else spoiled(item) for key, item in value.items()}
        case _:
            return value


def test_what_people_write_is_shown_as_written_and_runs_nowhere(scene: Scene, tmp_path: Path) -> None:
    app, shown = application(scene.database, tmp_path), 0
    for name in ("team", "chair", "auditor", "correspondent", "juror-1", "applicant"):
        browser = Browser(app, scene.database, scene.emails[name])
        todo = ["/compte/debut", "/candidature", "/pilotage/personnes", "/jury/ptce-2015/conflits"]
        seen: set[str] = set()
        while todo:
            address = todo.pop()
            shape = re.sub(r"[\w-]{22}", "*", address.partition("?")[0])
            if shape in seen:
                continue
            seen.add(shape)
            page = browser.get(address)
            assert page.status_code < 500, (name, address)
            links = [page.location] if page.location else []
            if page.mimetype == "text/html":
                assert not any(raw in page.text for raw in RAW), (name, address)
                assert "unsafe-" not in page.headers["Content-Security-Policy"]
                shown += "&lt;script&gt;alert(1)" in page.text
                links += re.findall(r'href="(/[^"#]*)', page.text)
            todo += [link for link in links if not link.startswith("/static")]
    assert shown > 20


def export(scene: Scene, tmp_path: Path, what: str, form: str) -> bytes:
    browser = Browser(application(scene.database, tmp_path), scene.database, scene.emails["team"])
    if what == "shortlist":
        chair = Browser(application(scene.database, tmp_path), scene.database, scene.emails["chair"])
        if browser.get(f"{ROOM}/liste/figer").status_code == 200:
            freeze_in_pages(browser, chair, ROOM)
    page = browser.post(f"{ROOM}/exports", {"what": what, "form": form}).location
    drain(open_context(load_settings({}, instance=tmp_path), scene.database))
    file = browser.get(f"{page}/fichier")
    assert file.status_code == 200, file.text
    return file.data


@pytest.mark.parametrize("what", ["shortlist", "marks"])
def test_no_export_holds_a_live_formula_and_every_text_is_whole(scene: Scene, tmp_path: Path, what: str) -> None:
    cells = [
        cell
        for row in csv.reader(io.StringIO(export(scene, tmp_path, what, "csv").decode("utf-8-sig")), delimiter=";")
        for cell in row
    ]
    assert any(HOSTILE in cell for cell in cells)
    assert not [cell for cell in cells if cell[:1] in "=+-@\t\r" and cell]
    book = load_workbook(io.BytesIO(export(scene, tmp_path, what, "xlsx")))
    typed = [(cell.data_type, cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]
    assert any(HOSTILE in str(value) for _, value in typed)
    assert "f" not in {kind for kind, _ in typed}
    assert all(sheet.sheet_state == "visible" for sheet in book)
    assert HOSTILE in json.dumps(json.loads(export(scene, tmp_path, what, "json")), ensure_ascii=False).replace(
        '\\"', '"'
    )


def test_the_pdf_prints_markup_as_text(scene: Scene, tmp_path: Path) -> None:
    pdf = PdfReader(io.BytesIO(export(scene, tmp_path, "shortlist", "pdf")))
    text = "".join("".join(page.extract_text() for page in pdf.pages).split())
    assert "<script>alert(1)</script>" in text
    assert "{{7*7}}" in text
    assert not [image for page in pdf.pages for image in page.images]


def test_no_log_and_no_row_keeps_a_password_a_link_or_an_address_that_left(
    sqlite_database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = open_call(sqlite_database)
    call.file(call.bring(LEAST))
    with sqlite_database.reading() as session:
        before = " ".join(json.dumps(item.payload) for item in session.scalars(select(OutboxItem)))
    assert "anne@example.org" in before
    assert "/compte/confirmation/" in before
    link = re.search(r"/compte/confirmation/([\w-]+)", before)
    assert link is not None
    app = application(sqlite_database, tmp_path)
    drain(open_context(load_settings({}, instance=tmp_path), sqlite_database))
    app.test_client().post("/compte/connexion", data={"email": "anne@example.org", "password": PASSWORD})
    app.test_client().get(f"/compte/confirmation/{link[1]}")
    written = "".join(capsys.readouterr())
    assert "effect_done" in written
    secrets = ("anne@example.org", "contact@example.org", link[1], PASSWORD, "Pôle des Essais", "Anne")
    assert not [secret for secret in secrets if secret in written]
    with sqlite_database.reading() as session:
        kept = " ".join(json.dumps(item.payload) + str(item.last_error) for item in session.scalars(select(OutboxItem)))
        tokens = [token.digest for token in session.scalars(select(PersonToken))]
        tokens += [sign.digest for sign in session.scalars(select(SignIn))]
    assert not [secret for secret in secrets if secret in kept]
    assert link[1] not in tokens
