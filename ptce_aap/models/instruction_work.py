"""What is left to do on the dossiers of a region, in SQL: how far each is, and which term it is held to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from ptce_aap.domain.dossier import State
from ptce_aap.domain.instruction_work import Progress
from ptce_aap.models.complements import ComplementRequest
from ptce_aap.models.dossier import Dossier
from ptce_aap.models.instruction import Opinion, RuleProposal, all_rules_proposed

LAST = aliased(ComplementRequest)
"""The last request for complements of a dossier, once ``with_work`` has joined it."""


def with_work(dossiers: Select[Dossier]) -> Select[Any]:
    """Join to a query on dossiers what the other expressions of this module read: the opinion, the last request."""
    request = aliased(ComplementRequest)
    latest = select(func.max(request.id)).where(request.dossier_id == Dossier.id).correlate(Dossier).scalar_subquery()
    return dossiers.outerjoin(Opinion, Opinion.dossier_id == Dossier.id).outerjoin(LAST, LAST.id == latest)


def waiting(now: datetime) -> ColumnElement[bool]:
    """Tell whether an answer is awaited from the applicant."""
    return and_(LAST.ended_at.is_(None), LAST.due_at > now)


def came_at(now: datetime) -> ColumnElement[datetime | None]:
    """Return when the last request was answered, or when its term passed; null where it waits or was closed."""
    unanswered = or_(LAST.outcome == "expired", and_(LAST.ended_at.is_(None), LAST.due_at <= now))
    return case((LAST.outcome == "answered", LAST.ended_at), (unanswered, LAST.due_at))


def unseen(now: datetime) -> ColumnElement[bool]:
    """Tell whether nothing was written of the dossier since its complements came, or since their term passed.

    A number in the region says nothing of a dossier: an opinion that holds no answer is none.
    """
    came = came_at(now)
    proposed = exists().where(RuleProposal.dossier_id == Dossier.id, RuleProposal.at >= came)
    written = func.coalesce(and_(Opinion.answers != {}, Opinion.at >= came), False)
    return and_(came.is_not(None), ~proposed, ~written)


def sheet_begun() -> ColumnElement[bool]:
    """Tell whether a rule of the dossier has a proposal."""
    return exists().where(RuleProposal.dossier_id == Dossier.id)


def opinion_begun() -> ColumnElement[bool]:
    """Tell whether something is written of the dossier's opinion."""
    return func.coalesce(Opinion.answers != {}, False)


def progress(rules: int, now: datetime) -> ColumnElement[str]:
    """Return how far a correspondent is with each dossier, as ``domain.instruction_work`` names it."""
    unfilled = and_(Dossier.state == State.FILED.value, ~all_rules_proposed(rules))
    return case(
        (Opinion.given_at.is_not(None), Progress.GIVEN.value),
        (Dossier.state == State.NOT_ELIGIBLE.value, Progress.CLOSED.value),
        (waiting(now), Progress.AWAITED.value),
        (or_(unseen(now), unfilled), Progress.TODO.value),
        else_=Progress.OPINION.value,
    )


def term(now: datetime) -> ColumnElement[datetime | None]:
    """Return the instant by which a dossier is ordered first: of what came unseen, else of what is awaited."""
    return case((unseen(now), came_at(now)), (waiting(now), LAST.due_at))
