"""Where the ranked dossiers stand: amounts cumulated in the order of the list, the line, and who may see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, Select, Subquery, exists, func, select
from sqlalchemy.orm import Session

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.line import order_decides
from ptce_aap.domain.permissions import Actor
from ptce_aap.models import AmountProposal, Call, Conflict, Dossier, Ranking, RankingEntry, TieVote
from ptce_aap.services import calls


@dataclass(frozen=True, slots=True)
class Candidate:
    """A dossier tied on the line."""

    dossier_id: int
    reference: str
    title: str
    carrier: str
    amount_cents: int
    place: int | None  # given by the committee's vote


@dataclass(frozen=True, slots=True)
class Line:
    """The line of the envelope across one ranking; amounts in cents."""

    ranking_id: int
    ranked: int
    proposed_cents: int  # of all ranked dossiers
    above: int
    above_cents: int
    tied: tuple[Candidate, ...]  # dossiers of one rank between which their order decides
    settled: bool  # no tie on the line, or the vote or the announced draw has decided

    @property
    def below(self) -> int:
        """Return how many ranked dossiers the envelope does not cover."""
        return self.ranked - self.above


def latest(session: Session, call_id: int) -> Ranking | None:
    """Return the ranking in force: the last one computed."""
    return session.scalar(select(Ranking).where(Ranking.call_id == call_id).order_by(Ranking.sequence.desc()).limit(1))


def in_deport(session: Session, actor: Actor, call: Call) -> bool:
    """Tell whether rank, total and line are closed to this person: a conflict with a dossier, until publication."""
    if call.published_at is not None:
        return False
    declared = exists().where(Conflict.call_id == call.id, Conflict.person_id == actor.person_id)
    return bool(session.scalar(select(declared)))


def require_no_deport(session: Session, actor: Actor, call: Call) -> None:
    """Refuse what shows or moves the line to a person in conflict with a dossier. Errors: ``deport``."""
    if in_deport(session, actor, call):
        raise RuleViolation("deport")


def walk(ranking_id: int) -> Select[Any]:
    """The ranked dossiers in the order of the list, with amount, cumulated amount and place in that order."""
    amount = func.coalesce(AmountProposal.amount_cents, Dossier.amount_cents, 0)
    order = (RankingEntry.rank, func.coalesce(TieVote.place, RankingEntry.position))
    return (
        select(
            RankingEntry.dossier_id,
            RankingEntry.rank,
            TieVote.place.label("vote"),
            amount.label("amount"),
            func.sum(amount).over(order_by=order).label("cumulated"),
            func.row_number().over(order_by=order).label("place"),
        )
        .join(Dossier, Dossier.id == RankingEntry.dossier_id)
        .outerjoin(AmountProposal, AmountProposal.dossier_id == RankingEntry.dossier_id)
        .outerjoin(
            TieVote,
            (TieVote.ranking_id == RankingEntry.ranking_id) & (TieVote.dossier_id == RankingEntry.dossier_id),
        )
        .where(RankingEntry.ranking_id == ranking_id, RankingEntry.rank.is_not(None))
    )


def line_of(session: Session, call: Call, ranking: Ranking | None = None) -> Line | None:
    """Return the line of the ranking in force; two statements, three where the ranking is not given."""
    ranking = ranking or latest(session, call.id)
    if ranking is None:
        return None
    steps = walk(ranking.id).cte("walk")
    ranked, proposed = session.execute(select(func.count(), func.coalesce(func.sum(steps.c.amount), 0))).one()
    group = session.execute(_group_on_the_line(steps, call.envelope_cents)).all()
    if not group:
        return Line(ranking.id, ranked, int(proposed), ranked, int(proposed), (), settled=True)
    above = [row for row in group if row.cumulated <= call.envelope_cents]
    first = group[0]
    before = int(first.cumulated) - int(first.amount)
    tied: tuple[Candidate, ...] = ()
    if order_decides([int(row.amount) for row in group], call.envelope_cents - before):
        tied = tuple(
            Candidate(row.dossier_id, row.reference, row.title, row.carrier, int(row.amount), row.vote) for row in group
        )
    drawn = calls.definition_of(session, call).sheet.draw_breaks_ties
    return Line(
        ranking_id=ranking.id,
        ranked=ranked,
        proposed_cents=int(proposed),
        above=first.place - 1 + len(above),
        above_cents=int(above[-1].cumulated) if above else before,
        tied=tied,
        settled=not tied or drawn or all(candidate.place is not None for candidate in tied),
    )


def _group_on_the_line(steps: CTE | Subquery, envelope_cents: int) -> Select[Any]:
    """The dossiers that share the rank of the first one that exceeds what is left, in the order of the list."""
    crossing = select(func.min(steps.c.rank)).where(steps.c.cumulated > envelope_cents).scalar_subquery()
    return (
        select(steps, Dossier.reference, Dossier.title, Dossier.carrier)
        .join(Dossier, Dossier.id == steps.c.dossier_id)
        .where(steps.c.rank == crossing)
        .order_by(steps.c.place)
    )
