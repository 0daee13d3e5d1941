"""An assignment to make: dossiers with their needs, readers with their loads, and what forbids or forces a pair."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

Pair = tuple[str, str]  # dossier, reader
_TIE_BITS = 24  # of the weight of a pair: two optimal answers of equal weight are then out of luck


class Objective(StrEnum):
    """What is the best assignment."""

    TOTAL = "total"  # the greatest sum of affinities
    FAIR = "fair"  # the greatest possible worst dossier, then the greatest sum


@dataclass(frozen=True, slots=True)
class Need:
    """A dossier and how many readers it must have, no more and no fewer."""

    id: str
    demand: int
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """A juror, the least and the most dossiers that he reads, and where he comes from."""

    id: str
    maximum: int
    minimum: int = 0
    region: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class GroupLimit:
    """How many readers of a group each dossier has; ``maximum`` None: as many as it takes."""

    minimum: int = 0
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class Instance:
    """A whole problem. Dossiers and readers are in order of id, so that the order of a file changes nothing.

    ``affinity``: one row a dossier, one integer ≥ 0 a reader, in that same order. Build it with ``of``.
    """

    needs: tuple[Need, ...]
    readers: tuple[Reader, ...]
    affinity: tuple[tuple[int, ...], ...]
    conflicts: frozenset[Pair] = frozenset()
    forced: frozenset[Pair] = frozenset()
    region_exclusion: bool = False
    groups: Mapping[str, GroupLimit] = field(default_factory=dict)
    objective: Objective = Objective.TOTAL

    @classmethod
    def of(
        cls,
        needs: Sequence[Need],
        readers: Sequence[Reader],
        affinity: Sequence[Sequence[int]],
        *,
        conflicts: Iterable[Pair] = (),
        forced: Iterable[Pair] = (),
        region_exclusion: bool = False,
        groups: Mapping[str, GroupLimit] | None = None,
        objective: Objective = Objective.TOTAL,
    ) -> Instance:
        """Return the instance with everything in order of id; ``affinity`` follows the order given."""
        rows = sorted(range(len(needs)), key=lambda row: needs[row].id)
        columns = sorted(range(len(readers)), key=lambda column: readers[column].id)
        return cls(
            needs=tuple(needs[row] for row in rows),
            readers=tuple(readers[column] for column in columns),
            affinity=tuple(tuple(affinity[row][column] for column in columns) for row in rows),
            conflicts=frozenset(conflicts),
            forced=frozenset(forced),
            region_exclusion=region_exclusion,
            groups=dict(sorted((groups or {}).items())),
            objective=objective,
        )

    def excludes(self, need: Need, reader: Reader) -> bool:
        """Tell whether a reader must not read a dossier: a conflict, or his own region where that excludes."""
        same = self.region_exclusion and need.region is not None and need.region == reader.region
        return same or (need.id, reader.id) in self.conflicts

    def available_to(self, reader: Reader) -> int:
        """Return how many dossiers a reader may read."""
        return sum(not self.excludes(need, reader) for need in self.needs)

    def minimum_of(self, reader: Reader) -> int:
        """Return the least that a reader must read: no more than what is available to him."""
        return min(reader.minimum, self.available_to(reader))

    @property
    def lifted(self) -> tuple[str, ...]:
        """Return the readers who have fewer dossiers available than their minimum."""
        return tuple(reader.id for reader in self.readers if self.minimum_of(reader) < reader.minimum)

    def score(self, row: int, chosen: Iterable[int]) -> int:
        """Return the sum of a dossier's affinities with the readers at these columns."""
        return sum(self.affinity[row][column] for column in chosen)


def tie_weight(seed: int, dossier: str, reader: str) -> int:
    """Return the pseudo-random weight of a pair, the same wherever the pair stands: it parts optimal answers."""
    told = json.dumps([seed, dossier, reader]).encode()
    return int.from_bytes(hashlib.blake2b(told, digest_size=8).digest()) % (1 << _TIE_BITS)
