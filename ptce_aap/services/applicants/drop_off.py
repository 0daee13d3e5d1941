"""What becomes of the drafts of a call: how many are filed, and the stage where the others stopped; counts only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import ColumnElement, Select, and_, case, func, or_
from sqlalchemy.orm import Session

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.dossier import State
from ptce_aap.models import Answer, Dossier
from ptce_aap.services.dossiers.reading import region_name

LEAST_FOR_A_SHARE = 10
"""Dossiers begun under which a share would say more than is known: only the two counts are told."""

_NOTHING, _COMPLETE = 0, -1


@dataclass(frozen=True, slots=True)
class Share:
    """Of the dossiers begun, those that were filed; the withdrawn count in neither."""

    name: str
    started: int
    filed: int

    @property
    def share(self) -> Fraction | None:
        """Return the share that was filed, None where too few were begun."""
        return Fraction(self.filed, self.started) if self.started >= LEAST_FOR_A_SHARE else None


@dataclass(frozen=True, slots=True)
class Stop:
    """Drafts that stopped at the same place: a stage by its number, or before the first, or with nothing missing."""

    stage: int | None
    label: str
    drafts: int


@dataclass(frozen=True, slots=True)
class DropOff:
    """The whole call, its regions (the most dossiers begun first), and where the drafts that are left stopped."""

    whole: Share
    regions: tuple[Share, ...]
    stops: tuple[Stop, ...]

    @property
    def most(self) -> Stop | None:
        """Return where the most drafts stopped, the earliest of equals."""
        return max(self.stops, key=lambda stop: stop.drafts, default=None)


def read(session: Session, counted: Select[Dossier], definition: CallDefinition) -> DropOff:
    """Return what became of the dossiers that may count for a reader: two statements, no answer is read."""
    found = session.execute(
        counted.with_only_columns(Dossier.region, func.count(), func.count(case((_is_filed(), 1)))).group_by(
            Dossier.region
        )
    ).all()
    regions = [Share(region_name(definition, code) or "", started, filed) for code, started, filed in found]
    regions.sort(key=lambda share: (not share.name, -share.started, share.name))
    started, filed = sum(share.started for share in regions), sum(share.filed for share in regions)
    return DropOff(
        whole=Share("", started, filed),
        regions=tuple(regions) if definition.sheet.regions else (),
        stops=_stops(_places(session, counted, definition), definition),
    )


def _is_filed() -> ColumnElement[bool]:
    return Dossier.state != State.DRAFT.value


def _places(session: Session, counted: Select[Dossier], definition: CallDefinition) -> dict[int, int]:
    """Count drafts by the last stage, in the form's order, in which something was written since they were started."""
    stages = [
        (Answer.key.startswith(f"{stage.key}.", autoescape=True), number)
        for number, stage in enumerate(definition.questionnaire.stages, start=1)
    ]
    written = and_(
        Answer.dossier_id == Dossier.id,
        Answer.at > Dossier.created_at,
        or_(Answer.value.is_not(None), Answer.problem.is_not(None)),
    )
    reached = func.coalesce(func.max(case(*stages)), _NOTHING)
    place = case((Dossier.missing_count == 0, _COMPLETE), else_=reached).label("place")
    drafts = (
        counted.outerjoin(Answer, written)
        .where(Dossier.state == State.DRAFT.value)
        .with_only_columns(Dossier.id, place)
        .group_by(Dossier.id, Dossier.missing_count)
        .subquery()
    )
    rows = session.execute(
        drafts.select().with_only_columns(drafts.c.place, func.count().label("drafts")).group_by(drafts.c.place)
    )
    return {row.place: row.drafts for row in rows}


def _stops(places: Mapping[int, int], definition: CallDefinition) -> tuple[Stop, ...]:
    labels: list[tuple[int, int | None, str]] = [(_NOTHING, None, "Rien d’écrit")]
    labels += [(n, n, stage.title) for n, stage in enumerate(definition.questionnaire.stages, start=1)]
    labels += [(_COMPLETE, None, "Rien d’obligatoire ne manque")]
    return tuple(Stop(stage, label, places[place]) for place, stage, label in labels if places.get(place))
