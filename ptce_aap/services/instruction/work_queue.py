"""The queue of a correspondent: what he does next with each dossier of his regions, and what comes first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from ptce_aap.domain.calls import CallDefinition, Region
from ptce_aap.domain.instruction_work import Load, NextAct, Progress, Standing, next_act
from ptce_aap.domain.permissions import Actor
from ptce_aap.models import Call, Dossier, instruction_work
from ptce_aap.models.instruction_work import LAST
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers import listing
from ptce_aap.services.dossiers.dossiers import Page, paged
from ptce_aap.services.instruction import instruction

SHOWN_FIRST = 3


@dataclass(frozen=True, slots=True)
class Work:
    """A dossier of the queue, and what it asks for; ``until`` is the first instant at which it is too late, for its
    applicant to answer or for its opinion to be given.
    """

    line: listing.Line
    act: NextAct
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Queue:
    """The queue of a correspondent: tabs with their counts, what to do first, one page of lines."""

    definition: CallDefinition
    regions: tuple[Region, ...]
    readable: bool  # False: nothing may be read before the closing
    open: bool  # proposals and opinions are still awaited
    counts: dict[str, int]
    load: Load  # of the dossiers on which something is still to do
    first: tuple[Work, ...]
    page: Page[Work]


def queue(
    session: Session, actor: Actor, call: Call, progress: Progress, asked: listing.Asked, *, now: datetime
) -> Queue:
    """Return one page of the queue: four statements at any size, besides those of the call.

    What is to do first comes where the list is as one finds it: first page, no filter.
    """
    definition = calls.definition_of(session, call)
    mine = instruction_work.with_work(instruction.visible(session, actor, call, now=now))
    at = instruction_work.progress(len(definition.eligibility), now)
    open_ = instruction.is_open(call)
    opinions_open, due = instruction.opinions_open(call, now), instruction.opinions_due(call)
    to_do = _to_do(opinions_open)
    counts, load = _counted(session, mine, at, (*to_do, Progress.AWAITED))
    read = partial(_work, definition, open_, opinions_open, due)
    query = _works(mine, actor, call, definition, at, now)
    order = _first(now) if asked.sorted_by == listing.FIRST else listing.order(asked)
    found = paged(session, query.where(at == progress.value, *listing.conditions(asked)).order_by(*order), asked.page)
    first: tuple[Work, ...] = ()
    if open_ and progress is Progress.TODO and found.number == 1 and not asked.filters:
        first = tuple(read(*row) for row in session.execute(_to_do_first(query, at, to_do, now, SHOWN_FIRST)))
    return Queue(
        definition=definition,
        regions=instruction.regions_of(definition, actor, call),
        readable=calls.correspondents_may_read(call, definition.sheet, now),
        open=open_,
        counts=counts,
        load=load,
        first=first,
        page=Page(
            items=tuple(read(*row) for row in found.items),
            number=found.number,
            pages=found.pages,
            total=found.total,
        ),
    )


def after(session: Session, actor: Actor, call: Call, reference: str, *, now: datetime) -> Work | None:
    """Return what is to do first besides this dossier, None where nothing is left."""
    if not instruction.is_open(call):
        return None
    definition = calls.definition_of(session, call)
    mine = instruction_work.with_work(instruction.visible(session, actor, call, now=now))
    at = instruction_work.progress(len(definition.eligibility), now)
    opinions_open, due = instruction.opinions_open(call, now), instruction.opinions_due(call)
    others = _works(mine.where(Dossier.reference != reference), actor, call, definition, at, now)
    row = session.execute(_to_do_first(others, at, _to_do(opinions_open), now, 1)).first()
    return _work(definition, True, opinions_open, due, *row) if row is not None else None


def _to_do(opinions_open: bool) -> tuple[Progress, ...]:
    return (Progress.TODO, Progress.OPINION) if opinions_open else (Progress.TODO,)


def _to_do_first(
    works: Select[Any], at: ColumnElement[str], to_do: Collection[Progress], now: datetime, most: int
) -> Select[Any]:
    return works.where(at.in_(to_do)).order_by(*_first(now)).limit(most)


def _counted(
    session: Session, mine: Select[Any], at: ColumnElement[str], left_in: Collection[Progress]
) -> tuple[dict[str, int], Load]:
    """Count the dossiers of each tab, and the signs of those that are left: one statement."""
    signs = func.coalesce(Dossier.filed_length, 0).label("signs")
    each = mine.with_only_columns(at.label("progress"), signs).subquery()
    counted = select(each.c.progress, func.count(), func.sum(each.c.signs)).group_by(each.c.progress)
    rows = session.execute(counted).all()
    left = [row for row in rows if row[0] in left_in]
    return {row[0]: row[1] for row in rows}, Load(sum(row[1] for row in left), sum(int(row[2]) for row in left))


def _works(
    mine: Select[Any], actor: Actor, call: Call, definition: CallDefinition, at: ColumnElement[str], now: datetime
) -> Select[Any]:
    lines = listing.with_columns(mine, actor, definition, actor.closed_with(call.id))
    return lines.add_columns(
        at,
        instruction_work.unseen(now),
        LAST.outcome,
        LAST.due_at,
        instruction_work.sheet_begun(),
        instruction_work.opinion_begun(),
    )


def _first(now: datetime) -> list[Any]:
    """The nearest term first, then the oldest deposit; both engines put what has no term last."""
    term = instruction_work.term(now)
    return [term.is_(None), term, Dossier.filed_at, Dossier.id]


def _work(definition: CallDefinition, open_: bool, opinions_open: bool, due: datetime | None, *row: Any) -> Work:
    *columns, at, unseen, outcome, due_at, sheet, opinion = row
    progress = Progress(at)
    standing = Standing(progress, bool(unseen), outcome == "answered", bool(sheet), bool(opinion))
    return Work(
        line=listing.line(definition, *columns),
        act=next_act(standing, open_=open_, opinions_open=opinions_open),
        until={Progress.AWAITED: due_at, Progress.OPINION: due if opinions_open else None}.get(progress),
    )
