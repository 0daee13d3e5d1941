"""Saving a draft: question by question, never over what somebody else wrote meanwhile."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import bindparam, insert, select, true, update
from sqlalchemy.orm import Session

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.dossier import State
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.evaluation import evaluate
from ptce_aap.domain.permissions import Actor
from ptce_aap.domain.questionnaire import Question, QuestionKind
from ptce_aap.domain.sharing import Right
from ptce_aap.models import Answer, Call, Dossier, Person, visibility
from ptce_aap.services.applicants import holding
from ptce_aap.services.applicants.stored import NOTHING, Given, Hand, Stored, stored_form
from ptce_aap.services.calls import calls
from ptce_aap.services.deposits import revisions
from ptce_aap.services.dossiers import dossiers

SAME_HAND = timedelta(minutes=10)
NOT_IN_STAGE_FORM = frozenset({QuestionKind.TABLE, QuestionKind.ATTACHMENT})
"""Kinds that are filled row by row or file by file, not with the stage."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of a form: the questions changed by somebody else, and the marks of those stored as it sent them."""

    conflicts: tuple[str, ...]
    marks: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft held for a change, with everything that it says."""

    dossier: Dossier
    call: Call
    definition: CallDefinition
    stored: dict[str, Stored]

    def at(self, path: str) -> Stored:
        """Return the answer stored at a question's path."""
        return self.stored.get(path, NOTHING)

    def reopens(self, path: str) -> bool:
        """Tell whether a question may change: every one, but in a revision that is limited to some."""
        return self.dossier.scope is None or path in self.dossier.scope

    def question(self, path: str, *kinds: QuestionKind) -> Question:
        """Return a top-level question of one of these kinds. Errors: ``not_found``."""
        found = self.definition.questionnaire.question(path)
        if found is None or found.path.count(".") != 1 or (kinds and found.kind not in kinds):
            raise NotFound()
        if not self.reopens(path):
            raise NotFound()
        return found


def stored_answers(session: Session, dossier_id: int) -> dict[str, Stored]:
    """Return every answer of a dossier as it is stored."""
    rows = session.execute(
        select(
            Answer.key, Answer.value, Answer.problem, Answer.removed, Answer.version, Answer.author_id, Answer.at
        ).where(Answer.dossier_id == dossier_id)
    )
    return {key: Stored(value, tuple(problem or ()), *rest) for key, value, problem, *rest in rows}


def definition_for(session: Session, actor: Actor, reference: str) -> CallDefinition:
    """Return the definitions under which a dossier that one may change is filled. Errors: ``not_found``."""
    mine = visibility.edited_by(actor.person_id).where(Dossier.reference == reference)
    call = session.scalar(select(Call).where(Call.id.in_(mine.with_only_columns(Dossier.call_id))))
    if call is None:
        raise NotFound()
    return calls.definition_of(session, call)


def last_hands(session: Session, actor: Actor, reference: str, paths: Collection[str] | None = None) -> dict[str, Hand]:
    """Return who wrote each of these answers last (None: every one), of a dossier that one reads."""
    mine = visibility.read_by_applicant(actor.person_id).where(Dossier.reference == reference)
    rows = session.execute(
        select(Answer.key, Answer.at, Person.id, Person.name, Person.email)
        .join(Person, Person.id == Answer.author_id)
        .where(
            Answer.dossier_id.in_(mine.with_only_columns(Dossier.id)),
            true() if paths is None else Answer.key.in_(paths),
        )
    )
    return {row.key: Hand(row.name or row.email, row.id == actor.person_id, row.at) for row in rows}


def hold(session: Session, actor: Actor, reference: str, *, now: datetime) -> Draft:
    """Load a draft that one may change, or changes to what was filed, while the call or its own term is open.

    Errors: ``not_found``, ``dossier_read_only``, ``dossier_filed``, ``revision_ended``, ``call_not_open_yet``,
    ``call_closed``, ``term_passed``.
    """
    dossier = holding.locked(session, actor, reference, right=Right.EDIT)
    call = session.get_one(Call, dossier.call_id)
    revisions.require_alive(session, dossier)
    if dossier.state != State.DRAFT:
        raise RuleViolation("dossier_filed", number=dossier.number)
    holding.require_time(call, dossier, now)
    return Draft(dossier, call, calls.definition_of(session, call), stored_answers(session, dossier.id))


def save_stage(
    session: Session,
    actor: Actor,
    reference: str,
    stage_key: str,
    given: Mapping[str, Given],
    *,
    now: datetime,
    settle: bool = False,
    typing: bool = False,
    dry: bool = False,
) -> Saved:
    """Save what the form of a stage sent, the questions that it sent only.

    A question that somebody else changed meanwhile is left as it is; the others are saved. What could not be read is
    kept as it was typed. ``settle``: rows taken out of the stage's tables can no longer be put back.
    ``typing``: see ``write``. ``dry``: only tell, write nothing.
    Errors: those of ``hold``.
    """
    draft = hold(session, actor, reference, now=now)
    stage = draft.definition.questionnaire.stage(stage_key)
    if stage is None:
        raise NotFound()
    changes: dict[str, Stored] = {}
    conflicts, marks = [], {}
    for question in stage.questions:
        before = draft.at(question.path)
        if settle and before.removed is not None:
            changes[question.path] = replace(before, removed=None)
        sent = given.get(question.path)
        if sent is None or question.kind in NOT_IN_STAGE_FORM:
            continue
        if not draft.reopens(question.path):
            raise NotFound()
        after = Stored(stored_form(question, sent.value), tuple(item.as_json() for item in sent.unread))
        if after.mark == before.mark:
            marks[question.path] = after.mark
        elif after.mark == sent.shown:
            continue  # untouched by this reader, changed by another: its form still shows what it had shown
        elif before.mark != sent.shown:
            conflicts.append(question.path)
        else:
            changes[question.path] = after
            marks[question.path] = after.mark
    if dry:
        return Saved(tuple(conflicts), {path: mark for path, mark in marks.items() if path not in changes})
    write(session, actor, draft, changes, now=now, typing=typing)
    return Saved(tuple(conflicts), marks)


def write(
    session: Session,
    actor: Actor,
    draft: Draft,
    changes: Mapping[str, Stored],
    *,
    now: datetime,
    typing: bool = False,
    told: bool = False,
) -> None:
    """Write changed answers of a draft that is held, the columns that repeat them, and the journal's line.

    ``typing``: the page's script saves while one types. The journal says that somebody wrote in a question; what he
    types there in the minutes that follow adds no line. ``told``: the act has a line of its own, which names the
    question.
    """
    if not changes:
        return
    if not all(draft.reopens(path) for path in changes):
        raise NotFound()
    goes_on = typing and all(_goes_on(draft.at(path), actor, now) for path in changes)
    _write_rows(session, actor, draft, changes, now)
    draft.stored.update(changes)
    values = {path: stored.value for path, stored in draft.stored.items() if stored.value is not None}
    answers = dossiers.from_stored(values, draft.definition.questionnaire)
    evaluation = evaluate(draft.definition, answers)
    if draft.definition.sheet.projection.members in changes:
        dossiers.project(session, draft.dossier, draft.definition, answers, evaluation)
    else:
        dossiers.project_columns(draft.dossier, draft.definition, answers, evaluation)
    draft.dossier.saved_at = now
    draft.dossier.stated_submitted_at = None
    if not goes_on and not told:
        holding.record(session, actor, "dossier.saved", draft.dossier, now, keys=sorted(changes))


def _goes_on(before: Stored, actor: Actor, now: datetime) -> bool:
    """Tell whether an answer was written by the same person just before."""
    return before.author_id == actor.person_id and before.at is not None and now - before.at < SAME_HAND


def _write_rows(session: Session, actor: Actor, draft: Draft, changes: Mapping[str, Stored], now: datetime) -> None:
    fresh, changed = [], []
    for path, stored in changes.items():
        told = {
            "value": stored.value,
            "problem": list(stored.problem) or None,
            "removed": stored.removed,
            "author_id": actor.person_id,
            "at": now,
        }
        if draft.at(path).version:
            changed.append({**told, "of_dossier": draft.dossier.id, "of_key": path})
        else:
            fresh.append({**told, "dossier_id": draft.dossier.id, "key": path, "version": 1})
    if fresh:
        session.execute(insert(Answer), fresh)
    if changed:
        table = Answer.__table__.c
        session.connection().execute(
            update(Answer.__table__)  # type: ignore[arg-type]
            .where(table.dossier_id == bindparam("of_dossier"), table.key == bindparam("of_key"))
            .values(
                **{name: bindparam(name) for name in ("value", "problem", "removed", "author_id", "at")},
                version=table.version + 1,
            ),
            changed,
        )
