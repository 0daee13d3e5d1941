"""One dossier of the ranking explained: its readings, how they make its total, and its proposed amount."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from ptce_aap.domain import scoring
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.errors import NotFound
from ptce_aap.domain.permissions import Actor, Permission
from ptce_aap.domain.scoring import Grid, Marks
from ptce_aap.models import (
    Admission,
    AdoptedPlace,
    AmountProposal,
    Call,
    Conflict,
    DiscussionMark,
    Dossier,
    Mark,
    Person,
    RankingEntry,
    RoleGrant,
    Sheet,
)
from ptce_aap.services.accounts import accounts
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers import rooms
from ptce_aap.services.dossiers.reading import region_name
from ptce_aap.services.ranking import ranking_page, standings
from ptce_aap.services.ranking.ranking_page import AxisMean
from ptce_aap.services.selection import adoption
from ptce_aap.services.selection.adoption import Decided


@dataclass(frozen=True, slots=True)
class Reading:
    """One final sheet: who read, what it totals."""

    sheet: str  # reference
    reader: str
    seat: str
    total_shown: str
    means: tuple[str, ...]  # in the order of the grid's axes
    first_total_shown: str = ""  # before the discussion, where a mark was revised


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that makes a dossier's place."""

    dossier: Dossier
    region: str
    entry: RankingEntry
    adopted: AdoptedPlace | None  # None while the committee has decided nothing about the order of the list
    decided: tuple[Decided, ...]  # departures about this dossier
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
    if ranking is None or dossier is None:
        raise NotFound()
    standing = session.execute(_standing(ranking.id, dossier.id)).one_or_none()
    if standing is None:
        raise NotFound()
    entry, adopted = standing
    return Explanation(
        dossier=dossier,
        region=region_name(definition, dossier.region),
        entry=entry,
        adopted=adopted,
        decided=_decided(session, call, dossier) if adopted and adopted.moved else (),
        means=ranking_page.means_shown(definition, entry.axis_means, entry.flags),
        readings=_readings(session, call, dossier, definition, until=ranking.computed_at),
        proposal=session.get(AmountProposal, dossier.id),
        admission=session.get(Admission, dossier.id),
        definition=definition,
    )


def _standing(ranking_id: int, dossier_id: int) -> Any:
    return (
        select(RankingEntry, AdoptedPlace)
        .outerjoin(
            AdoptedPlace,
            (AdoptedPlace.ranking_id == RankingEntry.ranking_id) & (AdoptedPlace.dossier_id == RankingEntry.dossier_id),
        )
        .where(RankingEntry.ranking_id == ranking_id, RankingEntry.dossier_id == dossier_id)
    )


def _decided(session: Session, call: Call, dossier: Dossier) -> tuple[Decided, ...]:
    return tuple(one for one in adoption.departures(session, call.id) if one.dossier == dossier.reference)


def _readings(
    session: Session, call: Call, dossier: Dossier, definition: CallDefinition, *, until: datetime
) -> tuple[Reading, ...]:
    in_conflict = exists().where(Conflict.dossier_id == Sheet.dossier_id, Conflict.person_id == Sheet.person_id)
    sheets = session.execute(
        select(Sheet.id, Sheet.reference, Person.name, RoleGrant.seat)
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
    first: dict[int, dict[str, int]] = {}
    final: dict[int, dict[str, int]] = {}
    for sheet_id, criterion, given, revised in session.execute(_marks([sheet.id for sheet in sheets])):
        first.setdefault(sheet_id, {})[criterion] = given
        final.setdefault(sheet_id, {})[criterion] = given if revised is None else revised
    seats = {seat.key: seat.label for seat in definition.sheet.seats}
    known: dict[int, Reading] = {}
    for sheet in sheets:
        if scoring.is_complete(definition.grid, first.get(sheet.id, {})):
            before, after = first[sheet.id], final[sheet.id]
            reading = Reading(
                sheet=sheet.reference,
                reader=sheet.name,
                seat=seats.get(sheet.seat or "", ""),
                first_total_shown=_total(definition.grid, before) if before != after else "",
                **_figures(definition.grid, after),
            )
            known.setdefault(sheet.id, reading)
    return tuple(known.values())


def _marks(sheet_ids: Sequence[int]) -> Any:
    """The marks of these sheets, each with its last revision in session, if any."""
    later = aliased(DiscussionMark)
    is_last = ~exists().where(
        later.sheet_id == DiscussionMark.sheet_id,
        later.criterion == DiscussionMark.criterion,
        later.sequence > DiscussionMark.sequence,
    )
    return (
        select(Mark.sheet_id, Mark.criterion, Mark.half_points, DiscussionMark.half_points)
        .outerjoin(
            DiscussionMark,
            (DiscussionMark.sheet_id == Mark.sheet_id) & (DiscussionMark.criterion == Mark.criterion) & is_last,
        )
        .where(Mark.sheet_id.in_(sheet_ids), Mark.half_points.is_not(None))
    )


def _figures(grid: Grid, marks: Marks) -> dict[str, Any]:
    means = scoring.axis_means(grid, marks)
    return {
        "total_shown": _total(grid, marks),
        "means": tuple(scoring.shown(means[axis.key]) for axis in grid.axes),
    }


def _total(grid: Grid, marks: Marks) -> str:
    return scoring.shown(scoring.sheet_total(grid, marks))
