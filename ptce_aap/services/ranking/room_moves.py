"""How each dossier moves from the announced ranking to the corrected one and to the adopted one, and why."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.corrected.aids import Explained
from ptce_aap.domain.corrected.storing import from_json
from ptce_aap.domain.corrected.values import Corrected
from ptce_aap.domain.moves import Why, biggest, ranks, why
from ptce_aap.domain.permissions import Actor, Permission
from ptce_aap.models import Call, Ranking
from ptce_aap.services.calls import calls
from ptce_aap.services.jury import severity
from ptce_aap.services.ranking import corrected_store, room_door, standings
from ptce_aap.services.ranking.corrected_store import Freshness, Part
from ptce_aap.services.ranking.room_door import Door
from ptce_aap.services.ranking.room_lines import Line, corrected_order, lines_of

TOLD = 10  # moves put in words


@dataclass(frozen=True, slots=True)
class Moved:
    """A dossier's rank in each ranking, None where it has none, and whether it is above the line there."""

    line: Line
    ranks: tuple[int | None, ...]
    above: tuple[bool | None, ...]

    @property
    def gained(self) -> int:
        """Return how many ranks it gains from the announced to the corrected ranking; negative where it loses some."""
        announced, corrected = self.ranks[0], self.ranks[1]
        return 0 if announced is None or corrected is None else announced - corrected

    @property
    def crosses(self) -> bool:
        """Tell whether the corrected ranking puts it on the other side of the line."""
        announced, corrected = self.above[0], self.above[1]
        return announced is not None and corrected is not None and announced is not corrected


@dataclass(frozen=True, slots=True)
class Told:
    """A move to put in words. ``names``: reader → name, of those in ``why``; None where names are closed."""

    moved: Moved
    why: Why
    names: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class MovesPage:
    """The page of the moves. ``result`` is None before anything was computed, or behind a closed door."""

    door: Door
    definition: CallDefinition
    freshness: Freshness | None = None
    provisional: bool = False
    result: Corrected | None = None
    counts: tuple[int | None, ...] = ()  # dossiers above the line in each ranking, None without a line
    moves: tuple[Moved, ...] = ()
    told: tuple[Told, ...] = ()
    adopted: tuple[Moved, ...] = ()  # those whose place the committee changed
    may_ask: bool = False  # for the names of the readers
    named: bool = False


def read(session: Session, actor: Actor, call: Call, *, now: datetime) -> MovesPage:
    """Return how dossiers move between rankings: as many statements at any size. Errors: ``not_allowed``."""
    door = room_door.door(session, actor, call)
    definition = calls.definition_of(session, call)
    if door is not Door.OPEN:
        return MovesPage(door, definition)
    ranking, held = standings.latest(session, call.id), corrected_store.held(session, call.id)
    fresh = corrected_store.freshness(session, call, held)
    if held is None:
        return MovesPage(door, definition, fresh, ranking is None)
    result = from_json(Corrected, corrected_store.part(session, held, Part.RESULT))
    lines = lines_of(session, actor, call, definition, ranking, result, held, now=now)
    adopted = _adopted(session, call, ranking, lines)
    moves, counts = _moves(lines, result.settings.top, adopted)
    named = severity.is_consulted(session, actor, call, now=now)
    stored = corrected_store.part(session, held, Part.EXPLAINED) or {}
    explained = {reference: from_json(Explained, one) for reference, one in stored.items()}
    return MovesPage(
        door=door,
        definition=definition,
        freshness=fresh,
        provisional=ranking is None,
        result=result,
        counts=counts,
        moves=moves,
        adopted=tuple(one for one in moves if adopted and one.line.reference in adopted.moved),
        told=_told(session, call, moves, explained, result, named=named),
        may_ask=actor.may(Permission.SEE_SEVERITY, call.id),
        named=named,
    )


@dataclass(frozen=True, slots=True)
class _Adopted:
    """The adopted list, where it is not the announced one: places, who was moved, how many it puts above the line."""

    places: Mapping[str, int | None]
    moved: frozenset[str]
    above: int


def _adopted(session: Session, call: Call, ranking: Ranking | None, lines: Collection[Line]) -> _Adopted | None:
    """Return the adopted list, None while the committee has moved nothing."""
    places = {line.reference: line.adopted for line in lines if line.adopted is not None}
    moved = frozenset(reference for reference, one in places.items() if one.place != one.announced_place)
    line = standings.line_of(session, call, ranking) if moved else None
    if line is None:
        return None
    return _Adopted({reference: one.place for reference, one in places.items()}, moved, line.above)


def _moves(
    lines: list[Line], top: int | None, adopted: _Adopted | None
) -> tuple[tuple[Moved, ...], tuple[int | None, ...]]:
    """Return every dossier's ranks, in the printed order, and how many stand above each ranking's line."""
    corrected = ranks({line.reference: line.placed.expected_rank for line in lines if line.placed is not None})
    ordered = [line.reference for line in sorted(lines, key=corrected_order) if line.reference in corrected]
    printed = [line.reference for line in lines if line.announced is not None]
    sides = [_side(printed, top), _side(ordered, top)]
    counts = [top, top]
    places: list[Mapping[str, int | None]] = [{line.reference: line.announced for line in lines}, dict(corrected)]
    if adopted is not None:
        places.append(adopted.places)
        kept = {reference: place for reference, place in adopted.places.items() if place is not None}
        sides.append(_side(sorted(kept, key=lambda reference: kept[reference]), adopted.above))
        counts.append(adopted.above)
    moves = tuple(
        Moved(
            line,
            tuple(one.get(line.reference) for one in places),
            tuple(one.get(line.reference) for one in sides),
        )
        for line in lines
        if line.announced is not None or line.reference in corrected
    )
    return moves, tuple(counts)


def _side(order: list[str], above: int | None) -> dict[str, bool]:
    """Return for each dossier whether it stands above the line; nothing without a line."""
    return {} if above is None else {reference: place < above for place, reference in enumerate(order)}


def _told(
    session: Session,
    call: Call,
    moves: Collection[Moved],
    explained: Mapping[str, Explained],
    result: Corrected,
    *,
    named: bool,
) -> tuple[Told, ...]:
    """Return the moves to put in words: those that cross the line first, then the longest."""
    by_reference = {moved.line.reference: moved for moved in moves if moved.line.reference in explained}
    distances = {reference: moved.gained for reference, moved in by_reference.items()}
    crossing = [reference for reference, moved in by_reference.items() if moved.crosses]
    # Whoever has read too little has no generosity shown: he is not named for it either.
    shown = {reader.reader for reader in result.readers if reader.generosity is not None}
    chosen = biggest(distances, TOLD, first=crossing)
    usual = sum(len(one.readings) for one in explained.values()) / max(1, len(explained))
    causes = {ref: why(explained[ref], gained=distances[ref] > 0, shown=shown, usual=usual) for ref in chosen}
    names: dict[str, str] | None = None
    if named:
        readers = {one.reader for cause in causes.values() for one in cause.readers}
        names = {reader: name for reader, (name, _) in severity.named(session, call, readers).items()}
    return tuple(Told(by_reference[ref], causes[ref], names) for ref in chosen)
