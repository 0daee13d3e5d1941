"""The regional opinion: written as a draft, then given once and for all."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap import addresses
from ptce_aap.domain import places
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Deed, Permission, Role
from ptce_aap.domain.questionnaire import Answers
from ptce_aap.mail import messages
from ptce_aap.models import Call, Dossier, Opinion, OpinionReopening
from ptce_aap.models.visibility import managed_by
from ptce_aap.services.accounts import accounts
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers.dossiers import from_stored, value_at
from ptce_aap.services.exchanges import letters
from ptce_aap.services.instruction import correspondents, instruction
from ptce_aap.services.joint_acts import two_persons
from ptce_aap.services.journal import journal


def save_opinion(
    session: Session, actor: Actor, call_id: int, reference: str, answers: Answers, *, shown: str, now: datetime
) -> None:
    """Write the draft of an opinion. ``shown`` is the mark of the opinion that the page showed.

    ``now``: when it reached us. Errors: those of ``instruction.held``, ``opinions_over``, ``opinion_given``,
    ``changed_meanwhile``.
    """
    call, dossier = instruction.held(session, actor, call_id, reference, now=now)
    instruction.require_opinions_open(session, call, now)
    definition = calls.definition_of(session, call)
    opinion = _held_opinion(session, dossier, shown)
    if opinion is None:
        opinion = new_opinion(session, dossier, actor.person_id, now=now)
    opinion.answers = stored_form(definition, answers)
    opinion.verdict = value_at(answers, definition.sheet.projection.verdict)
    opinion.author_id, opinion.at = actor.person_id, now
    session.flush()
    _record(session, actor, "opinion.saved", dossier, opinion, now)


def give_opinion(session: Session, actor: Actor, call_id: int, reference: str, *, shown: str, now: datetime) -> None:
    """Give the opinion as its draft says: it is not changed any more.

    Errors: those of ``save_opinion``, ``opinion_incomplete`` (``missing``: paths; ``words``: the same for readers).
    """
    call, dossier = instruction.held(session, actor, call_id, reference, now=now)
    instruction.require_opinions_open(session, call, now)
    definition = calls.definition_of(session, call)
    opinion = _held_opinion(session, dossier, shown)
    if missing := missing_of(definition, opinion):
        words = ", ".join(places.words_of(definition.opinion, place) for place in missing)
        raise RuleViolation("opinion_incomplete", missing=missing, words=words)
    assert opinion is not None
    opinion.given_at = now
    opinion.author_id, opinion.at = actor.person_id, now
    session.flush()
    _record(session, actor, "opinion.given", dossier, opinion, now)


def reopen_opinion(
    session: Session, actor: Actor, call_id: int, reference: str, reason: str, *, base_url: str, now: datetime
) -> None:
    """Hand a given opinion back to its region, as a draft that says what it said; its correspondents are told.

    Errors: ``not_allowed``, ``not_found``, ``instruction_over``, ``opinions_over``, ``opinion_not_given``,
    ``reason_needed``, ``reason_too_long``.
    """
    accounts.require(actor, Permission.MANAGE_CALL, call_id)
    call = session.get_one(Call, call_id, with_for_update={"read": True})
    dossier = reopenable(session, actor, call, reference, now=now)
    if not call.allows(Deed.REOPEN_OPINION):
        raise RuleViolation("instruction_over", since=call.marking_opened_at)
    instruction.require_opinions_open(session, call, now)
    told = two_persons.required_reason(reason)
    opinion = session.get(Opinion, dossier.id, with_for_update=True)
    if opinion is None or opinion.given_at is None:
        raise RuleViolation("opinion_not_given")
    mark = instruction.opinion_mark(opinion)
    session.add(
        OpinionReopening(
            dossier_id=dossier.id, given_at=opinion.given_at, mark=mark, reason=told, by_id=actor.person_id, at=now
        )
    )
    opinion.given_at = None
    session.flush()
    on = ("dossier", dossier.reference)
    journal.record(session, actor, "opinion.reopened", on=on, at=now, call_id=call.id, facts={"mark": mark})
    for person in correspondents.of_dossier(session, dossier, call):
        letter = messages.opinion_reopened(
            person.email,
            dossier=str(dossier.number),
            call_title=call.title,
            reason=told,
            link=base_url + addresses.opinion_of(call.slug, dossier.reference),
        )
        letters.send(session, letter, at=now, call_id=call.id)


def reopenable(session: Session, actor: Actor, call: Call, reference: str, *, now: datetime) -> Dossier:
    """Return a dossier of the team's. Errors: ``not_found``."""
    dossier = session.scalar(managed_by(actor.person_id, call, now=now).where(Dossier.reference == reference))
    if dossier is None:
        raise NotFound()
    return dossier


def reopenings(session: Session, dossier_id: int) -> tuple[OpinionReopening, ...]:
    """Return how the opinion of a dossier was handed back, the first time first."""
    query = select(OpinionReopening).where(OpinionReopening.dossier_id == dossier_id).order_by(OpinionReopening.id)
    return tuple(session.scalars(query))


def missing_of(definition: CallDefinition, opinion: Opinion | None) -> tuple[str, ...]:
    """Return the places that an opinion still lacks to be given."""
    answers = from_stored(opinion.answers, definition.opinion) if opinion is not None else {}
    return definition.opinion.missing(answers)


def stored_form(definition: CallDefinition, answers: Answers) -> dict[str, Any]:
    """Return the answers of an opinion as they are stored: canonical JSON by path."""
    return {
        question.path: question.to_json(answers[question.path])
        for question in definition.opinion.questions
        if answers.get(question.path) is not None
    }


def new_opinion(session: Session, dossier: Dossier, author_id: int, *, now: datetime) -> Opinion:
    """Add the empty opinion of a dossier, in its region."""
    opinion = Opinion(
        dossier_id=dossier.id,
        call_id=dossier.call_id,
        region=dossier.region or "",
        answers={},
        author_id=author_id,
        at=now,
    )
    session.add(opinion)
    return opinion


def _held_opinion(session: Session, dossier: Dossier, shown: str) -> Opinion | None:
    opinion = session.get(Opinion, dossier.id, with_for_update=True)
    if opinion is not None and opinion.given_at is not None:
        raise RuleViolation("opinion_given", at=opinion.given_at)
    if shown != instruction.opinion_mark(opinion):
        raise Conflict()
    return opinion


def _record(session: Session, actor: Actor, act: str, dossier: Dossier, opinion: Opinion, now: datetime) -> None:
    facts = {"verdict": opinion.verdict, "mark": instruction.opinion_mark(opinion)}
    on = ("dossier", dossier.reference)
    journal.record(session, actor, act, on=on, at=now, call_id=dossier.call_id, role=Role.CORRESPONDENT, facts=facts)
