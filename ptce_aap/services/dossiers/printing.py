"""A dossier as its document says it: a draft as it stands, a deposit as it was frozen."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.documents.dossier import PrintedDossier
from ptce_aap.domain import places
from ptce_aap.domain.errors import NotFound
from ptce_aap.models import Call, Dossier, Filing
from ptce_aap.services.applicants import dossier_content
from ptce_aap.services.applicants.applicant import DossierPage
from ptce_aap.services.calls import calls
from ptce_aap.services.deposits import receipts
from ptce_aap.services.dossiers import dossiers


def of_draft(page: DossierPage, *, now: datetime) -> PrintedDossier:
    """Return what the document of a draft, or of changes under way, says at this instant."""
    return PrintedDossier(
        call_title=page.call.title,
        service=page.definition.sheet.organiser,
        title=page.dossier.title,
        carrier=page.dossier.carrier,
        questionnaire=page.definition.questionnaire,
        answers=page.answers,
        at=now,
        missing=tuple(named.words for named in page.missing),
        fictional=page.call.fictional,
    )


def of_deposit(session: Session, dossier: Dossier, sequence: int | None = None) -> PrintedDossier:
    """Return what the document of a deposit says: the one that counts, or one of those before it.

    The dossier was loaded through ``models.visibility``. Errors: ``not_found``.
    """
    held = select(Filing).where(Filing.dossier_id == dossier.id).order_by(Filing.sequence.desc())
    if sequence is None:
        filing = session.scalar(held.limit(1))
    else:  # any number may be asked for, larger ones than a database compares too
        filing = next((one for one in session.scalars(held) if one.sequence == sequence), None)
    if filing is None:
        raise NotFound()
    call = session.get_one(Call, dossier.call_id)
    definition = calls.definition_of(session, call)
    answers = dossier_content.answers_of_snapshot(definition, filing.snapshot)
    projection = definition.sheet.projection
    return PrintedDossier(
        call_title=call.title,
        service=definition.sheet.organiser,
        title=dossiers.column_text(dossiers.value_at(answers, projection.title)),
        carrier=dossiers.column_text(dossiers.value_at(answers, projection.carrier)),
        questionnaire=definition.questionnaire,
        answers=answers,
        at=filing.filed_at,
        filed_at=filing.filed_at,
        number=dossier.number,
        sha256=filing.sha256,
        missing=tuple(places.words_of(definition.questionnaire, place) for place in filing.missing),
        confirmations=receipts.confirmations(session, filing),
        fictional=call.fictional,
    )
