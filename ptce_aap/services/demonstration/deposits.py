"""Fictional dossiers in the database: answers, columns, pieces, deposits; the same statements for any number."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.dossier import State
from ptce_aap.domain.evaluation import Evaluation, evaluate
from ptce_aap.domain.permissions import Actor, Role
from ptce_aap.domain.questionnaire import Answers, QuestionKind
from ptce_aap.models import Answer, Attachment, Call, Dossier, Filing, Member, Person
from ptce_aap.services.accounts import accounts
from ptce_aap.services.applicants.stored import stored_form
from ptce_aap.services.demonstration.chance import reference
from ptce_aap.services.demonstration.content import Fiction
from ptce_aap.services.demonstration.ledger import Ledger
from ptce_aap.services.demonstration.people import people_at
from ptce_aap.services.demonstration.times import Times
from ptce_aap.services.deposits import filing
from ptce_aap.services.dossiers.dossiers import member_rows, project_columns, value_at
from ptce_aap.storage import Stored

PIECE_TYPE = "application/pdf"


@dataclass(slots=True)
class Told:
    """A fictional dossier once it is in the database."""

    dossier: Dossier
    fiction: Fiction
    answers: Answers
    evaluation: Evaluation
    owner: Actor

    @property
    def on(self) -> tuple[str, str]:
        """Name the dossier as the journal does."""
        return ("dossier", self.dossier.reference)


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where dossiers are put: a call, and the file that stands for every piece of a kind."""

    call: Call
    definition: CallDefinition
    times: Times
    pieces: Mapping[str, Stored]  # by path of the question


def put(
    session: Session,
    shelf: Shelf,
    fictions: Sequence[Fiction],
    ledger: Ledger,
    *,
    drafts: int,
    owned: Mapping[int, Actor],
    rng: Random,
) -> list[Told]:
    """Write these dossiers, the first ``drafts`` of them unfinished; ``owned`` gives some to a known person."""
    answers = [_begun(shelf, fiction, rng) if n < drafts else fiction.answers for n, fiction in enumerate(fictions)]
    owners = _owners(session, shelf, answers, owned)
    numbers = _free_numbers(session, len(fictions) - drafts)
    told = [
        _tell(shelf, fiction, given, owner, None if n < drafts else numbers.pop(), rng)
        for n, (fiction, given, owner) in enumerate(zip(fictions, answers, owners, strict=True))
    ]
    session.add_all([one.dossier for one in told])
    session.flush()
    _insert(session, Answer, [row for one in told for row in _answer_rows(shelf, one)])
    _insert(session, Member, [r for one in told for r in member_rows(one.dossier.id, shelf.definition, one.answers)])
    _insert(session, Attachment, [row for one in told for row in _piece_rows(shelf, one)])
    _insert(session, Filing, [row for one in told if one.dossier.number for row in _filing_rows(shelf, one, ledger)])
    for one in told:
        ledger.note(one.owner, Role.APPLICANT, "dossier.started", one.on, one.dossier.created_at)
    return told


def _tell(shelf: Shelf, fiction: Fiction, answers: Answers, owner: Actor, number: str | None, rng: Random) -> Told:
    at = shelf.times.deposit(rng)
    filed_at = None if number is None else at
    evaluation = evaluate(shelf.definition, answers, submitted_at=filed_at, closes_at=shelf.call.closes_at)
    dossier = Dossier(
        reference=reference(shelf.call.slug, owner.reference, at),
        call_id=shelf.call.id,
        owner_id=owner.person_id,
        state=State.DRAFT.value if number is None else State.FILED.value,
        number=number,
        created_at=shelf.times.start(at, rng),
        saved_at=at,
        filed_at=filed_at,
        filed_complete=None if number is None else evaluation.complete,
    )
    project_columns(dossier, shelf.definition, answers, evaluation)
    return Told(dossier, fiction, answers, evaluation, owner)


def _begun(shelf: Shelf, fiction: Fiction, rng: Random) -> Answers:
    """Return what a draft holds so far: its first stages, and not all of the last of them."""
    stages = shelf.definition.questionnaire.stages
    reached = rng.randint(1, len(stages))
    kept = {question.path for stage in stages[:reached] for question in stage.questions}
    last = {question.path for question in stages[reached - 1].questions} if reached > 1 else set()
    title = shelf.definition.sheet.projection.title
    return {
        path: value
        for path, value in fiction.answers.items()
        if path in kept and (path not in last or path == title or rng.random() < 0.5)
    }


def _owners(session: Session, shelf: Shelf, answers: Sequence[Answers], owned: Mapping[int, Actor]) -> list[Actor]:
    """Return who files each dossier: the person that it names as its contact."""
    shape = shelf.definition.sheet.projection
    emails = [
        str(value_at(given, shape.contact_email) or f"dossier-{shelf.call.id}-{n}@example.org")
        for n, given in enumerate(answers)
    ]
    names = [str(value_at(given, shape.contact_name) or "") for given in answers]
    wanted = {email: name for n, (email, name) in enumerate(zip(emails, names, strict=True)) if n not in owned}
    people: dict[str, Person] = people_at(session, wanted, now=shelf.call.opens_at)
    return [
        owned[n] if n in owned else accounts.actor_of(people[accounts.email_key(email)])
        for n, email in enumerate(emails)
    ]


def _free_numbers(session: Session, count: int) -> set[str]:
    drawn: set[str] = set()
    while len(drawn) < count:
        drawn.add(filing.drawn_number())
    taken = set(session.scalars(select(Dossier.number).where(Dossier.number.is_not(None))))
    free = drawn - taken
    return free if len(free) == count else free | _free_numbers(session, count - len(free))


def _answer_rows(shelf: Shelf, one: Told) -> list[dict[str, Any]]:
    return [
        {
            "dossier_id": one.dossier.id,
            "key": question.path,
            "value": stored_form(question, one.answers[question.path]),
            "author_id": one.owner.person_id,
            "at": one.dossier.saved_at,
            "version": 1,
        }
        for question in shelf.definition.questionnaire.questions
        if question.path in one.answers
    ]


def _piece_rows(shelf: Shelf, one: Told) -> list[dict[str, Any]]:
    return [
        {
            "dossier_id": one.dossier.id,
            "key": question.path,
            "filename": name,
            "media_type": PIECE_TYPE,
            "size": shelf.pieces[question.path].size,
            "sha256": shelf.pieces[question.path].digest,
            "added_by_id": one.owner.person_id,
            "added_at": one.dossier.saved_at,
        }
        for question in shelf.definition.questionnaire.questions
        if question.kind is QuestionKind.ATTACHMENT and question.path in shelf.pieces
        for name in one.answers.get(question.path, ())
    ]


def _filing_rows(shelf: Shelf, one: Told, ledger: Ledger) -> list[dict[str, Any]]:
    """Return the deposit of a dossier, frozen as filing freezes it."""
    at, number = one.dossier.saved_at, str(one.dossier.number)
    pieces = sorted((row["key"], row["filename"], row["size"], row["sha256"]) for row in _piece_rows(shelf, one))
    snapshot = filing.snapshot_of(shelf.call, number, shelf.definition, one.answers, pieces, at)
    one.dossier.filed_length = len(snapshot)
    digest = hashlib.sha256(snapshot.encode()).hexdigest()
    missing = list(one.evaluation.missing)
    cents = one.dossier.amount_cents
    facts = {"number": number, "sha256": digest, "missing": len(missing), "requested_cents": cents}
    ledger.note(one.owner, Role.APPLICANT, "dossier.filed", one.on, at, facts)
    return [
        {
            "dossier_id": one.dossier.id,
            "sequence": 1,
            "filed_at": at,
            "filed_by_id": one.owner.person_id,
            "snapshot": snapshot,
            "sha256": digest,
            "missing": missing,
        }
    ]


def _insert(session: Session, model: type[Any], rows: list[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(model), rows)
