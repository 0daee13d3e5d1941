"""The ranking room: the announced, the corrected and the adopted ranking side by side, each under its name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.corrected.aids import NextReading
from ptce_aap.domain.corrected.storing import from_json
from ptce_aap.domain.corrected.values import Corrected, Group
from ptce_aap.domain.permissions import Actor
from ptce_aap.domain.persons import fold
from ptce_aap.models import Call, Ranking
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers.dossiers import PAGE_SIZE, Page
from ptce_aap.services.ranking import corrected_store, room_door, standings
from ptce_aap.services.ranking.corrected_store import Freshness, Held, Part
from ptce_aap.services.ranking.room_door import Door
from ptce_aap.services.ranking.room_lines import Line, corrected_order, lines_of, marks_of

# How many dossiers are named where one more reading would help most.
NEXT_SHOWN = 5
_NOTHING: Page[Line] = Page((), 1, 1, 0)
SORTS = ("announced", "corrected", "adopted", "title", "group")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks of the list."""

    search: str = ""
    group: str = ""
    sort: str = "announced"
    descending: bool = False
    page: int = 1
    chart: bool = False  # as a drawing rather than a table


@dataclass(frozen=True, slots=True)
class NextToRead:
    """A dossier around the line for which one more reading would help."""

    reference: str
    title: str
    wrong_side: float
    gain: float


@dataclass(frozen=True, slots=True)
class Room:
    """The page of the three rankings. ``result`` is None before anything was computed, or behind a closed door."""

    door: Door
    definition: CallDefinition
    ranking: Ranking | None
    freshness: Freshness | None = None
    result: Corrected | None = None
    groups: Mapping[Group, int] | None = None  # None without a line
    undecided: tuple[Line, ...] = ()
    next: tuple[NextToRead, ...] = ()
    lines: Page[Line] = _NOTHING

    @property
    def provisional(self) -> bool:
        """Tell whether the announced ranking is not computed yet: the marking goes on."""
        return self.ranking is None


def read(session: Session, actor: Actor, call: Call, asked: Asked, *, now: datetime) -> Room:
    """Return the page of the three rankings: as many statements at any size. Errors: ``not_allowed``."""
    door = room_door.door(session, actor, call)
    definition = calls.definition_of(session, call)
    if door is not Door.OPEN:
        return Room(door, definition, None)
    ranking = standings.latest(session, call.id)
    held = corrected_store.held(session, call.id)
    fresh = corrected_store.freshness(session, call, held)
    if held is None:
        return Room(door, definition, ranking, freshness=fresh)
    result = from_json(Corrected, corrected_store.part(session, held, Part.RESULT))
    lines = lines_of(session, actor, call, definition, ranking, result, held, now=now)
    page = _page(_sorted(_found(lines, asked), asked), asked.page)
    marks = marks_of(session, held)
    shown = [replace(line, marks=marks.get(line.reference, ())) for line in page.items]
    undecided = [line for line in lines if line.placed and line.placed.group is Group.INDISTINGUISHABLE]
    return Room(
        door=door,
        definition=definition,
        ranking=ranking,
        freshness=fresh,
        result=result,
        groups=Counter(placed.group for placed in result.dossiers if placed.group) if result.line is not None else None,
        undecided=tuple(sorted(undecided, key=corrected_order)),
        next=_next(session, held, {line.reference: line for line in lines}),
        lines=Page(shown, page.number, page.pages, page.total),
    )


def _found(lines: Iterable[Line], asked: Asked) -> list[Line]:
    words, number = fold(asked.search), asked.search.strip().upper()
    return [
        line
        for line in lines
        if (not words or line.number == number or any(words in key for key in line.keys))
        and (not asked.group or (line.placed is not None and line.placed.group == asked.group))
    ]


def _adopted_order(line: Line) -> tuple[bool, int]:
    place = line.adopted.place if line.adopted else None
    return (place is None, place or 0)


def _sorted(lines: list[Line], asked: Asked) -> list[Line]:
    """Sort by a column; what it leaves equal stays in the announced order."""
    keys: Mapping[str, Any] = {
        "corrected": corrected_order,
        "adopted": _adopted_order,
        "title": lambda line: line.keys[0],
        "group": _group_order,
    }
    if asked.sort in keys:
        lines = sorted(lines, key=keys[asked.sort])
    return lines[::-1] if asked.descending else lines


def _group_order(line: Line) -> int:
    groups = (Group.ACCEPTED, Group.INDISTINGUISHABLE, Group.REJECTED, None)
    return groups.index(line.placed.group if line.placed else None)


def _page(lines: Sequence[Line], number: int) -> Page[Line]:
    pages = max(1, -(-len(lines) // PAGE_SIZE))
    number = min(max(1, number), pages)
    return Page(lines[(number - 1) * PAGE_SIZE : number * PAGE_SIZE], number, pages, len(lines))


def _next(session: Session, held: Held, lines: Mapping[str, Line]) -> tuple[NextToRead, ...]:
    stored = [from_json(NextReading, one) for one in corrected_store.part(session, held, Part.NEXT) or ()]
    useful = sorted((one for one in stored if one.dossier in lines and one.gain > 0), key=lambda one: -one.gain)
    return tuple(
        NextToRead(one.dossier, lines[one.dossier].title, one.wrong_side, one.gain) for one in useful[:NEXT_SHOWN]
    )
