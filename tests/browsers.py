"""A person in front of a page: Flask's client signed in as one, which reads the token of forms like a browser."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from werkzeug.test import TestResponse

from ptce_aap import clock
from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.models import Person
from tests import proven

# The token of a form, where a page holds one.
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def token(page: str) -> str:
    """Return the token of the forms of a page."""
    found = TOKEN.search(page)
    assert found is not None, "this page holds no form"
    return found[1]


def application(database: Database, instance: Path, *, demo: bool = False) -> Flask:
    """Return the application on this database."""
    return create_app(load_settings({}, instance=instance, demo=demo), database=database)


class Browser:
    """One signed-in person."""

    def __init__(self, app: Flask, database: Database, email: str | None = None) -> None:
        self.client: FlaskClient = app.test_client()
        if email is not None:
            self.client.set_cookie("ptce", database.transaction(_open_session, email))

    def get(self, path: str) -> TestResponse:
        """Open a page."""
        return self.client.get(path)

    def post(self, path: str, data: dict[str, str] | None = None, *, page: str = "/compte") -> TestResponse:
        """Send a form, with the token of the page that holds it."""
        return self.client.post(path, data={**(data or {}), "csrf_token": token(self.client.get(page).text)})


def _open_session(session: Session, email: str) -> str:
    person = session.scalars(
        select(Person).options(joinedload(Person.grants)).where(Person.email_key == email)
    ).unique()
    return proven.open_session(session, person.one(), now=clock.now())
