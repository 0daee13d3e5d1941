"""One call brought from its announcement to its publication: a database at each stage, every text of a dossier marked.

Everything that is said of the dossier ``target`` holds a marker, another for each kind of text: what a page must not
show is looked for by it. Instants are those of the past days; a stage is a copy of the database as it was then.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from ptce_aap.database import Database
from ptce_aap.domain.permissions import Actor, Period
from ptce_aap.models import Call, Dossier, Person
from ptce_aap.services.accounts import accounts
from ptce_aap.services.calls import calls

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
OPENS, FILED, CLOSES, INSTRUCTED, MARKED, RANKED = (NOW - n * DAY for n in (30, 20, 15, 12, 8, 4))
BASE = "http://127.0.0.1:8000"


class Stage(StrEnum):
    """The eight moments at which the application is walked through."""

    ANNOUNCED = "announced"
    OPEN = "open"
    CLOSED = "closed"  # nobody files any more, nothing was said of any dossier yet
    INSTRUCTION = "instruction"
    JURY = "jury"
    DELIBERATION = "deliberation"
    FROZEN = "frozen"
    PUBLISHED = "published"

    @property
    def period(self) -> Period:
        """The period of the table in which this moment lies."""
        return Period.INSTRUCTION if self is Stage.CLOSED else Period(self.value)


class Marker(StrEnum):
    """What texts hold, by what they are; made of letters that no word has."""

    TITLE = "zqxtitre"  # title, carrier and members: read on the list of conflicts
    CONTENT = "zqxcontenu"
    DRAFT = "zqxbrouillon"  # every text of a dossier that is never filed
    PIECE = "zqxpiece"
    MESSAGE = "zqxmessage"
    PROPOSAL = "zqxinstruction"
    OPINION = "zqxavis"
    DECISION = "zqxdecision"
    COMMENT = "zqxnote"
    COMMITTEE = "zqxseance"


@dataclass
class World:
    """The databases by stage, the storage that they share, and the references of what was laid out."""

    folder: Path
    database: Database
    storage_url: str
    slug: str = ""
    stages: dict[Stage, Path] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)  # what stands in an address, by name
    named_at: dict[Stage, dict[str, str]] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)  # the cookie of each walker
    form_data: dict[Stage, dict[str, str]] = field(default_factory=dict)

    def do(self, work: Callable[..., Any], *args: Any, **more: Any) -> Any:
        """Write in the database that is being laid out."""
        return self.database.transaction(work, *args, **more)

    def actor(self, name: str) -> Actor:
        """Load a person with his roles."""
        with self.database.reading() as session:
            return accounts.actor_of(person(session, name))

    def call(self, session: Session) -> Call:
        """Load the call."""
        return calls.call_by_slug(session, self.slug)

    def call_id(self) -> int:
        """Return the number of the call's row."""
        with self.database.reading() as session:
            return self.call(session).id

    def keep(self, stage: Stage, **calendar: datetime | None) -> None:
        """Keep the database as it is, with this calendar, as that of a stage."""
        self.database.dispose()
        path = self.folder / f"{stage.value}.sqlite3"
        shutil.copyfile(self.database.url.removeprefix("sqlite:///"), path)
        self.stages[stage] = path
        self.named_at[stage] = dict(self.named)
        if calendar:
            copy = Database(f"sqlite:///{path}")
            copy.transaction(lambda session: session.execute(update(Call).values(**calendar)) and None)
            copy.dispose()


def email_of(name: str) -> str:
    """Return the address of somebody's account."""
    return f"{name}@permissions.example.org"


def person(session: Session, name: str) -> Person:
    """Load a walker's account."""
    query = select(Person).options(joinedload(Person.grants)).where(Person.email_key == email_of(name))
    return session.scalars(query).unique().one()


def dossier(session: Session, reference: str) -> Dossier:
    """Load a dossier, whoever may see it."""
    return session.scalars(select(Dossier).where(Dossier.reference == reference)).one()
