"""Consultations as they are read by those who follow the dossier, and what its applicants are told of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.domain import calendar
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.consultations import Purpose, Standing
from ptce_aap.domain.questionnaire import Answers, Questionnaire, Row, filled_rows
from ptce_aap.models import Consultation, Dossier, Person
from ptce_aap.models.base import canonical_json
from ptce_aap.services.dossiers.dossiers import answers_of, from_stored


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A line of the financial plan as it was filed; ``mark`` is a short digest of what it says."""

    mark: str
    funder: str
    row: Row
    stored: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ConsultationReading:
    """What was asked of somebody, and what he answered; ``answers`` is None until then, or where it is masked."""

    reference: str
    purpose: Purpose
    kind: str  # in words
    service: str
    addressee: str
    email: str
    question: str
    stages: tuple[str, ...]  # titles
    line: Mapping[str, Any] | None
    asked_by: str
    asked_at: datetime
    sent_at: datetime
    last_moment: datetime
    standing: Standing
    ended_at: datetime | None
    form: Questionnaire
    answers: Answers | None
    respondent: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a funder answered about a line of the plan, as the people of the dossier read it: no name, no address."""

    funder: str
    line: Row
    at: datetime
    form: Questionnaire
    answers: Answers
    outdated: bool  # the plan as filed has no such line any more


def line_mark(stored: Mapping[str, Any]) -> str:
    """Return the mark of a line of the plan, by which a form names it."""
    return hashlib.sha256(canonical_json(dict(stored)).encode()).hexdigest()[:16]


def lines_of_plan(session: Session, dossier: Dossier, definition: CallDefinition) -> tuple[PlanLine, ...]:
    """Return the lines of the financial plan that name a funder, as they were filed."""
    settings = definition.consultations
    if settings is None or settings.funders is None:
        return ()
    answers = answers_of(session, dossier.id, definition.questionnaire)
    found = []
    for row in filled_rows(answers.get(settings.funders.path)):
        if row.get(settings.funder):
            stored = settings.funders.to_json((row,))[0]
            found.append(PlanLine(line_mark(stored), str(row[settings.funder]), row, stored))
    return tuple(found)


def line_of(definition: CallDefinition, one: Consultation) -> Row | None:
    """Return the line that a funder was asked to confirm, as values; None for an opinion."""
    settings = definition.consultations
    if not one.funding or settings is None or settings.funders is None:
        return None
    rows = filled_rows(settings.funders.read([one.funding]).value)
    return rows[0] if rows else None


def reading_of(
    definition: CallDefinition, one: Consultation, asked_by: str, stands: Standing, *, masked: bool
) -> ConsultationReading:
    """Return a request as those who follow the dossier read it."""
    settings = definition.consultations
    assert settings is not None
    form = settings.form(Purpose(one.purpose))
    told = one.answered_at is not None and not masked
    return ConsultationReading(
        reference=one.reference,
        purpose=Purpose(one.purpose),
        kind=settings.service_name(one.kind),
        service=one.service,
        addressee=one.addressee,
        email=one.email,
        question=one.question,
        stages=tuple(stage.title for stage in definition.questionnaire.stages if stage.key in one.opened),
        line=line_of(definition, one),
        asked_by=asked_by,
        asked_at=one.asked_at,
        sent_at=one.sent_at,
        last_moment=calendar.last_moment(one.due_at),
        standing=stands,
        ended_at=one.answered_at or one.withdrawn_at,
        form=form,
        answers=from_stored(one.answers, form) if told else None,
        respondent=one.respondent if told else "",
    )


def confirmed(session: Session, dossier: Dossier, definition: CallDefinition) -> tuple[Confirmed, ...]:
    """Return what funders confirmed of a dossier, the first answer first: two statements, one where nobody did."""
    settings = definition.consultations
    query = select(Consultation).where(
        Consultation.dossier_id == dossier.id,
        Consultation.purpose == Purpose.FUNDING.value,
        Consultation.answered_at.is_not(None),
    )
    given = session.scalars(query.order_by(Consultation.answered_at, Consultation.id)).all()
    if not given or settings is None:
        return ()
    marks = {line.mark for line in lines_of_plan(session, dossier, definition)}
    form = settings.form(Purpose.FUNDING)
    return tuple(
        Confirmed(
            funder=one.service,
            line=row,
            at=one.answered_at,
            form=form,
            answers=from_stored(one.answers, form),
            outdated=line_mark(one.funding) not in marks,
        )
        for one in given
        if (row := line_of(definition, one)) is not None and one.answered_at is not None
    )


def of_dossier(session: Session, dossier: Dossier) -> list[tuple[Consultation, str]]:
    """Return the requests of a dossier with the name of who asked, the last one first: one statement."""
    query = (
        select(Consultation, Person.name)
        .join(Person, Person.id == Consultation.asked_by_id)
        .where(Consultation.dossier_id == dossier.id)
        .order_by(Consultation.id.desc())
    )
    return [(one, name) for one, name in session.execute(query)]
