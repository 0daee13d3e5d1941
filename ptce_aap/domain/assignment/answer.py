"""The answer to an assignment: who reads what and how good that is, or what makes it impossible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ptce_aap.domain.assignment.instance import Instance, Objective


@dataclass(frozen=True, slots=True)
class TooFewReaders:
    """A dossier that cannot have its readers whatever happens to the others.

    ``available``: readers without a conflict and not of its region. ``group``: the limit that alone forbids it.
    """

    dossier: str
    available: int
    demand: int
    group: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the keys of the contract; ``group`` only where a limit is at fault."""
        told = {"dossier": self.dossier, "available": self.available, "demand": self.demand}
        return told if self.group is None else {**told, "group": self.group}


@dataclass(frozen=True, slots=True)
class MinimumOutOfReach:
    """A reader who cannot have as many dossiers as his minimum."""

    reader: str
    minimum: int
    reachable: int

    def as_json(self) -> dict[str, Any]:
        """Return the keys of the contract."""
        return {"reader": self.reader, "min": self.minimum, "reachable": self.reachable}


@dataclass(frozen=True, slots=True)
class DemandToGiveUp:
    """A dossier whose demand is too much for the whole; together they give up as few readings as can be."""

    dossier: str
    demand: int
    possible: int

    def as_json(self) -> dict[str, Any]:
        """Return the keys of the contract."""
        return {"dossier": self.dossier, "demand": self.demand, "possible": self.possible}


Blocking = tuple[TooFewReaders, ...] | tuple[MinimumOutOfReach, ...] | tuple[DemandToGiveUp, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """A best assignment, or (``readers_of`` None) what blocks. Never a part of one.

    ``worst`` is the least sum of affinities of a dossier that asks for readers. ``proven``: nothing is better, or
    nothing is possible, beyond doubt.
    """

    objective: Objective
    readers_of: Mapping[str, tuple[str, ...]] | None
    loads: Mapping[str, int] = field(default_factory=dict)
    total: int | None = None
    worst: int | None = None
    worst_dossiers: tuple[str, ...] = ()
    lifted: tuple[str, ...] = ()
    blocking: Blocking = ()
    proven: bool = True

    @property
    def feasible(self) -> bool:
        """Tell whether there is an assignment."""
        return self.readers_of is not None

    def as_json(self, *, seed: int, seconds: float) -> dict[str, Any]:
        """Return the answer as the command prints it."""
        given = None if self.readers_of is None else {dossier: list(ids) for dossier, ids in self.readers_of.items()}
        return {
            "feasible": self.feasible,
            "objective": self.objective.value,
            "total": self.total,
            "worst": self.worst,
            "worst_dossiers": list(self.worst_dossiers),
            "assignment": given,
            "loads": dict(self.loads),
            "lifted": list(self.lifted),
            "blocking": [block.as_json() for block in self.blocking],
            "seed": seed,
            "seconds": round(seconds, 3),
            "proven": self.proven,
        }


def answer_of(instance: Instance, chosen: Mapping[int, tuple[int, ...]], *, proven: bool) -> Answer:
    """Return the answer for the readers chosen: row of a dossier → columns of its readers."""
    scores = {need.id: instance.score(row, chosen[row]) for row, need in enumerate(instance.needs) if need.demand}
    worst = min(scores.values(), default=0)
    loads = [0] * len(instance.readers)
    for columns in chosen.values():
        for column in columns:
            loads[column] += 1
    return Answer(
        objective=instance.objective,
        readers_of={
            need.id: tuple(instance.readers[column].id for column in chosen[row])
            for row, need in enumerate(instance.needs)
        },
        loads={reader.id: load for reader, load in zip(instance.readers, loads, strict=True)},
        total=sum(scores.values()),
        worst=worst,
        worst_dossiers=tuple(dossier for dossier, score in scores.items() if score == worst),
        lifted=instance.lifted,
        proven=proven,
    )
