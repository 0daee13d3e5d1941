"""The page of what is asked about a dossier, for those who follow it, and the list of what still waits in a region."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.clock import PARIS
from ptce_aap.domain import calendar, working_days
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.consultations import ConsultationSettings, Standing
from ptce_aap.domain.errors import NotFound
from ptce_aap.domain.permissions import Actor, Deed, Permission
from ptce_aap.domain.questionnaire import Stage
from ptce_aap.models import Call, Consultation, Dossier
from ptce_aap.services.calls import calls
from ptce_aap.services.instruction import consultation_readings, consultations, instruction
from ptce_aap.services.instruction.consultation_readings import ConsultationReading, PlanLine
from ptce_aap.services.jury import opinion_masks


@dataclass(frozen=True, slots=True)
class ConsultationsPage:
    """The requests of a dossier, the last one first, and what a new one may name.

    ``asks``: this reader may consult somebody now; ``masked``: he still has to mark the dossier, and reads no answer.
    """

    dossier: Dossier
    definition: CallDefinition
    settings: ConsultationSettings
    requests: tuple[ConsultationReading, ...]
    stages: tuple[Stage, ...]
    lines: tuple[PlanLine, ...]
    asks: bool
    masked: bool
    first_day: date
    proposed_day: date
    last_day: date

    def count(self, standing: Standing) -> int:
        """Return how many requests stand so."""
        return sum(one.standing is standing for one in self.requests)


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A request that waits, on the list of a region."""

    dossier: str
    number: str
    title: str
    service: str
    addressee: str
    last_moment: datetime
    standing: Standing


def page(session: Session, actor: Actor, call: Call, reference: str, *, now: datetime) -> ConsultationsPage:
    """Return what is asked about a dossier that one follows. Errors: ``not_found``."""
    definition = calls.definition_of(session, call)
    settings = consultations.settings_of(definition)
    mine = consultations.readable(session, actor, call, now=now).where(Dossier.reference == reference)
    dossier = session.scalar(mine)
    if dossier is None:
        raise NotFound()
    masked = opinion_masks.masks(session, actor, call, dossier)
    may = actor.may(Permission.CONSULT, call.id) and call.allows(Deed.CONSULT, now=now)
    return ConsultationsPage(
        dossier=dossier,
        definition=definition,
        settings=settings,
        requests=tuple(
            consultation_readings.reading_of(
                definition, one, name, consultations.standing_of(one, call, dossier, now), masked=masked
            )
            for one, name in consultation_readings.of_dossier(session, dossier)
        ),
        stages=settings.shown(definition.questionnaire, settings.opens),
        lines=consultation_readings.lines_of_plan(session, dossier, definition),
        asks=may and not consultations.is_over(call, dossier),
        masked=masked,
        first_day=consultations.first_day(now),
        proposed_day=working_days.after(now.astimezone(PARIS).date(), settings.days),
        last_day=consultations.last_possible_day(now),
    )


def answered(
    session: Session, actor: Actor, call: Call, reference: str, *, now: datetime
) -> tuple[ConsultationReading, ...]:
    """Return what was answered about a dossier of one's regions, to be read beside its opinion: three statements."""
    definition = calls.definition_of(session, call)
    mine = instruction.visible(session, actor, call, now=now).where(Dossier.reference == reference)
    dossier = session.scalar(mine)
    if dossier is None or definition.consultations is None or opinion_masks.masks(session, actor, call, dossier):
        return ()
    return tuple(
        consultation_readings.reading_of(definition, one, name, Standing.ANSWERED, masked=False)
        for one, name in consultation_readings.of_dossier(session, dossier)
        if one.answered_at is not None
    )


def waiting(session: Session, actor: Actor, call: Call, *, now: datetime) -> tuple[WaitingLine, ...]:
    """Return the requests without an answer on the dossiers of one's regions, by date: one statement."""
    mine = instruction.visible(session, actor, call, now=now).with_only_columns(Dossier.id)
    rows = session.execute(
        select(Consultation, Dossier)
        .join(Dossier, Dossier.id == Consultation.dossier_id)
        .where(
            Consultation.dossier_id.in_(mine),
            Consultation.answered_at.is_(None),
            Consultation.withdrawn_at.is_(None),
        )
        .order_by(Consultation.due_at, Consultation.id)
    )
    return tuple(
        WaitingLine(
            dossier=dossier.reference,
            number=str(dossier.number),
            title=dossier.title,
            service=one.service,
            addressee=one.addressee,
            last_moment=calendar.last_moment(one.due_at),
            standing=consultations.standing_of(one, call, dossier, now),
        )
        for one, dossier in rows
    )
