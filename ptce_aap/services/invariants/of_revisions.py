"""What is always true of revisions, of repeated deposits, of withdrawals and of calendars put off."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from ptce_aap.models import Answer, Assignment, Attachment, Call, CallExtension, Dossier, Filing, Member, Withdrawal
from ptce_aap.models.erasure import is_erased
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers import dossiers

_CHUNK = 200


def revisions_are_of_their_dossier(session: Session) -> Iterable[str]:
    """A revision has the call and the owner of its dossier, which was filed and revises nothing itself."""
    original = aliased(Dossier)
    query = select(original.reference).join(Dossier, Dossier.revises_id == original.id)
    broken = or_(
        Dossier.call_id != original.call_id,
        Dossier.owner_id != original.owner_id,
        original.revises_id.is_not(None),
        original.filed_at.is_(None),
    )
    return session.scalars(query.where(broken).order_by(original.reference))


def ended_revisions_say_nothing(session: Session) -> Iterable[str]:
    """Nothing is left of what a revision said once it is filed or given up."""
    left = (exists().where(model.dossier_id == Dossier.id) for model in (Answer, Member))
    piece = exists().where(Attachment.dossier_id == Dossier.id, Attachment.removed_at.is_(None))
    broken = Dossier.ended_at.is_not(None) & or_(*left, piece)
    return session.scalars(select(Dossier.reference).where(broken).order_by(Dossier.reference))


def revisions_are_nobody_s_reading(session: Session) -> Iterable[str]:
    """A revision is given to no reader, and no deposit is one of a revision."""
    given = exists().where(Assignment.dossier_id == Dossier.id)
    filed = exists().where(Filing.dossier_id == Dossier.id)
    broken = Dossier.revises_id.is_not(None) & or_(given, filed)
    return session.scalars(select(Dossier.reference).where(broken).order_by(Dossier.reference))


def last_deposit_is_what_readers_read(session: Session) -> Iterator[str]:
    """The answers of a dossier that was filed are those of its last deposit, until both are erased."""
    last = select(func.max(Filing.id)).group_by(Filing.dossier_id)
    for call in calls.all_calls(session):
        questionnaire = calls.definition_of(session, call).questionnaire
        query = (
            select(Filing.dossier_id, Filing.snapshot, Dossier.reference)
            .join(Filing.dossier)
            .where(Filing.id.in_(last), Dossier.call_id == call.id, ~is_erased())
            .order_by(Filing.id)
        )
        for dossier_id, snapshot, reference in session.execute(query.execution_options(yield_per=_CHUNK)):
            answers = dossiers.answers_of(session, dossier_id, questionnaire)
            if json.loads(snapshot or "{}").get("answers") != json.loads(
                json.dumps(questionnaire.to_canonical(answers))
            ):
                yield reference


def withdrawn_ones_have_their_reason(session: Session) -> Iterable[str]:
    """A dossier is withdrawn with a reason, and nobody is given it to read."""
    reason = exists().where(Withdrawal.dossier_id == Dossier.id)
    given = exists().where(Assignment.dossier_id == Dossier.id)
    broken = (Dossier.state == "withdrawn") & or_(~reason, given)
    return session.scalars(select(Dossier.reference).where(broken).order_by(Dossier.reference))


def closings_follow_their_history(session: Session) -> Iterable[str]:
    """The closing in force is where the last extension put it."""
    last = select(func.max(CallExtension.id)).group_by(CallExtension.call_id)
    query = select(Call.slug).join(CallExtension, CallExtension.call_id == Call.id).where(CallExtension.id.in_(last))
    return session.scalars(query.where(CallExtension.after != Call.closes_at).order_by(Call.slug))


CHECKS: dict[str, Callable[[Session], Iterable[str]]] = {
    "call.closing_follows_its_history": closings_follow_their_history,
    "dossier.withdrawn_with_a_reason": withdrawn_ones_have_their_reason,
    "filing.last_one_is_what_readers_read": last_deposit_is_what_readers_read,
    "revision.ended_ones_say_nothing": ended_revisions_say_nothing,
    "revision.is_nobody_s_reading": revisions_are_nobody_s_reading,
    "revision.is_of_its_dossier": revisions_are_of_their_dossier,
}
