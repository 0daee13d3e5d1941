"""A call with as many filed, instructed and marked dossiers as asked: who is in it, and how to reach it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from ptce_aap.database import Database
from ptce_aap.domain.permissions import Actor
from ptce_aap.models import Call, Person
from ptce_aap.services.accounts import accounts
from ptce_aap.services.calls import calls
from tests import proven

NOW = datetime.now(UTC).replace(microsecond=0)
FILED = NOW - timedelta(days=20)
CLOSED = NOW - timedelta(days=10)
READINGS = 3
JURORS = 12


@dataclass
class World:
    """What was laid out: the call, and references of what is measured."""

    database: Database
    slug: str
    size: int
    region: str  # the busiest one
    drafts: list[str] = field(default_factory=list)
    to_mark: dict[str, list[str]] = field(default_factory=dict)  # juror → dossiers given to him and not begun

    def call(self) -> Call:
        """Load the call."""
        with self.database.reading() as session:
            return calls.call_by_slug(session, self.slug)

    def change_call(self, **values: Any) -> None:
        """Change the calendar of the call."""
        self.database.transaction(
            lambda session: session.execute(update(Call).where(Call.slug == self.slug).values(**values))
        )

    def actor(self, name: str) -> Actor:
        """Load a person with the roles of now."""
        with self.database.reading() as session:
            return accounts.actor_of(person(session, name))

    def secret(self, name: str) -> str:
        """Open a session for a person; return what the cookie holds."""
        return self.database.transaction(
            lambda session: proven.open_session(session, person(session, name), now=datetime.now(UTC))
        )


def person(session: Session, name: str) -> Person:
    """Load a person by the name in his address."""
    query = select(Person).options(joinedload(Person.grants)).where(Person.email_key == f"{name}@example.org")
    return session.scalars(query).unique().one()


def juror(number: int) -> str:
    """Return the name of a juror."""
    return f"jure-{number % JURORS}"
