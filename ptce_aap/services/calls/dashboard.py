"""The dashboard of a call: figures, the curve of drafts and deposits, the regions, and what is late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, String, case, cast, func
from sqlalchemy.orm import InstrumentedAttribute, Session

from ptce_aap.clock import PARIS
from ptce_aap.domain.calendar import Phase, phase
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.permissions import Actor, Deed, Permission
from ptce_aap.models import Assignment, Call, Dossier, Opinion, Person, Sheet
from ptce_aap.models.jury import standing
from ptce_aap.models.visibility import counted_for, no_conflict
from ptce_aap.services.accounts import accounts
from ptce_aap.services.applicants import drop_off
from ptce_aap.services.applicants.drop_off import DropOff
from ptce_aap.services.calls import calls
from ptce_aap.services.deposits import receipts
from ptce_aap.services.dossiers.reading import region_name
from ptce_aap.services.joint_acts import acts_page, substitutes
from ptce_aap.services.joint_acts.acts_page import Pending
from ptce_aap.services.ranking import standings

LATE_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Figures:
    """How far the call is. ``undecided``: filed dossiers on which the call team has not decided."""

    drafts: int
    filed: int
    undecided: int
    eligible: int
    opinions: int
    sheets_given: int
    sheets_final: int


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the curve: how many drafts were begun and dossiers filed up to its end."""

    day: date
    drafts: int
    filed: int


@dataclass(frozen=True, slots=True)
class Late:
    """A region or a juror whose work is awaited."""

    name: str
    done: int
    expected: int


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Everything that the page shows."""

    call: Call
    phase: Phase
    definition: CallDefinition
    last_moment: datetime
    figures: Figures
    days: tuple[Day, ...]
    regions: tuple[tuple[str, int], ...]
    late_regions: tuple[Late, ...]
    late_jurors: tuple[Late, ...]
    drop_off: DropOff
    receipts_lack: tuple[str, ...]  # mentions of the law that the receipts of this call cannot print yet
    pending: Pending
    chair_missing: bool  # nobody presides who may, and the deliberation waits for it
    partial: bool  # the reader is in conflict: he takes no part in the deliberation


def read(session: Session, actor: Actor, call: Call, *, now: datetime) -> Dashboard:
    """Return the dashboard: as many statements at any size.

    A dossier with which the reader is in conflict counts in no figure. Errors: ``not_allowed``.
    """
    accounts.require(actor, Permission.SEE_MANAGEMENT, call.id)
    definition = calls.definition_of(session, call)
    counted = counted_for(actor.person_id, call)
    reached = phase(calls.calendar_of(call), now)
    deport = standings.in_deport(session, actor, call)
    by_region = _by_region(session, counted)
    return Dashboard(
        call=call,
        phase=reached,
        definition=definition,
        last_moment=calls.last_moment(call),
        figures=_figures(session, actor, call, counted),
        days=tuple(_days(session, counted, call, now)),
        regions=tuple((region_name(definition, code), filed) for code, filed, _, _ in by_region if filed),
        late_regions=tuple(_late(by_region, definition)),
        late_jurors=tuple(_late_jurors(session, actor, call)),
        drop_off=drop_off.read(session, counted, definition),
        receipts_lack=receipts.awaiting(definition.sheet),
        pending=acts_page.pending(session, actor, call, now=now),
        chair_missing=not deport and _chair_missing(session, call),
        partial=deport and reached == Phase.DELIBERATION,
    )


def _chair_missing(session: Session, call: Call) -> bool:
    """Told to whoever has no conflict: to the others it would tell of the dossiers that are closed to them."""
    return call.allows(Deed.DECIDE_RANKING) and substitutes.chair_is_missing(session, call)


def _figures(session: Session, actor: Actor, call: Call, counted: Select[Dossier]) -> Figures:
    states = Counter(
        {
            row.state: row.count
            for row in session.execute(
                counted.with_only_columns(Dossier.state, func.count().label("count")).group_by(Dossier.state)
            )
        }
    )
    opinions = session.scalar(
        counted.join(Opinion, Opinion.dossier_id == Dossier.id)
        .where(Opinion.given_at.is_not(None))
        .with_only_columns(func.count())
    )
    given, final = session.execute(
        counted.join(Assignment, Assignment.dossier_id == Dossier.id)
        .outerjoin(Sheet, (Sheet.dossier_id == Dossier.id) & (Sheet.person_id == Assignment.person_id))
        .where(Dossier.state == "eligible", no_conflict(Assignment.person_id), standing(call.id))
        .with_only_columns(func.count(), func.count(case((Sheet.state == "final", 1))))
    ).one()
    return Figures(
        drafts=states["draft"],
        filed=sum(states.values()) - states["draft"],
        undecided=states["filed"],
        eligible=states["eligible"],
        opinions=opinions or 0,
        sheets_given=given,
        sheets_final=final,
    )


def _by_region(session: Session, counted: Select[Dossier]) -> Sequence[Any]:
    """Return (region, filed, opinions awaited, opinions given), the most dossiers first."""
    awaited = case((Dossier.state != "not_eligible", 1))
    filed = func.count()
    return session.execute(
        counted.outerjoin(Opinion, (Opinion.dossier_id == Dossier.id) & Opinion.given_at.is_not(None))
        .where(Dossier.state != "draft", Dossier.region.is_not(None))
        .with_only_columns(
            Dossier.region, filed, func.count(awaited), func.count(case((Opinion.given_at.is_not(None), 1)))
        )
        .group_by(Dossier.region)
        .order_by(filed.desc(), Dossier.region)
    ).all()


def _late(by_region: Iterable[Any], definition: CallDefinition) -> list[Late]:
    late = [
        Late(region_name(definition, code), given, awaited) for code, _, awaited, given in by_region if given < awaited
    ]
    return sorted(late, key=lambda one: one.done - one.expected)[:LATE_SHOWN]


def _late_jurors(session: Session, actor: Actor, call: Call) -> list[Late]:
    counted = counted_for(actor.person_id, call)
    final = func.count(case((Sheet.state == "final", 1)))
    rows = session.execute(
        counted.join(Assignment, Assignment.dossier_id == Dossier.id)
        .join(Person, Person.id == Assignment.person_id)
        .outerjoin(Sheet, (Sheet.dossier_id == Dossier.id) & (Sheet.person_id == Assignment.person_id))
        .where(Dossier.state == "eligible", no_conflict(Assignment.person_id), standing(call.id))
        .with_only_columns(Person.name, final, func.count())
        .group_by(Person.id, Person.name)
        .having(final < func.count())
        .order_by((final - func.count()), Person.name)
        .limit(LATE_SHOWN)
    )
    return [Late(name, done, expected) for name, done, expected in rows]


def _days(session: Session, counted: Select[Dossier], call: Call, now: datetime) -> Iterable[Day]:
    begun = _by_day(session, counted, Dossier.created_at)
    filed = _by_day(session, counted, Dossier.filed_at)
    day = min([call.opens_at.astimezone(PARIS).date(), *begun, *filed])
    last = min(now, calls.last_moment(call)).astimezone(PARIS).date()
    drafts = deposits = 0
    while day <= last:
        drafts, deposits = drafts + begun[day], deposits + filed[day]
        yield Day(day, drafts, deposits)
        day += timedelta(days=1)


def _by_day(session: Session, counted: Select[Dossier], column: InstrumentedAttribute[Any]) -> Counter[date]:
    """Count by day in Paris: hours are counted in SQL, and each hour belongs to one day there."""
    hour = _hour(session, column)
    found: Counter[date] = Counter()
    query = counted.where(column.is_not(None)).with_only_columns(hour, func.count()).group_by(hour)
    for text, count in session.execute(query):
        instant = datetime.fromisoformat(f"{text}:00:00").replace(tzinfo=UTC)
        found[instant.astimezone(PARIS).date()] += count
    return found


def _hour(session: Session, column: InstrumentedAttribute[Any]) -> ColumnElement[str]:
    """Return the hour in universal time, as « 2015-06-30 21 »."""
    utc = func.timezone("UTC", column) if session.get_bind().dialect.name == "postgresql" else column
    return func.substr(cast(utc, String), 1, 13)
