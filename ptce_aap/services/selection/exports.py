"""Exports: the frozen shortlist and all the marks, asked for from a page, made by a job, kept 48 hours."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.documents import shortlist as document
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Deed, Permission
from ptce_aap.models import Call, Job, Person
from ptce_aap.services.accounts import accounts
from ptce_aap.services.bundles import making
from ptce_aap.services.journal import journal
from ptce_aap.services.ranking import standings
from ptce_aap.services.running import outbox
from ptce_aap.services.selection import shortlists

LIFE = timedelta(hours=48)
RECENT = 20


@dataclass(frozen=True, slots=True)
class Format:
    """A form in which the shortlist leaves."""

    label: str
    media_type: str
    render: Callable[[document.Shortlist], bytes]


_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHORTLIST_FORMATS = {
    "pdf": Format("PDF, à signer", "application/pdf", document.render_pdf),
    "xlsx": Format("Classeur XLSX", _SPREADSHEET, document.render_xlsx),
    "csv": Format("CSV", "text/csv; charset=utf-8", document.render_csv),
    "json": Format("JSON, à vérifier", "application/json", document.render_json),
}
MARKS_FORMATS = {
    "xlsx": ("Classeur XLSX", _SPREADSHEET),
    "csv": ("CSV", "text/csv; charset=utf-8"),
    "json": ("JSON", "application/json"),
}


BUNDLE_FORMATS = {"zip": ("Archive ZIP, à vérifier", making.MEDIA_TYPE)}


class What(StrEnum):
    """What is exported."""

    SHORTLIST = "shortlist"
    MARKS = "marks"
    BUNDLE = "bundle"


_KINDS = tuple(f"export.{what.value}" for what in What)
_FORMATS: Mapping[What, Container[str]] = {
    What.SHORTLIST: SHORTLIST_FORMATS,
    What.MARKS: MARKS_FORMATS,
    What.BUNDLE: BUNDLE_FORMATS,
}


def request(session: Session, actor: Actor, call: Call, what: What, form: str, *, now: datetime) -> str:
    """Ask for an export; return the reference of its job, whose work leaves with this transaction.

    Errors: ``not_allowed``, ``deport``, ``not_frozen``, ``marking_not_closed``, ``not_found``.
    """
    if form not in _FORMATS[what]:
        raise NotFound()
    require_right(session, actor, call, what)
    job = Job(
        call_id=call.id,
        requester_id=actor.person_id,
        kind=f"export.{what.value}",
        params={"format": form},
        created_at=now,
    )
    session.add(job)
    session.flush()
    outbox.emit(session, "job", {"job": job.reference}, at=now)
    facts = {"what": what.value, "format": form}
    journal.record(session, actor, "export.asked", on=("job", job.reference), at=now, call_id=call.id, facts=facts)
    return job.reference


def require_right(session: Session, actor: Actor, call: Call, what: What) -> None:
    """Refuse an export that this person may not have now: checked when asked, when made and when taken."""
    accounts.require(actor, Permission.EXPORT, call.id)
    standings.require_no_deport(session, actor, call)
    if what is What.SHORTLIST:
        shortlists.frozen_shortlist(session, call)
        return
    if what is What.BUNDLE:  # it holds the journal
        accounts.require(actor, Permission.READ_JOURNAL, call.id)
    if not call.allows(Deed.EXPORT_BUNDLE if what is What.BUNDLE else Deed.EXPORT_MARKS):
        raise RuleViolation("marking_not_closed")
    if standings.has_conflict(session, actor, call):  # published or not, they hold what was said of that dossier
        raise RuleViolation("deport")


def recheck(session: Session, requester_id: int, call_id: int, what: What) -> Call:
    """Check, when the job runs, that its requester still may; return the call."""
    person = session.get(Person, requester_id)
    call = session.get(Call, call_id)
    if person is None or call is None or not person.active:
        raise RuleViolation("not_allowed")
    require_right(session, accounts.actor_of(person), call, what)
    return call


def seal_bundle(session: Session, requester_id: int, call_id: int, *, now: datetime) -> making.Sealed:
    """Seal a call in its journal for somebody who still may have its bundle. Errors: as ``recheck``."""
    call = recheck(session, requester_id, call_id, What.BUNDLE)
    actor = accounts.actor_of(session.get_one(Person, requester_id))
    return making.seal(session, actor, call.id, now=now)


@dataclass(frozen=True, slots=True)
class Asked:
    """An export as its requester follows it."""

    reference: str
    what: What
    form: str
    state: str
    done: int
    total: int
    error: str | None
    created_at: datetime
    expires_at: datetime | None
    expired: bool


def follow(session: Session, actor: Actor, call: Call, reference: str, *, now: datetime) -> Asked:
    """Return one's own export. Errors: ``not_found`` for anybody else's."""
    return _asked(_own(session, actor, call, reference), now)


def recent(session: Session, actor: Actor, call: Call, *, now: datetime) -> list[Asked]:
    """Return one's latest exports of a call."""
    query = (
        select(Job)
        .where(Job.requester_id == actor.person_id, Job.call_id == call.id, Job.kind.in_(_KINDS))
        .order_by(Job.created_at.desc(), Job.id.desc())
        .limit(RECENT)
    )
    return [_asked(job, now) for job in session.scalars(query)]


@dataclass(frozen=True, slots=True)
class File:
    """A file ready to be taken."""

    digest: str
    filename: str
    media_type: str


def take(session: Session, actor: Actor, call: Call, reference: str, *, now: datetime) -> File:
    """Return the file of one's own export, if one still may have it.

    Errors: ``not_found``, ``not_allowed``, ``deport``, ``export_not_ready``, ``export_expired``.
    """
    job = _own(session, actor, call, reference)
    require_right(session, actor, call, _what(job))
    if job.file_digest is None or job.filename is None or job.media_type is None:
        raise RuleViolation("export_not_ready")
    if _asked(job, now).expired:
        raise RuleViolation("export_expired")
    return File(job.file_digest, job.filename, job.media_type)


def _own(session: Session, actor: Actor, call: Call, reference: str) -> Job:
    job = session.scalar(
        select(Job).where(Job.reference == reference, Job.requester_id == actor.person_id, Job.call_id == call.id)
    )
    if job is None or job.kind not in _KINDS:
        raise NotFound()
    return job


def _what(job: Job) -> What:
    return What(job.kind.removeprefix("export."))


def _asked(job: Job, now: datetime) -> Asked:
    expires_at = job.finished_at + LIFE if job.finished_at and job.file_digest else None
    return Asked(
        reference=job.reference,
        what=_what(job),
        form=job.params["format"],
        state=job.state,
        done=job.done,
        total=job.total,
        error=job.error,
        created_at=job.created_at,
        expires_at=expires_at,
        expired=expires_at is not None and now >= expires_at,
    )
