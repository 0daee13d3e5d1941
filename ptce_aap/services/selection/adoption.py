"""The adopted list as it stands: the announced order, the committee's votes, then its departures with their reasons."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, exists, func, insert, select
from sqlalchemy.orm import Session

from ptce_aap.domain.adoption import Adopted, Move, Step, adopt
from ptce_aap.models import (
    AdoptedPlace,
    Departure,
    DepartureConfirmation,
    DepartureWithdrawal,
    Dossier,
    Person,
    Ranking,
    RankingEntry,
    TieVote,
)
from ptce_aap.models.base import canonical_json


@dataclass(frozen=True, slots=True)
class Decided:
    """A departure that holds: who decided it, on which ranking, and what it did to the list then."""

    id: int
    reference: str
    dossier: str  # reference
    number: str
    title: str
    place: int | None  # as asked for; None: out of the list
    ground: str
    reason: str
    decided_by: str
    at: datetime
    sequence: int  # of the ranking on which it was decided
    held: Step  # what the committee knows that it does: as decided, or as confirmed since
    confirmed_on: int | None  # sequence of the ranking on which it was last confirmed

    @property
    def move(self) -> Move:
        """Return what is decided, as it is applied."""
        return Move(self.dossier, self.place)


@dataclass(frozen=True, slots=True)
class Applied:
    """A departure and what it does to the list as it is now."""

    decided: Decided
    step: Step | None  # None: its dossier is not in the list any more

    @property
    def changed(self) -> bool:
        """Tell whether it no longer does what the committee decided: confirm it, or take it back."""
        return self.step != self.decided.held


@dataclass(frozen=True, slots=True)
class AdoptedList:
    """The list of one ranking; dossiers are named by reference."""

    ranking: Ranking
    announced: tuple[str, ...]  # as printed, votes included
    order: tuple[str, ...]
    put_out: tuple[str, ...]
    departures: tuple[Applied, ...]

    @property
    def seen(self) -> str:
        """Return the digest of what a person has read: what is decided on an older reading is refused."""
        held = [one.decided.reference for one in self.departures]
        content = [self.ranking.sequence, self.announced, self.order, self.put_out, held]
        return hashlib.sha256(canonical_json(content).encode()).hexdigest()

    def of(self, departure: str) -> Applied | None:
        """Return the departure of this reference, if it holds."""
        return next((one for one in self.departures if one.decided.reference == departure), None)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a ranked dossier stands in the adopted list, and why where the committee moved it."""

    announced_place: int  # as printed, votes included
    place: int | None  # None: out of the list
    reasons: tuple[str, ...]  # of each departure about it, in the order of decision


def places_of(session: Session, ranking: Ranking) -> dict[str, Place]:
    """Return the adopted place of each ranked dossier, by reference: three statements at any size."""
    adopted = adopted_list(session, ranking)
    reasons: dict[str, list[str]] = {}
    for one in adopted.departures:
        reasons.setdefault(one.decided.dossier, []).append(one.decided.reason)
    places = {reference: place for place, reference in enumerate(adopted.order, start=1)}
    return {
        reference: Place(announced, places.get(reference), tuple(reasons.get(reference, ())))
        for announced, reference in enumerate(adopted.announced, start=1)
    }


def adopted_list(session: Session, ranking: Ranking) -> AdoptedList:
    """Return the adopted list of a ranking: three statements at any size."""
    announced = tuple(_announced(session, ranking.id))
    decided = departures(session, ranking.call_id)
    return _applied(ranking, announced, decided)


def departures(session: Session, call_id: int) -> list[Decided]:
    """Return the departures that hold, in the order of decision."""
    withdrawn = exists().where(DepartureWithdrawal.departure_id == Departure.id)
    query = (
        select(Departure, Dossier.reference, Dossier.number, Dossier.title, Person.name, Ranking.sequence)
        .join(Dossier, Dossier.id == Departure.dossier_id)
        .join(Person, Person.id == Departure.decided_by_id)
        .join(Ranking, Ranking.id == Departure.ranking_id)
        .where(Departure.call_id == call_id, ~withdrawn)
        .order_by(Departure.id)
    )
    rows = session.execute(query).all()
    confirmed = _confirmations(session, [departure.id for departure, *_ in rows])
    return [
        _decided(departure, dossier, number, title, name, sequence, confirmed.get(departure.id))
        for departure, dossier, number, title, name, sequence in rows
    ]


def settle(session: Session, ranking: Ranking) -> None:
    """Write the places of a ranking again, from the votes and the departures that hold; none where there are none."""
    session.flush()
    adopted = adopted_list(session, ranking)
    session.execute(delete(AdoptedPlace).where(AdoptedPlace.ranking_id == ranking.id))
    rows = places_to_write(session, adopted)
    if rows:
        session.execute(insert(AdoptedPlace), rows)


def places_to_write(session: Session, adopted: AdoptedList) -> list[dict[str, object]]:
    """Return the rows that hold an adopted list; none where the committee has neither voted nor departed from it."""
    ranking_id = adopted.ranking.id
    voted = session.scalar(select(func.count()).where(TieVote.ranking_id == ranking_id))
    if not voted and not adopted.departures:
        return []
    known = select(Dossier.reference, Dossier.id).where(Dossier.call_id == adopted.ranking.call_id)
    identifiers = {row.reference: row.id for row in session.execute(known)}
    printed = {reference: place for place, reference in enumerate(adopted.announced, start=1)}
    moved = {one.decided.dossier for one in adopted.departures if one.step is not None}
    out = frozenset(adopted.put_out)
    return [
        {
            "ranking_id": ranking_id,
            "dossier_id": identifiers[reference],
            "place": place,
            "announced_place": printed[reference],
            "moved": reference in moved,
            "put_out": reference in out,
        }
        for place, reference in enumerate((*adopted.order, *adopted.put_out), start=1)
    ]


def _applied(ranking: Ranking, announced: tuple[str, ...], decided: Sequence[Decided]) -> AdoptedList:
    found: Adopted = adopt(announced, [one.move for one in decided])
    applied = tuple(Applied(one, step) for one, step in zip(decided, found.steps, strict=True))
    return AdoptedList(ranking, announced, found.order, found.put_out, applied)


def _announced(session: Session, ranking_id: int) -> Sequence[str]:
    """The ranked dossiers as printed; a vote gives the order of those it names, the first of their rank."""
    query = (
        select(Dossier.reference)
        .join(RankingEntry, RankingEntry.dossier_id == Dossier.id)
        .outerjoin(
            TieVote, (TieVote.ranking_id == RankingEntry.ranking_id) & (TieVote.dossier_id == RankingEntry.dossier_id)
        )
        .where(RankingEntry.ranking_id == ranking_id, RankingEntry.rank.is_not(None))
        .order_by(RankingEntry.rank, TieVote.place.is_(None), TieVote.place, RankingEntry.position)
    )
    return session.scalars(query).all()


def _confirmations(session: Session, departure_ids: Sequence[int]) -> Mapping[int, tuple[DepartureConfirmation, int]]:
    """Return the last confirmation of each departure, with the sequence of its ranking."""
    query = (
        select(DepartureConfirmation, Ranking.sequence)
        .join(Ranking, Ranking.id == DepartureConfirmation.ranking_id)
        .where(DepartureConfirmation.departure_id.in_(departure_ids))
        .order_by(DepartureConfirmation.id)
    )
    return {row[0].departure_id: (row[0], row[1]) for row in session.execute(query)}


def _decided(
    departure: Departure,
    dossier: str,
    number: str | None,
    title: str,
    name: str,
    sequence: int,
    confirmed: tuple[DepartureConfirmation, int] | None,
) -> Decided:
    last = confirmed[0] if confirmed else departure
    return Decided(
        id=departure.id,
        reference=departure.reference,
        dossier=dossier,
        number=number or "",
        title=title,
        place=departure.place,
        ground=departure.ground,
        reason=departure.reason,
        decided_by=name,
        at=departure.at,
        sequence=sequence,
        held=Step(last.before, last.after, frozenset(last.passed)),
        confirmed_on=confirmed[1] if confirmed else None,
    )
