"""The result of a dossier as its applicant reads it once the list is published, and the letters that announce it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from ptce_aap import addresses
from ptce_aap.documents.shortlist import Outcome
from ptce_aap.domain.calls import CallDefinition, Place
from ptce_aap.domain.dossier import State
from ptce_aap.domain.errors import NotFound
from ptce_aap.mail import messages
from ptce_aap.models import Call, Dossier, EligibilityDecision, Shortlist, visibility
from ptce_aap.services.applicants.applicant import DossierPage
from ptce_aap.services.calls import calls
from ptce_aap.services.deposits import receipts
from ptce_aap.services.exchanges import addressees, letters
from ptce_aap.services.joint_acts.two_persons import Confirmed
from ptce_aap.services.running import outbox
from ptce_aap.services.selection import shortlists

KIND = "results"
_AT_A_TIME = 50


class Verdict(StrEnum):
    """What became of a dossier."""

    SELECTED = "selected"
    RESERVE = "reserve"
    NOT_SELECTED = "not_selected"
    NOT_ELIGIBLE = "not_eligible"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Result:
    """What an applicant reads of the decision: neither rank nor mark; the amount where it is public.

    ``texts`` are those of the call for decisions that its legal service has approved: (title, body).
    """

    verdict: Verdict
    published_at: datetime
    amount_cents: int | None
    reason: str  # of a dossier that was found not eligible, as it was written for its applicant
    texts: tuple[tuple[str, str], ...]
    service: tuple[str, ...]


def result_of(session: Session, page: DossierPage) -> Result:
    """Return the result of a dossier that one reads as an applicant: two statements.

    Errors: ``not_found`` before the publication, and for a dossier that is a draft or withdrawn.
    """
    call, dossier = page.call, page.dossier
    if call.published_at is None or not page.has_result:
        raise NotFound()
    verdict, amount, reason = _found(session, call, dossier)
    return Result(
        verdict=verdict,
        published_at=call.published_at,
        amount_cents=amount,
        reason=reason,
        texts=approved_texts(page.definition),
        service=receipts.service_lines(page.definition.sheet),
    )


def approved_texts(definition: CallDefinition) -> tuple[tuple[str, str], ...]:
    """Return the texts of the call for decisions; one that the legal service has yet to approve is shown to nobody."""
    return tuple(
        (f"{text.title} (proposition, non officielle)" if text.proposal else text.title, text.body)
        for text in definition.sheet.texts_for(Place.DECISION)
        if not text.approval_needed
    )


def publish(session: Session, done: Confirmed) -> None:
    """Publish the frozen list and owe the letters of applicants: the worker writes them, batch after batch.

    Errors: those of ``shortlists.publish``.
    """
    shortlists.publish(session, done)
    outbox.emit(session, KIND, {"call": done.call.id, "after": 0}, at=done.at, call_id=done.call.id)


def write_letters(session: Session, call_id: int, after: int, *, base_url: str, now: datetime) -> None:
    """Owe the letters of some dossiers, then owe the next batch. A letter says that the decision is there, not what."""
    call = session.get_one(Call, call_id)
    definition = calls.definition_of(session, call)
    query = visibility.told_of_the_result(call).where(Dossier.id > after).order_by(Dossier.id).limit(_AT_A_TIME)
    found = session.scalars(query).all()
    for dossier in found:
        link = base_url + addresses.result(dossier.reference)
        for to in addressees.of_dossier(session, dossier, definition):
            letter = messages.result(to, number=str(dossier.number), call_title=call.title, link=link)
            letters.send(session, letter, at=now, call_id=call.id)
    if len(found) == _AT_A_TIME:
        outbox.emit(session, KIND, {"call": call.id, "after": found[-1].id}, at=now, call_id=call.id)


def _found(session: Session, call: Call, dossier: Dossier) -> tuple[Verdict, int | None, str]:
    if dossier.state == State.NOT_ELIGIBLE:
        decision = session.get(EligibilityDecision, dossier.id)
        return Verdict.NOT_ELIGIBLE, None, decision.reason if decision is not None else ""
    if dossier.state != State.ELIGIBLE:
        return Verdict.UNDECIDED, None, ""
    frozen = session.get(Shortlist, call.id)
    entries = frozen.content["entries"] if frozen is not None else ()
    entry: dict[str, Any] = next((one for one in entries if one["dossier"] == dossier.reference), {})
    match entry.get("outcome"):
        case Outcome.SELECTED:
            return Verdict.SELECTED, entry["amount_cents"], ""
        case Outcome.RESERVE:
            return Verdict.RESERVE, None, ""
        case _:
            return Verdict.NOT_SELECTED, None, ""
