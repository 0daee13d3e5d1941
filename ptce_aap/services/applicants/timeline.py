"""The story of a dossier as its applicant may know it: what happened, where it stands, what comes next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from ptce_aap.documents import french
from ptce_aap.domain import calendar
from ptce_aap.domain.calendar import Phase
from ptce_aap.domain.calls import Silence
from ptce_aap.domain.complements import Standing, standing
from ptce_aap.domain.dossier import UNREAD
from ptce_aap.models import ComplementRequest, EligibilityDecision, EligibilityLetter, Filing, Withdrawal
from ptce_aap.services.applicants.applicant import DossierPage
from ptce_aap.services.calls import calls
from ptce_aap.services.exchanges import complement_answers


class Tense(StrEnum):
    """Whether something has happened, lasts, or will come."""

    PAST = "past"
    CURRENT = "current"
    COMING = "coming"


@dataclass(frozen=True, slots=True)
class Moment:
    """A line of the story; ``when`` is worded, empty where no date is known."""

    title: str
    when: str
    tense: Tense
    detail: str = ""


def of(session: Session, page: DossierPage, *, now: datetime) -> tuple[Moment, ...]:
    """Return the story of a dossier that its applicant reads: four statements, two more once published."""
    dossier = page.dossier
    filings = session.scalars(
        select(Filing).where(Filing.dossier_id == dossier.id).options(defer(Filing.snapshot)).order_by(Filing.sequence)
    ).all()
    asked = select(ComplementRequest).where(ComplementRequest.dossier_id == dossier.id)
    requests = session.scalars(asked.order_by(ComplementRequest.id)).all()
    gone = session.scalars(select(Withdrawal).where(Withdrawal.dossier_id == dossier.id)).all()
    past = [(dossier.created_at, "Dossier commencé", "")]
    past += _deposits(page, filings, requests)
    past += _requests(requests, now)
    past += [(one.at, "Dossier retiré", one.reason) for one in gone]
    past += _letters(session, page)
    past += _acts(session, page, now)
    told = [
        Moment(title, _instant(at), Tense.PAST, detail) for at, title, detail in sorted(past, key=lambda one: one[0])
    ]
    return (*told, *_next(page, requests, now))


def _deposits(
    page: DossierPage, filings: Sequence[Filing], requests: Sequence[ComplementRequest]
) -> Iterator[tuple[datetime, str, str]]:
    answers = {request.filing_id for request in requests}
    for filing in filings:
        if filing.id in answers:
            yield filing.filed_at, "Compléments reçus", f"Dépôt n° {filing.sequence}"
        elif filing.sequence == 1:
            yield filing.filed_at, f"Dossier déposé sous le numéro {page.dossier.number}", ""
        else:
            yield filing.filed_at, "Dossier modifié et déposé à nouveau", f"Dépôt n° {filing.sequence}"


def _requests(requests: Sequence[ComplementRequest], now: datetime) -> Iterator[tuple[datetime, str, str]]:
    for request in requests:
        last = calendar.last_moment(request.due_at)
        yield request.asked_at, "Compléments demandés", f"Réponse attendue jusqu’au {_instant(last)}."
        match standing(request.outcome, request.due_at, now):
            case Standing.EXPIRED:
                yield last, "Délai de réponse passé", "Le dossier reste tel qu’il a été déposé."
            case Standing.CLOSED:
                yield request.ended_at or now, "Demande de compléments fermée", request.reason


def _letters(session: Session, page: DossierPage) -> Iterator[tuple[datetime, str, str]]:
    """The decisions on eligibility that the applicant was told, the last one being that which holds."""
    for letter in session.scalars(
        select(EligibilityLetter)
        .where(EligibilityLetter.dossier_id == page.dossier.id)
        .order_by(EligibilityLetter.decision_version)
    ):
        told = "Dossier déclaré recevable" if letter.eligible else "Dossier déclaré non recevable"
        yield letter.sent_at, told, "La lettre dit les motifs et les recours."


def _acts(session: Session, page: DossierPage, now: datetime) -> Iterator[tuple[datetime, str, str]]:
    """What the call did, and the decision once the list is published: before, nobody is told."""
    call = page.call
    if now >= call.closes_at:
        yield calls.last_moment(call), "Clôture des dépôts", ""
    if not _is_read(page):
        return
    if call.marking_opened_at is not None:
        yield call.marking_opened_at, "Le jury commence à lire les dossiers recevables", ""
    if call.published_at is None:
        return
    decision = session.get(EligibilityDecision, page.dossier.id)
    if decision is not None and session.get(EligibilityLetter, (page.dossier.id, decision.version)) is None:
        told = "Dossier déclaré recevable" if decision.eligible else "Dossier déclaré non recevable"
        yield decision.at, told, ""
    yield call.published_at, "Résultats publiés", "Votre résultat se lit sur la page « Résultat »."


def _next(page: DossierPage, requests: Sequence[ComplementRequest], now: datetime) -> Iterator[Moment]:
    call = page.call
    if page.phase in (Phase.ANNOUNCED, Phase.OPEN):
        yield Moment("Clôture des dépôts", _instant(calls.last_moment(call)), Tense.COMING)
    if not _is_read(page) or page.phase is Phase.PUBLISHED:
        return
    waiting = next((one for one in requests if standing(one.outcome, one.due_at, now) is Standing.WAITING), None)
    if waiting is not None:
        until = _instant(calendar.last_moment(waiting.due_at))
        detail = f"Réponse attendue jusqu’au {until}. Le délai de décision est arrêté pendant ce temps."
        yield Moment("Vos compléments sont attendus", "", Tense.CURRENT, detail)
    elif page.phase is Phase.INSTRUCTION:
        yield Moment("Votre dossier est en instruction", "", Tense.CURRENT, "Le service vérifie la recevabilité.")
    if page.phase in (Phase.JURY, Phase.DELIBERATION):
        yield Moment("Le jury travaille", "", Tense.CURRENT, "Ses notes et ses avis ne sont pas publics.")
    else:
        yield Moment("Le jury note les dossiers recevables", "", Tense.COMING)
    yield Moment("Publication des résultats", "Vous recevrez un courriel", Tense.COMING)
    yield from _silence(page, requests, now)


def _silence(page: DossierPage, requests: Sequence[ComplementRequest], now: datetime) -> Iterator[Moment]:
    """The day on which silence decides, where the text that says what it means is approved."""
    sheet = page.definition.sheet
    day = complement_answers.silence_decides_on(sheet, page.dossier, requests, now=now)
    meaning = "rejetée" if sheet.silence_means is Silence.REJECTION else "acceptée"
    if day is not None:
        detail = f"Sans réponse à cette date, la demande est réputée {meaning}."
        yield Moment("Fin du délai de décision", french.long_date(day), Tense.COMING, detail)


def _is_read(page: DossierPage) -> bool:
    return page.dossier.state not in UNREAD


def _instant(at: datetime) -> str:
    return french.long_instant(at.astimezone(UTC))
