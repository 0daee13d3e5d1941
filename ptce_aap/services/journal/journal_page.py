"""The journal of a call as its readers see it: lines with the people and dossiers they name, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, cast, or_, select
from sqlalchemy.orm import Session

from ptce_aap.domain.permissions import Actor, Permission, Role
from ptce_aap.domain.two_persons import JointAct, Outcome
from ptce_aap.models import Call, Conflict, Dossier, JournalEntry, Person, Sheet
from ptce_aap.services.accounts import accounts
from ptce_aap.services.dossiers.dossiers import Page, paged
from ptce_aap.services.ranking import standings

# Acts that tell of the official ranking, of the line or of the list, by what they say or because they were needed.
OF_THE_RANKING = (
    "departure.confirmed",
    "departure.decided",
    "departure.withdrawn",
    "mark.revised",
    "ranking.computed",
    "shortlist.frozen",
    "tie.voted",
    *(f"{JointAct.FREEZING}.{end}" for end in ("proposed", *Outcome)),
    *(f"{JointAct.PUBLICATION}.{end}" for end in ("proposed", *Outcome)),
)
# Acts that tell who is in conflict, and with what: the list of them is closed for as long, in its own room.
OF_CONFLICTS = (
    "conflict.corrected",
    "conflict.declared",
    "conflict.statement",
    *(f"{JointAct.CORRECTION}.{end}" for end in ("proposed", *Outcome)),
)
# Acts on several dossiers at once. Left out for naming a closed one, they would tell that it was among them.
_OF_SEVERAL = ("region.ranked", "tie.voted")
# Acts that count readings of every dossier: less those that one may see, they would count those of the closed one.
_COUNTING = frozenset({"plan.applied", "plan.undone"})


@dataclass(frozen=True, slots=True)
class Line:
    """One act. ``about`` names its object in words, empty where it is the call itself."""

    sequence: int
    at: datetime
    person: str
    person_reference: str
    role: Role
    act: str
    about: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class JournalPage:
    """A page of the journal, with what it can be filtered by. ``partial``: lines are closed to this person."""

    lines: Page[Line]
    acts: tuple[str, ...]
    person: str  # the name of the person whose acts alone are shown
    partial: bool


def read(
    session: Session, actor: Actor, call: Call, *, act: str = "", person: str = "", page: int = 1, now: datetime
) -> JournalPage:
    """Return a page of the journal, the latest act first.

    A dossier in conflict with the reader is in no line and no act that he can filter by; nor, until publication, is
    what tells of the ranking or of the conflicts of others. Errors: ``not_allowed``.
    """
    accounts.require(actor, Permission.READ_JOURNAL, call.id)
    hidden = _hidden(session, actor, call)
    open_lines = [JournalEntry.call_id == call.id, *(_speaks_not_of(one) for one in hidden)]
    if hidden:
        open_lines.append(JournalEntry.act.not_in(_OF_SEVERAL))
    if standings.in_deport(session, actor, call):
        open_lines.append(JournalEntry.act.not_in((*OF_THE_RANKING, *OF_CONFLICTS)))
    query = select(JournalEntry).where(*open_lines)
    if act:
        query = query.where(JournalEntry.act == act)
    if person:
        query = query.where(JournalEntry.actor == person)
    found = paged(session, query.order_by(JournalEntry.sequence.desc()), page)
    known = select(JournalEntry.act).where(*open_lines).distinct().order_by(JournalEntry.act)
    names = _names(session, found.items, named=now >= call.closes_at)
    lines = [_line(entry, names, partial=bool(hidden)) for entry in found.items]
    return JournalPage(
        lines=Page(lines, found.number, found.pages, found.total),
        acts=tuple(session.scalars(known)),
        person=names.get(person, ""),
        partial=bool(hidden),
    )


def _line(entry: JournalEntry, names: Mapping[str, str], *, partial: bool) -> Line:
    return Line(
        sequence=entry.sequence,
        at=entry.at,
        person=names.get(entry.actor, ""),
        person_reference=entry.actor,
        role=Role(entry.role),
        act=entry.act,
        about=names.get(entry.object, ""),
        facts={} if partial and entry.act in _COUNTING else _named(entry.facts, names),
    )


def _named(facts: Mapping[str, Any], names: Mapping[str, str]) -> Mapping[str, Any]:
    """Return facts where who proposed an act is named, not referred to."""
    proposer = facts.get("proposed_by")
    return facts if proposer is None else {**facts, "proposed_by": names.get(proposer, "")}


def _hidden(session: Session, actor: Actor, call: Call) -> set[str]:
    """Return the references of what must not be named to this person: dossiers in conflict, his own, their sheets."""
    declared = select(Conflict.dossier_id).where(Conflict.person_id == actor.person_id, Conflict.call_id == call.id)
    mine = declared.union(select(Dossier.id).where(Dossier.owner_id == actor.person_id, Dossier.call_id == call.id))
    dossiers = session.scalars(select(Dossier.reference).where(Dossier.id.in_(mine))).all()
    if not dossiers:
        return set()
    sheets = session.scalars(select(Sheet.reference).where(Sheet.dossier_id.in_(mine)))
    return {*dossiers, *sheets}


def _speaks_not_of(reference: str) -> ColumnElement[bool]:
    facts = cast(JournalEntry.facts, String)
    return (JournalEntry.object != reference) & ~facts.contains(reference, autoescape=True)


def _dossier(number: str | None, title: str) -> str:
    """Name a dossier: what a draft says, and before the closing what any dossier says, is nobody's business here."""
    if number is None:
        return "un brouillon"
    return f"{title} ({number})" if title else f"dossier {number}"


def _names(session: Session, entries: Any, *, named: bool) -> dict[str, str]:
    """Return the names of the people and dossiers that these lines name by reference."""
    references = {entry.actor for entry in entries} | {entry.object for entry in entries}
    references |= {entry.facts["proposed_by"] for entry in entries if "proposed_by" in entry.facts}
    people = session.execute(
        select(Person.reference, Person.name, Person.email).where(Person.reference.in_(references))
    )
    names = {reference: name or email for reference, name, email in people}
    dossiers = session.execute(
        select(Dossier.reference, Dossier.number, Dossier.title)
        .outerjoin(Sheet, Sheet.dossier_id == Dossier.id)
        .where(or_(Dossier.reference.in_(references), Sheet.reference.in_(references)))
        .add_columns(Sheet.reference.label("sheet"))
    )
    for reference, number, title, sheet in dossiers:
        words = _dossier(number, title if named else "")
        names[reference] = words
        if sheet is not None:
            names[sheet] = words
    return names
