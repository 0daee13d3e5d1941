"""What was done on a dossier, by whom and when: its days, from the journal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.clock import PARIS
from ptce_aap.domain.permissions import Actor
from ptce_aap.models import Call, Dossier, JournalEntry, Person
from ptce_aap.services.applicants import applicant
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers.dossiers import Page, page_of

# What the history of a dossier tells its applicants: their own acts, never those of the State or the jury.
TOLD = (
    "dossier.started",
    "dossier.saved",
    "dossier.filed",
    "dossier.imported",
    "dossier.reopened",
    "dossier.revision_dropped",
    "dossier.withdrawn",
    "table.imported",
    "piece.added",
    "piece.removed",
    "person.invited",
    "person.invited_again",
    "person.joined",
    "person.declined",
    "person.right_changed",
    "person.revoked",
    "person.left",
    "ownership.offered",
    "ownership.kept",
    "ownership.taken",
    "ownership.refused",
    "dossier.confirmation",
)
MOST_LINES = 5_000


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did of a kind on a day: how many times, on which stages, between which instants."""

    name: str
    act: str
    stages: tuple[str, ...]  # their titles, in the form's order
    count: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a dossier, the latest deeds first."""

    day: date
    deeds: tuple[Deed, ...]


@dataclass(frozen=True, slots=True)
class History:
    """The days of a dossier, the latest first."""

    dossier: Dossier
    call: Call
    days: Page[Day]


def history(session: Session, actor: Actor, reference: str, *, page: int = 1) -> History:
    """Return the last acts on a dossier that this person reads, day by day: three statements. Errors: ``not_found``."""
    dossier, call, _ = applicant.held(session, actor, reference)
    definition = calls.definition_of(session, call)
    titles = {stage.key: stage.title for stage in definition.questionnaire.stages}
    entries = session.execute(
        select(JournalEntry.actor, JournalEntry.act, JournalEntry.at, JournalEntry.facts)
        .where(
            JournalEntry.chain == f"call-{call.id}",
            JournalEntry.object_kind == "dossier",
            JournalEntry.object == reference,
            JournalEntry.act.in_(TOLD),
        )
        .order_by(JournalEntry.sequence.desc())
        .limit(MOST_LINES)
    ).all()
    names = _names(session, {entry.actor for entry in entries})
    return History(dossier, call, page_of(_days(entries, names, titles), page))


def _names(session: Session, references: Iterable[str]) -> dict[str, str]:
    people = select(Person.reference, Person.name, Person.email).where(Person.reference.in_(references))
    return {reference: name or email for reference, name, email in session.execute(people)}


def _days(entries: Iterable[Any], names: dict[str, str], titles: dict[str, str]) -> list[Day]:
    """Gather the lines of the journal, the latest first: one deed for what a person did of a kind on a day."""
    days: dict[date, dict[tuple[str, str], list[Any]]] = {}
    for entry in entries:
        day = entry.at.astimezone(PARIS).date()
        days.setdefault(day, {}).setdefault((entry.actor, entry.act), []).append(entry)
    return [
        Day(
            day,
            tuple(
                Deed(
                    name=names.get(actor, ""),
                    act=act,
                    stages=_stages_of(lines, titles),
                    count=len(lines),
                    first=lines[-1].at,
                    last=lines[0].at,
                )
                for (actor, act), lines in deeds.items()
            ),
        )
        for day, deeds in days.items()
    ]


def _stages_of(lines: Iterable[Any], titles: dict[str, str]) -> tuple[str, ...]:
    paths = {path for line in lines for path in (*line.facts.get("keys", ()), line.facts.get("key", ""))}
    touched = {path.partition(".")[0] for path in paths}
    return tuple(title for key, title in titles.items() if key in touched)
