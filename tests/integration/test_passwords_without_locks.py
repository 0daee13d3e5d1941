"""A password is hashed and verified while nobody waits: no writer's turn is held for what Argon2 costs."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import argon2
import pytest
from flask import Flask
from sqlalchemy import select

from ptce_aap import addresses, clock
from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.domain.permissions import Role
from ptce_aap.models import Person
from ptce_aap.services.accounts import enrolment
from ptce_aap.services.calls.calls import SYSTEM
from tests import entering
from tests.browsers import Browser
from tests.forms import submit
from tests.integration.test_enumeration import _link as confirmation_of

BASE, PASSWORD = "http://localhost", "quatre mots faciles à retenir"


@pytest.fixture
def app(sqlite_database: Database, tmp_path: Path) -> Flask:
    return create_app(load_settings({}, instance=tmp_path), database=sqlite_database)


@pytest.fixture
def free(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether another could write, each time that a password was hashed or verified."""
    seen: list[bool] = []
    path = sqlite_database.engine.url.database

    def watched(work: Callable[..., object]) -> Callable[..., object]:
        def do(*arguments: object) -> object:
            with sqlite3.connect(str(path), timeout=0, isolation_level=None) as other:
                try:
                    other.execute("BEGIN IMMEDIATE")
                    other.execute("ROLLBACK")
                    seen.append(True)
                except sqlite3.OperationalError:
                    seen.append(False)
            return work(*arguments)

        return do

    for name in ("hash", "verify"):
        monkeypatch.setattr(argon2.PasswordHasher, name, watched(getattr(argon2.PasswordHasher, name)))
    return seen


def test_what_is_watched_would_be_seen(sqlite_database: Database, free: list[bool]) -> None:
    sqlite_database.transaction(entering.register, "a@example.org", PASSWORD, "A", base_url=BASE, now=clock.now())
    assert False in free


def test_no_page_holds_the_writers_turn_while_a_password_costs_what_it_costs(
    app: Flask, sqlite_database: Database, free: list[bool]
) -> None:
    write, now = sqlite_database.transaction, clock.now()
    said = {"by": SYSTEM, "base_url": BASE, "call_title": "", "now": now}
    invited = addresses.invitation(write(enrolment.invite, "anne@example.org", Role.TEAM, **said))
    entered = []
    for path, button, fields in (
        (invited, "Commencer", {"name": "Anne"}),
        ("/compte/creer", "Créer mon compte", {"name": "Basile", "email": "b@example.org"}),
        ("", "Confirmer mon adresse", {}),
        ("/compte/connexion", "Se connecter", {"email": "b@example.org"}),
    ):
        page = path or addresses.confirmation(confirmation_of(sqlite_database, "b@example.org"))
        free.clear()
        done = submit(Browser(app, sqlite_database), page, button, password=PASSWORD, **fields)
        entered.append((done.status_code, len(free) > 0, all(free)))
    assert entered == [(200, True, True)] * 4
    with sqlite_database.reading() as session:
        known = session.scalars(select(Person).order_by(Person.id)).all()
        assert [bool(one.email_confirmed_at and one.password_hash) for one in known] == [True, True]
