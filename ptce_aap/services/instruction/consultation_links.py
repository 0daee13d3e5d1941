"""What the personal link of somebody who is consulted opens: the named parts of one dossier, a form, and no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.domain import calendar, places
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.consultations import Purpose, Standing
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.questionnaire import Answers, Question, Questionnaire, Row, Stage
from ptce_aap.mail.message import parse_address
from ptce_aap.models import Call, Consultation, Dossier, Person
from ptce_aap.services.accounts.accounts import digest_of, email_key
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers.dossiers import answers_of, from_stored
from ptce_aap.services.instruction import (
    consultation_letters,
    consultation_readings,
    consultations,
    correspondents,
)
from ptce_aap.services.journal import journal

MOST_MOVES = 3
DEAD = "consultation_dead"


@dataclass(frozen=True, slots=True)
class LinkPage:
    """What a link shows; nothing of the dossier but its name once the answer is given."""

    call: Call
    number: str
    title: str
    carrier: str
    purpose: Purpose
    service: str
    addressee: str
    question: str
    asker: str
    last_moment: datetime
    stages: tuple[Stage, ...]
    answers: Answers  # of the dossier: those of the questions shown, and no others
    funders: Question | None
    line: Row | None
    form: Questionnaire
    given: Answers
    saved_at: datetime | None
    answered_at: datetime | None
    respondent: str
    moves: bool  # it may still be passed on


def page(session: Session, secret: str, *, now: datetime) -> LinkPage:
    """Return what a link opens while it lives; reading changes nothing. Errors: ``consultation_dead``."""
    one, dossier, call = _by_secret(session, secret, now=now)
    definition = calls.definition_of(session, call)
    settings = consultations.settings_of(definition)
    form = settings.form(Purpose(one.purpose))
    asker = consultation_letters.contact(session, one, dossier, call, now=now)
    stages: tuple[Stage, ...] = ()
    shown: dict[str, Any] = {}
    if one.answered_at is None and one.opened:
        stages = settings.shown(definition.questionnaire, one.opened)
        answers = answers_of(session, dossier.id, definition.questionnaire)
        paths = [question.path for stage in stages for question in stage.questions]
        shown = {path: answers[path] for path in paths if path in answers}
    return LinkPage(
        call=call,
        number=str(dossier.number),
        title=dossier.title,
        carrier=dossier.carrier,
        purpose=Purpose(one.purpose),
        service=one.service,
        addressee=one.addressee,
        question=one.question,
        asker=asker.name or asker.email,
        last_moment=calendar.last_moment(one.due_at),
        stages=stages,
        answers=shown,
        funders=settings.funders,
        line=consultation_readings.line_of(definition, one) if one.answered_at is None else None,
        form=form,
        given=from_stored(one.answers, form),
        saved_at=one.saved_at,
        answered_at=one.answered_at,
        respondent=one.respondent,
        moves=one.moves < MOST_MOVES,
    )


def save(session: Session, secret: str, answers: Answers, *, now: datetime) -> None:
    """Keep a draft by the link. Errors: ``consultation_dead``, ``consultation_answered``."""
    one, dossier, _, definition = _held(session, secret, now=now)
    one.answers = _stored(definition, one, answers)
    one.saved_at = now
    _record(session, "consultation.saved", dossier, one, now)


def answer(session: Session, secret: str, answers: Answers, respondent: str, *, base_url: str, now: datetime) -> None:
    """Give the answer: it does not change any more, and whoever asked is told, or who follows the dossier since.

    Errors: ``consultation_dead``, ``consultation_answered``, ``name_missing``, ``name_too_long``,
    ``consultation_lacks`` (``words``: what the answer still needs, for readers).
    """
    one, dossier, call, definition = _held(session, secret, now=now)
    if not respondent:
        raise RuleViolation("name_missing")
    if len(respondent) > consultations.LONGEST_NAME:
        raise RuleViolation("name_too_long", maximum=consultations.LONGEST_NAME)
    form = consultations.settings_of(definition).form(Purpose(one.purpose))
    if missing := form.missing(answers):
        raise RuleViolation("consultation_lacks", words=", ".join(places.words_of(form, place) for place in missing))
    one.answers = _stored(definition, one, answers)
    one.saved_at = one.answered_at = now
    one.respondent = respondent
    _record(session, "consultation.answered", dossier, one, now)
    asker = session.get_one(Person, one.asked_by_id)
    people = correspondents.who_follows(session, asker, dossier, call, now=now)
    consultation_letters.tell(session, people, one, dossier, call, base_url=base_url, now=now)


def pass_on(session: Session, secret: str, addressee: str, email: str, *, base_url: str, now: datetime) -> str:
    """Send the link to a colleague of the same service, by an address of the same domain; one's own link dies.

    Return the secret of the new link. Errors: ``consultation_dead``, ``consultation_answered``, ``name_missing``,
    ``name_too_long``, ``mail_address_refused``, ``consultation_other_service``, ``consultation_moved_enough``.
    """
    one, dossier, call, _ = _held(session, secret, now=now)
    if not addressee:
        raise RuleViolation("name_missing")
    if len(addressee) > consultations.LONGEST_NAME:
        raise RuleViolation("name_too_long", maximum=consultations.LONGEST_NAME)
    parse_address(email)
    before, after = email_key(one.email), email_key(email)
    if before == after or before.rpartition("@")[2] != after.rpartition("@")[2]:
        raise RuleViolation("consultation_other_service")
    if one.moves >= MOST_MOVES:
        raise RuleViolation("consultation_moved_enough")
    one.addressee, one.email, one.sent_at, one.moves = addressee, email, now, one.moves + 1
    new = consultation_letters.send_link(session, one, dossier, call, base_url=base_url, now=now)
    _record(session, "consultation.passed_on", dossier, one, now)
    return new


def _by_secret(session: Session, secret: str, *, now: datetime) -> tuple[Consultation, Dossier, Call]:
    found = session.execute(
        select(Consultation, Dossier, Call)
        .join(Dossier, Dossier.id == Consultation.dossier_id)
        .join(Call, Call.id == Dossier.call_id)
        .where(Consultation.token_digest == digest_of(secret))
    ).one_or_none()
    if found is None:
        raise RuleViolation(DEAD)
    one, dossier, call = found
    # The same for all that is dead: whoever holds an old link learns nothing of what became of the dossier.
    if now >= one.due_at or consultations.is_over(call, dossier):
        raise RuleViolation(DEAD)
    return one, dossier, call


def _held(session: Session, secret: str, *, now: datetime) -> tuple[Consultation, Dossier, Call, CallDefinition]:
    """Load what a link opens for a change: the call, the dossier, the request, as every act on it does."""
    one, dossier, call = _by_secret(session, secret, now=now)
    session.refresh(call, with_for_update={"read": True})
    session.refresh(dossier, with_for_update=True)
    session.refresh(one, with_for_update=True)
    if one.token_digest != digest_of(secret) or now >= one.due_at or consultations.is_over(call, dossier):
        raise RuleViolation(DEAD)
    if consultations.standing_of(one, call, dossier, now) is Standing.ANSWERED:
        raise RuleViolation("consultation_answered", at=one.answered_at)
    return one, dossier, call, calls.definition_of(session, call)


def _stored(definition: CallDefinition, one: Consultation, answers: Answers) -> dict[str, Any]:
    form = consultations.settings_of(definition).form(Purpose(one.purpose))
    return {
        question.path: question.to_json(answers[question.path])
        for question in form.questions
        if answers.get(question.path) is not None
    }


def _record(session: Session, act: str, dossier: Dossier, one: Consultation, at: datetime) -> None:
    on, facts = ("dossier", dossier.reference), {"consultation": one.reference}
    journal.record(session, calls.SYSTEM, act, on=on, at=at, call_id=dossier.call_id, facts=facts)
