"""One dossier of the ranking explained: its readings, how they make its total, and its proposed amount."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from ptce_aap.domain import scoring
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.errors import NotFound
from ptce_aap.domain.permissions import Actor, Permission
from ptce_aap.domain.scoring import Grid, Marks
from ptce_aap.models import (
    Admission,
    AmountProposal,
    Call,
    Conflict,
    Dossier,
    Mark,
    Person,
    RankingEntry,
    RoleGrant,
    Sheet,
)
from ptce_aap.services import accounts, calls, ranking_page, rooms, standings
from ptce_aap.services.ranking_page import AxisMean
from ptce_aap.services.reading import region_name


@dataclass(frozen=True, slots=True)
class Reading:
    """One final sheet: who read, what it totals."""

    reader: str
    seat: str
    total_shown: str
    means: tuple[str, ...]  # in the order of the grid's axes


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that makes a dossier's place."""

    dossier: Dossier
    region: str
    entry: RankingEntry
    means: tuple[AxisMean, ...]
    readings: tuple[Reading, ...]
    proposal: AmountProposal | None
    admission: Admission | None
    definition: CallDefinition


def explain(session: Session, actor: Actor, call: Call, reference: str, *, now: datetime) -> Explanation:
    """Return what makes the place of a dossier. Errors: ``not_allowed``, ``deport``, ``not_found``."""
    accounts.require(actor, Permission.SEE_RANKING, call.id)
    standings.require_no_deport(session, actor, call)
    definition = calls.definition_of(session, call)
    ranking = standings.latest(session, call.id)
    dossier = session.scalar(rooms.open_to(actor, call, now=now).where(Dossier.reference == reference))
    entry = session.get(RankingEntry, (ranking.id, dossier.id)) if ranking and dossier else None
    if ranking is None or dossier is None or entry is None:
        raise NotFound()
    return Explanation(
        dossier=dossier,
        region=region_name(definition, dossier.region),
        entry=entry,
        means=ranking_page.means_shown(definition, entry.axis_means, entry.flags),
        readings=_readings(session, call, dossier, definition, until=ranking.computed_at),
        proposal=session.get(AmountProposal, dossier.id),
        admission=session.get(Admission, dossier.id),
        definition=definition,
    )


def _readings(
    session: Session, call: Call, dossier: Dossier, definition: CallDefinition, *, until: datetime
) -> tuple[Reading, ...]:
    in_conflict = exists().where(Conflict.dossier_id == Sheet.dossier_id, Conflict.person_id == Sheet.person_id)
    sheets = session.execute(
        select(Sheet.id, Person.name, RoleGrant.seat)
        .join(Person, Person.id == Sheet.person_id)
        .outerjoin(
            RoleGrant,
            (RoleGrant.person_id == Person.id)
            & RoleGrant.seat.is_not(None)
            & (RoleGrant.call_id.is_(None) | (RoleGrant.call_id == call.id)),
        )
        .where(Sheet.dossier_id == dossier.id, Sheet.state == "final", Sheet.final_at <= until, ~in_conflict)
        # Engines disagree on where what is unknown stands: a withdrawn role's sheet comes last.
        .order_by(RoleGrant.seat.is_(None), RoleGrant.seat, Person.name, Sheet.id)
    ).all()
    marks: dict[int, dict[str, int]] = {}
    for sheet_id, criterion, half_points in session.execute(
        select(Mark.sheet_id, Mark.criterion, Mark.half_points).where(
            Mark.sheet_id.in_([sheet.id for sheet in sheets]), Mark.half_points.is_not(None)
        )
    ):
        marks.setdefault(sheet_id, {})[criterion] = int(half_points or 0)
    seats = {seat.key: seat.label for seat in definition.sheet.seats}
    known: dict[int, Reading] = {}
    for sheet in sheets:
        if scoring.is_complete(definition.grid, marks.get(sheet.id, {})):
            seat = seats.get(sheet.seat or "", "")
            known.setdefault(sheet.id, _reading(definition.grid, sheet.name, seat, marks[sheet.id]))
    return tuple(known.values())


def _reading(grid: Grid, reader: str, seat: str, marks: Marks) -> Reading:
    means = scoring.axis_means(grid, marks)
    return Reading(
        reader=reader,
        seat=seat,
        total_shown=scoring.shown(scoring.sheet_total(grid, marks)),
        means=tuple(scoring.shown(means[axis.key]) for axis in grid.axes),
    )
