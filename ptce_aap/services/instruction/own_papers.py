"""Labels that a region shares on its dossiers, and the note that each correspondent keeps for himself alone.

Nobody else reads either: no other room, export or bundle has a word of them, so no line of the journal tells of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Permission
from ptce_aap.domain.persons import fold
from ptce_aap.models import Call, Dossier, DossierLabel, DossierNote
from ptce_aap.models.own_papers import on_its_region
from ptce_aap.services.accounts import accounts
from ptce_aap.services.dossiers.dossiers import PAGE_SIZE
from ptce_aap.services.instruction import instruction

LABEL_LENGTH = 30
LABELS = 10
"""On one dossier: more would hide the line that they are on."""
NOTE_LENGTH = 5000


@dataclass(frozen=True, slots=True)
class Papers:
    """What is beside a dossier for its correspondents: ``labels`` on it, those ``known`` in its region, one's note."""

    labels: tuple[str, ...]
    known: tuple[str, ...]
    note: str
    noted_at: datetime | None

    @property
    def mark(self) -> str:
        """The mark of the note, by which a form knows what it had shown."""
        return mark_of(self.note)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A dossier that somebody chose, with its labels."""

    reference: str
    number: str
    title: str
    labels: tuple[str, ...]


def papers(session: Session, actor: Actor, call: Call, reference: str, *, now: datetime) -> Papers:
    """Return what is beside a dossier: three statements. Errors: ``not_found``."""
    mine = instruction.visible(session, actor, call, now=now)
    dossier = session.scalar(mine.where(Dossier.reference == reference))
    if dossier is None:
        raise NotFound()
    note = session.get(DossierNote, (dossier.id, actor.person_id))
    known = {label.key: label for label in _labels(session, mine.where(Dossier.region == dossier.region))}
    own = [label.text for label in _labels(session, mine.where(Dossier.id == dossier.id))]
    there = {fold(text) for text in own}
    return Papers(
        labels=tuple(own),
        known=tuple(label.text for key, label in known.items() if key not in there),
        note=note.text if note else "",
        noted_at=note.at if note else None,
    )


def known(session: Session, actor: Actor, call: Call, *, now: datetime) -> dict[str, str]:
    """Return the labels on the dossiers open to a correspondent, by folded text: one statement."""
    mine = instruction.visible(session, actor, call, now=now)
    return {label.key: label.text for label in _labels(session, mine)}


def labels_of(
    session: Session, actor: Actor, call: Call, references: Collection[str], *, now: datetime
) -> dict[str, list[str]]:
    """Return the labels of those of these dossiers that are open to a correspondent: one statement."""
    mine = instruction.visible(session, actor, call, now=now).where(Dossier.reference.in_(references))
    rows = mine.join(DossierLabel, on_its_region()).with_only_columns(Dossier.reference, DossierLabel.text)
    found: dict[str, list[str]] = {}
    for reference, text in session.execute(rows.order_by(DossierLabel.key)):
        found.setdefault(reference, []).append(text)
    return found


def chosen(
    session: Session, actor: Actor, call: Call, references: Collection[str], *, now: datetime
) -> tuple[Labelled, ...]:
    """Return those of these dossiers that are open to a correspondent: two statements; what is not his is not there."""
    wanted = sorted(set(references))[:PAGE_SIZE]
    mine = instruction.visible(session, actor, call, now=now).where(Dossier.reference.in_(wanted))
    labels = labels_of(session, actor, call, wanted, now=now)
    return tuple(
        Labelled(one.reference, one.number or "", one.title, tuple(labels.get(one.reference, ())))
        for one in session.scalars(mine.order_by(Dossier.id))
    )


def put(session: Session, actor: Actor, call_id: int, references: Collection[str], typed: str, *, now: datetime) -> int:
    """Put a label on dossiers of one's regions, all or none; return on how many it was not yet.

    Errors: ``not_allowed``, ``not_found``, ``nothing_chosen``, ``label_missing``, ``label_too_long``,
    ``labels_enough`` (``title``).
    """
    text = " ".join(typed.split())
    key = fold(text)
    if not key:
        raise RuleViolation("label_missing")
    if len(text) > LABEL_LENGTH:
        raise RuleViolation("label_too_long", maximum=LABEL_LENGTH)
    done = 0
    for dossier in _held(session, actor, call_id, references, now):
        there = _labels_on(session, dossier)
        if key in there:
            continue
        if len(there) >= LABELS:
            raise RuleViolation("labels_enough", maximum=LABELS, title=dossier.title)
        assert dossier.region is not None
        label = DossierLabel(dossier_id=dossier.id, region=dossier.region, key=key, text=text)
        label.person_id, label.at = actor.person_id, now
        session.add(label)
        done += 1
    session.flush()
    return done


def take_away(
    session: Session, actor: Actor, call_id: int, references: Collection[str], typed: str, *, now: datetime
) -> int:
    """Take a label away from dossiers of one's regions, whoever put it; return from how many.

    Errors: ``not_allowed``, ``not_found``, ``nothing_chosen``, ``label_missing``.
    """
    key = fold(typed)
    if not key:
        raise RuleViolation("label_missing")
    found = [_labels_on(session, dossier).get(key) for dossier in _held(session, actor, call_id, references, now)]
    gone = [label for label in found if label is not None]
    for label in gone:
        session.delete(label)
    session.flush()
    return len(gone)


def write_note(
    session: Session, actor: Actor, call_id: int, reference: str, text: str, *, shown: str, now: datetime
) -> None:
    """Write one's note on a dossier; nothing written takes it away. ``shown``: the mark of the note that was shown.

    Errors: ``not_allowed``, ``not_found``, ``note_too_long``, ``changed_meanwhile``: in another window of one's own.
    """
    (dossier,) = _held(session, actor, call_id, [reference], now)
    row = session.get(DossierNote, (dossier.id, actor.person_id))
    if shown != mark_of(row.text if row else ""):
        raise Conflict()
    if len(text) > NOTE_LENGTH:
        raise RuleViolation("note_too_long", over=len(text) - NOTE_LENGTH)
    if row is not None and not text:
        session.delete(row)
    elif row is not None:
        row.text, row.at = text, now
    elif text:
        session.add(DossierNote(dossier_id=dossier.id, person_id=actor.person_id, text=text, at=now))
    session.flush()


def mark_of(note: str) -> str:
    """Return the mark of a note; nothing where there is none."""
    return hashlib.sha256(note.encode()).hexdigest()[:16] if note else ""


def _held(session: Session, actor: Actor, call_id: int, references: Collection[str], now: datetime) -> list[Dossier]:
    """Load dossiers open to a correspondent, each locked: whoever writes beside it at the same time waits."""
    accounts.require(actor, Permission.INSTRUCT, call_id)
    wanted = set(references)
    if not wanted or len(wanted) > PAGE_SIZE:
        raise RuleViolation("nothing_chosen")
    mine = instruction.visible(session, actor, session.get_one(Call, call_id), now=now)
    chosen = mine.where(Dossier.reference.in_(sorted(wanted))).order_by(Dossier.id).with_for_update(of=Dossier)
    found = list(session.scalars(chosen))
    if len(found) != len(wanted):
        raise NotFound()
    return found


def _labels(session: Session, dossiers: Select[Dossier]) -> list[DossierLabel]:
    ids = dossiers.join(DossierLabel, on_its_region()).with_only_columns(DossierLabel.id)
    query = select(DossierLabel).where(DossierLabel.id.in_(ids))
    return list(session.scalars(query.order_by(DossierLabel.key, DossierLabel.id.desc())))


def _labels_on(session: Session, dossier: Dossier) -> dict[str, DossierLabel]:
    on_it = (DossierLabel.dossier_id == dossier.id) & (DossierLabel.region == dossier.region)
    return {label.key: label for label in session.scalars(select(DossierLabel).where(on_it))}
