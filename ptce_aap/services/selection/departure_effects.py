"""What a departure would do to the list and to its line, told before it is decided."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.domain.adoption import Move, Step, adopt
from ptce_aap.domain.line import Crossing, cross
from ptce_aap.models import AmountProposal, Call, Dossier, RankingEntry
from ptce_aap.services.ranking import standings
from ptce_aap.services.selection.adoption import AdoptedList


@dataclass(frozen=True, slots=True)
class Member:
    """A ranked dossier, as the walk to the line reads it."""

    reference: str
    title: str
    rank: int
    amount_cents: int
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Effect:
    """What an act would do to the list and to its line."""

    adopted: AdoptedList  # as it stands before
    member: Member
    step: Step | None  # what the departure does; None where it does nothing any more
    now: Crossing[Member]
    then: Crossing[Member]
    enters: tuple[Member, ...]
    leaves: tuple[Member, ...]
    place_now: int | None
    place_then: int | None


def effect_of(
    session: Session, call: Call, adopted: AdoptedList, dossier: str, moves: Sequence[Move], step: Step | None
) -> Effect:
    """Return what these moves, instead of those that hold, would do: one statement."""
    members = _members(session, adopted.ranking.id)
    then = adopt(adopted.announced, moves)
    kept = {move.dossier for move in moves}
    before = _line(adopted.order, members, {one.decided.dossier for one in adopted.departures}, call)
    after = _line(then.order, members, kept, call)
    was, will = adopted.order[: before.above], then.order[: after.above]
    return Effect(
        adopted=adopted,
        member=members[dossier],
        step=step,
        now=before,
        then=after,
        enters=tuple(members[one] for one in will if one not in was),
        leaves=tuple(members[one] for one in was if one not in will),
        place_now=_place(adopted.order, dossier),
        place_then=_place(then.order, dossier),
    )


def _place(order: Sequence[str], dossier: str) -> int | None:
    return order.index(dossier) + 1 if dossier in order else None


def _line(order: Sequence[str], members: Mapping[str, Member], moved: Collection[str], call: Call) -> Crossing[Member]:
    walked = (replace(members[reference], moved=reference in moved) for reference in order)
    return cross(walked, call.envelope_cents)


def _members(session: Session, ranking_id: int) -> dict[str, Member]:
    query = (
        select(Dossier.reference, Dossier.title, RankingEntry.rank, standings.AMOUNT.label("amount"))
        .select_from(RankingEntry)
        .join(Dossier, Dossier.id == RankingEntry.dossier_id)
        .outerjoin(AmountProposal, AmountProposal.dossier_id == RankingEntry.dossier_id)
        .where(RankingEntry.ranking_id == ranking_id, RankingEntry.rank.is_not(None))
    )
    return {
        row.reference: Member(row.reference, row.title, row.rank, int(row.amount)) for row in session.execute(query)
    }
