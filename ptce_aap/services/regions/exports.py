"""Exports of a region: asked for with a purpose, made by a job, given to their asker while he may read each dossier."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Permission, Role
from ptce_aap.domain.region_exports import WORDS_LENGTH, Cover, Purpose
from ptce_aap.models import Call, Dossier, Job, Opinion, Person
from ptce_aap.services.accounts import accounts
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers import listing, rooms
from ptce_aap.services.dossiers.dossiers import counted
from ptce_aap.services.instruction import instruction
from ptce_aap.services.journal import journal
from ptce_aap.services.running import outbox
from ptce_aap.services.selection.export_ends import REGION as KIND
from ptce_aap.services.selection.exports import LIFE, File

FORMATS = {
    "csv": ("CSV", "text/csv; charset=utf-8"),
    "xlsx": ("Classeur XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "json": ("Réponses en JSON", "application/json"),
    "zip": ("Dossiers entiers en ZIP", "application/zip"),
}
RECENT = 20
MOST_LISTED = 300
"""How many dossiers are offered one by one; beyond, filters choose."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked: the form of the file, what for, the filters of the list and the dossiers chosen, all if none."""

    form: str
    purpose: Purpose
    words: str
    asked: listing.Asked
    chosen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """An export as its asker follows it, or as another reader of the region knows it.

    ``dossiers`` counts those that this reader may open now; ``mine`` tells whether he asked for it himself.
    """

    reference: str
    form: str
    purpose: Purpose
    words: str
    dossiers: int
    asked_by: str
    mine: bool
    state: str
    done: int
    total: int
    error: str | None
    created_at: datetime
    expires_at: datetime | None
    expired: bool


@dataclass(frozen=True, slots=True)
class Offered:
    """What a correspondent may export: how many dossiers his filters find, and which, while they can be listed."""

    definition: CallDefinition
    readable: bool
    total: int
    dossiers: tuple[tuple[str, str, str], ...]  # reference, number, title


def offered(session: Session, actor: Actor, call: Call, asked: listing.Asked, *, now: datetime) -> Offered:
    """Return the dossiers of one's regions that may be exported: two statements at any size."""
    definition = calls.definition_of(session, call)
    found = _found(session, actor, call, asked, now=now)
    query = found.with_only_columns(Dossier.reference, Dossier.number, Dossier.title)
    rows = session.execute(query.order_by(Dossier.title_key, Dossier.id).limit(MOST_LISTED)).all()
    return Offered(
        definition=definition,
        readable=calls.correspondents_may_read(call, definition.sheet, now),
        total=counted(session, found),
        dossiers=tuple((row.reference, str(row.number), row.title) for row in rows),
    )


def request(session: Session, actor: Actor, call: Call, wanted: Wanted, *, now: datetime) -> str:
    """Ask for an export of one's region; return the reference of its job, whose work leaves with this transaction.

    Errors: ``not_allowed``, ``not_found``, ``export_purpose_needed``, ``export_words_too_long``, ``export_empty``.
    """
    accounts.require(actor, Permission.INSTRUCT, call.id)
    if wanted.form not in FORMATS:
        raise NotFound()
    words = wanted.words.strip()
    if wanted.purpose is Purpose.OTHER and not words:
        raise RuleViolation("export_purpose_needed")
    if len(words) > WORDS_LENGTH:
        raise RuleViolation("export_words_too_long", maximum=WORDS_LENGTH)
    found = _found(session, actor, call, wanted.asked, now=now)
    references = list(session.scalars(found.with_only_columns(Dossier.reference).order_by(Dossier.id)))
    if wanted.chosen:
        if set(wanted.chosen) - set(references):
            raise NotFound()
        references = [one for one in references if one in set(wanted.chosen)]
    if not references:
        raise RuleViolation("export_empty")
    told = {"format": wanted.form, "purpose": wanted.purpose.value}
    job = Job(
        call_id=call.id,
        requester_id=actor.person_id,
        kind=KIND,
        params={**told, "words": words, "dossiers": references},
        created_at=now,
    )
    session.add(job)
    session.flush()
    outbox.emit(session, "job", {"job": job.reference}, at=now)
    # Not how many: a line is read by people to whom some of the dossiers are closed.
    facts = {"what": "region", **told}
    on = ("job", job.reference)
    journal.record(session, actor, "export.asked", on=on, at=now, call_id=call.id, role=Role.CORRESPONDENT, facts=facts)
    return job.reference


def opened(
    session: Session, actor: Actor, call: Call, references: Collection[str], *, now: datetime
) -> Select[Dossier]:
    """Return the dossiers of an export, if each is open to its asker now: checked when it is made and when it is taken.

    Errors: ``not_allowed``, ``export_outdated`` where one has moved, was withdrawn, or is closed to him.
    """
    accounts.require(actor, Permission.INSTRUCT, call.id)
    query = instruction.visible(session, actor, call, now=now).where(Dossier.reference.in_(references))
    if counted(session, query) != len(references):
        raise RuleViolation("export_outdated")
    return query


def cover(call: Call, actor: Actor, params: dict[str, object], *, at: datetime) -> Cover:
    """Return what the file of an export says of itself."""
    references = params["dossiers"]
    assert isinstance(references, list)
    return Cover(call.title, actor.name, at, Purpose(str(params["purpose"])), str(params["words"]), len(references))


def follow(session: Session, actor: Actor, call: Call, reference: str, *, now: datetime) -> Asked:
    """Return one's own export. Errors: ``not_found`` for anybody else's."""
    job = _own(session, actor, call, reference)
    return _asked(job, actor.name, len(job.params["dossiers"]), mine=True, now=now)


def take(session: Session, actor: Actor, call: Call, reference: str, *, now: datetime) -> File:
    """Return the file of one's own export, if one still may read every dossier that it holds.

    Errors: ``not_found``, those of ``opened``, ``export_not_ready``, ``export_expired``.
    """
    job = _own(session, actor, call, reference)
    if job.error is not None:
        raise RuleViolation(job.error)
    opened(session, actor, call, job.params["dossiers"], now=now)
    if job.file_digest is None or job.filename is None or job.media_type is None:
        raise RuleViolation("export_not_ready")
    if _expiry(job, now)[1]:
        raise RuleViolation("export_expired")
    return File(job.file_digest, job.filename, job.media_type)


def recent(session: Session, actor: Actor, call: Call, *, now: datetime) -> list[Asked]:
    """Return the latest exports of one's regions, whoever asked for them: two statements."""
    return _recent(session, actor, call, instruction.visible(session, actor, call, now=now), now=now)


def recent_of_all(session: Session, actor: Actor, call: Call, *, now: datetime) -> list[Asked]:
    """Return the latest exports of every region, for the management: two statements."""
    return _recent(session, actor, call, rooms.open_to(actor, call, now=now), now=now)


def _recent(session: Session, actor: Actor, call: Call, open_to: Select[Dossier], *, now: datetime) -> list[Asked]:
    """An export is known by the dossiers of it that its reader may open: of one that holds none, he knows nothing."""
    readable = set(session.scalars(open_to.with_only_columns(Dossier.reference)))
    query = (
        select(Job, Person.name)
        .join(Person, Person.id == Job.requester_id)
        .where(Job.call_id == call.id, Job.kind == KIND)
        .order_by(Job.created_at.desc(), Job.id.desc())
    )
    found: list[Asked] = []
    for job, name in session.execute(query):
        held = len(readable.intersection(job.params["dossiers"]))
        if held:
            found.append(_asked(job, name, held, mine=job.requester_id == actor.person_id, now=now))
        if len(found) == RECENT:
            break
    return found


def _found(session: Session, actor: Actor, call: Call, asked: listing.Asked, *, now: datetime) -> Select[Dossier]:
    mine = instruction.visible(session, actor, call, now=now)
    asks: Sequence[ColumnElement[bool]] = listing.conditions(asked)
    return mine.outerjoin(Opinion, Opinion.dossier_id == Dossier.id).where(*asks)


def _own(session: Session, actor: Actor, call: Call, reference: str) -> Job:
    own = (Job.reference == reference, Job.requester_id == actor.person_id, Job.call_id == call.id, Job.kind == KIND)
    job = session.scalar(select(Job).where(*own))
    if job is None:
        raise NotFound()
    return job


def _expiry(job: Job, now: datetime) -> tuple[datetime | None, bool]:
    expires_at = job.finished_at + LIFE if job.finished_at and job.file_digest else None
    return expires_at, expires_at is not None and now >= expires_at


def _asked(job: Job, name: str, dossiers: int, *, mine: bool, now: datetime) -> Asked:
    expires_at, expired = _expiry(job, now)
    return Asked(
        reference=job.reference,
        form=job.params["format"],
        purpose=Purpose(job.params["purpose"]),
        words=job.params["words"],
        dossiers=dossiers,
        asked_by=name,
        mine=mine,
        state=job.state,
        done=job.done,
        total=job.total,
        error=job.error,
        created_at=job.created_at,
        expires_at=expires_at,
        expired=expired,
    )
