"""Asking for a copy of one's data, following it, taking it: it is for its person alone, and kept 48 hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor
from ptce_aap.models import Conflict, Job, Person
from ptce_aap.services.accounts import accounts
from ptce_aap.services.journal import journal
from ptce_aap.services.running import outbox
from ptce_aap.services.selection import exports

# As exports are called: their files are forgotten at the same time.
KIND = "export.own_data"
MEDIA_TYPE = "application/zip"


@dataclass(frozen=True, slots=True)
class OwnCopy:
    """A copy as its person follows it."""

    reference: str
    state: str
    error: str | None
    expires_at: datetime | None
    expired: bool


def ask(session: Session, actor: Actor, *, now: datetime) -> str:
    """Ask for a copy; return the reference of its job: that of the one being made, if there is one."""
    making = select(Job.reference).where(*_own(actor), Job.finished_at.is_(None)).limit(1)
    reference = session.scalar(making)
    if reference is not None:
        return reference
    job = Job(requester_id=actor.person_id, kind=KIND, params={}, created_at=now)
    session.add(job)
    session.flush()
    outbox.emit(session, "job", {"job": job.reference}, at=now)
    journal.record(session, actor, "account.data_copied", on=("person", actor.reference), at=now)
    return job.reference


def latest(session: Session, actor: Actor, *, now: datetime) -> OwnCopy | None:
    """Return one's latest copy."""
    job = session.scalar(select(Job).where(*_own(actor)).order_by(Job.id.desc()).limit(1))
    return None if job is None else _copy(session, job, now)


def take(session: Session, actor: Actor, reference: str, *, now: datetime) -> exports.File:
    """Return the file of one's own copy. Errors: ``not_found``, ``export_not_ready``, ``export_expired``."""
    job = _job(session, actor, reference)
    if job.file_digest is None or job.filename is None:
        raise RuleViolation("export_not_ready")
    if _copy(session, job, now).expired:
        raise RuleViolation("export_expired")
    return exports.File(job.file_digest, job.filename, MEDIA_TYPE)


def requester(session: Session, person_id: int) -> Actor:
    """Return who asked, when the job runs. Errors: ``not_allowed`` for an account that is closed."""
    person = session.get(Person, person_id)
    if person is None or not person.active:
        raise RuleViolation("not_allowed")
    return accounts.actor_of(person)


def _own(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    return (Job.requester_id == actor.person_id, Job.kind == KIND)


def _job(session: Session, actor: Actor, reference: str) -> Job:
    job = session.scalar(select(Job).where(*_own(actor), Job.reference == reference))
    if job is None:
        raise NotFound()
    return job


def _copy(session: Session, job: Job, now: datetime) -> OwnCopy:
    expires_at = job.finished_at + exports.LIFE if job.finished_at and job.file_digest else None
    return OwnCopy(
        reference=job.reference,
        state=job.state,
        error=job.error,
        expires_at=expires_at,
        expired=expires_at is not None and (now >= expires_at or _closed_since(session, job)),
    )


def _closed_since(session: Session, job: Job) -> bool:
    """Tell whether its person declared a conflict since: the copy may hold what is closed to him now."""
    since = (Conflict.person_id == job.requester_id, Conflict.declared_at >= job.created_at)
    return session.scalar(select(Conflict.person_id).where(*since).limit(1)) is not None
