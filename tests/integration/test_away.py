"""What people meet while nothing can be kept: a page in French, what they typed, and everything again by itself."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import event
from werkzeug.test import TestResponse

from ptce_aap import database as database_module
from ptce_aap.database import Database, NotDurable
from tests.browsers import Browser, application
from tests.databases import Databases
from tests.filings import COMPLETE, Applicants, open_call
from tests.forms import Form, forms_of

TYPED = "Pôle tapé pendant la panne"


@pytest.fixture
def call(sqlite_database: Database) -> Applicants:
    return open_call(sqlite_database)


@pytest.fixture
def app(call: Applicants, tmp_path: Path) -> Flask:
    return application(call.database, tmp_path)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "_LONGEST_WAIT_S", 0.2)


@pytest.fixture
def anne(call: Applicants, app: Flask) -> Browser:
    call.actor()
    return Browser(app, call.database, "anne@example.org")


def form_of(browser: Browser, address: str) -> Form:
    form = next(one for one in forms_of(browser.get(address).text) if one.action == address)
    form.fields["nom_pole"] = TYPED
    form.fields["_acte"] = "rester"
    return form


def assert_told_with_what_was_typed(answer: TestResponse) -> None:
    assert answer.status_code == 503
    assert 1 <= int(answer.headers["Retry-After"]) <= 10
    assert "Le service est momentanément indisponible" in answer.text
    assert TYPED in answer.text
    assert "Envoyer de nouveau" in answer.text
    assert "Traceback" not in answer.text


def send_again(browser: Browser, answer: TestResponse) -> TestResponse:
    (form,) = (one for one in forms_of(answer.text) if "Envoyer de nouveau" in one.buttons)
    return browser.client.post(form.action, data=form.fields)


@contextmanager
def held_by_another(url: str) -> Iterator[None]:
    """Hold what a form writes in, from another connection: the whole database, or the table of answers."""
    if url.startswith("postgresql"):
        with psycopg.connect(url) as other:
            other.execute("LOCK TABLE answer IN EXCLUSIVE MODE")
            yield
        return
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.mark.target("REL-15")
def test_a_held_database_is_told_in_french_keeps_the_text_and_one_button_sends_it_again(
    impatient: None, fresh_database: Database, tmp_path: Path
) -> None:
    call, patience = open_call(fresh_database), "&connect_timeout=10" if "?" in fresh_database.url else ""
    database = Database(f"{fresh_database.url}{patience}")
    app, address = application(database, tmp_path), f"/candidature/{call.bring(COMPLETE)}/etape/identification"
    anne = Browser(app, call.database, "anne@example.org")
    form = form_of(anne, address)
    with held_by_another(call.database.url):
        refused = anne.client.post(form.action, data=form.fields)
        assert_told_with_what_was_typed(refused)
        assert TYPED not in anne.get(address).text  # reading goes on; nothing was half written
    assert send_again(anne, refused).status_code == 302
    assert TYPED in anne.get(address).text
    database.dispose()


def test_whoever_waits_behind_a_stuck_writer_of_the_same_process_is_told_too(impatient: None, call: Applicants) -> None:
    inside, leave, ends = threading.Event(), threading.Event(), []

    def stuck() -> None:
        call.database.transaction(lambda session: (inside.set(), leave.wait(30)))

    holder = threading.Thread(target=stuck)
    holder.start()
    inside.wait(10)
    try:
        call.database.transaction(lambda session: None)
    except database_module.Unavailable as error:
        ends.append(database_module.is_away(error))
    leave.set()
    holder.join()
    assert ends == [True]
    call.database.transaction(lambda session: None)


@contextmanager
def stopped(database: Database) -> Iterator[None]:
    """Take a PostgreSQL away: nobody connects, and whoever was connected is cut off."""
    folder = str(database.engine.url.query["host"])
    postmaster = int(Path(folder, ".s.PGSQL.5432.lock").read_text().split()[0])
    database.engine.dispose()
    os.kill(postmaster, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(postmaster, signal.SIGCONT)


@pytest.mark.target("REL-15")
def test_a_server_of_the_database_that_says_nothing_is_told_in_french_and_comes_back(
    databases: Databases, tmp_path: Path
) -> None:
    lent = databases.create("postgresql")
    call = open_call(lent)
    database = Database(f"{lent.url}&connect_timeout=2")
    app, address = application(database, tmp_path), f"/candidature/{call.bring(COMPLETE)}/etape/identification"
    anne = Browser(app, lent, "anne@example.org")
    form = form_of(anne, address)
    with stopped(database):
        refused = anne.client.post(form.action, data=form.fields)
        assert_told_with_what_was_typed(refused)
    assert send_again(anne, refused).status_code == 302
    assert TYPED in anne.get(address).text
    database.dispose()
    databases.discard(lent)


@pytest.mark.target("REL-11")
def test_a_database_that_may_forget_a_commit_is_refused_before_anything_starts(
    tmp_path: Path, sqlite_database: Database
) -> None:
    sqlite_database.require_durable()
    # Without shared memory, as on some disks of the network, SQLite keeps another journal.
    elsewhere = Database(f"sqlite:///file:{tmp_path}/elsewhere.sqlite3?vfs=unix-none&uri=true")
    with pytest.raises(NotDurable, match="journal_mode = delete"):
        elsewhere.require_durable()
    hasty = Database(sqlite_database.url)
    event.listen(hasty.engine, "connect", lambda connection, _record: connection.execute("PRAGMA synchronous = NORMAL"))
    with pytest.raises(NotDurable, match=r"\(synchronous = 1\)"):
        hasty.require_durable()
    for one in (elsewhere, hasty):
        one.dispose()


@pytest.mark.target("REL-11")
def test_a_postgresql_that_may_forget_a_commit_is_named_setting_by_setting(databases: Databases) -> None:
    quick = databases.create("postgresql")
    with pytest.raises(NotDurable, match=r"\(fsync = off, full_page_writes = off, synchronous_commit = off\)"):
        quick.require_durable()
    patient = Database(f"{quick.url}&options=-csynchronous_commit=on")
    with pytest.raises(NotDurable, match=r"\(fsync = off, full_page_writes = off\)"):
        patient.require_durable()
    patient.dispose()
    databases.discard(quick)
