"""Complements as the applicant finds them: what is asked, what he had answered, what he answers now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.domain.complements import Standing
from ptce_aap.domain.differences import Difference, difference
from ptce_aap.domain.errors import NotFound
from ptce_aap.domain.permissions import Actor
from ptce_aap.models import ComplementRequest
from ptce_aap.services.applicants import applicant, attachments
from ptce_aap.services.applicants.applicant import DossierPage
from ptce_aap.services.calls import calls
from ptce_aap.services.exchanges import complement_readings
from ptce_aap.services.exchanges.complement_readings import AskedReading, RequestReading


@dataclass(frozen=True, slots=True)
class Reply:
    """A question that is asked again, its answer in the deposit and the one being given."""

    asked: AskedReading
    told: Difference
    unread: int  # parts of the new answer that could not be read

    @property
    def stage(self) -> str:
        """The key of the stage in which it stands."""
        return self.asked.question.path.partition(".")[0]


@dataclass(frozen=True, slots=True)
class AskedPage:
    """The requests of one's dossier; ``page`` and ``replies`` are of the last one, while it waits or ran out."""

    dossier: DossierPage
    requests: tuple[RequestReading, ...]
    page: DossierPage | None
    replies: tuple[Reply, ...]
    time_left: timedelta | None

    @property
    def waiting(self) -> bool:
        """Tell whether an answer may still be filed."""
        return bool(self.requests) and self.requests[0].standing is Standing.WAITING

    @property
    def untouched(self) -> tuple[Reply, ...]:
        """Return the questions whose answer did not change."""
        return tuple(reply for reply in self.replies if not reply.told.changed)


def asked_page(session: Session, actor: Actor, reference: str, *, now: datetime) -> AskedPage:
    """Return what is asked of a dossier that one reads as an applicant. Errors: ``not_found``, where nothing was."""
    dossier = applicant.dossier_page(session, actor, reference, now=now)
    requests = complement_readings.readings(session, dossier.dossier, dossier.definition, now=now)
    if not requests:
        raise NotFound()
    revision = dossier.revision
    page: DossierPage | None = None
    replies: tuple[Reply, ...] = ()
    if revision is not None and requests[0].standing is not Standing.ANSWERED:
        page = applicant.dossier_page(session, actor, revision.reference, now=now)
        replies = _replies(session, dossier, page, requests[0])
    return AskedPage(dossier, requests, page, replies, calls.time_left(requests[0].due_at, now))


def of_revision(session: Session, revision_id: int) -> ComplementRequest | None:
    """Return the request that a limited revision answers."""
    return session.scalar(select(ComplementRequest).where(ComplementRequest.revision_id == revision_id))


def _replies(session: Session, dossier: DossierPage, page: DossierPage, request: RequestReading) -> tuple[Reply, ...]:
    held = {(piece.key, piece.filename): piece.sha256 for piece in dossier.pieces}
    replaced = [
        (piece.key, piece.filename)
        for piece in attachments.of_dossier(session, page.dossier.id)
        if held.get((piece.key, piece.filename), piece.sha256) != piece.sha256
    ]
    return tuple(
        Reply(
            asked=one,
            told=difference(
                one.question,
                dossier.answers,
                page.answers,
                [name for key, name in replaced if key == one.question.path],
            ),
            unread=len(page.stored_at(one.question.path).problem),
        )
        for one in request.questions
    )
