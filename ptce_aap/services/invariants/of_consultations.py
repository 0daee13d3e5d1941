"""What is always true of what is asked of services and of funders about a dossier."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ptce_aap.domain.consultations import Purpose
from ptce_aap.models import Call, Consultation, Dossier
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers.dossiers import from_stored


def requests_are_of_what_is_filed(session: Session) -> Iterable[str]:
    """What is asked is asked of a filed dossier, neither a draft nor changes under way, and answered since."""
    broken = or_(
        Dossier.filed_at.is_(None),
        Dossier.revises_id.is_not(None),
        Consultation.sent_at < Consultation.asked_at,
        Consultation.answered_at < Consultation.asked_at,
    )
    query = select(Consultation.reference).join(Dossier, Dossier.id == Consultation.dossier_id).where(broken)
    return session.scalars(query.order_by(Consultation.reference))


def links_show_what_their_call_opens(session: Session) -> Iterator[str]:
    """A link shows stages that its call opens, and a given answer has all that its form demands."""
    query = select(Consultation, Call).join(Dossier, Dossier.id == Consultation.dossier_id)
    query = query.join(Call, Call.id == Dossier.call_id).order_by(Consultation.reference)
    for one, call in session.execute(query):
        settings = calls.definition_of(session, call).consultations
        if settings is None or not set(one.opened) <= set(settings.opens):
            yield one.reference
            continue
        form = settings.form(Purpose(one.purpose))
        if one.answered_at is not None and form.missing(from_stored(one.answers, form)):
            yield one.reference


CHECKS: dict[str, Callable[[Session], Iterable[str]]] = {
    "consultation.is_about_what_is_filed": requests_are_of_what_is_filed,
    "consultation.opens_what_its_call_opens": links_show_what_their_call_opens,
}
