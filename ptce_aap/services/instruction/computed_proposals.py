"""The computed answers proposed for several dossiers in one act, once each was seen: to the rules that have none."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.dossier import State
from ptce_aap.domain.eligibility import Result
from ptce_aap.domain.errors import Conflict, RuleViolation
from ptce_aap.domain.evaluation import evaluate
from ptce_aap.domain.permissions import Actor
from ptce_aap.models import Answer, Call, Dossier, RuleProposal
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers.dossiers import PAGE_SIZE, from_stored
from ptce_aap.services.instruction import instruction, proposals
from ptce_aap.services.instruction.proposals import Proposal

DECIDED, WHOLE = "decided", "whole"


@dataclass(frozen=True, slots=True)
class Prepared:
    """What would be written of a dossier: rule, its words, its computed answer; or why it is left out."""

    reference: str
    number: str
    title: str
    rules: tuple[tuple[str, str, Result], ...]
    left_out: str  # ``DECIDED``, ``WHOLE``, or nothing
    mark: str  # of all that this was prepared from


def prepare(
    session: Session, actor: Actor, call: Call, references: Collection[str], *, now: datetime
) -> tuple[Prepared, ...]:
    """Say dossier by dossier what would be written: four statements at any size; what is not his is not there."""
    definition = calls.definition_of(session, call)
    found = _prepared(session, call, definition, _chosen(session, actor, call, references, now))
    return tuple(one for _, one, *_ in found)


def follow(session: Session, actor: Actor, call_id: int, marks: Mapping[str, str], *, now: datetime) -> int:
    """Propose the computed answers for these dossiers, by reference with the mark that was shown; return how many.

    All or none: one that changed meanwhile refuses them all, so that nothing is written which was not seen.
    Errors: ``not_allowed``, ``instruction_over``, ``nothing_chosen``, ``changed_meanwhile``.
    """
    call = instruction.held_call(session, actor, call_id)
    if not marks:
        raise RuleViolation("nothing_chosen")
    definition = calls.definition_of(session, call)
    query = _chosen(session, actor, call, marks, now).with_for_update(of=Dossier)
    found = _prepared(session, call, definition, query)
    if {one.reference: one.mark for _, one, *_ in found} != dict(marks):
        raise Conflict()
    if all(one.left_out for _, one, *_ in found):
        raise RuleViolation("nothing_chosen")
    written = 0
    for dossier, one, stored, computed in found:
        if not one.left_out:
            given = {key: Proposal(result) for key, _, result in one.rules}
            proposals.write(session, actor, dossier, stored, given, computed, now=now)
            written += 1
    return written


def _chosen(session: Session, actor: Actor, call: Call, references: Iterable[str], now: datetime) -> Select[Dossier]:
    """The dossiers of his regions among these; no page of ours shows more than fifty."""
    wanted = sorted(set(references))[:PAGE_SIZE]
    mine = instruction.visible(session, actor, call, now=now).where(Dossier.reference.in_(wanted))
    return mine.order_by(Dossier.id)


_Row = tuple[Dossier, Prepared, dict[str, RuleProposal], dict[str, Result]]


def _prepared(session: Session, call: Call, definition: CallDefinition, query: Select[Dossier]) -> list[_Row]:
    dossiers = session.scalars(query).all()
    ids = [dossier.id for dossier in dossiers]
    answers: dict[int, dict[str, Any]] = {one: {} for one in ids}
    columns = select(Answer.dossier_id, Answer.key, Answer.value).where(Answer.dossier_id.in_(ids))
    for dossier_id, key, value in session.execute(columns):
        answers[dossier_id][key] = value
    known: dict[int, dict[str, RuleProposal]] = {one: {} for one in ids}
    for row in session.scalars(select(RuleProposal).where(RuleProposal.dossier_id.in_(ids))):
        known[row.dossier_id][row.rule] = row
    return [_one(call, definition, one, answers[one.id], known[one.id]) for one in dossiers]


def _one(
    call: Call,
    definition: CallDefinition,
    dossier: Dossier,
    stored: dict[str, Any],
    known: dict[str, RuleProposal],
) -> _Row:
    values = from_stored(stored, definition.questionnaire)
    evaluation = evaluate(definition, values, submitted_at=dossier.filed_at, closes_at=call.closes_at)
    computed = {verdict.rule: verdict.result for verdict in evaluation.verdicts}
    rules = tuple(
        (rule.key, rule.label, computed[rule.key]) for rule in definition.eligibility if rule.key not in known
    )
    left_out = DECIDED if dossier.state != State.FILED else "" if rules else WHOLE
    versions = instruction.mark_of({rule: row.version for rule, row in known.items()})
    told = "|".join((dossier.state, versions, *(f"{key}={result}" for key, result in sorted(computed.items()))))
    mark = hashlib.sha256(told.encode()).hexdigest()[:16]
    prepared = Prepared(dossier.reference, dossier.number or "", dossier.title, rules, left_out, mark)
    return dossier, prepared, known, computed
