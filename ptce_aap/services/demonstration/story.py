"""The life of a fictional call: opened, filled, instructed, marked, ranked, published, as far as it has come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.clock import PARIS
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.permissions import Actor, Role
from ptce_aap.models import Absence, Call, Dossier, OpinionTerm, ProposedAct, RankingEntry
from ptce_aap.services.calls import calls
from ptce_aap.services.calls.calls import SYSTEM
from ptce_aap.services.demonstration.chance import reference, seeded
from ptce_aap.services.demonstration.deposits import Told
from ptce_aap.services.demonstration.instructing import Desk, Reached
from ptce_aap.services.demonstration.times import Times
from ptce_aap.services.joint_acts import two_persons
from ptce_aap.services.joint_acts.two_persons import Confirmed
from ptce_aap.services.jury import readings
from ptce_aap.services.ranking import deliberation, standings
from ptce_aap.services.selection import adoption, amounts, departures, shortlists
from ptce_aap.services.selection.departures import Asked

_AMOUNTS_LOWERED = 5
_ANSWERED_IN = timedelta(minutes=20)


def open_call(session: Session, definition: CallDefinition, recipe: Mapping[str, Any], times: Times) -> Call:
    """Open a call that says in its title that it is fictional."""
    sheet = replace(definition.sheet, title=recipe["titre"], short_title=recipe["titre_court"])
    call = calls.open_call(
        session,
        SYSTEM,
        replace(definition, sheet=sheet),
        now=times.opens_at - timedelta(days=14),
        opens_at=times.opens_at,
        closes_at=times.closes_at,
        fictional=True,
    )
    call.draw_seed = seeded(call.slug).randrange(2**31)
    return call


def set_opinion_term(session: Session, desk: Desk) -> None:
    """Set the term of opinions at the closing, where the recipe has one; fictional letters are owed to nobody."""
    call, due = desk.shelf.call, desk.shelf.times.opinions_due_at
    if due is None:
        return
    team, at = desk.cast.team, desk.shelf.times.instruction(0.01, 0.02, desk.rng)
    call.opinions_due_at = due
    reason = "Les lectures du jury commencent la semaine suivante."
    session.add(OpinionTerm(call_id=call.id, due_at=due, reason=reason, by_id=team.person_id, at=at))
    facts = {"due": due.isoformat()}
    desk.ledger.note(team, Role.TEAM, "opinions.term_set", ("call", call.slug), at, facts)


def leave_for_some_days(session: Session, desk: Desk) -> None:
    """Let a correspondent be absent this week, and the one of the sign-in page act for him."""
    people = list(desk.cast.correspondents.values())
    if len(people) < 2:
        return
    acting, absent, now = people[0], people[1], desk.shelf.times.now
    named_at, today = now - timedelta(days=2), now.astimezone(PARIS).date()
    first, last = today - timedelta(days=1), today + timedelta(days=5)
    row = Absence(
        reference=reference("absence", desk.shelf.call.slug),
        call_id=desk.shelf.call.id,
        absent_id=absent.person_id,
        substitute_id=acting.person_id,
        starts_at=datetime.combine(first, time(), PARIS),
        ends_at=datetime.combine(last + timedelta(days=1), time(), PARIS),
        named_by_id=absent.person_id,
        named_at=named_at,
    )
    session.add(row)
    facts = {"absence": row.reference, "substitute": acting.reference}
    days = {"from": first.isoformat(), "until": last.isoformat()}
    on = ("person", absent.reference)
    desk.ledger.note(absent, Role.CORRESPONDENT, "absence.named", on, named_at, {**facts, **days})


def progress(told: Sequence[Told], *, decided: bool) -> dict[str, Reached]:
    """Say how far the instruction of each dossier is: all decided, or region by region a bit of everything."""
    if decided:
        return {one.dossier.reference: Reached.DECIDED for one in told}
    steps = (Reached.DECIDED, Reached.NOTHING, Reached.GIVEN, Reached.PROPOSED, Reached.WRITTEN, Reached.NOTHING)
    seen: dict[str, int] = {}
    reached = {}
    for one in told:
        # What nobody can admit is proposed everywhere and decided in one region of two.
        region = one.dossier.region or ""
        place = seen.get(region, len(seen))
        refused = Reached.DECIDED if place % 2 else Reached.PROPOSED
        reached[one.dossier.reference] = steps[place % len(steps)] if one.fiction.admitted else refused
        seen[region] = place + 1
    return reached


def open_marking(session: Session, desk: Desk) -> None:
    """Open the marking at its moment."""
    at = desk.shelf.times.marking_opened_at
    assert at is not None
    desk.ledger.write(session)
    calls.open_marking(session, desk.cast.team, desk.shelf.call.id, now=at)


def close_marking(session: Session, desk: Desk) -> None:
    """Close the marking at its moment, which computes the ranking."""
    at = desk.shelf.times.marking_closed_at
    assert at is not None
    desk.ledger.write(session)
    readings.close_marking(session, desk.cast.team, desk.shelf.call.id, now=at)
    session.flush()


def lower_some_amounts(session: Session, desk: Desk) -> None:
    """Propose less than was asked for a few of the first dossiers of the ranking."""
    closed_at = desk.shelf.times.marking_closed_at
    assert closed_at is not None
    at = closed_at + timedelta(days=1)
    ranking = standings.latest(session, desk.shelf.call.id)
    assert ranking is not None
    first = session.execute(
        select(Dossier.reference, Dossier.amount_cents)
        .join(RankingEntry, RankingEntry.dossier_id == Dossier.id)
        .where(RankingEntry.ranking_id == ranking.id, RankingEntry.rank.is_not(None))
        .order_by(RankingEntry.position)
        .limit(2 * _AMOUNTS_LOWERED)
    ).all()
    reasons = desk.recipes["jury"]["montants"]
    for number, row in enumerate(first[::2]):
        cents = round(int(row.amount_cents or 0) * desk.rng.uniform(0.72, 0.93) / 100_000) * 100_000
        _propose(
            session, desk, row.reference, cents, reasons[number % len(reasons)], at + timedelta(minutes=7 * number)
        )


def freeze(session: Session, desk: Desk) -> None:
    """Settle the line by a vote where it is tied, freeze the shortlist and publish it, each at its moment."""
    call, frozen_at, published_at = desk.shelf.call, desk.shelf.times.frozen_at, desk.shelf.times.published_at
    assert frozen_at is not None
    assert published_at is not None
    chair: Actor = desk.cast.chair
    session.flush()
    line = standings.line_of(session, call)
    if line is not None and not line.settled:
        order = [candidate.reference for candidate in line.tied]
        vote = frozen_at - timedelta(hours=1)
        deliberation.record_tie_vote(session, chair, call.id, order, desk.recipes["jury"]["vote"], now=vote)
        session.flush()
    _depart(session, desk, at=frozen_at - timedelta(minutes=30))
    team, seen = desk.cast.team, shortlists.preview(session, chair, call).seen
    act = shortlists.propose_freezing(session, team, call.id, seen, base_url=None, now=frozen_at - _ANSWERED_IN)
    with _confirmed(session, desk, act, shortlists.list_state(session, call), at=frozen_at) as done:
        shortlists.freeze(session, done)
    act = shortlists.propose_publication(session, team, call.id, base_url=None, now=published_at - _ANSWERED_IN)
    with _confirmed(session, desk, act, shortlists.publication_state(session, call), at=published_at) as done:
        shortlists.publish(session, done)


@contextmanager
def _confirmed(session: Session, desk: Desk, act: ProposedAct, state: str, *, at: datetime) -> Iterator[Confirmed]:
    """Let the chair confirm what the team proposed, without the letters that would leave months later."""
    done = two_persons.confirmed(session, desk.cast.chair, desk.shelf.call, act, seen=act.digest, state=state, now=at)
    yield done
    two_persons.settle(session, done, base_url=None)
    session.flush()


def _depart(session: Session, desk: Desk, *, at: datetime) -> None:
    """Let the chair exchange the last dossier above the line with the first below it, where there is one."""
    call = desk.shelf.call
    ranking, line = standings.latest(session, call.id), standings.line_of(session, call)
    if ranking is None or line is None or not line.above or not line.below:
        return
    adopted = adoption.adopted_list(session, ranking)
    ground = calls.definition_of(session, call).sheet.grounds[0].key
    asked = Asked(adopted.order[line.above], line.above, ground, desk.recipes["jury"]["ecart"])
    departures.decide(session, desk.cast.chair, call.id, asked, seen=adopted.seen, now=at)
    session.flush()


def _propose(session: Session, desk: Desk, reference: str, cents: int, reason: str, at: datetime) -> None:
    amounts.propose(session, desk.cast.chair, desk.shelf.call.id, reference, cents, reason, version=0, now=at)
    session.flush()
