"""Who has read what: the review graph, the readings of each dossier, and what one reader's absence would change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.corrected.aids import LeaveOneOut, LeftOut
from ptce_aap.domain.corrected.storing import from_json
from ptce_aap.domain.corrected.values import TIE, Corrected
from ptce_aap.domain.permissions import Actor, Permission
from ptce_aap.models import Call
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers.dossiers import Page, page_of
from ptce_aap.services.jury import severity
from ptce_aap.services.ranking import corrected_store, room_door, standings
from ptce_aap.services.ranking.corrected_store import Freshness, Held, Part
from ptce_aap.services.ranking.room_door import Door
from ptce_aap.services.ranking.room_lines import Line, corrected_order, lines_of

SORTS = ("readings", "fragile", "title")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks of the table of dossiers."""

    sort: str = SORTS[0]
    descending: bool = False
    page: int = 1


@dataclass(frozen=True, slots=True)
class Read:
    """A dossier and its readings. ``group`` counts from 0; ``decisive``: readers without whom it changes side."""

    line: Line
    readings: int
    group: int | None
    decisive: int
    above: bool | None  # in the corrected ranking; None without a line
    without: tuple[float, float] | None  # its expected rank without one reader or another: the best, the worst


@dataclass(frozen=True, slots=True)
class Absence:
    """What the ranking would be without one reader, under his name."""

    name: str
    read: int
    entering: tuple[Line, ...]
    leaving: tuple[Line, ...]


_NONE: Page[Read] = Page((), 1, 1, 0)


@dataclass(frozen=True, slots=True)
class ReadingsPage:
    """The page of the readings. ``result`` is None before anything was computed, or behind a closed door.

    ``pairs``: (reader, dossier) by reference; ``names``: how each reader is called here, by number where names are
    closed. ``absences`` is None where what a named reader changes is closed: it tells of his severity.
    """

    door: Door
    definition: CallDefinition
    freshness: Freshness | None = None
    result: Corrected | None = None
    pairs: tuple[tuple[str, str], ...] = ()
    names: Mapping[str, str] | None = None
    counts: Mapping[int, int] | None = None  # readings → dossiers
    fragile: tuple[Read, ...] = ()  # those that change side without one reader
    absences: tuple[Absence, ...] | None = None
    may_ask: bool = False
    dossiers: Page[Read] = _NONE


def read(session: Session, actor: Actor, call: Call, asked: Asked, *, now: datetime) -> ReadingsPage:
    """Return who has read what: as many statements at any size. Errors: ``not_allowed``."""
    door = room_door.door(session, actor, call)
    definition = calls.definition_of(session, call)
    if door is not Door.OPEN:
        return ReadingsPage(door, definition)
    ranking, held = standings.latest(session, call.id), corrected_store.held(session, call.id)
    fresh = corrected_store.freshness(session, call, held)
    if held is None:
        return ReadingsPage(door, definition, fresh)
    result = from_json(Corrected, corrected_store.part(session, held, Part.RESULT))
    stored = corrected_store.part(session, held, Part.LEFT_OUT)
    left = from_json(LeaveOneOut, stored) if stored is not None else LeaveOneOut((), (), ())
    lines = lines_of(session, actor, call, definition, ranking, result, held, now=now)
    found = _read(lines, result, left)
    may_ask = actor.may(Permission.SEE_SEVERITY, call.id)
    named = severity.is_consulted(session, actor, call, now=now)
    return ReadingsPage(
        door=door,
        definition=definition,
        freshness=fresh,
        result=result,
        pairs=_pairs(session, held),
        names=_names(session, call, result, open_to=may_ask),
        counts=dict(sorted(Counter(one.readings for one in found).items())),
        fragile=tuple(sorted((one for one in found if one.decisive), key=lambda one: corrected_order(one.line))),
        absences=_absences(session, call, left, lines) if named else None,
        may_ask=may_ask,
        dossiers=page_of(_sorted(found, asked), asked.page),
    )


def _pairs(session: Session, held: Held) -> tuple[tuple[str, str], ...]:
    return tuple((reader, dossier) for dossier, reader, _ in corrected_store.part(session, held, Part.READINGS))


def _names(session: Session, call: Call, result: Corrected, *, open_to: bool) -> dict[str, str]:
    """Return readers' names to whom they are open; elsewhere numbers, in the order of references drawn at random."""
    readers = [reader.reader for reader in result.readers]
    if not open_to:
        return {reader: f"Lecteur {number}" for number, reader in enumerate(readers, 1)}
    return {reader: name for reader, (name, _) in severity.named(session, call, readers).items()}


def _read(lines: Sequence[Line], result: Corrected, left: LeaveOneOut) -> list[Read]:
    # In the order in which the picture draws them: the largest first.
    components = sorted(result.components, key=lambda group: (-len(group.dossiers), min(group.dossiers)))
    groups = {dossier: place for place, group in enumerate(components) for dossier in group.dossiers}
    without = _ranks_without(left)
    decisive = Counter(dossier for one in left.readers for dossier in (*one.entering, *one.leaving))
    return [
        Read(
            line,
            line.placed.n if line.placed else 0,
            groups.get(line.reference) if len(components) > 1 else None,
            decisive[line.reference],
            None if result.line is None or line.placed is None else line.placed.expected_rank <= result.line + TIE,
            without.get(line.reference),
        )
        for line in lines
    ]


def _ranks_without(left: LeaveOneOut) -> dict[str, tuple[float, float]]:
    """Return the best and the worst expected rank of each dossier over the absence of each reader."""
    found = {}
    for place, dossier in enumerate(left.dossiers):
        ranks = [rank for one in left.readers if (rank := one.expected_ranks[place]) is not None]
        if ranks:
            found[dossier] = (min(ranks), max(ranks))
    return found


def _absences(session: Session, call: Call, left: LeaveOneOut, lines: Sequence[Line]) -> tuple[Absence, ...]:
    """Return what each reader's absence changes, the one who changes most first."""
    by_reference = {line.reference: line for line in lines}
    names = severity.named(session, call, [one.reader for one in left.readers])

    def known(dossiers: Sequence[str]) -> tuple[Line, ...]:
        return tuple(by_reference[dossier] for dossier in dossiers if dossier in by_reference)

    def order(one: LeftOut) -> tuple[int, str]:
        return (-len(one.entering) - len(one.leaving), names[one.reader][0])

    return tuple(
        Absence(names[one.reader][0], one.n, known(one.entering), known(one.leaving))
        for one in sorted(left.readers, key=order)
    )


def _sorted(found: list[Read], asked: Asked) -> list[Read]:
    """Sort by a column, those with the fewest readings or the most fragile first; then in the announced order."""
    keys: Mapping[str, Any] = {
        "readings": lambda one: one.readings,
        "fragile": lambda one: -one.decisive,
        "title": lambda one: one.line.keys[0],
    }
    found = sorted(found, key=keys.get(asked.sort, keys["readings"]))
    return found[::-1] if asked.descending else found
