"""The order that a region gives its dossiers: distinct numbers, on the opinions' rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ptce_aap.domain.calls import CallDefinition, Region
from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Role
from ptce_aap.models import Call, Dossier, Opinion, RegionalOrder
from ptce_aap.models.visibility import closed_ranks, rank_among_open
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers import reading
from ptce_aap.services.dossiers.dossiers import PAGE_SIZE, Page
from ptce_aap.services.instruction import instruction, opinion_terms, opinions
from ptce_aap.services.instruction.opinion_terms import TermNotice
from ptce_aap.services.journal import journal

UP, DOWN = "up", "down"
_Row = tuple[Dossier, Opinion | None, int | None]
"""A dossier, its opinion, and its number among the dossiers open to the reader."""


@dataclass(frozen=True, slots=True)
class RankLine:
    """A dossier of the region and its number, None while it has none."""

    reference: str
    title: str
    carrier: str
    stage: str
    amount_cents: int | None
    state: str
    verdict: str  # in words; empty until the opinion is given
    rank: int | None


@dataclass(frozen=True, slots=True)
class RankPage:
    """One page of the dossiers of a region, the ranked ones first; ``shown`` is the mark of the region's ranks."""

    region: Region
    regions: tuple[Region, ...]
    page: Page[RankLine]
    ranked: tuple[str, ...]  # references, in the order of the region
    others: frozenset[str]  # references of those without a rank
    shown: str
    open: bool
    notice: TermNotice
    last: int  # the greatest number given, 0 while there is none
    may_undo: bool  # the last save was this person's, and nothing has changed since


def rank_page(
    session: Session, actor: Actor, call: Call, region: str | None, *, number: int, now: datetime
) -> RankPage | None:
    """Return one page of the ranks of a region (the first of the actor's if None), None where he has no region.

    Errors: ``not_found`` for a region of somebody else.
    """
    definition = calls.definition_of(session, call)
    regions = instruction.regions_of(definition, actor, call)
    if not regions:
        return None
    chosen = next((one for one in regions if one.code == (region or regions[0].code)), None)
    if chosen is None:
        raise NotFound()
    found = _rows(session, actor, call, chosen.code, now=now)
    pages = max(1, -(-len(found) // PAGE_SIZE))
    number = min(max(1, number), pages)
    shown = found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    lines = tuple(_line(definition, *row) for row in shown)
    ranked = tuple(dossier.reference for dossier, _, rank in found if rank)
    return RankPage(
        region=chosen,
        regions=regions,
        page=Page(lines, number, pages, len(found)),
        ranked=ranked,
        others=frozenset(dossier.reference for dossier, *_ in found) - set(ranked),
        shown=_mark(found),
        open=instruction.opinions_open(call, now),
        notice=opinion_terms.notice(session, call, now=now),
        last=max((rank for *_, rank in found if rank is not None), default=0),
        may_undo=_undoable(_last_orders(session, call, chosen.code), actor),
    )


def set_ranks(
    session: Session,
    actor: Actor,
    call_id: int,
    region: str,
    ranks: Mapping[str, int | None],
    *,
    shown: str,
    now: datetime,
) -> None:
    """Give the dossiers of a region their numbers, by reference; a dossier that is not named keeps its own.

    Numbers are those among the dossiers open to this person: one that is closed to him keeps its place, which neither
    he nor a refusal knows of. ``now``: when it reached us.
    Errors: ``not_allowed``, ``not_found``, ``instruction_over``, ``opinions_over``, ``too_early``,
    ``changed_meanwhile``, ``rank_not_positive``, ``rank_given_twice`` (``rank``).
    """
    call = instruction.held_call(session, actor, call_id)
    instruction.require_opinions_open(session, call, now)
    if not calls.correspondents_may_read(call, calls.definition_of(session, call).sheet, now):
        raise RuleViolation("too_early", until=call.closes_at)
    if region not in actor.regions_on(call.id):
        raise NotFound()
    found = _rows(session, actor, call, region, now=now)
    if shown != _mark(found):
        raise Conflict()
    if set(ranks) - {dossier.reference for dossier, *_ in found}:
        raise NotFound()
    kept = {dossier.reference: rank for dossier, opinion, rank in found if opinion is not None}
    ranks = {**kept, **ranks}
    _check(ranks)
    closed = session.scalars(closed_ranks(actor.person_id, call, region, actor.closed_with(call.id))).all()
    ranks = {reference: _beside(rank, closed) for reference, rank in ranks.items()}
    _write(session, actor, found, ranks, now)
    _keep(session, actor, call, region, now)
    facts = {"region": region, "ranks": {reference: rank for reference, rank in ranks.items() if rank is not None}}
    on = ("call", call.slug)
    journal.record(
        session, actor, "region.ranked", on=on, at=now, call_id=call.id, role=Role.CORRESPONDENT, facts=facts
    )


def undo(session: Session, actor: Actor, call_id: int, region: str, *, shown: str, now: datetime) -> None:
    """Put back the order that stood before one's own last save; undone again, it comes back.

    Errors: those of ``set_ranks``, ``nothing_to_undo``.
    """
    call = instruction.held_call(session, actor, call_id)
    if region not in actor.regions_on(call.id):
        raise NotFound()
    orders = _last_orders(session, call, region)
    if not _undoable(orders, actor):
        raise RuleViolation("nothing_to_undo")
    before = dict(orders[1].ranks) if len(orders) > 1 else {}
    mine = [dossier.reference for dossier, *_ in _rows(session, actor, call, region, now=now)]
    closed = [rank for reference, rank in before.items() if reference not in mine]
    ranks = {one: _among_open(before[one], closed) if one in before else None for one in mine}
    set_ranks(session, actor, call_id, region, ranks, shown=shown, now=now)


def moved(page: RankPage, reference: str, direction: str) -> dict[str, int | None]:
    """Return the ranks once a dossier is moved by one place; a dossier without a rank enters at the end."""
    ranked = list(page.ranked)
    if reference in page.others:
        ranked.append(reference)
    elif reference in ranked:
        place = ranked.index(reference)
        other = max(0, place - 1) if direction == UP else min(len(ranked) - 1, place + 1)
        ranked[place], ranked[other] = ranked[other], ranked[place]
    else:
        raise NotFound()
    return {one: number for number, one in enumerate(ranked, 1)}


def _beside(rank: int | None, closed: Sequence[int | None]) -> int | None:
    """Return the number that stands for a rank among open dossiers, once those of closed ones are left out."""
    for taken in closed:
        if rank is not None and taken is not None and taken <= rank:
            rank += 1
    return rank


def _among_open(rank: int, closed: Sequence[int]) -> int:
    return rank - sum(taken < rank for taken in closed)


def _last_orders(session: Session, call: Call, region: str) -> Sequence[RegionalOrder]:
    """Return the last two orders that were saved of a region, the last one first."""
    query = select(RegionalOrder).where(RegionalOrder.call_id == call.id, RegionalOrder.region == region)
    return session.scalars(query.order_by(RegionalOrder.id.desc()).limit(2)).all()


def _undoable(orders: Sequence[RegionalOrder], actor: Actor) -> bool:
    return bool(orders) and orders[0].by_id == actor.person_id


def _keep(session: Session, actor: Actor, call: Call, region: str, now: datetime) -> None:
    """Keep the whole order as it now is, closed dossiers too: what stands at the term, and what is undone."""
    query = select(Dossier.reference, Opinion.regional_rank).join(Opinion, Opinion.dossier_id == Dossier.id)
    ranked = query.where(Opinion.call_id == call.id, Opinion.region == region, Opinion.regional_rank.is_not(None))
    ranks = {row.reference: row.regional_rank for row in session.execute(ranked)}
    session.add(RegionalOrder(call_id=call.id, region=region, ranks=ranks, by_id=actor.person_id, at=now))


def _rows(session: Session, actor: Actor, call: Call, region: str, *, now: datetime) -> list[_Row]:
    mine = instruction.visible(session, actor, call, now=now).where(Dossier.region == region)
    query = (
        mine.outerjoin(Opinion, Opinion.dossier_id == Dossier.id)
        .add_columns(Opinion, rank_among_open(actor.person_id, actor.closed_with(call.id)))
        .order_by(Opinion.regional_rank.is_(None), Opinion.regional_rank, Dossier.title_key, Dossier.id)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(query)]


def _line(definition: CallDefinition, dossier: Dossier, opinion: Opinion | None, rank: int | None) -> RankLine:
    given = opinion is not None and opinion.given_at is not None
    return RankLine(
        reference=dossier.reference,
        title=dossier.title,
        carrier=dossier.carrier,
        stage=reading.stage_name(definition, dossier.stage),
        amount_cents=dossier.amount_cents,
        state=dossier.state,
        verdict=reading.verdict_name(definition, opinion.verdict) if given and opinion is not None else "",
        rank=rank,
    )


def _mark(found: list[_Row]) -> str:
    return ",".join(f"{dossier.reference}:{rank}" for dossier, _, rank in found if rank is not None)


def _check(ranks: Mapping[str, int | None]) -> None:
    given = [rank for rank in ranks.values() if rank is not None]
    if any(rank < 1 for rank in given):
        raise RuleViolation("rank_not_positive")
    twice = [rank for rank, count in Counter(given).items() if count > 1]
    if twice:
        raise RuleViolation("rank_given_twice", rank=min(twice))


def _write(
    session: Session,
    actor: Actor,
    found: list[_Row],
    ranks: Mapping[str, int | None],
    now: datetime,
) -> None:
    """Write the numbers; the old ones leave first, so that two dossiers may change places."""
    for _, opinion, _ in found:
        if opinion is not None:
            opinion.regional_rank = None
    session.flush()
    for dossier, opinion, _ in found:
        rank = ranks.get(dossier.reference)
        if rank is None:
            continue
        row = opinion if opinion is not None else opinions.new_opinion(session, dossier, actor.person_id, now=now)
        row.regional_rank = rank
    try:
        session.flush()
    except IntegrityError as error:
        # Another correspondent of the region has just given it.
        raise RuleViolation("rank_taken") from error
