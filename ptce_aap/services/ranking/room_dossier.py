"""One dossier of the corrected ranking taken apart, and two dossiers compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.corrected.aids import Explained, ExplainedReading, LeaveOneOut
from ptce_aap.domain.corrected.chances import Pairs
from ptce_aap.domain.corrected.storing import from_json
from ptce_aap.domain.corrected.values import FEWEST_READINGS, Corrected
from ptce_aap.domain.errors import NotFound
from ptce_aap.domain.permissions import Actor, Permission
from ptce_aap.models import Call
from ptce_aap.services.calls import calls
from ptce_aap.services.jury import severity
from ptce_aap.services.ranking import corrected_store, room_door, standings
from ptce_aap.services.ranking.corrected_store import Freshness, Held, Part
from ptce_aap.services.ranking.room_lines import Line, corrected_order, lines_of

NEIGHBOURS = 2  # compared on each side


@dataclass(frozen=True, slots=True)
class NamedReading:
    """One reading's part in the result, under its reader's name; ranks are expected ranks."""

    name: str
    seat: str
    part: ExplainedReading
    rank_without: float | None  # None: he alone read the dossier
    known: bool  # he has read enough dossiers for his severity to mean anything: otherwise it is shown nowhere

    @property
    def returned(self) -> float:
        """Return what removing this reader's severity gives back to the dossier, in marks."""
        return self.part.weight * self.part.severity


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A dossier placed near, and the chance that the one explained stands before it."""

    line: Line
    chance: float


@dataclass(frozen=True, slots=True)
class RoomDossier:
    """Everything that makes the corrected rank of a dossier. ``readings`` is None where names are closed."""

    definition: CallDefinition
    freshness: Freshness
    result: Corrected
    line: Line
    explained: Explained | None  # None: no reading of it
    returned: float | None  # by removing the severity of its readers, in marks; None where it would tell of one alone
    without: tuple[float, float] | None  # its expected rank without one of its readers: the best, the worst
    may_ask: bool
    readings: tuple[NamedReading, ...] | None
    neighbours: tuple[Neighbour, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two dossiers side by side; ``chance`` that the first stands before the second, None while it is not known."""

    freshness: Freshness
    result: Corrected | None
    lines: Sequence[Line]
    first: Line | None
    second: Line | None
    chance: float | None


def explain(session: Session, actor: Actor, call: Call, reference: str, *, now: datetime) -> RoomDossier:
    """Return what makes the corrected rank of a dossier. Errors: those of ``room_door.enter``, ``not_found``."""
    room_door.enter(session, actor, call)
    held = corrected_store.held(session, call.id)
    if held is None:
        raise NotFound()
    definition = calls.definition_of(session, call)
    result, lines = _result_and_lines(session, actor, call, held, now=now)
    line = next((one for one in lines if one.reference == reference), None)
    if line is None:
        raise NotFound()
    stored = (corrected_store.part(session, held, Part.EXPLAINED) or {}).get(reference)
    explained = from_json(Explained, stored) if stored is not None else None
    without = _without(session, held, explained)
    ranks = [rank for rank in without.values() if rank is not None]
    return RoomDossier(
        definition=definition,
        freshness=corrected_store.freshness(session, call, held),
        result=result,
        line=line,
        explained=explained,
        returned=_returned(explained),
        without=(min(ranks), max(ranks)) if ranks else None,
        may_ask=actor.may(Permission.SEE_SEVERITY, call.id),
        readings=_named(session, actor, call, explained, without, _known(result), now=now),
        neighbours=_neighbours(_pairs(session, held), line, lines),
    )


def pair(session: Session, actor: Actor, call: Call, first: str, second: str, *, now: datetime) -> Pair:
    """Return two dossiers side by side, those that are named. Errors: those of ``room_door.enter``."""
    room_door.enter(session, actor, call)
    held = corrected_store.held(session, call.id)
    fresh = corrected_store.freshness(session, call, held)
    if held is None:
        return Pair(fresh, None, (), None, None, None)
    result, lines = _result_and_lines(session, actor, call, held, now=now)
    known = {line.reference: line for line in lines if line.placed is not None}
    one, other = known.get(first), known.get(second)
    pairs = _pairs(session, held) if one and other and one is not other else None
    chance = pairs.chance(first, second) if pairs is not None else None
    return Pair(fresh, result, tuple(known.values()), one, other, chance)


def _returned(explained: Explained | None) -> float | None:
    if explained is None or len(explained.readings) < FEWEST_READINGS:
        return None
    return sum(one.weight * one.severity for one in explained.readings)


def _result_and_lines(
    session: Session, actor: Actor, call: Call, held: Held, *, now: datetime
) -> tuple[Corrected, list[Line]]:
    definition, ranking = calls.definition_of(session, call), standings.latest(session, call.id)
    result = from_json(Corrected, corrected_store.part(session, held, Part.RESULT))
    return result, lines_of(session, actor, call, definition, ranking, result, held, now=now)


def _without(session: Session, held: Held, explained: Explained | None) -> dict[str, float | None]:
    stored = corrected_store.part(session, held, Part.LEFT_OUT) if explained is not None else None
    if explained is None or stored is None:
        return {}
    left = from_json(LeaveOneOut, stored)
    place = left.dossiers.index(explained.dossier)
    return {one.reader: left.without(one.reader).expected_ranks[place] for one in explained.readings}


def _named(
    session: Session,
    actor: Actor,
    call: Call,
    explained: Explained | None,
    without: dict[str, float | None],
    known: frozenset[str],
    *,
    now: datetime,
) -> tuple[NamedReading, ...] | None:
    if explained is None or not severity.is_consulted(session, actor, call, now=now):
        return None
    names = severity.named(session, call, [one.reader for one in explained.readings])
    return tuple(
        NamedReading(*names[one.reader], one, without.get(one.reader), one.reader in known)
        for one in explained.readings
    )


def _known(result: Corrected) -> frozenset[str]:
    return frozenset(one.reader for one in result.readers if one.generosity is not None)


def _pairs(session: Session, held: Held) -> Pairs | None:
    stored = corrected_store.part(session, held, Part.PAIRS)
    return Pairs.from_json(stored) if stored is not None else None


def _neighbours(pairs: Pairs | None, line: Line, lines: Sequence[Line]) -> tuple[Neighbour, ...]:
    if pairs is None or line.placed is None:
        return ()
    ordered = sorted((one for one in lines if one.placed is not None), key=corrected_order)
    place = ordered.index(line)
    near = [*ordered[max(0, place - NEIGHBOURS) : place], *ordered[place + 1 : place + 1 + NEIGHBOURS]]
    return tuple(Neighbour(one, pairs.chance(line.reference, one.reference)) for one in near)
