"""What the receipt page shows: the deposit that counts, those before it, what was asked of it since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from ptce_aap.domain import places
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.errors import NotFound
from ptce_aap.domain.permissions import Actor
from ptce_aap.domain.sharing import Right
from ptce_aap.models import Call, ComplementRequest, Dossier, Filing
from ptce_aap.services.applicants import applicant
from ptce_aap.services.calls import calls


@dataclass(frozen=True, slots=True)
class FiledPage:
    """What the receipt page shows: the deposit that counts, and those before it."""

    dossier: Dossier
    call: Call
    right: Right
    definition: CallDefinition
    filing: Filing
    missing: tuple[str, ...]
    last_moment: datetime
    earlier: tuple[Filing, ...]
    requests: Sequence[ComplementRequest] = ()  # what was asked of it since

    @property
    def complement(self) -> bool:
        """Tell whether the last deposit answers a request for complements."""
        return any(request.filing_id == self.filing.id for request in self.requests)

    @property
    def counts_from(self) -> datetime:
        """Return the deposit from which the time of the decision runs: complements do not start it again."""
        return self.dossier.filed_at if self.complement and self.dossier.filed_at else self.filing.filed_at


def filed_page(session: Session, actor: Actor, reference: str) -> FiledPage:
    """Return what a dossier was filed as. Errors: ``not_found``, for a draft too."""
    dossier, call, right = applicant.held(session, actor, reference)
    filed = session.scalars(
        select(Filing)
        .options(defer(Filing.snapshot))
        .where(Filing.dossier_id == dossier.id)
        .order_by(Filing.sequence.desc())
    ).all()
    if not filed:
        raise NotFound()
    definition = calls.definition_of(session, call)
    missing = tuple(places.words_of(definition.questionnaire, place) for place in filed[0].missing)
    last = calls.last_moment(call)
    asked = select(ComplementRequest).where(ComplementRequest.dossier_id == dossier.id)
    requests = session.scalars(asked.order_by(ComplementRequest.id)).all()
    return FiledPage(dossier, call, right, definition, filed[0], missing, last, tuple(filed[1:]), requests)
