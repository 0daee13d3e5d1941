"""Requests for complements, as those who instruct a dossier make, read and close them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session, selectinload

from ptce_aap import addresses
from ptce_aap.clock import PARIS
from ptce_aap.documents import french
from ptce_aap.domain import working_days
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.complements import (
    LEAST_WORKING_DAYS,
    LONGEST_DAYS,
    SENTENCE_LENGTH,
    Asked,
    Flaw,
    Standing,
    standing,
)
from ptce_aap.domain.differences import Difference, difference
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.exchange import read_document
from ptce_aap.domain.permissions import Actor, Permission, Role
from ptce_aap.domain.questionnaire import Answers, Question, Stage
from ptce_aap.domain.sharing import Right
from ptce_aap.mail import messages
from ptce_aap.models import (
    Answer,
    Attachment,
    Call,
    ComplementQuestion,
    ComplementRequest,
    Dossier,
    DossierPerson,
    Filing,
    Person,
    visibility,
)
from ptce_aap.services import (
    accounts,
    calls,
    complement_answers,
    dossiers,
    instruction,
    journal,
    letters,
    reading,
    revisions,
    rooms,
)
from ptce_aap.services.reading import Document

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class AskedReading:
    """A question that a request names, as readers see it."""

    question: Question
    stage: int
    flaw: Flaw
    sentence: str


@dataclass(frozen=True, slots=True)
class RequestReading:
    """A request as readers see it; ``differences`` tells its answer, question by question, once it has come."""

    reference: str
    asked_by: str
    asked_at: datetime
    last_moment: datetime
    standing: Standing
    ended_at: datetime | None
    reason: str
    questions: tuple[AskedReading, ...]
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class ComplementsPage:
    """The requests of a dossier, the last one first; ``asks`` tells whether this reader may make one now."""

    dossier: Dossier
    definition: CallDefinition
    requests: tuple[RequestReading, ...]
    asks: bool
    closes: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """A filed dossier of which questions are chosen, with the days between which a term may be set."""

    document: Document
    definition: CallDefinition
    first_day: date
    proposed_day: date
    last_day: date

    def chosen(self, paths: Iterable[str]) -> tuple[AskedReading, ...]:
        """Return those of these questions that may be asked again, in the form's order."""
        wanted = set(paths)
        return tuple(
            AskedReading(question, number, Flaw.MISSING if self.is_missing(question) else Flaw.WRONG, "")
            for number, stage in enumerate(self.definition.questionnaire.stages, 1)
            for question in stage.questions
            if question.path in wanted and may_be_asked(question)
        )

    @staticmethod
    def askable(stage: Stage) -> tuple[Question, ...]:
        """Return the questions of a stage that a request may name."""
        return tuple(question for question in stage.questions if may_be_asked(question))

    def is_missing(self, question: Question) -> bool:
        """Tell whether completeness asks for this answer, or for a part of it."""
        return any(f"{place}.".startswith(f"{question.path}.") for place in self.document.evaluation.missing)


def may_be_asked(question: Question) -> bool:
    """Tell whether a request may name a question: a statement is made once, at the deposit."""
    return not question.must_be_true


def page(session: Session, actor: Actor, call: Call, reference: str, *, now: datetime) -> ComplementsPage:
    """Return the requests of a dossier that one reads: five statements at most. Errors: ``not_found``."""
    definition = calls.definition_of(session, call)
    dossier = session.scalar(_readable(session, actor, call, now=now).where(Dossier.reference == reference))
    if dossier is None:
        raise NotFound()
    requests = readings(session, dossier, definition, now=now)
    waiting = any(request.standing is Standing.WAITING for request in requests)
    may = actor.may(Permission.ASK_COMPLEMENTS, call.id) and is_open(call, now)
    return ComplementsPage(dossier, definition, requests, asks=may and not waiting, closes=may and waiting)


def is_open(call: Call, now: datetime) -> bool:
    """Tell whether complements may be asked for: once nobody files any more, until the jury marks."""
    return now >= call.closes_at and call.marking_opened_at is None


def choice(session: Session, actor: Actor, call: Call, reference: str, *, now: datetime) -> Choice:
    """Return a dossier whose questions one may ask again. Errors: those of ``_held``."""
    definition = calls.definition_of(session, call)
    dossier = _held(session, actor, call, reference, now=now)
    today = now.astimezone(PARIS).date()
    return Choice(
        document=reading.read(session, dossier, call, definition),
        definition=definition,
        first_day=working_days.after(today, LEAST_WORKING_DAYS),
        proposed_day=working_days.after(today, definition.sheet.complement_days),
        last_day=today + LONGEST_DAYS * _DAY,
    )


def check(definition: CallDefinition, asked: Sequence[Asked], last_day: date | None, *, now: datetime) -> None:
    """Refuse a request that cannot be sent.

    Errors: ``complement_nothing_asked``, ``not_found``, ``complement_sentence_missing``,
    ``complement_sentence_too_long`` (both with ``path``), ``complement_day_missing``, ``complement_too_soon``,
    ``complement_too_late``.
    """
    if not asked:
        raise RuleViolation("complement_nothing_asked")
    for one in asked:
        question = definition.questionnaire.question(one.path)
        if question is None or question not in definition.questionnaire.questions or not may_be_asked(question):
            raise NotFound()
        if not one.sentence.strip():
            raise RuleViolation("complement_sentence_missing", path=one.path, label=question.label)
        if len(one.sentence) > SENTENCE_LENGTH:
            raise RuleViolation(
                "complement_sentence_too_long", path=one.path, label=question.label, maximum=SENTENCE_LENGTH
            )
    today = now.astimezone(PARIS).date()
    if last_day is None:
        raise RuleViolation("complement_day_missing")
    if working_days.between(today, last_day) < LEAST_WORKING_DAYS:
        least = french.long_date(working_days.after(today, LEAST_WORKING_DAYS))
        raise RuleViolation("complement_too_soon", days=LEAST_WORKING_DAYS, least=least)
    if last_day > today + LONGEST_DAYS * _DAY:
        raise RuleViolation("complement_too_late", days=LONGEST_DAYS)


def ask(
    session: Session,
    actor: Actor,
    call_id: int,
    reference: str,
    asked: Sequence[Asked],
    last_day: date | None,
    *,
    base_url: str,
    now: datetime,
) -> ComplementRequest:
    """Ask for complements on named questions, until the end of a day in Paris, and write to the applicant.

    Errors: those of ``_held`` and ``check``, ``complement_waiting``.
    """
    call = session.get_one(Call, call_id, with_for_update={"read": True})
    dossier = _held(session, actor, call, reference, now=now, lock=True)
    definition = calls.definition_of(session, call)
    check(definition, asked, last_day, now=now)
    assert last_day is not None
    before = complement_answers.open_of(session, dossier.id)
    if before is not None:
        if now < before.due_at:
            raise RuleViolation("complement_waiting", due=before.due_at - timedelta(seconds=1))
        complement_answers.expire(session, before, dossier, now=now)
    due_at = datetime.combine(last_day + _DAY, time(), PARIS).astimezone(UTC)
    told = {one.path: one for one in asked}
    paths = definition.questionnaire.in_form_order(told)
    request = ComplementRequest(
        dossier_id=dossier.id,
        revision_id=_revise(session, dossier, paths, due_at, now=now).id,
        asked_by_id=actor.person_id,
        asked_at=now,
        due_at=due_at,
        questions=[
            ComplementQuestion(
                key=path, position=place, flaw=told[path].flaw.value, sentence=told[path].sentence.strip()
            )
            for place, path in enumerate(paths)
        ],
    )
    session.add(request)
    session.flush()
    _record(session, actor, "complement.asked", dossier, now, questions=len(paths), until=last_day.isoformat())
    _owe_request(session, call, dossier, definition, request, base_url=base_url)
    return request


def close(session: Session, actor: Actor, call_id: int, reference: str, reason: str, *, now: datetime) -> None:
    """Close the request that waits, with a reason that the applicant reads.

    Errors: those of ``_held``, ``already_done``, ``reason_needed``, ``reason_too_long``.
    """
    call = session.get_one(Call, call_id, with_for_update={"read": True})
    dossier = _held(session, actor, call, reference, now=now, lock=True)
    request = complement_answers.open_of(session, dossier.id)
    if request is None or request.due_at <= now:
        raise RuleViolation("already_done")
    told = reason.strip()
    if not told:
        raise RuleViolation("reason_needed")
    if len(told) > SENTENCE_LENGTH:
        raise RuleViolation("reason_too_long", maximum=SENTENCE_LENGTH)
    complement_answers.close_request(session, request, told, now=now)
    _record(session, actor, "complement.closed", dossier, now)


def readings(
    session: Session, dossier: Dossier, definition: CallDefinition, *, now: datetime
) -> tuple[RequestReading, ...]:
    """Return the requests of a dossier, the last one first: three statements, whatever it holds."""
    rows = session.execute(
        select(ComplementRequest, Person.name)
        .join(Person, Person.id == ComplementRequest.asked_by_id)
        .where(ComplementRequest.dossier_id == dossier.id)
        .options(selectinload(ComplementRequest.questions))
        .order_by(ComplementRequest.id.desc())
    ).all()
    filings: dict[int, Filing] = {}
    if any(request.filing_id is not None for request, _ in rows):
        held = select(Filing).where(Filing.dossier_id == dossier.id)
        filings = {filing.sequence: filing for filing in session.scalars(held)}
    return tuple(_reading(definition, request, name, filings, now) for request, name in rows)


def _reading(
    definition: CallDefinition,
    request: ComplementRequest,
    name: str,
    filings: Mapping[int, Filing],
    now: datetime,
) -> RequestReading:
    numbers = {stage.key: number for number, stage in enumerate(definition.questionnaire.stages, 1)}
    asked = []
    for one in request.questions:
        question = definition.questionnaire.question(one.key)
        assert question is not None
        number = numbers[one.key.partition(".")[0]]
        asked.append(AskedReading(question, number, Flaw(one.flaw), one.sentence))
    answer = next((filing for filing in filings.values() if filing.id == request.filing_id), None)
    return RequestReading(
        reference=request.reference,
        asked_by=name,
        asked_at=request.asked_at,
        last_moment=request.due_at - timedelta(seconds=1),
        standing=standing(request.outcome, request.due_at, now),
        ended_at=request.ended_at,
        reason=request.reason,
        questions=tuple(asked),
        differences=_differences(definition, asked, filings[answer.sequence - 1], answer) if answer else (),
    )


def _differences(
    definition: CallDefinition, asked: Iterable[AskedReading], before: Filing, after: Filing
) -> tuple[Difference, ...]:
    """Return what a complement changed in each named question, from the two deposits as they were frozen."""
    (old, old_files), (new, new_files) = _frozen(definition, before), _frozen(definition, after)
    return tuple(
        difference(
            one.question,
            old,
            new,
            [name for (key, name), digest in new_files.items() if key == one.question.path
             and old_files.get((key, name), digest) != digest],
        )
        for one in asked
    )  # fmt: skip


def _frozen(definition: CallDefinition, filing: Filing) -> tuple[Answers, dict[tuple[str, str], str]]:
    content: dict[str, Any] = json.loads(filing.snapshot)
    told = json.dumps({"submitted_at": None, "answers": content["answers"]})
    files = {(piece["key"], piece["name"]): piece["sha256"] for piece in content["attachments"]}
    return read_document(told, definition.questionnaire).answers, files


def _revise(session: Session, dossier: Dossier, paths: Sequence[str], due_at: datetime, *, now: datetime) -> Dossier:
    """Begin the limited revision; what was typed too late in a former one is kept where it is asked again."""
    former = revisions.alive(session, dossier.id)
    if former is not None:
        former.ended_at = now
        session.flush()
    revision = revisions.begin(session, dossier, now=now, scope=paths, due_at=due_at)
    if former is not None:
        _carry(session, former, revision, now=now)
        revisions.end(session, former, at=now)
    return revision


def _carry(session: Session, former: Dossier, revision: Dossier, *, now: datetime) -> None:
    kept = set(revision.scope or ()) & set(former.scope if former.scope is not None else revision.scope or ())
    quiet = {"synchronize_session": False}
    own, its = Answer.dossier_id == revision.id, Answer.dossier_id == former.id
    session.execute(delete(Answer).where(own, Answer.key.in_(kept)).execution_options(**quiet))
    moved = update(Answer).where(its, Answer.key.in_(kept)).values(dossier_id=revision.id)
    session.execute(moved.execution_options(**quiet))
    pieces = (Attachment.key.in_(kept), Attachment.removed_at.is_(None))
    copied = update(Attachment).where(Attachment.dossier_id == revision.id, *pieces).values(removed_at=now)
    session.execute(copied.execution_options(**quiet))
    joined = update(Attachment).where(Attachment.dossier_id == former.id, *pieces).values(dossier_id=revision.id)
    session.execute(joined.execution_options(**quiet))


def _readable(session: Session, actor: Actor, call: Call, *, now: datetime) -> Select[Dossier]:
    """The dossiers of which this person reads the requests: those of his region, or of the management."""
    if actor.may(Permission.SEE_MANAGEMENT, call.id):
        return rooms.open_to(actor, call, now=now)
    return instruction.visible(session, actor, call, now=now)


def _held(session: Session, actor: Actor, call: Call, reference: str, *, now: datetime, lock: bool = False) -> Dossier:
    """Load a dossier of which this person may ask complements.

    Errors: ``not_allowed``, ``not_found``, ``too_early`` before the closing, ``instruction_over``.
    """
    accounts.require(actor, Permission.ASK_COMPLEMENTS, call.id)
    if Role.TEAM in actor.roles_on(call.id):
        mine = visibility.managed_by(actor.person_id, call, now=now)
    else:
        mine = instruction.visible(session, actor, call, now=now)
    mine = mine.where(Dossier.reference == reference)
    dossier = session.scalar(mine.with_for_update(of=Dossier) if lock else mine)
    if dossier is None:
        raise NotFound()
    if now < call.closes_at:
        raise RuleViolation("too_early", until=call.closes_at)
    if call.marking_opened_at is not None:
        raise RuleViolation("instruction_over", since=call.marking_opened_at)
    return dossier


def _record(session: Session, actor: Actor, act: str, dossier: Dossier, at: datetime, **facts: object) -> None:
    role = Role.TEAM if Role.TEAM in actor.roles_on(dossier.call_id) else Role.CORRESPONDENT
    on = ("dossier", dossier.reference)
    journal.record(session, actor, act, on=on, at=at, call_id=dossier.call_id, role=role, facts=facts)


def _owe_request(
    session: Session,
    call: Call,
    dossier: Dossier,
    definition: CallDefinition,
    request: ComplementRequest,
    *,
    base_url: str,
) -> None:
    for to in addressees(session, dossier, definition):
        letter = messages.complement_request(
            to,
            number=str(dossier.number),
            questions=len(request.questions),
            until=f"{french.long_instant(request.due_at - timedelta(seconds=1))} (heure de Paris)",
            link=base_url + addresses.complements(dossier.reference),
        )
        letters.send(session, letter, at=request.asked_at, call_id=call.id)


def addressees(session: Session, dossier: Dossier, definition: CallDefinition) -> list[str]:
    """Return the addresses of those who answer for a dossier: its owner, who may change it, its contact; once each."""
    owner = session.get_one(Person, dossier.owner_id)
    editing = (Right.EDIT.value, Right.FILE.value)
    others = session.scalars(
        select(Person.email)
        .join(DossierPerson, DossierPerson.person_id == Person.id)
        .where(
            DossierPerson.dossier_id == dossier.id, DossierPerson.ended_at.is_(None), DossierPerson.given.in_(editing)
        )
        .order_by(DossierPerson.id)
    )
    answers = dossiers.answers_of(session, dossier.id, definition.questionnaire)
    contact = str(dossiers.value_at(answers, definition.sheet.projection.contact_email) or "")
    found = {accounts.email_key(to): to for to in (owner.email, *others, contact) if messages.is_address(to)}
    return list(found.values())
