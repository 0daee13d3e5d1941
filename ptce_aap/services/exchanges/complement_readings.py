"""Requests for complements as they are read: what was asked, where each stands, what its answer changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from ptce_aap.domain import calendar
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.complements import Flaw, Standing, standing
from ptce_aap.domain.differences import Difference, difference
from ptce_aap.domain.questionnaire import Answers, Question
from ptce_aap.models import ComplementRequest, Dossier, Filing, Person
from ptce_aap.services.applicants import dossier_content


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
    reminded_at: datetime | None
    due_at: datetime  # the first instant at which it is too late
    standing: Standing
    ended_at: datetime | None
    reason: str
    questions: tuple[AskedReading, ...]
    differences: tuple[Difference, ...] = ()

    @property
    def last_moment(self) -> datetime:
        """The last second at which an answer is on time."""
        return calendar.last_moment(self.due_at)


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
        reminded_at=request.reminded_at,
        due_at=request.due_at,
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
    files = {(piece["key"], piece["name"]): piece["sha256"] for piece in json.loads(filing.snapshot)["attachments"]}
    return dossier_content.answers_of_snapshot(definition, filing.snapshot), files
