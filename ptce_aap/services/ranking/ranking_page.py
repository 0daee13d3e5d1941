"""The ranking as its readers see it: pages of the list in SQL, what each line says, one dossier explained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import CTE, ColumnElement, Row, Select, case, func, null, select
from sqlalchemy.orm import Session

from ptce_aap.domain import scoring
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.permissions import Actor, Permission
from ptce_aap.domain.persons import fold
from ptce_aap.models import AmountProposal, Call, Dossier, Opinion, Ranking, RankingEntry
from ptce_aap.models.visibility import rank_among_open
from ptce_aap.services.accounts import accounts
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers import rooms
from ptce_aap.services.dossiers.dossiers import PAGE_SIZE, Page, found_by, is_number
from ptce_aap.services.dossiers.reading import region_name, verdict_name
from ptce_aap.services.ranking import standings
from ptce_aap.services.ranking.standings import Line


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader asks of the list: search, region, order, page."""

    search: str = ""
    region: str = ""
    sort: str = "rank"
    descending: bool = False
    unranked: bool = False
    page: int = 1


@dataclass(frozen=True, slots=True)
class AxisMean:
    """The mean of an axis as shown, and whether it is under the call's threshold."""

    label: str
    shown: str
    flagged: bool


@dataclass(frozen=True, slots=True)
class Place:
    """One dossier of the list. ``rank``, amounts and total are None or empty where they are closed to the reader."""

    reference: str
    number: str
    title: str
    carrier: str
    region: str
    verdict: str
    regional_rank: int | None
    readings: int
    means: tuple[AxisMean, ...]
    requested_cents: int | None
    rank: int | None = None
    tie: bool = False
    place: int | None = None  # in the adopted list
    announced_place: int | None = None
    put_out: bool = False
    total_shown: str = ""
    amount_cents: int | None = None
    amount_reason: str = ""
    cumulated_cents: int | None = None
    above: bool = False


@dataclass(frozen=True, slots=True)
class RankingPage:
    """One page of the ranking. ``line`` is None in a partial view; ``ranking`` is None before the marking closes."""

    ranking: Ranking | None
    line: Line | None
    partial: bool
    outdated: bool  # a conflict declared since takes a sheet away
    places: Page[Place]
    definition: CallDefinition


def read(session: Session, actor: Actor, call: Call, asked: Asked, *, now: datetime) -> RankingPage:
    """Return a page of the ranking: as many statements at any size.

    A person in conflict with a dossier gets a partial view until publication: the dossiers open to him, without
    rank, total or line. Errors: ``not_allowed``.
    """
    accounts.require(actor, Permission.SEE_RANKING, call.id)
    definition = calls.definition_of(session, call)
    ranking = standings.latest(session, call.id)
    empty: Page[Place] = Page((), 1, 1, 0)
    if ranking is None:
        return RankingPage(None, None, False, False, empty, definition)
    if standings.in_deport(session, actor, call):
        places = _partial(session, actor, call, ranking, definition, asked, now=now)
        return RankingPage(ranking, None, True, False, places, definition)
    line = standings.line_of(session, call, ranking)
    places = _places(session, call, ranking, definition, asked)
    outdated = call.frozen_at is None and standings.outdated(session, ranking)
    return RankingPage(ranking, line, False, outdated, places, definition)


def _places(session: Session, call: Call, ranking: Ranking, definition: CallDefinition, asked: Asked) -> Page[Place]:
    """Choose the page's dossiers first, then read what their lines say: the rest of the list costs nothing."""
    listed = (
        select(func.count())
        .select_from(RankingEntry)
        .join(Dossier, Dossier.id == RankingEntry.dossier_id)
        .where(
            RankingEntry.ranking_id == ranking.id,
            RankingEntry.rank.is_(None) if asked.unranked else RankingEntry.rank.is_not(None),
            *_matching(asked),
        )
    )
    total = session.scalar(listed) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(max(1, asked.page), pages)
    chosen = _chosen(ranking, definition, asked).limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE).cte("chosen")
    rows = session.execute(_lines(ranking, chosen)).all()
    return Page([_place(row, definition, call.envelope_cents) for row in rows], number, pages, total)


_STEPS = ("place", "cumulated", "announced_place", "put_out")


def _chosen(ranking: Ranking, definition: CallDefinition, asked: Asked) -> Select[Any]:
    if asked.unranked:
        order: list[ColumnElement[Any]] = [RankingEntry.position.asc()]
        query: Select[Any] = select(RankingEntry.dossier_id).where(
            RankingEntry.ranking_id == ranking.id, RankingEntry.rank.is_(None)
        )
        query = query.join(Dossier, Dossier.id == RankingEntry.dossier_id)
        columns: list[Any] = [
            RankingEntry.position.label("turn"),
            null().label("place"),
            null().label("cumulated"),
            null().label("announced_place"),
            null().label("put_out"),
        ]
    else:
        steps = standings.walk(ranking.id).cte("walk")
        order = _order(asked, definition, steps)
        query = select(steps.c.dossier_id).join(Dossier, Dossier.id == steps.c.dossier_id)
        in_order = asked.sort == "rank" and not asked.descending
        turn = steps.c.place if in_order else func.row_number().over(order_by=order)
        columns = [turn.label("turn"), *(steps.c[name] for name in _STEPS)]
    return query.add_columns(*columns).where(*_matching(asked)).order_by(*order)


def _order(asked: Asked, definition: CallDefinition, steps: CTE) -> list[ColumnElement[Any]]:
    names = sorted(definition.sheet.regions, key=lambda region: fold(region.name))
    by_name = {region.code: place for place, region in enumerate(names)}
    keys: Mapping[str, Any] = {
        "rank": steps.c.place,
        "title": Dossier.title_key,
        "carrier": Dossier.carrier_key,
        "region": case(by_name, value=Dossier.region, else_=-1) if by_name else steps.c.place,
        "requested": func.coalesce(Dossier.amount_cents, 0),
        "amount": steps.c.amount,
    }
    key = keys.get(asked.sort, steps.c.place)
    return [key.desc() if asked.descending else key.asc(), *([steps.c.place] if key is not steps.c.place else [])]


def _matching(asked: Asked) -> list[ColumnElement[bool]]:
    found = found_by(asked.search, is_number(asked.search))
    if asked.region:
        found.append(Dossier.region == asked.region)
    return found


def _lines(ranking: Ranking, chosen: CTE) -> Select[Any]:
    twin = RankingEntry.__table__.alias("twin")
    sharing = (
        select(func.count())
        .select_from(twin)
        .where(twin.c.ranking_id == ranking.id, twin.c.rank == RankingEntry.rank)
        .correlate(RankingEntry)
        .scalar_subquery()
    )
    return (
        select(
            *(chosen.c[name] for name in _STEPS),
            RankingEntry.rank,
            RankingEntry.readings,
            RankingEntry.total_shown,
            RankingEntry.axis_means,
            RankingEntry.flags,
            sharing.label("sharing"),
            *_of_the_dossier(),
            AmountProposal.amount_cents.label("proposed"),
            AmountProposal.reason.label("amount_reason"),
        )
        .join(RankingEntry, RankingEntry.dossier_id == chosen.c.dossier_id)
        .join(Dossier, Dossier.id == chosen.c.dossier_id)
        .outerjoin(Opinion, (Opinion.dossier_id == Dossier.id) & Opinion.given_at.is_not(None))
        .outerjoin(AmountProposal, AmountProposal.dossier_id == Dossier.id)
        .where(RankingEntry.ranking_id == ranking.id)
        .order_by(chosen.c.turn)
    )


def _of_the_dossier(regional_rank: Any = Opinion.regional_rank) -> tuple[Any, ...]:
    return (
        Dossier.reference,
        Dossier.number,
        Dossier.title,
        Dossier.carrier,
        Dossier.region,
        Dossier.amount_cents.label("requested"),
        Opinion.verdict,
        regional_rank,
    )


def _partial(
    session: Session,
    actor: Actor,
    call: Call,
    ranking: Ranking,
    definition: CallDefinition,
    asked: Asked,
    *,
    now: datetime,
) -> Page[Place]:
    query = (
        rooms.open_to(actor, call, now=now)
        .join(RankingEntry, RankingEntry.dossier_id == Dossier.id)
        .outerjoin(Opinion, (Opinion.dossier_id == Dossier.id) & Opinion.given_at.is_not(None))
        .where(RankingEntry.ranking_id == ranking.id, *_matching(asked))
    )
    total = session.scalar(query.with_only_columns(func.count(), maintain_column_froms=True)) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(max(1, asked.page), pages)
    regional_rank = rank_among_open(actor.person_id).label("regional_rank")
    rows = session.execute(
        query.with_only_columns(*_of_the_dossier(regional_rank), maintain_column_froms=True)
        .order_by(Dossier.title_key, Dossier.reference)
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    ).all()
    places = [Place(**_plain(row, definition), readings=0, means=()) for row in rows]
    return Page(places, number, pages, total)


def _place(row: Row[Any], definition: CallDefinition, envelope_cents: int) -> Place:
    cumulated = None if row.cumulated is None or row.put_out else int(row.cumulated)
    return Place(
        **_plain(row, definition),
        readings=row.readings,
        means=means_shown(definition, row.axis_means, row.flags),
        rank=row.rank,
        tie=row.rank is not None and row.sharing > 1,
        place=row.place,
        announced_place=row.announced_place,
        put_out=bool(row.put_out),
        total_shown=row.total_shown,
        amount_cents=row.requested if row.proposed is None else row.proposed,
        amount_reason=row.amount_reason or "",
        cumulated_cents=cumulated,
        above=cumulated is not None and cumulated <= envelope_cents,
    )


def _plain(row: Row[Any], definition: CallDefinition) -> dict[str, Any]:
    return {
        "reference": row.reference,
        "number": row.number,
        "title": row.title,
        "carrier": row.carrier,
        "region": region_name(definition, row.region),
        "verdict": verdict_name(definition, row.verdict),
        "regional_rank": row.regional_rank,
        "requested_cents": row.requested,
    }


def means_shown(definition: CallDefinition, means: Mapping[str, str], flags: Sequence[str]) -> tuple[AxisMean, ...]:
    """Return the mean of each axis of the grid, in points; empty where the dossier has no complete reading."""
    return tuple(
        AxisMean(axis.label, scoring.shown(Fraction(means[axis.key])), axis.key in flags)
        for axis in definition.grid.axes
        if axis.key in means
    )
