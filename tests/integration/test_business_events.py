"""Every request of every test is watched: what changes business goes with a line, in one transaction."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.models import Base
from ptce_aap.web.access import public
from ptce_aap.web.context import db
from tests.business_events import BUSINESS, UNTOLD_ENDPOINTS, UNTOLD_TABLES, Watch
from tests.filings import COMPLETE, open_call
from tests.integration.test_applicant_pages import Browser


@pytest.fixture
def app(sqlite_database: Database, tmp_path: Path) -> Flask:
    return create_app(load_settings({}, instance=tmp_path), database=sqlite_database)


@pytest.mark.target("SEC-36")
def test_a_request_that_changes_something_without_a_line_is_seen(app: Flask, requests_watched: Watch) -> None:
    @app.get("/sans-trace")
    @public
    def silent() -> str:
        db().transaction(lambda session: session.execute(text("UPDATE dossier SET title = title")))
        return ""

    assert app.test_client().get("/sans-trace").status_code == 200
    assert requests_watched.untold == {("silent", "dossier")}
    requests_watched.untold.clear()


@pytest.mark.target("SEC-36")
def test_a_deposit_is_seen_with_its_line(app: Flask, sqlite_database: Database, requests_watched: Watch) -> None:
    call = open_call(sqlite_database)
    reference = call.bring(COMPLETE)
    browser = Browser(app.test_client())
    browser.sign_in("anne")
    browser.get("/candidature")
    requests_watched.told.clear()
    browser.post(f"/candidature/{reference}/depot")
    assert requests_watched.told == {"applicant.file"}


@pytest.mark.target("SEC-36")
def test_what_may_change_without_a_line_exists(app: Flask) -> None:
    assert set().union(*UNTOLD_TABLES.values()) <= set(Base.metadata.tables)
    assert {"dossier", "answer", "filing", "mark", "opinion", "call", "role_grant", "conflict", "shortlist"} <= BUSINESS
    assert {rule.endpoint for rule in app.url_map.iter_rules()} >= UNTOLD_ENDPOINTS
