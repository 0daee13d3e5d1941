"""A call in instruction, laid out in a test's database: people, dossiers filed in two regions, signed-in clients."""

from __future__ import annotations

import tomllib
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session, joinedload

from ptce_aap import resources
from ptce_aap.database import Database
from ptce_aap.definitions import load_call
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.permissions import Actor, Role
from ptce_aap.models import Attachment, Call, Conflict, Dossier, JournalEntry, Person, RoleGrant
from ptce_aap.services.accounts import accounts
from ptce_aap.services.calls import calls
from ptce_aap.services.calls.calls import SYSTEM
from ptce_aap.services.deposits import filing
from ptce_aap.web.context import EXTENSION
from tests import proven

NOW = datetime.now(UTC).replace(microsecond=0)
FILED = NOW - timedelta(days=20)
CLOSED = NOW - timedelta(days=10)
HERE, ELSEWHERE = "31", "93"
SECOND = Path(__file__).parent / "second_call"

PEOPLE = {
    "here": (Role.CORRESPONDENT, HERE),
    "elsewhere": (Role.CORRESPONDENT, ELSEWHERE),
    "team": (Role.TEAM, None),
    "auditor": (Role.AUDITOR, None),
    "chair": (Role.CHAIR, None),
    "applicant": (Role.APPLICANT, None),
}


@dataclass
class Scene:
    """What was laid out: dossiers are references, those of ``HERE`` first."""

    database: Database
    slug: str
    here: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    def call(self) -> Call:
        """Load the call."""
        with self.database.reading() as session:
            return calls.call_by_slug(session, self.slug)

    def actor(self, name: str) -> Actor:
        """Load a person with the roles of now."""
        with self.database.reading() as session:
            return accounts.actor_of(_person(session, self.slug, name))

    def change_call(self, **values: Any) -> None:
        """Change the calendar of the call."""

        def work(session: Session) -> None:
            call = calls.call_by_slug(session, self.slug)
            for name, value in values.items():
                setattr(call, name, value)

        self.database.transaction(work)

    def dossier(self, reference: str) -> Dossier:
        """Load a dossier, whoever may see it."""
        with self.database.reading() as session:
            return session.scalars(select(Dossier).where(Dossier.reference == reference)).one()

    def declare_conflict(self, name: str, reference: str) -> None:
        """Declare a conflict."""

        def work(session: Session) -> None:
            dossier = session.scalars(select(Dossier).where(Dossier.reference == reference)).one()
            person = _person(session, self.slug, name)
            session.add(Conflict(dossier_id=dossier.id, person_id=person.id, call_id=dossier.call_id, declared_at=NOW))

        self.database.transaction(work)

    def join_piece(self, reference: str, digest: str) -> str:
        """Join a stored file to a dossier and return the piece's reference."""

        def work(session: Session) -> str:
            dossier = session.scalars(select(Dossier).where(Dossier.reference == reference)).one()
            piece = Attachment(
                dossier_id=dossier.id,
                key="pieces.statuts",
                filename="statuts.pdf",
                media_type="application/pdf",
                size=16,
                sha256=digest,
                added_by_id=dossier.owner_id,
                added_at=FILED,
            )
            session.add(piece)
            session.flush()
            return piece.reference

        return self.database.transaction(work)

    def sign_in(self, name: str) -> str:
        """Open a session for a person and return what his cookie holds."""

        def work(session: Session) -> str:
            return proven.open_session(session, _person(session, self.slug, name), now=datetime.now(UTC))

        return self.database.transaction(work)

    def client(self, app: Flask, name: str) -> FlaskClient:
        """Return a browser in which this person is signed in."""
        client = app.test_client()
        client.set_cookie("ptce", self.sign_in(name))
        return client

    def acts(self) -> list[str]:
        """Return the acts of the call's journal, in order."""
        with self.database.reading() as session:
            own = JournalEntry.call_id == calls.call_by_slug(session, self.slug).id
            return list(session.scalars(select(JournalEntry.act).where(own).order_by(JournalEntry.sequence)))


def lay_out(database: Database, here: int = 2, elsewhere: int = 1, definition: CallDefinition | None = None) -> Scene:
    """Lay out a closed call with complete, eligible dossiers; the first of each region is incomplete."""
    scene = _with_people(database, definition or load_call("ptce-2015"))
    scene.here = database.transaction(_fill, scene.slug, HERE, here)
    scene.elsewhere = database.transaction(_fill, scene.slug, ELSEWHERE, elsewhere)
    return scene


def lay_out_second(database: Database) -> Scene:
    """Lay out the call of the tests' own files, which has no regions: a clear dossier, then one that is not."""
    scene = _with_people(database, load_call("fabriques-2016", SECOND))
    documents = [
        {
            "atelier": {"enseigne": f"Atelier {place} (fictif)", "gerance": {"raison_sociale": "Régie (fictive)"}},
            "ouvrage": {"propos": "Un atelier.", "publics": publics},
        }
        for place, publics in enumerate((["enfants", "voisins"], ["enfants"]))
    ]
    scene.here = database.transaction(_file_all, scene.slug, documents)
    return scene


def add_dossiers(scene: Scene, count: int) -> None:
    """File more dossiers in the first region."""
    scene.here += scene.database.transaction(_fill, scene.slug, HERE, count, len(scene.here))


def on_database(app: Flask, database: Database) -> Flask:
    """Put an application on another database: its templates are compiled once for all the tests of a module."""
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], database=database)
    return app


def statements(database: Database, work: Any) -> int:
    """Count the SQL statements that some work makes, transactions' own apart."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "SAVEPOINT")):
            seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    return len(seen)


def complete_answers() -> dict[str, Any]:
    """Return the answers of the complete, eligible dossier from which the examples of the rules start."""
    return deepcopy(_complete_answers())


@cache
def _complete_answers() -> dict[str, Any]:
    rules = Path(resources.shipped("scoring")) / "ptce-2015" / "recevabilite.v1.toml"
    models = tomllib.loads(rules.read_text(encoding="utf-8"))["modele"]
    found = next(model for model in models if model["cle"] == "dossier_complet")["reponses"]
    assert isinstance(found, dict)
    return found


def _open(session: Session, definition: CallDefinition) -> Call:
    opens = FILED - timedelta(days=20)
    return calls.open_call(session, SYSTEM, definition, now=opens, opens_at=opens, closes_at=CLOSED)


def _invite_everybody(session: Session, slug: str) -> None:
    call = calls.call_by_slug(session, slug)
    for name, (role, region) in PEOPLE.items():
        email = _email(slug, name)
        person = Person(email=email, email_key=email, name=f"Personne {name}", created_at=FILED)
        session.add(person)
        if role is not Role.APPLICANT:
            person.grants.append(RoleGrant(call_id=call.id, role=role.value, region=region, granted_at=FILED))


def _email(slug: str, name: str) -> str:
    return f"{name}.{slug}@example.org"


def _person(session: Session, slug: str, name: str) -> Person:
    """Load a person of a call: several calls may be laid out in one database."""
    email = _email(slug, name)
    query = select(Person).options(joinedload(Person.grants)).where(Person.email_key == email)
    return session.scalars(query).unique().one()


def _with_people(database: Database, definition: CallDefinition) -> Scene:
    scene = Scene(database, database.transaction(_open, definition).slug)
    database.transaction(_invite_everybody, scene.slug)
    return scene


def _fill(session: Session, slug: str, region: str, count: int, first: int = 0) -> list[str]:
    documents = []
    for place in range(first, first + count):
        document = complete_answers()
        document["identification"] |= {"nom_pole": f"Pôle {region} {place:04d} (fictif)", "region": region}
        if place == 0:
            del document["projet"]["innovation"]
        documents.append(document)
    return _file_all(session, slug, documents)


def _file_all(session: Session, slug: str, documents: list[dict[str, Any]]) -> list[str]:
    call = calls.call_by_slug(session, slug)
    definition = calls.definition_of(session, call)
    owner = _person(session, slug, "applicant")
    actor = accounts.actor_of(owner)
    references = []
    for place, document in enumerate(documents):
        answers = definition.questionnaire.parse(document)
        dossier = filing.new_dossier(session, actor, call, owner_id=owner.id, now=FILED)
        filing.write_answers(session, dossier, definition, answers, owner.id, FILED)
        at = FILED + timedelta(minutes=place)
        filing.freeze(session, actor, call, dossier, definition, answers, at=at, draft=dossier)
        references.append(dossier.reference)
    return references
