"""The applicant's dossier: starting it, filing it, filing a revision of it; what each deposit freezes."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session, joinedload

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.dossier import Act, State, after
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.evaluation import Evaluation, evaluate
from ptce_aap.domain.permissions import Actor, Permission
from ptce_aap.domain.questionnaire import Answers
from ptce_aap.domain.sharing import Right
from ptce_aap.models import Answer, Attachment, Call, Dossier, Filing, JournalEntry, visibility
from ptce_aap.models.base import canonical_json
from ptce_aap.services.accounts import accounts, one_person
from ptce_aap.services.applicants import holding
from ptce_aap.services.applicants.stored import stored_form
from ptce_aap.services.calls import calls
from ptce_aap.services.deposits import deposit_letters, revisions
from ptce_aap.services.dossiers import dossiers
from ptce_aap.services.exchanges import complement_answers
from ptce_aap.services.instruction import moved_regions

# Neither vowels nor signs that are read for one another: a number is dictated on the telephone.
_SIGNS = "BCDFGHJKMNPQRTVWXZ2346789"


def create_dossier(session: Session, actor: Actor, call: Call, *, now: datetime) -> Dossier:
    """Start a dossier on a call that is open. Errors: ``not_allowed``, ``call_not_open_yet``, ``call_closed``."""
    accounts.require(actor, Permission.FILE_DOSSIER, call.id)
    holding.require_open(call, now)
    return new_dossier(session, actor, call, owner_id=actor.person_id, now=now)


def new_dossier(session: Session, actor: Actor, call: Call, *, owner_id: int, now: datetime) -> Dossier:
    """Add an empty draft for an owner, whatever the calendar says."""
    dossier = Dossier(call_id=call.id, owner_id=owner_id, state=State.DRAFT.value, created_at=now, saved_at=now)
    session.add(dossier)
    session.flush()
    holding.record(session, actor, "dossier.started", dossier, now)
    return dossier


def write_answers(
    session: Session, dossier: Dossier, definition: CallDefinition, answers: Answers, author_id: int, now: datetime
) -> Evaluation:
    """Give a new dossier all its answers at once, and the columns that repeat them."""
    rows = [
        {
            "dossier_id": dossier.id,
            "key": question.path,
            "value": stored_form(question, answers[question.path]),
            "author_id": author_id,
            "at": now,
            "version": 1,
        }
        for question in definition.questionnaire.questions
        if question.path in answers
    ]
    if rows:
        session.execute(insert(Answer), rows)
    evaluation = evaluate(definition, answers)
    dossiers.project(session, dossier, definition, answers, evaluation)
    return evaluation


def file_dossier(session: Session, actor: Actor, reference: str, *, base_url: str, received_at: datetime) -> Filing:
    """File a dossier, complete or as it is, or a revision of it; filed already, return what it was filed as.

    ``received_at`` is the instant at which the request reached us: a deposit is not late because a page is slow.
    Errors: those of ``locked``, ``call_not_open_yet``, ``call_closed``, ``filing_blocked``, ``revision_ended``,
    ``term_passed``.
    """
    call = session.scalar(
        select(Call)
        .join(Dossier, Dossier.call_id == Call.id)
        .where(Dossier.reference == reference)
        .where(Dossier.id.in_(visibility.read_by_applicant(actor.person_id).with_only_columns(Dossier.id)))
        .with_for_update(read=True, of=Call)
    )
    if call is None:
        raise NotFound()
    draft = holding.locked(session, actor, reference, right=Right.FILE)
    if filed := _filed_already(session, draft):
        return filed
    accounts.require(actor, Permission.FILE_DOSSIER, call.id)
    holding.require_time(call, draft, received_at)
    definition = calls.definition_of(session, call)
    answers = dossiers.answers_of(session, draft.id, definition.questionnaire)
    # A complement mends what it was asked for: it is not held back by what it may not change.
    if draft.scope is None and (blocking := definition.questionnaire.blocking(answers)):
        raise RuleViolation("filing_blocked", missing=blocking)
    dossier = draft
    if draft.revises_id is not None:
        dossier = revisions.original_of(session, draft)
        revisions.apply(session, draft, dossier, definition, at=received_at)
    filing, line = freeze(session, actor, call, dossier, definition, answers, at=received_at, draft=draft)
    deposit_letters.owe_receipt(session, dossier, call, definition, answers, filing, line, base_url=base_url)
    if draft is dossier:
        one_person.spread(session, dossier.owner, dossier, one_person.PREPARES, now=received_at)
    if draft.due_at is not None:
        complement_answers.answered(session, actor, call, draft, dossier, filing, base_url=base_url)
    return filing


def _filed_already(session: Session, draft: Dossier) -> Filing | None:
    """Return what was filed under this address: the last deposit of a dossier, the one that a revision became."""
    if draft.revises_id is not None:
        filed = revisions.filed_as(session, draft)
        if filed is None:
            revisions.require_alive(session, draft)
        return filed
    if draft.state == State.DRAFT:
        return None
    return last_filing(session, draft.id)


def last_filing(session: Session, dossier_id: int) -> Filing | None:
    """Return the deposit of a dossier that counts: the last one."""
    query = select(Filing).options(joinedload(Filing.dossier)).where(Filing.dossier_id == dossier_id)
    return session.scalar(query.order_by(Filing.sequence.desc()).limit(1))


def freeze(
    session: Session,
    actor: Actor,
    call: Call,
    dossier: Dossier,
    definition: CallDefinition,
    answers: Answers,
    *,
    at: datetime,
    draft: Dossier,
) -> tuple[Filing, JournalEntry]:
    """Freeze what is filed: number, columns, content with its digest; return it with its line of the journal.

    ``draft`` is the dossier itself at its first deposit, then the revision. A revision with a term of its own (a
    complement) leaves the instant of the deposit and the state as they are.
    """
    again, complement = draft is not dossier, draft.due_at is not None
    filed_at = dossier.filed_at if complement else at
    evaluation = evaluate(definition, answers, submitted_at=filed_at, closes_at=call.closes_at)
    former = dossier.region
    dossiers.project(session, dossier, definition, answers, evaluation)
    if again and dossier.region != former:
        moved_regions.follow(session, actor, dossier, former, at=at)
    number = dossier.number or _free_number(session)
    before = last_filing(session, dossier.id) if again else None
    pieces = _pieces(session, dossier.id)
    # Together: the database checks that a filed dossier has its number and its instant.
    if not complement:
        dossier.state = after(dossier.state, Act.FILE_AGAIN if again else Act.FILE).value
    dossier.number = number
    dossier.filed_at = filed_at
    dossier.saved_at = at
    dossier.filed_complete = evaluation.complete
    snapshot = snapshot_of(call, number, definition, answers, pieces, at)
    dossier.filed_length = len(snapshot)
    filing = Filing(
        dossier=dossier,
        sequence=before.sequence + 1 if before is not None else 1,
        filed_at=at,
        filed_by_id=actor.person_id,
        snapshot=snapshot,
        sha256=hashlib.sha256(snapshot.encode()).hexdigest(),
        missing=list(evaluation.missing),
        revision_id=draft.id if again else None,
    )
    session.add(filing)
    session.flush()
    facts = {
        "number": number,
        "sha256": filing.sha256,
        "missing": len(evaluation.missing),
        "requested_cents": dossier.amount_cents,
    }
    line = holding.record(
        session, actor, "dossier.filed", dossier, at, **facts, **({"deposit": filing.sequence} if again else {})
    )
    return filing, line


def drawn_number() -> str:
    """Draw a number; it is the caller's to make sure that nobody has it."""
    signs = "".join(secrets.choice(_SIGNS) for _ in range(8))
    return f"{signs[:4]}-{signs[4:]}"


def _free_number(session: Session) -> str:
    while True:
        number = drawn_number()
        if session.scalar(select(Dossier.id).where(Dossier.number == number)) is None:
            return number


def snapshot_of(
    call: Call,
    number: str,
    definition: CallDefinition,
    answers: Answers,
    pieces: Iterable[tuple[str, str, int, str]],
    at: datetime,
) -> str:
    """Return the canonical text of what is filed: answers, pieces by their digests, and under which definitions.

    ``pieces``: question, file name, size and SHA-256, in the order of the first two.
    """
    content: Mapping[str, Any] = {
        "call": call.slug,
        "definitions": call.sources,
        "number": number,
        "submitted_at": at.isoformat(),
        "answers": definition.questionnaire.to_canonical(answers),
        "attachments": [
            {"key": key, "name": name, "size": size, "sha256": digest} for key, name, size, digest in pieces
        ],
    }
    return canonical_json(content)


def _pieces(session: Session, dossier_id: int) -> list[tuple[str, str, int, str]]:
    held = session.execute(
        select(Attachment.key, Attachment.filename, Attachment.size, Attachment.sha256).where(
            Attachment.dossier_id == dossier_id, Attachment.removed_at.is_(None)
        )
    )
    # Put in order here: databases order texts by their locale, and the same deposit is the same bytes everywhere.
    return sorted((row.key, row.filename, row.size, row.sha256) for row in held)
