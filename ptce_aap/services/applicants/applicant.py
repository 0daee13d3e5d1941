"""What an applicant's pages show of one dossier: stage by stage, what is missing, what may be done on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, exists
from sqlalchemy.orm import Session, aliased

from ptce_aap.domain import calendar, places
from ptce_aap.domain.budget import Finding
from ptce_aap.domain.calendar import Phase
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.dossier import State
from ptce_aap.domain.errors import NotFound
from ptce_aap.domain.evaluation import Evaluation, evaluate
from ptce_aap.domain.permissions import Actor, Deed
from ptce_aap.domain.places import NamedPlace
from ptce_aap.domain.questionnaire import Answers, QuestionKind, Stage
from ptce_aap.domain.scanning import Scan
from ptce_aap.domain.sharing import Kind, Right
from ptce_aap.models import (
    Attachment,
    Call,
    Dossier,
    DossierPerson,
    Withdrawal,
    visibility,
)
from ptce_aap.services.applicants import attachments, drafts
from ptce_aap.services.applicants.stored import NOTHING, Hand, Stored
from ptce_aap.services.calls import calls
from ptce_aap.services.deposits import revisions
from ptce_aap.services.dossiers import dossiers


@dataclass(frozen=True, slots=True)
class StageState:
    """How far a stage is."""

    stage: Stage
    number: int
    begun: bool
    missing: tuple[NamedPlace, ...]
    unread: int  # answers that could not be read
    incoherent: bool  # the rules found an error here

    @property
    def complete(self) -> bool:
        """Tell whether the stage is begun and asks for nothing more."""
        return self.begun and not self.missing and not self.unread


@dataclass(frozen=True, slots=True)
class DossierPage:
    """One dossier with everything that its pages show; ``right`` is what the reader may do on it."""

    dossier: Dossier
    call: Call
    right: Right
    definition: CallDefinition
    stored: Mapping[str, Stored]
    answers: Answers
    evaluation: Evaluation
    stages: tuple[StageState, ...]
    pieces: tuple[Attachment, ...]
    phase: Phase
    last_moment: datetime
    time_left: timedelta | None
    open: bool  # the call, or the term of a limited revision
    carries: bool  # the reader carries the dossier with its owner, and is asked to confirm it
    offered: bool  # the owner offers the dossier to the reader
    peopled: bool  # somebody beside the owner was ever invited
    changes: Mapping[str, Hand]  # who last changed each answer, where others were invited
    revises: Dossier | None = None  # what this revision changes
    revision: Dossier | None = None  # the changes under way of this filed dossier, or the complements asked of it
    withdrawal: Withdrawal | None = None  # when and why it was withdrawn, where it is
    complements_wait: bool = False  # what was asked of this filed dossier may still be filed

    @property
    def editable(self) -> bool:
        """Tell whether this reader may change answers: a draft, while there is time, with the right to."""
        return self.to_file and self.right.covers(Right.EDIT)

    @property
    def fileable(self) -> bool:
        """Tell whether this reader may file: a draft, while there is time, with the right to."""
        return self.to_file and self.right.covers(Right.FILE)

    @property
    def to_file(self) -> bool:
        """Tell whether somebody may still change and file: a draft or a revision under way, while there is time."""
        return self.dossier.state == State.DRAFT and self.dossier.ended_at is None and self.open

    @property
    def reopens(self) -> bool:
        """Tell whether this reader may change what was filed."""
        filed = self.dossier.state in (State.FILED, State.WITHDRAWN)
        return filed and self.phase is Phase.OPEN and self.right.covers(Right.FILE)

    @property
    def droppable(self) -> bool:
        """Tell whether this reader may give these changes up; what a request for complements opened is answered."""
        return self.revises is not None and self.dossier.due_at is None and self.right.covers(Right.FILE)

    @property
    def has_result(self) -> bool:
        """Tell whether what became of the dossier may be read."""
        return dossiers.has_result(self.call, self.dossier)

    @property
    def under_way(self) -> Dossier | None:
        """Return the changes that wait to be filed; complements that ran out do not hold the whole dossier closed."""
        late = self.revision is not None and self.revision.due_at is not None and not self.complements_wait
        return None if late else self.revision

    @property
    def complements_until(self) -> datetime | None:
        """Return the last moment at which the complements asked of this filed dossier may be filed."""
        due = self.revision.due_at if self.revision is not None else None
        return None if due is None else calendar.last_moment(due)

    @property
    def withdrawable(self) -> bool:
        """Tell whether this reader may withdraw what was filed: its owner, until the marking opens."""
        settled = self.dossier.state in (State.DRAFT, State.WITHDRAWN)
        return not settled and self.call.allows(Deed.WITHDRAW_DOSSIER) and self.right is Right.OWN

    @property
    def next_stage(self) -> StageState | None:
        """Return the first stage that still asks for something."""
        return next((state for state in self.stages if not state.complete), None)

    @property
    def missing(self) -> tuple[NamedPlace, ...]:
        """Everything that completeness still asks for, in the form's order."""
        return tuple(place for state in self.stages for place in state.missing)

    @property
    def blocking(self) -> tuple[NamedPlace, ...]:
        """Everything without which the dossier cannot be filed, even as it is; a complement is never held back."""
        if self.dossier.scope is not None:
            return ()
        questionnaire = self.definition.questionnaire
        found = (places.find(questionnaire, place) for place in questionnaire.blocking(self.answers))
        return tuple(place for place in found if place is not None)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the rules found to mend, then to look at; nothing is told of a stage that nobody has begun."""
        idle = tuple(f"{state.stage.key}." for state in self.stages if not state.begun)
        found = (*self.evaluation.errors, *self.evaluation.warnings)
        return tuple(finding for finding in found if not finding.key.startswith(idle))

    def state_of(self, stage_key: str) -> StageState:
        """Return a stage. Errors: ``not_found``."""
        for state in self.stages:
            if state.stage.key == stage_key:
                return state
        raise NotFound()

    @staticmethod
    def stage_of(path: str) -> str:
        """Return the key of the stage in which a question stands."""
        return path.partition(".")[0]

    def stored_at(self, path: str) -> Stored:
        """Return the answer stored at a question's path."""
        return self.stored.get(path, NOTHING)

    def pieces_of(self, path: str) -> tuple[tuple[str, Attachment | None], ...]:
        """Return the files of a question by their names; None for one that is named and still to join."""
        joined = {piece.filename: piece for piece in self.pieces if piece.key == path}
        return tuple((name, joined.get(name)) for name in self.answers.get(path, ()))

    @property
    def infected(self) -> tuple[Attachment, ...]:
        """The pieces in which a virus was found, that nobody can open."""
        return tuple(piece for piece in self.pieces if piece.scan == Scan.INFECTED)

    @property
    def to_join(self) -> tuple[str, ...]:
        """The names of files that the answers cite and that nobody joined."""
        questions = [q for q in self.definition.questionnaire.questions if q.kind is QuestionKind.ATTACHMENT]
        return tuple(name for q in questions for name, piece in self.pieces_of(q.path) if piece is None)


def dossier_page(session: Session, actor: Actor, reference: str, *, now: datetime) -> DossierPage:
    """Return a dossier of one's own, or shared: as many statements whatever its size. Errors: ``not_found``."""
    dossier, call, right, link, peopled = _found(session, actor, reference)
    definition = calls.definition_of(session, call)
    stored = drafts.stored_answers(session, dossier.id)
    values = {path: item.value for path, item in stored.items() if item.value is not None}
    answers = dossiers.from_stored(values, definition.questionnaire)
    evaluation = evaluate(definition, answers, submitted_at=dossier.filed_at, closes_at=call.closes_at)
    closes = dossier.due_at or call.closes_at
    phase = calendar.phase(calls.calendar_of(call), now)
    revision = revisions.alive(session, dossier.id) if dossier.filed_at is not None else None
    return DossierPage(
        dossier=dossier,
        call=call,
        right=right,
        definition=definition,
        stored=stored,
        answers=answers,
        evaluation=evaluation,
        stages=_stages(definition, _opened(definition, dossier), stored, answers, evaluation),
        pieces=tuple(attachments.of_dossier(session, dossier.id)),
        phase=phase,
        last_moment=calendar.last_moment(closes),
        time_left=calls.time_left(closes, now),
        open=phase is Phase.OPEN if dossier.due_at is None else now < dossier.due_at,
        carries=link is not None and link.kind == Kind.CARRIER,
        offered=link is not None and link.ownership_offered_at is not None,
        peopled=peopled,
        changes=drafts.last_hands(session, actor, reference) if peopled else {},
        revises=session.get(Dossier, dossier.revises_id) if dossier.revises_id is not None else None,
        revision=revision,
        withdrawal=revisions.last_withdrawal(session, dossier) if dossier.state == State.WITHDRAWN else None,
        complements_wait=revision is not None and revision.due_at is not None and now < revision.due_at,
    )


def own_dossier(session: Session, actor: Actor, reference: str) -> Dossier:
    """Return a dossier that one reads as an applicant. Errors: ``not_found``."""
    return held(session, actor, reference)[0]


def own_piece(session: Session, actor: Actor, dossier: str, piece: str) -> Attachment:
    """Return a piece of a dossier that one reads. Errors: ``not_found``."""
    mine = visibility.read_by_applicant(actor.person_id).where(Dossier.reference == dossier)
    return attachments.downloadable(session, actor, mine, piece)


def held(session: Session, actor: Actor, reference: str) -> tuple[Dossier, Call, Right]:
    """Return a dossier that this person reads as an applicant, and what he may do on it. Errors: ``not_found``."""
    dossier, call, right, *_ = _found(session, actor, reference)
    return dossier, call, right


def _found(session: Session, actor: Actor, reference: str) -> tuple[Dossier, Call, Right, DossierPerson | None, bool]:
    found = session.execute(readable(actor).where(Dossier.reference == reference)).one_or_none()
    if found is None:
        raise NotFound()
    dossier, call, link, peopled = found
    return dossier, call, right_of(link), link, peopled


def readable(actor: Actor) -> Select[Any]:
    """The dossiers that this person reads, each with its call, his link and whether others were ever invited.

    There is no link where the dossier is his own.
    """
    other = aliased(DossierPerson)
    return (
        visibility.read_by_applicant(actor.person_id)
        .join(Call, Call.id == Dossier.call_id)
        .outerjoin(DossierPerson, visibility.own_link(actor.person_id))
        .add_columns(
            Call,
            DossierPerson,
            exists().where(other.dossier_id == visibility.root),
        )
    )


def right_of(link: DossierPerson | None) -> Right:
    """Return what a link to a dossier lets a person do; without one it is his own."""
    return Right.OWN if link is None else Right(link.given)


def _opened(definition: CallDefinition, dossier: Dossier) -> tuple[Stage, ...]:
    """Return the stages of a dossier; of a revision limited to some questions, these and nothing else."""
    stages = definition.questionnaire.stages
    if dossier.scope is None:
        return stages
    scope = set(dossier.scope)
    left = (replace(stage, questions=tuple(q for q in stage.questions if q.path in scope)) for stage in stages)
    return tuple(stage for stage in left if stage.questions)


def _stages(
    definition: CallDefinition,
    opened: tuple[Stage, ...],
    stored: Mapping[str, Stored],
    answers: Answers,
    evaluation: Evaluation,
) -> tuple[StageState, ...]:
    missing: dict[str, list[NamedPlace]] = {}
    for place in evaluation.missing:
        named = places.find(definition.questionnaire, place)
        if named is not None:
            missing.setdefault(named.stage.key, []).append(named)
    return tuple(
        StageState(
            stage=stage,
            number=number,
            begun=any(_is_begun(question.path, stored, answers) for question in stage.questions),
            missing=tuple(missing.get(stage.key, ())),
            unread=sum(len(stored.get(question.path, NOTHING).problem) for question in stage.questions),
            incoherent=any(finding.key.startswith(f"{stage.key}.") for finding in evaluation.errors),
        )
        for number, stage in enumerate(opened, start=1)
    )


def _is_begun(path: str, stored: Mapping[str, Stored], answers: Mapping[str, Any]) -> bool:
    return path in answers or bool(stored.get(path, NOTHING).problem)
