"""One request of one walker at one stage: what was answered, what would have been written, what was shown."""

from __future__ import annotations

import hashlib
import re
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.storage import open_storage
from ptce_aap.web.context import EXTENSION
from tests.browsers import TOKEN
from tests.permissions.people import Walker
from tests.permissions.world import Marker, Stage, World

P = ParamSpec("P")
R = TypeVar("R")

_FORMS = "ptce-form"
_CHANGING = re.compile(r'(nonce|name="csrf_token" value|name="_auteur" value|name="_renvoi" value)="[^"]*"')
_MARKERS = re.compile("|".join(map(re.escape, Marker)))


class TrialDatabase(Database):
    """A database that counts what each transaction writes, and may take it back instead of committing it."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.keeps = True
        self.written = 0

    def transaction(self, work: Callable[Concatenate[Session, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run the work; ``written`` grows by the rows that it changed, as SQLite counts them."""

        def counted(session: Session) -> R:
            driver: Any = session.connection().connection.driver_connection
            before = driver.total_changes
            result = work(session, *args, **kwargs)
            session.flush()
            self.written += driver.total_changes - before
            if not self.keeps:
                session.expunge_all()
                session.rollback()
            return result

        return super().transaction(counted)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a walker was answered: status, body, where to, the markers in it, and how many rows it wrote."""

    status: int
    body: bytes
    location: str
    markers: frozenset[Marker]
    written: int

    @property
    def page(self) -> str:
        """The body without what is drawn for each answer."""
        return _CHANGING.sub(r"\1", self.body.decode("utf-8", "replace"))


class Site:
    """The application on the database of one stage, with a browser for each walker."""

    def __init__(self, world: World, stage: Stage, app: Flask, folder: Path) -> None:
        self.world, self.stage, self.app = world, stage, app
        self.path = folder / f"walked-{stage.value}.sqlite3"
        shutil.copyfile(world.stages[stage], self.path)
        self.database = TrialDatabase(f"sqlite:///{self.path}")
        with sqlite3.connect(self.path) as connection:
            # A session in use is written down every few minutes: not while one walks.
            connection.execute(
                "UPDATE sign_in SET seen_at = datetime('now', '+1 day'), proved_at = datetime('now', '+1 day')"
            )
        app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], database=self.database)
        self._clients: dict[str, tuple[FlaskClient, str, str]] = {}
        self._asked = 0

    def ask(
        self, walker: Walker, method: str, address: str, form: dict[str, Any] | None = None, *, keep: bool = False
    ) -> Seen:
        """Send one request, with the token of forms where it posts; ``keep``: what it writes stays written."""
        client, token, cookie = self._client(walker)
        self.database.keeps, before = keep, self.database.written
        data = {**(form or {}), "csrf_token": token} if method == "POST" else None
        self._asked += 1  # from an address of its own: what is limited by address is tested elsewhere
        source = f"10.{self._asked >> 16 & 255}.{self._asked >> 8 & 255}.{self._asked & 255}"
        answer = client.open(address, method=method, data=data, environ_base={"REMOTE_ADDR": source})
        if "Set-Cookie" in answer.headers:
            self._put_cookies(client, walker, cookie)  # whoever signs out walks on
        return _seen(answer, self.database.written - before)

    def send(
        self, walker: Walker, method: str, address: str, *, token_of: Walker | None = None, **headers: str
    ) -> Seen:
        """Send a request as another site or program would: with somebody's token or none, and these headers."""
        client, _, _ = self._client(walker)
        data = {} if token_of is None else {"csrf_token": self._client(token_of)[1]}
        self.database.keeps, before = True, self.database.written
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = client.open(address, method=method, data=data if method == "POST" else None, headers=sent)
        return _seen(answer, self.database.written - before)

    def digest(self) -> str:
        """Return the digest of every row of every table, sessions apart."""
        return digest_of(self.path)

    def close(self) -> None:
        """Let the database go."""
        self.database.dispose()

    def _client(self, walker: Walker) -> tuple[FlaskClient, str, str]:
        if walker.name not in self._clients:
            client = self.app.test_client()
            self._put_cookies(client, walker, "")
            page = client.get("/compte/connexion" if walker.visits else "/compte").text
            found, cookie = TOKEN.search(page), client.get_cookie(_FORMS)
            assert found is not None, walker.name
            assert cookie is not None, walker.name
            self._clients[walker.name] = (client, found[1], cookie.value)
        return self._clients[walker.name]

    def _put_cookies(self, client: FlaskClient, walker: Walker, cookie: str) -> None:
        if cookie:
            client.set_cookie(_FORMS, cookie)
        if not walker.visits:
            client.set_cookie("ptce", self.world.secrets[walker.name])


def application(world: World, folder: Path) -> Flask:
    """Return the application, created once: each stage lends it its database."""
    settings = load_settings({"PTCE_STORAGE_URL": world.storage_url}, instance=folder)
    database = Database(f"sqlite:///{world.stages[Stage.OPEN]}")
    return create_app(settings, database=database, storage=open_storage(world.storage_url))


def digest_of(path: Path) -> str:
    """Return the digest of every row of every table of a database file, sessions apart."""
    digest = hashlib.sha256()
    with sqlite3.connect(path) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        for (table,) in tables:
            if table != "sign_in":
                digest.update(table.encode())
                for row in connection.execute(f'SELECT * FROM "{table}"'):
                    digest.update(repr(row).encode())
    return digest.hexdigest()


def _seen(answer: TestResponse, written: int) -> Seen:
    body = answer.get_data()
    answer.close()
    text = body.decode("utf-8", "replace")
    markers = frozenset(Marker(found) for found in _MARKERS.findall(text))
    return Seen(answer.status_code, body, answer.headers.get("Location", ""), markers, written)
