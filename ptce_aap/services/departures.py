"""The chair departs from the announced ranking: another place for a dossier, or none, always with a reason."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.domain.adoption import Move, Step, adopt, step_of
from ptce_aap.domain.calls import Ground
from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.domain.line import Crossing, cross
from ptce_aap.domain.permissions import Actor, Permission
from ptce_aap.models import AmountProposal, Call, Departure, Dossier, RankingEntry
from ptce_aap.models import DepartureConfirmation as Confirmation
from ptce_aap.models import DepartureWithdrawal as Withdrawal
from ptce_aap.models.visibility import presided_by
from ptce_aap.services import accounts, adoption, calls, journal, standings
from ptce_aap.services.adoption import AdoptedList, Applied
from ptce_aap.services.deliberation import require_deliberation, required_reason

REASON_MOST = 2_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What the committee decides about a dossier; ``place`` None puts it out of the list."""

    dossier: str  # reference
    place: int | None
    ground: str
    reason: str


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


@dataclass(frozen=True, slots=True)
class Prepared:
    """A departure ready to be confirmed: everything that is asked for is there."""

    asked: Asked
    ground: Ground
    effect: Effect


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
    effect = _effect(session, call, adopted, asked.dossier, moves, step_of(adopted.order, move))
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
    return held, _effect(session, call, adopted, held.decided.dossier, moves, held.step)


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


def _effect(
    session: Session, call: Call, adopted: AdoptedList, dossier: str, moves: Sequence[Move], step: Step | None
) -> Effect:
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
    def walked(reference: str) -> Member:
        one = members[reference]
        return Member(one.reference, one.title, one.rank, one.amount_cents, reference in moved)

    return cross((walked(reference) for reference in order), call.envelope_cents)


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


def _places(step: Step) -> dict[str, object]:
    return {"from_place": step.before, "to_place": step.after}


def _tell(
    session: Session, actor: Actor, call: Call, act: str, dossier: str, facts: Mapping[str, object], *, at: datetime
) -> None:
    journal.record(session, actor, act, on=("dossier", dossier), at=at, call_id=call.id, facts=facts)
