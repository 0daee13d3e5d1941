"""The chair departs from the announced ranking: another place for a dossier, or none, always with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.domain.adoption import Move, Step, step_of
from ptce_aap.domain.calls import Ground
from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Permission
from ptce_aap.models import Call, Departure, Dossier, RankingEntry
from ptce_aap.models import DepartureConfirmation as Confirmation
from ptce_aap.models import DepartureWithdrawal as Withdrawal
from ptce_aap.models.visibility import presided_by
from ptce_aap.services.accounts import accounts
from ptce_aap.services.calls import calls
from ptce_aap.services.journal import journal
from ptce_aap.services.ranking import standings
from ptce_aap.services.ranking.deliberation import require_deliberation, required_reason
from ptce_aap.services.selection import adoption
from ptce_aap.services.selection.adoption import AdoptedList, Applied
from ptce_aap.services.selection.departure_effects import Effect, effect_of

REASON_MOST = 2_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What the committee decides about a dossier; ``place`` None puts it out of the list."""

    dossier: str  # reference
    place: int | None
    ground: str
    reason: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A departure ready to be confirmed: everything that is asked for is there."""

    asked: Asked
    ground: Ground
    effect: Effect


@dataclass(frozen=True, slots=True)
class ToDecide:
    """What the chair has before him to decide a departure on one dossier."""

    dossier: Dossier
    rank: int
    announced_place: int
    place: int | None  # in the adopted list; None: put out
    places: int
    grounds: tuple[Ground, ...]


def to_decide(session: Session, actor: Actor, call: Call, reference: str) -> ToDecide:
    """Return a ranked dossier to the chair who may depart from its place.

    Errors: ``not_allowed``, ``deport``, ``marking_not_closed``, ``already_frozen``, ``not_found``.
    """
    adopted = _list_to_change(session, actor, call)
    dossier = session.scalar(presided_by(actor.person_id, call).where(Dossier.reference == reference))
    if dossier is None or reference not in adopted.announced:
        raise NotFound()
    entry = session.get_one(RankingEntry, (adopted.ranking.id, dossier.id))
    return ToDecide(
        dossier=dossier,
        rank=entry.rank or 0,
        announced_place=adopted.announced.index(reference) + 1,
        place=adopted.order.index(reference) + 1 if reference in adopted.order else None,
        places=len(adopted.order),
        grounds=calls.definition_of(session, call).sheet.grounds,
    )


def prepare(session: Session, actor: Actor, call: Call, asked: Asked) -> Prepared:
    """Return what a departure would do, before it is decided.

    Errors: ``not_allowed``, ``deport``, ``marking_not_closed``, ``already_frozen``, ``not_found``, ``already_put_out``,
    ``place_out_of_range``, ``already_there``, ``unknown_ground``, ``reason_missing``, ``reason_too_long``.
    """
    adopted = _list_to_change(session, actor, call)
    ground = calls.definition_of(session, call).sheet.ground(asked.ground)
    _refuse_nothing(session, actor, call, adopted, asked)
    reason = required_reason(asked.reason)
    if len(reason) > REASON_MOST:
        raise RuleViolation("reason_too_long", maximum=REASON_MOST)
    if ground is None:
        raise RuleViolation("unknown_ground")
    move = Move(asked.dossier, asked.place)
    moves = [*(one.decided.move for one in adopted.departures), move]
    effect = effect_of(session, call, adopted, asked.dossier, moves, step_of(adopted.order, move))
    return Prepared(Asked(asked.dossier, asked.place, ground.key, reason), ground, effect)


def decide(session: Session, actor: Actor, call_id: int, asked: Asked, *, seen: str, now: datetime) -> Departure:
    """Record a departure with its reason; the line follows at once.

    ``seen`` is that of the list that the person has read. Errors: those of ``prepare``, ``changed_meanwhile``.
    """
    call = calls.locked(session, call_id)
    prepared = prepare(session, actor, call, asked)
    adopted, step = prepared.effect.adopted, prepared.effect.step
    _require_seen(adopted, seen)
    assert step is not None
    departure = Departure(
        call_id=call.id,
        ranking_id=adopted.ranking.id,
        dossier_id=session.scalars(select(Dossier.id).where(Dossier.reference == asked.dossier)).one(),
        place=prepared.asked.place,
        ground=prepared.asked.ground,
        reason=prepared.asked.reason,
        before=step.before,
        after=step.after,
        passed=sorted(step.passed),
        decided_by_id=actor.person_id,
        at=now,
    )
    session.add(departure)
    adoption.settle(session, adopted.ranking)
    facts = {"departure": departure.reference, "ground": departure.ground, "ranking": adopted.ranking.sequence}
    _tell(session, actor, call, "departure.decided", asked.dossier, facts | _places(step), at=now)
    return departure


def preview_withdrawal(session: Session, actor: Actor, call: Call, departure: str) -> tuple[Applied, Effect]:
    """Return a departure and what taking it back would do. Errors: as ``prepare``, ``not_found``."""
    adopted = _list_to_change(session, actor, call)
    held = _held(adopted, departure)
    moves = [one.decided.move for one in adopted.departures if one is not held]
    return held, effect_of(session, call, adopted, held.decided.dossier, moves, held.step)


def withdraw(session: Session, actor: Actor, call_id: int, departure: str, *, seen: str, now: datetime) -> None:
    """Take a departure back: it stays on record, and the list is as if it had not been decided.

    Errors: ``not_allowed``, ``deport``, ``already_frozen``, ``not_found``, ``changed_meanwhile``.
    """
    call = calls.locked(session, call_id)
    adopted = _list_to_change(session, actor, call)
    held = _held(adopted, departure)
    _require_seen(adopted, seen)
    session.add(
        Withdrawal(departure_id=held.decided.id, ranking_id=adopted.ranking.id, decided_by_id=actor.person_id, at=now)
    )
    adoption.settle(session, adopted.ranking)
    facts = {"departure": departure, "ranking": adopted.ranking.sequence}
    _tell(session, actor, call, "departure.withdrawn", held.decided.dossier, facts, at=now)


def confirm(session: Session, actor: Actor, call_id: int, departure: str, *, seen: str, now: datetime) -> None:
    """Keep a departure that no longer does what was decided: the committee knows what it does now.

    Errors: ``not_allowed``, ``deport``, ``already_frozen``, ``not_found``, ``departure_unchanged``,
    ``departure_without_dossier``, ``changed_meanwhile``.
    """
    call = calls.locked(session, call_id)
    adopted = _list_to_change(session, actor, call)
    held = _held(adopted, departure)
    if not held.changed:
        raise RuleViolation("departure_unchanged")
    if held.step is None:
        raise RuleViolation("departure_without_dossier", title=held.decided.title)
    _require_seen(adopted, seen)
    session.add(
        Confirmation(
            departure_id=held.decided.id,
            ranking_id=adopted.ranking.id,
            before=held.step.before,
            after=held.step.after,
            passed=sorted(held.step.passed),
            decided_by_id=actor.person_id,
            at=now,
        )
    )
    facts = {"departure": departure, "ranking": adopted.ranking.sequence} | _places(held.step)
    _tell(session, actor, call, "departure.confirmed", held.decided.dossier, facts, at=now)


def _list_to_change(session: Session, actor: Actor, call: Call) -> AdoptedList:
    """Return the list in force to somebody who may change it now."""
    accounts.require(actor, Permission.CHAIR_DECISION, call.id)
    standings.require_no_deport(session, actor, call)
    require_deliberation(call)
    ranking = standings.latest(session, call.id)
    if ranking is None:
        raise RuleViolation("no_ranking")
    return adoption.adopted_list(session, ranking)


def _refuse_nothing(session: Session, actor: Actor, call: Call, adopted: AdoptedList, asked: Asked) -> None:
    """Refuse what is not open to the chair, and what would change nothing."""
    is_open = session.scalar(presided_by(actor.person_id, call).where(Dossier.reference == asked.dossier))
    if is_open is None or asked.dossier not in adopted.announced:
        raise NotFound()
    if asked.dossier in adopted.put_out:
        raise RuleViolation("already_put_out")
    if asked.place is None:
        return
    if not 1 <= asked.place <= len(adopted.order):
        raise RuleViolation("place_out_of_range", maximum=len(adopted.order))
    if adopted.order[asked.place - 1] == asked.dossier:
        raise RuleViolation("already_there", place=asked.place)


def _held(adopted: AdoptedList, departure: str) -> Applied:
    found = adopted.of(departure)
    if found is None:
        raise NotFound()
    return found


def _require_seen(adopted: AdoptedList, seen: str) -> None:
    if adopted.seen != seen:
        raise Conflict()


def _places(step: Step) -> dict[str, object]:
    return {"from_place": step.before, "to_place": step.after}


def _tell(
    session: Session, actor: Actor, call: Call, act: str, dossier: str, facts: Mapping[str, object], *, at: datetime
) -> None:
    journal.record(session, actor, act, on=("dossier", dossier), at=at, call_id=call.id, facts=facts)
