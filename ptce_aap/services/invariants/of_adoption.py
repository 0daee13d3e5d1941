"""What is always true of the adopted list and of the committee's departures from the announced ranking."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from ptce_aap.models import (
    AdoptedPlace,
    Call,
    Conflict,
    Departure,
    DepartureConfirmation,
    DepartureWithdrawal,
    Dossier,
    Ranking,
    Shortlist,
)
from ptce_aap.services.calls import calls
from ptce_aap.services.ranking import standings
from ptce_aap.services.selection import adoption


def places_follow_what_was_decided(session: Session) -> Iterator[str]:
    """The places of the ranking in force are those that the votes and the departures give."""
    columns = ("dossier_id", "place", "announced_place", "moved", "put_out")
    for call in calls.all_calls(session):
        ranking = standings.latest(session, call.id)
        if ranking is None:
            continue
        due = adoption.places_to_write(session, adoption.adopted_list(session, ranking))
        held = session.execute(
            select(*(getattr(AdoptedPlace, name) for name in columns))
            .where(AdoptedPlace.ranking_id == ranking.id)
            .order_by(AdoptedPlace.place)
        )
        if [tuple(row) for row in held] != [tuple(row[name] for name in columns) for row in due]:
            yield f"{call.slug}#{ranking.sequence}"


def departures_are_of_one_call(session: Session) -> Iterable[str]:
    """A departure is about a dossier and a ranking of its call, and on a ground that the call allows."""
    mixed = (
        select(Departure.reference)
        .join(Dossier, Dossier.id == Departure.dossier_id)
        .join(Ranking, Ranking.id == Departure.ranking_id)
        .where(or_(Dossier.call_id != Departure.call_id, Ranking.call_id != Departure.call_id))
    )
    broken = set(session.scalars(mixed))
    for call in calls.all_calls(session):
        known = [ground.key for ground in calls.definition_of(session, call).sheet.grounds]
        query = select(Departure.reference).where(Departure.call_id == call.id, Departure.ground.not_in(known))
        broken.update(session.scalars(query))
    return sorted(broken)


def nobody_decides_in_conflict(session: Session) -> Iterable[str]:
    """No departure was decided by a person who had declared a conflict with a dossier of the call."""
    declared = exists().where(
        Conflict.call_id == Departure.call_id,
        Conflict.person_id == Departure.decided_by_id,
        Conflict.declared_at < Departure.at,
    )
    return session.scalars(select(Departure.reference).where(declared).order_by(Departure.reference))


def nothing_is_decided_once_frozen(session: Session) -> Iterable[str]:
    """A departure is decided, confirmed and taken back before the list is frozen, in that order."""
    broken: set[str] = set()
    late = select(Departure.reference).join(Call, Call.id == Departure.call_id).where(Departure.at > Call.frozen_at)
    broken.update(session.scalars(late))
    for followed in (DepartureConfirmation, DepartureWithdrawal):
        odd = (
            select(Departure.reference)
            .join(followed, followed.departure_id == Departure.id)
            .join(Call, Call.id == Departure.call_id)
            .where(or_(followed.at < Departure.at, followed.at > Call.frozen_at))
        )
        broken.update(session.scalars(odd))
    return sorted(broken)


def frozen_lists_hold_their_departures(session: Session) -> Iterator[str]:
    """A frozen list gives the reason of every departure that held, and of no other."""
    for call, shortlist in session.execute(select(Call, Shortlist).join(Shortlist, Shortlist.call_id == Call.id)):
        told = [(one["dossier"], one["reason"]) for one in shortlist.content.get("departures", ())]
        if told != [(one.dossier, one.reason) for one in adoption.departures(session, call.id)]:
            yield call.slug


CHECKS: dict[str, Callable[[Session], Iterable[str]]] = {
    "adoption.frozen_lists_hold_their_departures": frozen_lists_hold_their_departures,
    "adoption.places_follow_decisions": places_follow_what_was_decided,
    "departure.decided_before_the_freeze": nothing_is_decided_once_frozen,
    "departure.is_of_one_call": departures_are_of_one_call,
    "departure.not_decided_in_conflict": nobody_decides_in_conflict,
}
