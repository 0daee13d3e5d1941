"""What other weights of the axes would change: a simulation of the announced and of the corrected ranking.

The weights of the call stay what was announced; nothing here is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.corrected.aids import Overtaking, Sensitivity
from ptce_aap.domain.corrected.storing import from_json
from ptce_aap.domain.corrected.values import Corrected
from ptce_aap.domain.permissions import Actor
from ptce_aap.domain.scoring import Grid
from ptce_aap.domain.weighting import Change, Weighed, announced_weights, overtaking
from ptce_aap.models import Call
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers.dossiers import Page, page_of
from ptce_aap.services.ranking import corrected_store, room_door, simulated_rankings, standings
from ptce_aap.services.ranking.corrected_store import Freshness, Part
from ptce_aap.services.ranking.room_door import Door
from ptce_aap.services.ranking.room_lines import Line, lines_of
from ptce_aap.services.ranking.simulated_rankings import Listed, Rankings

SORTS = ("announced", "simulated", "corrected", "share", "title")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks: a weight for each axis (empty: as announced), the order of the table, its page."""

    weights: Mapping[str, int]
    sort: str = SORTS[0]
    descending: bool = False
    page: int = 1


@dataclass(frozen=True, slots=True)
class Sides:
    """Which dossiers change side of the line under the simulated weights, in the order of the simulation."""

    above: int  # how many stand above the line
    entering: tuple[Line, ...]
    leaving: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Weight:
    """An axis and its weights: as the call announces it, as simulated."""

    key: str
    label: str
    announced: int
    simulated: int


@dataclass(frozen=True, slots=True)
class Place:
    """A dossier before and after; ranks count from 1. ``before`` stands just above it in the announced ranking."""

    line: Line
    above: bool  # the line, as announced
    simulated: Weighed | None  # None: not ranked
    simulated_above: bool | None
    corrected: int | None  # by the corrected marks, with the announced weights
    corrected_simulated: int | None
    share: float | None  # of the weightings drawn, in which the corrected ranking puts it above the line
    before: Line | None = None
    change: Change | None = None
    corrected_before: Line | None = None
    corrected_change: Overtaking | None = None


_NONE: Page[Place] = Page((), 1, 1, 0)


@dataclass(frozen=True, slots=True)
class WeightsPage:
    """The page of the weights. ``sensitivity`` is None before anything was computed, or behind a closed door."""

    door: Door
    definition: CallDefinition
    freshness: Freshness | None = None
    provisional: bool = False
    weights: tuple[Weight, ...] = ()
    simulated: bool = False
    sensitivity: Sensitivity | None = None
    announced_above: int = 0  # dossiers above the line as announced
    announced_sides: Sides | None = None
    corrected_sides: Sides | None = None
    shares: tuple[Place, ...] = ()  # every dossier, those most often above the line first; empty without a line
    places: Page[Place] = _NONE


def read(session: Session, actor: Actor, call: Call, asked: Asked, *, now: datetime) -> WeightsPage:
    """Return what these weights would change: as many statements at any size. Errors: ``not_allowed``."""
    door = room_door.door(session, actor, call)
    definition = calls.definition_of(session, call)
    if door is not Door.OPEN:
        return WeightsPage(door, definition)
    ranking, held = standings.latest(session, call.id), corrected_store.held(session, call.id)
    fresh = corrected_store.freshness(session, call, held)
    stored = corrected_store.part(session, held, Part.SENSITIVITY) if held is not None else None
    if held is None or stored is None:
        return WeightsPage(door, definition, fresh, ranking is None)
    result = from_json(Corrected, corrected_store.part(session, held, Part.RESULT))
    sensitivity = from_json(Sensitivity, stored)
    lines = {
        line.reference: line for line in lines_of(session, actor, call, definition, ranking, result, held, now=now)
    }
    weights = _weights(definition.grid, asked.weights)
    listed = simulated_rankings.listed(session, call, definition.grid, ranking)
    two = simulated_rankings.simulate(definition.grid, listed, sensitivity, weights, call.envelope_cents)
    places = _places(lines, two, sensitivity)
    page = page_of(_sorted(places, asked), asked.page)
    return WeightsPage(
        door=door,
        definition=definition,
        freshness=fresh,
        provisional=ranking is None,
        weights=tuple(Weight(axis.key, axis.label, axis.weight, weights[axis.key]) for axis in definition.grid.axes),
        simulated=weights != announced_weights(definition.grid),
        sensitivity=sensitivity,
        announced_above=two.above,
        announced_sides=_sides(
            two.today, two.above, [one.reference for one in two.weighed], two.simulated_above, lines
        ),
        corrected_sides=_corrected_sides(two, lines),
        shares=tuple(sorted((one for one in places if one.share is not None), key=_by_share)),
        places=Page(
            [_explained(one, definition.grid, listed, two, lines, sensitivity) for one in page.items],
            page.number,
            page.pages,
            page.total,
        ),
    )


def _weights(grid: Grid, asked: Mapping[str, int]) -> dict[str, int]:
    """Return the weights asked for; those announced where nothing is asked, or nothing but zeros."""
    announced = announced_weights(grid)
    found = {key: asked.get(key, weight) for key, weight in announced.items()}
    return found if any(found.values()) else announced


def _sides(today: Sequence[str], above: int, then: Sequence[str], then_above: int, lines: Mapping[str, Line]) -> Sides:
    before, after = set(today[:above]), set(then[:then_above])
    return Sides(
        above=then_above,
        entering=tuple(lines[ref] for ref in then if ref in after - before and ref in lines),
        leaving=tuple(lines[ref] for ref in then if ref in before - after and ref in lines),
    )


def _corrected_sides(two: Rankings, lines: Mapping[str, Line]) -> Sides | None:
    if two.top is None:
        return None
    return _sides(two.corrected, two.top, two.corrected_simulated, two.top, lines)


def _places(lines: Mapping[str, Line], two: Rankings, sensitivity: Sensitivity) -> list[Place]:
    above = set(two.today[: two.above])
    simulated = {one.reference: (one, place < two.simulated_above) for place, one in enumerate(two.weighed)}
    corrected = {reference: place for place, reference in enumerate(two.corrected, 1)}
    then = {reference: place for place, reference in enumerate(two.corrected_simulated, 1)}
    shares: Mapping[str, float] = {}
    if sensitivity.shares is not None:
        shares = dict(zip(sensitivity.dossiers, sensitivity.shares, strict=True))
    return [
        Place(
            line=line,
            above=reference in above,
            simulated=simulated[reference][0] if reference in simulated else None,
            simulated_above=simulated[reference][1] if reference in simulated else None,
            corrected=corrected.get(reference),
            corrected_simulated=then.get(reference),
            share=shares.get(reference),
        )
        for reference, line in lines.items()
        if reference in simulated or reference in corrected
    ]


def _explained(
    place: Place, grid: Grid, listed: Listed, two: Rankings, lines: Mapping[str, Line], sensitivity: Sensitivity
) -> Place:
    """Add the smallest change of weight by which a dossier comes level with the one just above it, in each ranking."""
    reference = place.line.reference
    before, change = None, None
    if reference in listed.means and (at := two.today.index(reference)):
        before = two.today[at - 1]
        change = overtaking(grid, listed.means[reference], listed.means[before], announced_weights(grid))
    stored = next((one for one in sensitivity.overtakings if one.dossier == reference), None)
    return Place(
        line=place.line,
        above=place.above,
        simulated=place.simulated,
        simulated_above=place.simulated_above,
        corrected=place.corrected,
        corrected_simulated=place.corrected_simulated,
        share=place.share,
        before=lines.get(before) if before is not None else None,
        change=change,
        corrected_before=lines.get(stored.above) if stored is not None else None,
        corrected_change=stored,
    )


def _by_share(place: Place) -> tuple[float, str]:
    return (-(place.share or 0.0), place.line.reference)


def _sorted(places: list[Place], asked: Asked) -> list[Place]:
    """Sort by a column; what it leaves equal stays in the printed order of the announced ranking."""
    keys: Mapping[str, Any] = {
        "simulated": lambda one: (one.simulated is None, one.simulated.rank if one.simulated else 0),
        "corrected": lambda one: (one.corrected is None, one.corrected or 0),
        "share": lambda one: -(one.share or 0.0),
        "title": lambda one: one.line.keys[0],
    }
    if asked.sort in keys:
        places = sorted(places, key=keys[asked.sort])
    return places[::-1] if asked.descending else places
