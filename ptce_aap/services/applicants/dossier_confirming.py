"""Confirming a dossier before its deposit: a co-carrier from his account, a legal representative by a personal link.

A confirmation is somebody's word on a content, known by its digest. It is never a signature and never holds a
deposit back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.dossier import State
from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor
from ptce_aap.domain.questionnaire import Answers
from ptce_aap.domain.sharing import Answer, Kind, Right
from ptce_aap.models import Attachment, Call, Dossier, DossierConfirmation, DossierPerson, Person
from ptce_aap.services.applicants import (
    applicant,
    attachments,
    dossier_content,
    dossier_invitations,
    dossier_people,
    holding,
)
from ptce_aap.services.calls import calls
from ptce_aap.services.deposits import revisions
from ptce_aap.services.dossiers import dossiers

LONGEST_NAME, LONGEST_SENTENCE = 200, 1000


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody answers: his name and quality, his answer, a sentence, and the digest of what he was shown."""

    answer: Answer
    name: str
    quality: str
    sentence: str
    shown: str


@dataclass(frozen=True, slots=True)
class ToConfirm:
    """A dossier as it is shown to who is asked to confirm it."""

    dossier: Dossier
    call: Call
    definition: CallDefinition
    answers: Answers
    pieces: tuple[Attachment, ...]
    asker: str
    content_sha256: str
    last: DossierConfirmation | None  # what this person answered before
    open: bool  # an answer may still be given


def for_carrier(session: Session, actor: Actor, reference: str, *, now: datetime) -> ToConfirm:
    """Return the dossier that a co-carrier is asked to confirm. Errors: ``not_found`` for anybody else."""
    dossier, call, _ = applicant.held(session, actor, reference)
    link = session.scalar(dossier_people.own_links(dossier, actor))
    if link is None or link.kind != Kind.CARRIER:
        raise NotFound()
    return _shown(session, link, dossier, call, now=now)


def for_representative(session: Session, secret: str, *, now: datetime) -> ToConfirm:
    """Return the dossier that a representative's link opens, until the closing. Errors: ``link_dead``."""
    link, dossier, call = dossier_people.by_secret(session, secret, representative=True, now=now)
    return _shown(session, link, dossier, call, now=now)


def answer_as_carrier(
    session: Session, actor: Actor, reference: str, word: Word, *, base_url: str, now: datetime
) -> None:
    """Give a co-carrier's word on the dossier. Errors: ``not_found``, those of ``_answer``."""
    dossier = dossier_people.locked(session, actor, reference, right=Right.READ)
    link = dossier_people.own_link(session, dossier, actor)
    if link.kind != Kind.CARRIER:
        raise NotFound()
    _answer(session, actor, link, dossier, word, base_url=base_url, now=now)


def answer_by_link(session: Session, secret: str, word: Word, *, base_url: str, now: datetime) -> None:
    """Give a representative's word on the dossier. Errors: ``link_dead``, those of ``_answer``."""
    link, dossier = dossier_people.held_by_secret(session, secret, representative=True, now=now)
    _answer(session, calls.SYSTEM, link, dossier, word, base_url=base_url, now=now)


def current_of(session: Session, dossier: Dossier) -> Dossier | None:
    """Return what is about to be filed: the draft, or the revision under way of a dossier that was filed already."""
    return dossier if dossier.state == State.DRAFT else revisions.alive(session, dossier.id)


def content_now(session: Session, dossier: Dossier, call: Call) -> str:
    """Return the digest of what is about to be filed, or of what was where nothing is."""
    current = current_of(session, dossier) or dossier
    return dossier_content.digest_now(session, current, calls.definition_of(session, call))


def _answer(
    session: Session, by: Actor, link: DossierPerson, dossier: Dossier, word: Word, *, base_url: str, now: datetime
) -> None:
    """Write a word on a dossier that is held, and tell its owner.

    Errors: ``confirmation_settled``, those of ``holding.require_time``, ``name_missing``, ``name_too_long``,
    ``sentence_missing``, ``sentence_too_long``, ``changed_meanwhile`` where the dossier is no longer what was shown.
    """
    call = dossier_people.call_of(session, dossier)
    current = current_of(session, dossier)
    if current is None:
        raise RuleViolation("confirmation_settled")
    holding.require_time(call, current, now)
    _require_readable(word)
    content = dossier_content.digest_now(session, current, calls.definition_of(session, call))
    if content != word.shown:
        raise Conflict()
    session.add(
        DossierConfirmation(
            link_id=link.id,
            answer=word.answer.value,
            name=word.name,
            quality=word.quality,
            sentence=word.sentence,
            content_sha256=content,
            at=now,
        )
    )
    facts = {"link": link.reference, "kind": link.kind, "answer": word.answer.value, "sha256": content}
    holding.record(session, by, "dossier.confirmation", dossier, now, **facts)
    dossier_invitations.tell_owner(session, dossier, call, word.answer.value, word.name, base_url=base_url, now=now)


def _require_readable(word: Word) -> None:
    if not word.name:
        raise RuleViolation("name_missing")
    if max(len(word.name), len(word.quality)) > LONGEST_NAME:
        raise RuleViolation("name_too_long", maximum=LONGEST_NAME)
    if word.answer is Answer.DECLINED and not word.sentence:
        raise RuleViolation("sentence_missing")
    if len(word.sentence) > LONGEST_SENTENCE:
        raise RuleViolation("sentence_too_long", maximum=LONGEST_SENTENCE)


def _shown(session: Session, link: DossierPerson, dossier: Dossier, call: Call, *, now: datetime) -> ToConfirm:
    definition = calls.definition_of(session, call)
    current = current_of(session, dossier)
    shown = current or dossier
    answers = dossiers.answers_of(session, shown.id, definition.questionnaire)
    pieces = tuple(attachments.of_dossier(session, shown.id))
    asker = session.get_one(Person, link.invited_by_id)
    words = select(DossierConfirmation).where(DossierConfirmation.link_id == link.id)
    return ToConfirm(
        dossier=shown,
        call=call,
        definition=definition,
        answers=answers,
        pieces=pieces,
        asker=asker.name or asker.email,
        content_sha256=dossier_content.digest_of(definition, answers, pieces),
        last=session.scalar(words.order_by(DossierConfirmation.id.desc()).limit(1)),
        open=current is not None and call.opens_at <= now < (current.due_at or call.closes_at),
    )
