"""Requests for complements, as those who instruct a dossier make, read and close them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Select, delete, update
from sqlalchemy.orm import Session

from ptce_aap.clock import PARIS
from ptce_aap.documents import french
from ptce_aap.domain import calendar, working_days
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.complements import (
    LEAST_WORKING_DAYS,
    LONGEST_DAYS,
    SENTENCE_LENGTH,
    Asked,
    Flaw,
    Standing,
)
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Deed, Permission, Role
from ptce_aap.domain.questionnaire import Question, Stage
from ptce_aap.domain.reasons import read_reason
from ptce_aap.models import (
    Answer,
    Attachment,
    Call,
    ComplementQuestion,
    ComplementRequest,
    Dossier,
    visibility,
)
from ptce_aap.services.accounts import accounts
from ptce_aap.services.calls import calls
from ptce_aap.services.deposits import revisions
from ptce_aap.services.dossiers import reading, rooms
from ptce_aap.services.dossiers.reading import Document
from ptce_aap.services.exchanges import complement_answers, complement_clock, complement_letters, complement_readings
from ptce_aap.services.exchanges.complement_clock import StoppedClock
from ptce_aap.services.exchanges.complement_readings import AskedReading, RequestReading
from ptce_aap.services.instruction import instruction
from ptce_aap.services.journal import journal

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ComplementsPage:
    """The requests of a dossier, the last one first; ``asks``: this reader may make one now.

    ``closes``, ``reminds``: he may close, recall the one that waits. ``clock``: what it stops.
    """

    dossier: Dossier
    definition: CallDefinition
    requests: tuple[RequestReading, ...]
    asks: bool
    closes: bool
    reminds: bool
    clock: StoppedClock | None


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
    """Return the requests of a dossier that one reads: six statements at most. Errors: ``not_found``."""
    definition = calls.definition_of(session, call)
    dossier = session.scalar(_readable(session, actor, call, now=now).where(Dossier.reference == reference))
    if dossier is None:
        raise NotFound()
    requests = complement_readings.readings(session, dossier, definition, now=now)
    waiting = any(request.standing is Standing.WAITING for request in requests)
    may = actor.may(Permission.ASK_COMPLEMENTS, call.id) and is_open(call, now)
    clock = complement_clock.stopped(session, dossier, definition.sheet, now=now) if waiting else None
    reminds = may and waiting and not complement_answers.is_told_today(requests[0], now=now)
    return ComplementsPage(
        dossier, definition, requests, asks=may and not waiting, closes=may and waiting, reminds=reminds, clock=clock
    )


def is_open(call: Call, now: datetime) -> bool:
    """Tell whether complements may be asked for: once nobody files any more, until the jury marks."""
    return call.allows(Deed.ASK_COMPLEMENTS, now=now)


def choice(session: Session, actor: Actor, call: Call, reference: str, *, now: datetime) -> Choice:
    """Return a dossier whose questions one may ask again. Errors: those of ``held``."""
    definition = calls.definition_of(session, call)
    dossier = held(session, actor, call, reference, now=now)
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

    Errors: those of ``held`` and ``check``, ``complement_waiting``.
    """
    call = session.get_one(Call, call_id, with_for_update={"read": True})
    dossier = held(session, actor, call, reference, now=now, lock=True)
    definition = calls.definition_of(session, call)
    check(definition, asked, last_day, now=now)
    assert last_day is not None
    before = complement_answers.open_of(session, dossier.id)
    if before is not None:
        if now < before.due_at:
            raise RuleViolation("complement_waiting", due=calendar.last_moment(before.due_at))
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
    record(session, actor, "complement.asked", dossier, now, questions=len(paths), until=last_day.isoformat())
    complement_letters.owe_request(session, call, dossier, definition, request, base_url=base_url)
    return request


def close(session: Session, actor: Actor, call_id: int, reference: str, reason: str, *, now: datetime) -> None:
    """Close the request that waits, with a reason that the applicant reads.

    Errors: those of ``held``, ``already_done``, ``reason_needed``, ``reason_too_long``.
    """
    call = session.get_one(Call, call_id, with_for_update={"read": True})
    dossier = held(session, actor, call, reference, now=now, lock=True)
    request = complement_answers.open_of(session, dossier.id)
    if request is None or request.due_at <= now:
        raise RuleViolation("already_done")
    told = read_reason(reason, most=SENTENCE_LENGTH)
    complement_answers.close_request(session, request, told, now=now)
    record(session, actor, "complement.closed", dossier, now)


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


def held(session: Session, actor: Actor, call: Call, reference: str, *, now: datetime, lock: bool = False) -> Dossier:
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
    if not call.allows(Deed.ASK_COMPLEMENTS):
        raise RuleViolation("instruction_over", since=call.marking_opened_at)
    if not call.allows(Deed.ASK_COMPLEMENTS, now=now):
        raise RuleViolation("too_early", until=call.closes_at)
    return dossier


def record(session: Session, actor: Actor, act: str, dossier: Dossier, at: datetime, **facts: object) -> None:
    """Write the line of an act on the request of a dossier."""
    role = Role.TEAM if Role.TEAM in actor.roles_on(dossier.call_id) else Role.CORRESPONDENT
    on = ("dossier", dossier.reference)
    journal.record(session, actor, act, on=on, at=at, call_id=dossier.call_id, role=role, facts=facts)
