"""Where the ranked dossiers stand: amounts cumulated in the order of the list, the line, and who may see it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Select, case, exists, func, select
from sqlalchemy.orm import Session

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.line import covered, order_decides
from ptce_aap.domain.permissions import Actor
from ptce_aap.models import AmountProposal, Call, Conflict, Dossier, Ranking, RankingEntry, Sheet, TieVote
from ptce_aap.services import calls

AMOUNT = func.coalesce(AmountProposal.amount_cents, Dossier.amount_cents, 0)
"""The amount proposed for a dossier: the amount asked for until another is proposed."""
_AT_ONCE = 100


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
    unranked: int
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


def outdated(session: Session, ranking: Ranking) -> bool:
    """Tell whether a sheet that counted no longer does: its reader has declared a conflict since."""
    since = exists().where(
        Conflict.call_id == ranking.call_id,
        Conflict.declared_at > ranking.computed_at,
        Sheet.dossier_id == Conflict.dossier_id,
        Sheet.person_id == Conflict.person_id,
        Sheet.state == "final",
    )
    return bool(session.scalar(select(since)))


def has_conflict(session: Session, actor: Actor, call: Call) -> bool:
    """Tell whether this person has declared a conflict with a dossier of the call, or has filed one."""
    declared = exists().where(Conflict.call_id == call.id, Conflict.person_id == actor.person_id)
    filed = exists().where(Dossier.call_id == call.id, Dossier.owner_id == actor.person_id, Dossier.state != "draft")
    return bool(session.scalar(select(declared | filed)))


def in_deport(session: Session, actor: Actor, call: Call) -> bool:
    """Tell whether rank, total and line are closed to this person: a conflict with a dossier, until publication."""
    return call.published_at is None and has_conflict(session, actor, call)


def require_no_deport(session: Session, actor: Actor, call: Call) -> None:
    """Refuse what shows or moves the line to a person in conflict with a dossier. Errors: ``deport``."""
    if in_deport(session, actor, call):
        raise RuleViolation("deport")


def walk(ranking_id: int) -> Select[Any]:
    """The ranked dossiers in the order of the list, with amount, cumulated amount and place in that order."""
    order = (RankingEntry.rank, func.coalesce(TieVote.place, RankingEntry.position))
    # No two dossiers share a place, so counting by rows is the same; SQLite then goes through them once, not twice.
    so_far: dict[str, Any] = {"order_by": order, "rows": (None, 0)}
    columns = select(
        RankingEntry.dossier_id,
        AMOUNT.label("amount"),
        func.sum(AMOUNT).over(**so_far).label("cumulated"),
        func.row_number().over(**so_far).label("place"),
    )
    return _ranked(columns, ranking_id)


def line_of(session: Session, call: Call, ranking: Ranking | None = None) -> Line | None:
    """Return the line of the ranking in force; two statements, three where the ranking is not given."""
    ranking = ranking or latest(session, call.id)
    if ranking is None:
        return None
    whole = session.execute(_totals(ranking.id)).one()
    reached = _walk_to_the_line(session, ranking.id, call.envelope_cents)
    if not reached.group:
        return Line(
            ranking_id=ranking.id,
            ranked=whole.ranked,
            unranked=whole.unranked,
            proposed_cents=int(whole.proposed),
            above=reached.passed,
            above_cents=reached.cents,
            tied=(),
            settled=True,
        )
    group = sorted(reached.group, key=lambda one: (one.place is None, one.place))
    amounts = [one.amount_cents for one in group]
    left = call.envelope_cents - reached.cents
    above = covered(amounts, left)
    tied = tuple(group) if order_decides(amounts, left) else ()
    drawn = calls.definition_of(session, call).sheet.draw_breaks_ties
    return Line(
        ranking_id=ranking.id,
        ranked=whole.ranked,
        unranked=whole.unranked,
        proposed_cents=int(whole.proposed),
        above=reached.passed + above,
        above_cents=reached.cents + sum(amounts[:above]),
        tied=tied,
        settled=not tied or drawn or all(candidate.place is not None for candidate in tied),
    )


@dataclass(frozen=True, slots=True)
class _Reached:
    """The walk as it reaches the line: what the ranks before it take, and the dossiers of the rank it stands in."""

    passed: int
    cents: int
    group: tuple[Candidate, ...]


def _walk_to_the_line(session: Session, ranking_id: int, envelope_cents: int) -> _Reached:
    """Read the list only as far as the first rank that the envelope does not cover whole.

    A vote changes the order within a rank only: up to the line the order of print is enough.
    """
    query = select(
        RankingEntry.dossier_id,
        RankingEntry.rank,
        AMOUNT.label("amount"),
        TieVote.place,
        Dossier.reference,
        Dossier.title,
        Dossier.carrier,
    ).order_by(RankingEntry.position)
    passed = cents = 0
    rows = session.execute(_ranked(query, ranking_id).execution_options(yield_per=_AT_ONCE))
    with rows:
        for _, shared in groupby(rows, key=lambda row: row.rank):
            group = tuple(
                Candidate(row.dossier_id, row.reference, row.title, row.carrier, int(row.amount), row.place)
                for row in shared
            )
            taken = sum(one.amount_cents for one in group)
            if cents + taken > envelope_cents:
                return _Reached(passed, cents, group)
            passed, cents = passed + len(group), cents + taken
    return _Reached(passed, cents, ())


def _totals(ranking_id: int) -> Select[Any]:
    """How many dossiers are ranked and how many are not, and what is proposed for the ranked ones."""
    is_ranked = RankingEntry.rank.is_not(None)
    return (
        select(
            func.count(case((is_ranked, 1))).label("ranked"),
            func.count(case((RankingEntry.rank.is_(None), 1))).label("unranked"),
            func.coalesce(func.sum(case((is_ranked, AMOUNT))), 0).label("proposed"),
        )
        .select_from(RankingEntry)
        .join(Dossier, Dossier.id == RankingEntry.dossier_id)
        .outerjoin(AmountProposal, AmountProposal.dossier_id == RankingEntry.dossier_id)
        .where(RankingEntry.ranking_id == ranking_id)
    )


def _ranked(query: Any, ranking_id: int) -> Select[Any]:
    """Ask of the ranked dossiers of a ranking, with their proposed amounts and the committee's votes."""
    whole: Select[Any] = (
        query.select_from(RankingEntry)
        .join(Dossier, Dossier.id == RankingEntry.dossier_id)
        .outerjoin(AmountProposal, AmountProposal.dossier_id == RankingEntry.dossier_id)
        .outerjoin(
            TieVote,
            (TieVote.ranking_id == RankingEntry.ranking_id) & (TieVote.dossier_id == RankingEntry.dossier_id),
        )
        .where(RankingEntry.ranking_id == ranking_id, RankingEntry.rank.is_not(None))
    )
    return whole
