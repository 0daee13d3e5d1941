"""What is always true of the acts that take two persons, of the conflicts they corrected, and of substitutes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from ptce_aap.domain.two_persons import JointAct, Outcome
from ptce_aap.models import (
    Call,
    CallExtension,
    Conflict,
    ConflictCorrection,
    Dossier,
    ProposedAct,
    ProposedActEnd,
    Substitution,
)
from ptce_aap.services.joint_acts import two_persons

_ANSWERS = (Outcome.CONFIRMED.value, Outcome.REFUSED.value)


def answers_are_of_another_person(session: Session) -> Iterable[str]:
    """Nobody answers what he proposed, nor what is about him; what is withdrawn, its author withdraws."""
    own = or_(ProposedActEnd.by_id == ProposedAct.proposed_by_id, ProposedActEnd.by_id == ProposedAct.concerns_id)
    theirs = ProposedActEnd.by_id != ProposedAct.proposed_by_id
    query = _ended().where(
        or_(
            ProposedActEnd.outcome.in_(_ANSWERS) & own,
            (ProposedActEnd.outcome == Outcome.WITHDRAWN.value) & theirs,
        )
    )
    return session.scalars(query)


def answers_come_in_time(session: Session) -> Iterable[str]:
    """A proposal is answered after it was made and before its term; it expires at its term or later."""
    at, expired = ProposedActEnd.at, ProposedActEnd.outcome == Outcome.EXPIRED.value
    late = or_(at < ProposedAct.proposed_at, ~expired & (at >= ProposedAct.expires_at))
    return session.scalars(_ended().where(or_(late, expired & (at < ProposedAct.expires_at))))


def proposals_match_their_digest(session: Session) -> Iterator[str]:
    """A proposal is what its digest says."""
    for call, act in session.execute(select(Call, ProposedAct).join(ProposedAct, ProposedAct.call_id == Call.id)):
        if not two_persons.digest_holds(call, act):
            yield act.reference


def what_was_done_was_confirmed(session: Session) -> Iterator[str]:
    """Every list frozen or published, every closing put off since acts take two persons, was confirmed then."""
    since: datetime | None = session.scalar(select(func.min(ProposedAct.proposed_at)))
    if since is None:
        return
    for kind, column in ((JointAct.FREEZING, Call.frozen_at), (JointAct.PUBLICATION, Call.published_at)):
        confirmed = _confirmed(kind, Call.id, column)
        yield from session.scalars(select(Call.slug).where(column >= since, ~confirmed).order_by(Call.slug))
    put_off = _confirmed(JointAct.EXTENSION, CallExtension.call_id, CallExtension.at)
    query = select(Call.slug).join(CallExtension, CallExtension.call_id == Call.id)
    yield from session.scalars(query.where(CallExtension.at >= since, ~put_off).order_by(Call.slug))


def corrections_were_confirmed(session: Session) -> Iterable[str]:
    """A conflict was corrected as a confirmed proposal asked: this person, this dossier."""
    agreed = exists().where(
        ProposedAct.id == ConflictCorrection.act_id,
        ProposedAct.kind == JointAct.CORRECTION.value,
        ProposedAct.concerns_id == ConflictCorrection.person_id,
        ProposedAct.object == Dossier.reference,
        ProposedActEnd.act_id == ProposedAct.id,
        ProposedActEnd.outcome == Outcome.CONFIRMED.value,
    )
    query = select(Dossier.reference).join(ConflictCorrection, ConflictCorrection.dossier_id == Dossier.id)
    return session.scalars(query.where(~agreed).order_by(Dossier.reference))


def substitutes_were_free(session: Session) -> Iterable[str]:
    """Whoever was named to stand in had declared no conflict with a dossier of the call, nor had who named him."""
    declared = exists().where(
        Conflict.call_id == Substitution.call_id,
        or_(Conflict.person_id == Substitution.person_id, Conflict.person_id == Substitution.named_by_id),
        Conflict.declared_at < Substitution.named_at,
    )
    query = select(Call.slug).join(Substitution, Substitution.call_id == Call.id)
    return session.scalars(query.where(declared).order_by(Call.slug))


CHECKS: dict[str, Callable[[Session], Iterable[str]]] = {
    "act.answered_by_another": answers_are_of_another_person,
    "act.answered_in_time": answers_come_in_time,
    "act.done_was_confirmed": what_was_done_was_confirmed,
    "act.matches_its_digest": proposals_match_their_digest,
    "conflict.corrected_by_two": corrections_were_confirmed,
    "substitute.had_no_conflict": substitutes_were_free,
}


def _ended() -> Select[str]:
    query = select(ProposedAct.reference).join(ProposedActEnd, ProposedActEnd.act_id == ProposedAct.id)
    return query.order_by(ProposedAct.reference)


def _confirmed(
    kind: JointAct, call_id: InstrumentedAttribute[int], at: InstrumentedAttribute[Any]
) -> ColumnElement[bool]:
    return exists().where(
        ProposedAct.call_id == call_id,
        ProposedAct.kind == kind.value,
        ProposedActEnd.act_id == ProposedAct.id,
        ProposedActEnd.outcome == Outcome.CONFIRMED.value,
        ProposedActEnd.at == at,
    )
