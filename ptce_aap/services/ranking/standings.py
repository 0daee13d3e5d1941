"""Where the ranked dossiers stand: amounts cumulated in the adopted order, the line, and who may see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, case, exists, false, func, select
from sqlalchemy.orm import Session

from ptce_aap.domain.dossier import UNREAD, State
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.line import Crossing, cross
from ptce_aap.domain.permissions import Actor, Scope, conflict_closes, reached
from ptce_aap.models import (
    AdoptedPlace,
    AmountProposal,
    Call,
    Conflict,
    ConflictCorrection,
    Dossier,
    Ranking,
    RankingEntry,
    Sheet,
    TieVote,
)
from ptce_aap.models.visibility import no_conflict
from ptce_aap.services.calls import calls

AMOUNT = func.coalesce(AmountProposal.amount_cents, Dossier.amount_cents, 0)
"""The amount proposed for a dossier: the amount asked for until another is proposed."""
_AT_ONCE = 100
# Until the committee has voted or departed from it, the list is the announced one and holds no row of its own.
_IN_ORDER = func.coalesce(AdoptedPlace.place, RankingEntry.position)
_MOVED = func.coalesce(AdoptedPlace.moved, false())
_PUT_OUT = func.coalesce(AdoptedPlace.put_out, false())
_TAKEN = case((_PUT_OUT, 0), else_=AMOUNT)
_same_line = (AdoptedPlace.ranking_id == RankingEntry.ranking_id) & (AdoptedPlace.dossier_id == RankingEntry.dossier_id)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A dossier near the line."""

    dossier_id: int
    reference: str
    title: str
    carrier: str
    amount_cents: int
    place: int | None  # given by the committee's vote
    rank: int
    moved: bool  # by a departure


@dataclass(frozen=True, slots=True)
class Line:
    """The line of the envelope across one ranking; amounts in cents."""

    ranking_id: int
    ranked: int
    unranked: int
    put_out: int  # ranked, and out of the adopted list
    moved: int  # dossiers about which the committee decided a departure, those put out included
    proposed_cents: int  # of all dossiers of the list
    above: int
    above_cents: int
    tied: tuple[Candidate, ...]  # dossiers of one rank between which their order decides
    settled: bool  # no tie on the line, or the vote or the announced draw has decided

    @property
    def below(self) -> int:
        """Return how many ranked dossiers the envelope does not cover."""
        return self.ranked - self.put_out - self.above


def latest(session: Session, call_id: int) -> Ranking | None:
    """Return the ranking in force: the last one computed."""
    return session.scalar(select(Ranking).where(Ranking.call_id == call_id).order_by(Ranking.sequence.desc()).limit(1))


def outdated(session: Session, ranking: Ranking) -> bool:
    """Tell whether the sheets that count are no longer those of a ranking.

    A reader has declared a conflict since, and his sheet counts no more; or one declared by mistake was corrected, and
    it counts again.
    """
    final = (Sheet.state == "final",)
    declared = exists().where(
        Conflict.call_id == ranking.call_id,
        Conflict.declared_at > ranking.computed_at,
        Sheet.dossier_id == Conflict.dossier_id,
        Sheet.person_id == Conflict.person_id,
        *final,
    )
    corrected = exists().where(
        ConflictCorrection.call_id == ranking.call_id,
        ConflictCorrection.declared_at <= ranking.computed_at,
        ConflictCorrection.corrected_at > ranking.computed_at,
        Sheet.dossier_id == ConflictCorrection.dossier_id,
        Sheet.person_id == ConflictCorrection.person_id,
        *final,
    )
    return bool(session.scalar(select(declared | corrected)))


def has_conflict(session: Session, actor: Actor, call: Call) -> bool:
    """Tell whether this person has declared a conflict with a dossier of the call, or has prepared one.

    A dossier that nobody reads (a draft, a withdrawn one) closes nothing.
    """
    declared = exists().where(
        Conflict.call_id == call.id,
        Conflict.person_id == actor.person_id,
        Conflict.dossier_id.in_(select(Dossier.id).where(Dossier.call_id == call.id, Dossier.state.not_in(UNREAD))),
    )
    own = (Dossier.call_id == call.id) & (Dossier.owner_id == actor.person_id)
    filed = exists().where(own, Dossier.state.not_in(UNREAD))
    return bool(session.scalar(select(declared | filed)))


def has_part(session: Session, actor: Actor, call: Call) -> bool:
    """Tell whether this person has a conflict with a dossier of the call, or prepares one, drafts included."""
    declared = exists().where(Conflict.call_id == call.id, Conflict.person_id == actor.person_id)
    prepares = exists().where(
        Dossier.call_id == call.id, Dossier.owner_id == actor.person_id, Dossier.state != State.WITHDRAWN
    )
    return bool(session.scalar(select(declared | prepares)))


def in_deport(session: Session, actor: Actor, call: Call) -> bool:
    """Tell whether rank, total and line are closed to this person: a conflict with a dossier, until publication."""
    return conflict_closes(Scope.STANDINGS, reached(call.calendar)) and has_conflict(session, actor, call)


def in_deport_somewhere(session: Session, actor: Actor) -> bool:
    """Tell whether a call is closed in part to this person: what counts every call would tell him of its dossier."""
    return any(in_deport(session, actor, call) for call in calls.all_calls(session))


def is_closed_to(session: Session, actor: Actor, reference: str) -> bool:
    """Tell whether a conflict closes a dossier to this person: one that he declared, or that he prepares it."""
    closed = exists().where(Dossier.reference == reference, ~no_conflict(actor.person_id))
    return bool(session.scalar(select(closed)))


def require_no_deport(session: Session, actor: Actor, call: Call) -> None:
    """Refuse what shows or moves the line to a person in conflict with a dossier. Errors: ``deport``."""
    if in_deport(session, actor, call):
        raise RuleViolation("deport")


def walk(ranking_id: int) -> Select[Any]:
    """The ranked dossiers in the adopted order, with amount, cumulated amount, place and what the committee moved.

    Those put out of the list come last and take nothing; ``announced_place`` is the place before any departure.
    """
    # No two dossiers share a place, so counting by rows is the same; SQLite then goes through them once, not twice.
    so_far: dict[str, Any] = {"order_by": _IN_ORDER, "rows": (None, 0)}
    columns = select(
        RankingEntry.dossier_id,
        AMOUNT.label("amount"),
        func.sum(_TAKEN).over(**so_far).label("cumulated"),
        func.row_number().over(**so_far).label("place"),
        func.coalesce(AdoptedPlace.announced_place, RankingEntry.position).label("announced_place"),
        _MOVED.label("moved"),
        _PUT_OUT.label("put_out"),
    )
    return _ranked(columns, ranking_id)


def line_of(session: Session, call: Call, ranking: Ranking | None = None) -> Line | None:
    """Return the line of the ranking in force; two statements, three where the ranking is not given."""
    ranking = ranking or latest(session, call.id)
    if ranking is None:
        return None
    whole = session.execute(_totals(ranking.id)).one()
    crossing = _down_to_the_line(session, ranking.id, call.envelope_cents, decided=bool(whole.decided))
    drawn = calls.definition_of(session, call).sheet.draw_breaks_ties
    return Line(
        ranking_id=ranking.id,
        ranked=whole.ranked,
        unranked=whole.unranked,
        put_out=whole.put_out,
        moved=whole.moved,
        proposed_cents=int(whole.proposed),
        above=crossing.above,
        above_cents=crossing.above_cents,
        tied=crossing.tied,
        settled=not crossing.tied or drawn or all(candidate.place is not None for candidate in crossing.tied),
    )


def _down_to_the_line(session: Session, ranking_id: int, envelope_cents: int, *, decided: bool) -> Crossing[Candidate]:
    """Read the list only as far as the first rank that the envelope does not cover whole.

    ``decided``: the committee has given places. Either order is that of an index, which is read no further either.
    """
    query = select(
        RankingEntry.dossier_id,
        RankingEntry.rank,
        AMOUNT.label("amount"),
        _MOVED.label("moved"),
        TieVote.place,
        Dossier.reference,
        Dossier.title,
        Dossier.carrier,
    ).outerjoin(
        TieVote, (TieVote.ranking_id == RankingEntry.ranking_id) & (TieVote.dossier_id == RankingEntry.dossier_id)
    )
    in_list = _ranked(query, ranking_id).order_by(AdoptedPlace.place if decided else RankingEntry.position)
    if decided:
        in_list = in_list.where(AdoptedPlace.ranking_id == ranking_id, ~AdoptedPlace.put_out)
    with session.execute(in_list.execution_options(yield_per=_AT_ONCE)) as rows:
        candidates = (
            Candidate(
                row.dossier_id, row.reference, row.title, row.carrier, int(row.amount), row.place, row.rank, row.moved
            )
            for row in rows
        )
        return cross(candidates, envelope_cents)


def _totals(ranking_id: int) -> Select[Any]:
    """How many dossiers are ranked, put out and unranked, and what is proposed for those of the list."""
    is_ranked = RankingEntry.rank.is_not(None)
    return (
        select(
            func.count(case((is_ranked, 1))).label("ranked"),
            func.count(case((RankingEntry.rank.is_(None), 1))).label("unranked"),
            func.count(case((_PUT_OUT, 1))).label("put_out"),
            func.count(case((_MOVED, 1))).label("moved"),
            func.count(AdoptedPlace.dossier_id).label("decided"),
            func.coalesce(func.sum(case((is_ranked, _TAKEN))), 0).label("proposed"),
        )
        .select_from(RankingEntry)
        .join(Dossier, Dossier.id == RankingEntry.dossier_id)
        .outerjoin(AmountProposal, AmountProposal.dossier_id == RankingEntry.dossier_id)
        .outerjoin(AdoptedPlace, _same_line)
        .where(RankingEntry.ranking_id == ranking_id)
    )


def _ranked(query: Any, ranking_id: int) -> Select[Any]:
    """Ask of the ranked dossiers of a ranking, with their proposed amounts and the places the committee gave."""
    whole: Select[Any] = (
        query.select_from(RankingEntry)
        .join(Dossier, Dossier.id == RankingEntry.dossier_id)
        .outerjoin(AmountProposal, AmountProposal.dossier_id == RankingEntry.dossier_id)
        .outerjoin(AdoptedPlace, _same_line)
        .where(RankingEntry.ranking_id == ranking_id, RankingEntry.rank.is_not(None))
    )
    return whole
