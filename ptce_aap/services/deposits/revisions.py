"""Revisions of a filed dossier: begun as a copy, filed in place of its answers, or dropped without a trace in them.

The filed dossier stays as it was filed for every reader until a revision of it is filed. Who may begin one, when and
why is the caller's: the applicant who reopens his dossier (``services.reopening``), a request for complements.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, literal, select, update
from sqlalchemy.orm import Session, joinedload

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.dossier import State
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.evaluation import evaluate
from ptce_aap.models import Answer, Attachment, Call, Dossier, Filing, Member, Withdrawal
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers import dossiers

_OWN_OF_A_PIECE = frozenset({"id", "reference", "dossier_id"})


def alive(session: Session, dossier_id: int) -> Dossier | None:
    """Return the revision under way of a filed dossier, if there is one."""
    return session.scalar(select(Dossier).where(Dossier.revises_id == dossier_id, Dossier.ended_at.is_(None)))


def is_late(revision: Dossier, call: Call, now: datetime) -> bool:
    """Tell whether it is too late to file a revision: after its own term, or after the closing."""
    return now >= (revision.due_at or call.closes_at)


def begin(
    session: Session,
    dossier: Dossier,
    *,
    now: datetime,
    scope: Collection[str] | None = None,
    due_at: datetime | None = None,
) -> Dossier:
    """Return a revision of a filed dossier that is held: a copy of its answers and pieces; one is under way at most.

    ``scope``: the paths of the questions that may change, None for all. ``due_at``: the first instant at which it is
    too late to file it, None for the closing of the call. Changes that were not filed in time make room for these.
    """
    call = session.get_one(Call, dossier.call_id)
    late = alive(session, dossier.id)
    if late is not None and is_late(late, call, now):
        end(session, late, at=now)
        session.flush()
    revision = Dossier(
        call_id=dossier.call_id,
        owner_id=dossier.owner_id,
        revises_id=dossier.id,
        state=State.DRAFT.value,
        created_at=now,
        saved_at=now,
        scope=None if scope is None else sorted(scope),
        due_at=due_at,
    )
    session.add(revision)
    session.flush()
    _copy_answers(session, dossier.id, revision.id)
    _copy_pieces(session, dossier.id, revision.id)
    definition = calls.definition_of(session, call)
    answers = dossiers.answers_of(session, revision.id, definition.questionnaire)
    dossiers.project(session, revision, definition, answers, evaluate(definition, answers))
    return revision


def apply(session: Session, revision: Dossier, dossier: Dossier, definition: CallDefinition, *, at: datetime) -> None:
    """Put the answers and pieces of a revision in the place of the dossier's, and end it.

    Pieces that did not change keep their address.
    """
    paths = {question.path for question in definition.questionnaire.questions}
    if revision.scope is not None:
        paths &= set(revision.scope)
    session.execute(_of(delete(Answer), Answer, dossier.id, paths))
    session.execute(_of(update(Answer), Answer, revision.id, paths).values(dossier_id=dossier.id))
    _hand_over_pieces(session, revision.id, dossier.id, paths, at)
    if revision.due_at is None:
        dossier.stated_submitted_at = None  # an instant stated by a file was that of another deposit
    end(session, revision, at=at)


def end(session: Session, revision: Dossier, *, at: datetime) -> None:
    """End a revision: nothing is left of what it said."""
    session.execute(delete(Answer).where(Answer.dossier_id == revision.id))
    session.execute(delete(Member).where(Member.dossier_id == revision.id))
    session.execute(
        update(Attachment)
        .where(Attachment.dossier_id == revision.id, Attachment.removed_at.is_(None))
        .values(removed_at=at)
        .execution_options(synchronize_session=False)
    )
    revision.ended_at = at
    revision.title = revision.title_key = revision.carrier = revision.carrier_key = ""
    revision.carrier_siren = revision.region = revision.stage = revision.amount_cents = None
    revision.themes = []


def last_withdrawal(session: Session, dossier: Dossier) -> Withdrawal | None:
    """Return when and why a dossier was withdrawn the last time."""
    query = select(Withdrawal).where(Withdrawal.dossier_id == dossier.id).order_by(Withdrawal.id.desc()).limit(1)
    return session.scalar(query)


def original_of(session: Session, revision: Dossier) -> Dossier:
    """Load the dossier that a revision changes, for a change: nobody else changes it before this transaction ends."""
    return session.scalars(select(Dossier).where(Dossier.id == revision.revises_id).with_for_update(of=Dossier)).one()


def require_alive(session: Session, dossier: Dossier) -> None:
    """Refuse what is done on a revision that was filed or dropped. Errors: ``revision_ended``."""
    if dossier.ended_at is not None:
        number = session.scalar(select(Dossier.number).where(Dossier.id == dossier.revises_id))
        raise RuleViolation("revision_ended", number=number)


def filed_as(session: Session, revision: Dossier) -> Filing | None:
    """Return the deposit that a revision became, None where it was dropped or is under way."""
    return session.scalar(select(Filing).options(joinedload(Filing.dossier)).where(Filing.revision_id == revision.id))


def _of(statement: Any, model: type[Any], dossier_id: int, paths: Collection[str]) -> Any:
    held = statement.where(model.dossier_id == dossier_id, model.key.in_(sorted(paths)))
    return held.execution_options(synchronize_session=False)


def _copy_answers(session: Session, source: int, target: int) -> None:
    columns = [column.key for column in Answer.__table__.columns if column.key != "dossier_id"]
    rows = select(literal(target), *(getattr(Answer, name) for name in columns)).where(Answer.dossier_id == source)
    session.execute(insert(Answer).from_select(["dossier_id", *columns], rows))


def _copy_pieces(session: Session, source: int, target: int) -> None:
    held = session.scalars(
        select(Attachment)
        .where(Attachment.dossier_id == source, Attachment.removed_at.is_(None))
        .order_by(Attachment.id)
    )
    columns = [column.key for column in Attachment.__table__.columns if column.key not in _OWN_OF_A_PIECE]
    copies = [{**{name: getattr(piece, name) for name in columns}, "dossier_id": target} for piece in held]
    if copies:
        session.execute(insert(Attachment), copies)


def _hand_over_pieces(
    session: Session, revision_id: int, dossier_id: int, paths: Collection[str], at: datetime
) -> None:
    """Take away the dossier's pieces that the revision no longer holds, and give it those that it lacked."""
    held = session.scalars(
        select(Attachment)
        .where(
            Attachment.dossier_id.in_((revision_id, dossier_id)),
            Attachment.removed_at.is_(None),
            Attachment.key.in_(sorted(paths)),
        )
        .order_by(Attachment.id)
    ).all()
    kept = {_sameness(piece) for piece in held if piece.dossier_id == revision_id}
    before = {_sameness(piece) for piece in held if piece.dossier_id == dossier_id}
    for piece in held:
        if piece.dossier_id == dossier_id and _sameness(piece) not in kept:
            piece.removed_at = at
        elif piece.dossier_id == revision_id and _sameness(piece) not in before:
            piece.dossier_id = dossier_id
    session.flush()


def _sameness(piece: Attachment) -> tuple[str, str, str]:
    return piece.key, piece.filename, piece.sha256
