"""Every request of every test is watched: what changes business goes with a line, in one transaction."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.models import Base
from ptce_aap.services.calls.calls import SYSTEM
from ptce_aap.services.journal import journal
from ptce_aap.web.access import public
from ptce_aap.web.context import db
from ptce_aap.web.denials import REFUSED_TRY
from ptce_aap.web.management.acts import WORDS
from tests.business_events import (
    BUSINESS,
    FOLLOWS,
    FOR_EACH,
    SEVERAL,
    UNTOLD_ENDPOINTS,
    UNTOLD_TABLES,
    Watch,
    acts_that_lead,
)
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
    assert requests_watched.several == set()


@pytest.mark.target("SEC-36")
@pytest.mark.parametrize("transactions", [1, 2])
def test_a_request_that_writes_two_lines_for_one_act_is_seen(
    app: Flask, requests_watched: Watch, transactions: int
) -> None:
    def withdraw(session: Session, times: int) -> None:
        for _ in range(times):
            on = ("dossier", "a-reference")
            journal.record(session, SYSTEM, "dossier.withdrawn", on=on, at=datetime(2026, 4, 2, tzinfo=UTC))

    @app.get("/deux-fois")
    @public
    def twice() -> str:
        for _ in range(transactions):
            db().transaction(withdraw, 2 // transactions)
        return ""

    assert app.test_client().get("/deux-fois").status_code == 200
    assert requests_watched.several == {("twice", ("dossier.withdrawn", "dossier.withdrawn"))}
    requests_watched.several.clear()


@pytest.mark.target("SEC-36")
@pytest.mark.parametrize(
    ("acts", "leading"),
    [
        (["assignment.given"] * 3, ["assignment.given"]),
        (["plan.applied", "assignment.given", "assignment.given", "assignment.taken_back"], ["plan.applied"]),
        (["freezing.confirmed", "shortlist.frozen"], ["freezing.confirmed"]),
        (["shortlist.frozen", "shortlist.frozen", "freezing.confirmed"], ["freezing.confirmed", "shortlist.frozen"]),
        (["account.registered", "account.identity_bound", "account.signed_in"], ["account.registered"]),
        (["dossier.saved", "piece.added"], ["dossier.saved", "piece.added"]),
        (["ranking.computed", "shortlist.published"], ["ranking.computed", "shortlist.published"]),
    ],
)
def test_a_line_beside_that_of_the_act_has_its_reason_or_counts_as_another(acts: list[str], leading: list[str]) -> None:
    assert acts_that_lead(acts) == leading


@pytest.mark.target("SEC-36")
def test_what_may_stand_beside_the_line_of_an_act_is_an_act_that_readers_know(app: Flask) -> None:
    named = {act for pairs in FOLLOWS.values() for follower, by in pairs.items() for act in (follower, *by)}
    assert named | FOR_EACH <= set(WORDS)
    assert {rule.endpoint for rule in app.url_map.iter_rules()} >= set(SEVERAL)


@pytest.mark.target("SEC-36")
def test_a_try_that_is_refused_leaves_its_event_without_what_was_typed(app: Flask, sqlite_database: Database) -> None:
    open_call(sqlite_database)
    browser = Browser(app.test_client())
    with capture_logs() as logs:
        browser.get("/compte/connexion")
        said = {"email": "anne@example.org", "password": "pas le bon mot de passe"}
        assert "inexact" in browser.post("/compte/connexion", 200, **said).text
    events = [one for one in logs if one["event"] == REFUSED_TRY]
    assert [(one["endpoint"], one["code"]) for one in events] == [("account.sign_in", "wrong_credentials")]
    assert "anne" not in str(events)
    assert "pas le bon" not in str(events)


@pytest.mark.target("SEC-36")
def test_what_may_change_without_a_line_exists(app: Flask) -> None:
    assert set().union(*UNTOLD_TABLES.values()) <= set(Base.metadata.tables)
    assert {"dossier", "answer", "filing", "mark", "opinion", "call", "role_grant", "conflict", "shortlist"} <= BUSINESS
    assert {rule.endpoint for rule in app.url_map.iter_rules()} >= UNTOLD_ENDPOINTS
