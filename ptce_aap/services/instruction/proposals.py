"""The eligibility sheet: what the correspondent proposes for each rule, beside what the program computes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.domain.dossier import State
from ptce_aap.domain.eligibility import Result
from ptce_aap.domain.errors import Conflict, RuleViolation
from ptce_aap.domain.evaluation import Evaluation, evaluate
from ptce_aap.domain.permissions import Actor, Role
from ptce_aap.models import Call, Dossier, RuleProposal
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers.dossiers import answers_of
from ptce_aap.services.instruction import instruction
from ptce_aap.services.journal import journal

REASON_LENGTH = 2000


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed for one rule, and why where it is not what was computed."""

    result: Result
    reason: str = ""


def propose(
    session: Session,
    actor: Actor,
    call_id: int,
    reference: str,
    given: Mapping[str, Proposal],
    *,
    shown: str,
    now: datetime,
) -> bool:
    """Write the proposals for some rules of a dossier; tell whether every rule of the call now has one.

    ``shown`` is the mark of the proposals that the page showed (``Instruction.shown``).
    Errors: those of ``instruction.held``, ``eligibility_decided``, ``unknown_rule``, ``reason_too_long``,
    ``proposal_reason_missing`` (``rules``), ``changed_meanwhile``.
    """
    call, dossier = instruction.held(session, actor, call_id, reference, now=now)
    if dossier.state != State.FILED:
        raise RuleViolation("eligibility_decided")
    stored = {
        row.rule: row for row in session.scalars(select(RuleProposal).where(RuleProposal.dossier_id == dossier.id))
    }
    if shown != instruction.mark_of({rule: row.version for rule, row in stored.items()}):
        raise Conflict()
    computed = {verdict.rule: verdict.result for verdict in _evaluate(session, call, dossier).verdicts}
    _check(given, computed)
    write(session, actor, dossier, stored, given, computed, now=now)
    return set(computed) <= set(stored) | set(given)


def write(
    session: Session,
    actor: Actor,
    dossier: Dossier,
    stored: Mapping[str, RuleProposal],
    given: Mapping[str, Proposal],
    computed: Mapping[str, Result],
    *,
    now: datetime,
) -> None:
    """Write proposals that were checked, and the line that says so."""
    for key, proposal in given.items():
        _write(session, dossier, stored.get(key), key, proposal, computed[key], actor, now)
    session.flush()
    facts = {"rules": {key: proposal.result.value for key, proposal in given.items()}}
    journal.record(
        session,
        actor,
        "eligibility.proposed",
        on=("dossier", dossier.reference),
        at=now,
        call_id=dossier.call_id,
        role=Role.CORRESPONDENT,
        facts=facts,
    )


def _evaluate(session: Session, call: Call, dossier: Dossier) -> Evaluation:
    definition = calls.definition_of(session, call)
    answers = answers_of(session, dossier.id, definition.questionnaire)
    return evaluate(definition, answers, submitted_at=dossier.filed_at, closes_at=call.closes_at)


def _check(given: Mapping[str, Proposal], computed: Mapping[str, Result]) -> None:
    for key in given:
        if key not in computed:
            raise RuleViolation("unknown_rule", rule=key)
    lacking = [key for key, given_one in given.items() if given_one.result != computed[key] and not given_one.reason]
    if lacking:
        raise RuleViolation("proposal_reason_missing", rules=lacking)
    if any(len(proposal.reason) > REASON_LENGTH for proposal in given.values()):
        raise RuleViolation("reason_too_long", maximum=REASON_LENGTH)


def _write(
    session: Session,
    dossier: Dossier,
    row: RuleProposal | None,
    key: str,
    proposal: Proposal,
    computed: Result,
    actor: Actor,
    now: datetime,
) -> None:
    if row is None:
        row = RuleProposal(dossier_id=dossier.id, rule=key)
        session.add(row)
    row.computed, row.proposed, row.reason = computed.value, proposal.result.value, proposal.reason
    row.author_id, row.at = actor.person_id, now
