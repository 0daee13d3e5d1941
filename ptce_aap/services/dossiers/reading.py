"""A filed dossier as its readers see it: one frozen value made from a dossier that its reader may open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ptce_aap.domain import places, scanning
from ptce_aap.domain.budget import Finding
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.dossier import State
from ptce_aap.domain.eligibility import Result
from ptce_aap.domain.errors import NotFound
from ptce_aap.domain.evaluation import Evaluation, evaluate
from ptce_aap.domain.questionnaire import Answers, Question, Stage
from ptce_aap.domain.requirements import Check
from ptce_aap.domain.scanning import Scan
from ptce_aap.models import Attachment, Call, Dossier
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers.dossiers import answers_of
from ptce_aap.services.instruction.evidence import AxisReading, RuleReading, axis_readings, rule_readings


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece joined to a dossier."""

    reference: str
    key: str  # the question's path
    filename: str
    media_type: str
    size: int
    sha256: str
    scan: Scan
    opens: bool  # to whoever reads the dossier without being of its people


@dataclass(frozen=True, slots=True)
class StageReading:
    """A stage of the dossier with the number of answers that completeness still asks for."""

    number: int
    stage: Stage
    missing: int


@dataclass(frozen=True, slots=True)
class Document:
    """A filed dossier as a document: what it says, and what the rules of the call say of it."""

    reference: str
    number: str
    title: str
    carrier: str
    region: str
    stage: str
    amount_cents: int | None
    state: State
    filed_at: datetime
    stages: tuple[StageReading, ...]
    answers: Answers
    pieces: Mapping[str, tuple[Piece, ...]]
    evaluation: Evaluation
    rules: tuple[RuleReading, ...]
    axes: tuple[AxisReading, ...]
    missing: tuple[str, ...]  # in words

    @property
    def eligible(self) -> Result:
        """Return what the rules say together."""
        return self.evaluation.eligible

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Return the errors of the budget."""
        return self.evaluation.errors

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Return the warnings of the budget."""
        return self.evaluation.warnings

    @property
    def alerts(self) -> tuple[Check, ...]:
        """Return the demands that are not respected and are flagged to readers."""
        return tuple(check for check in self.evaluation.checks if check.alert)

    def axis(self, key: str) -> AxisReading:
        """Return what is computed about an axis of the grid."""
        return next(axis for axis in self.axes if axis.key == key)


def read(session: Session, dossier: Dossier, call: Call, definition: CallDefinition) -> Document:
    """Return a filed dossier as a document: two statements, whatever it holds.

    The dossier has been loaded through the visibility of its reader's room.
    """
    answers = answers_of(session, dossier.id, definition.questionnaire)
    assert dossier.filed_at is not None
    assert dossier.number is not None
    evaluation = evaluate(definition, answers, submitted_at=dossier.filed_at, closes_at=call.closes_at)
    return Document(
        reference=dossier.reference,
        number=dossier.number,
        title=dossier.title,
        carrier=dossier.carrier,
        region=region_name(definition, dossier.region),
        stage=stage_name(definition, dossier.stage),
        amount_cents=dossier.amount_cents,
        state=State(dossier.state),
        filed_at=dossier.filed_at,
        stages=_stages(definition, evaluation),
        answers=answers,
        pieces=_pieces(session, dossier, definition.sheet.pieces_are_scanned),
        evaluation=evaluation,
        rules=rule_readings(definition, answers, evaluation),
        axes=axis_readings(definition, answers, evaluation),
        missing=tuple(places.words_of(definition.questionnaire, place) for place in evaluation.missing),
    )


def _stages(definition: CallDefinition, evaluation: Evaluation) -> tuple[StageReading, ...]:
    missing = [place.partition(".")[0] for place in evaluation.missing]
    return tuple(
        StageReading(number, stage, missing.count(stage.key))
        for number, stage in enumerate(definition.questionnaire.stages, 1)
    )


def region_name(definition: CallDefinition, code: str | None) -> str:
    """Return a region as readers know it; nothing where the dossier or the call has none."""
    found = definition.sheet.region(code) if code else None
    return found.name if found is not None else (code or "")


def stage_name(definition: CallDefinition, value: str | None) -> str:
    """Return the stage of a project in words."""
    question = stage_question(definition)
    return question.option_label(value) if question is not None and value else (value or "")


def stage_question(definition: CallDefinition) -> Question | None:
    """Return the question that tells the stage of a project, None where the call does not ask."""
    path = definition.sheet.projection.stage
    return definition.questionnaire.question(path) if path else None


def verdict_name(definition: CallDefinition, value: str | None) -> str:
    """Return the direction of an opinion in words."""
    question = verdict_question(definition)
    return question.option_label(value) if question is not None and value else (value or "")


def verdict_question(definition: CallDefinition) -> Question | None:
    """Return the question of the opinion form that tells its direction."""
    path = definition.sheet.projection.verdict
    return definition.opinion.question(path) if path else None


def piece_of(session: Session, visible: Select[Dossier], reference: str, piece: str) -> Piece:
    """Return a piece of a dossier that its reader may open.

    Errors: ``not_found``, ``piece_infected``, ``piece_not_scanned``.
    """
    dossier = session.scalar(visible.where(Dossier.reference == reference))
    found = session.scalar(_joined_to(dossier.id).where(Attachment.reference == piece)) if dossier else None
    if dossier is None or found is None:
        raise NotFound()
    demanded = _demanded(session, dossier)
    scanning.require_open(Scan(found.scan), demanded=demanded)
    return _piece(found, demanded)


def _demanded(session: Session, dossier: Dossier) -> bool:
    return calls.definition_of(session, session.get_one(Call, dossier.call_id)).sheet.pieces_are_scanned


def _joined_to(dossier_id: int) -> Select[Attachment]:
    return select(Attachment).where(Attachment.dossier_id == dossier_id, Attachment.removed_at.is_(None))


def _piece(row: Attachment, demanded: bool) -> Piece:
    scan = Scan(row.scan)
    opens = scanning.opens(scan, demanded=demanded)
    return Piece(row.reference, row.key, row.filename, row.media_type, row.size, row.sha256, scan, opens)


def _pieces(session: Session, dossier: Dossier, demanded: bool) -> dict[str, tuple[Piece, ...]]:
    grouped: dict[str, tuple[Piece, ...]] = {}
    for row in session.scalars(_joined_to(dossier.id).order_by(Attachment.id)):
        grouped[row.key] = (*grouped.get(row.key, ()), _piece(row, demanded))
    return grouped
