"""The integer program of an assignment, as HiGHS takes it: one variable a usable pair, sparse rows.

Without a threshold the rows are those of a network, whose corners are integer: the relaxation is already exact.
Every solution is rounded and checked again in whole numbers before anybody hears of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array

from ptce_aap.domain.assignment.instance import Instance

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
_OPTIMAL, _STOPPED, _INFEASIBLE = 0, 1, 2
_ANY = 1e9  # a relative gap that the first solution meets


class Unsolved(Exception):
    """The solver gave neither a solution nor the proof that there is none."""


@dataclass(slots=True)
class Rows:
    """Sparse constraints ``low ≤ A x ≤ high``, gathered row by row."""

    width: int
    rows: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def add(
        self, columns: Sequence[int], values: Sequence[float] | None = None, *, low: float = -np.inf, high: float
    ) -> None:
        """Add ``low ≤ Σ values·x[columns] ≤ high``; every value is 1 unless told."""
        self.rows += [len(self.low)] * len(columns)
        self.columns += columns
        self.values += [1.0] * len(columns) if values is None else values
        self.low.append(low)
        self.high.append(high)

    def constraint(self) -> LinearConstraint:
        """Return the rows as scipy takes them."""
        shape = (len(self.low), self.width)
        matrix = csr_array(coo_array((self.values, (self.rows, self.columns)), shape=shape))
        return LinearConstraint(matrix, np.array(self.low), np.array(self.high))


@dataclass(frozen=True, slots=True)
class Found:
    """What the solver says: a solution or None, and whether nothing is better (or nothing exists) beyond doubt."""

    values: Integers | None
    proven: bool


@dataclass(frozen=True, slots=True)
class Clock:
    """The time that a whole computation may take."""

    ends: float

    @classmethod
    def of(cls, seconds: float) -> Clock:
        """Return a clock that ends so many seconds from now."""
        return cls(time.monotonic() + seconds)

    @property
    def left(self) -> float:
        """Return the seconds left, never quite none."""
        return max(self.ends - time.monotonic(), 0.01)


def maximise(
    gains: Floats,
    rows: Rows,
    low: Floats,
    high: Floats,
    *,
    clock: Clock,
    first: bool = False,
    check: Callable[[Integers], bool] = lambda values: True,
) -> Found:
    """Return integers within bounds and rows whose gain is greatest; ``first``: the first solution found will do.

    ``check`` judges the rounded solution exactly. Errors: ``Unsolved``.
    """
    answer = milp(
        -gains,
        integrality=np.ones(len(gains), dtype=np.int64),
        bounds=Bounds(low, high),
        constraints=rows.constraint(),
        options={"mip_rel_gap": _ANY if first else 0.0, "time_limit": clock.left},
    )
    if answer.status == _INFEASIBLE:
        return Found(None, proven=True)
    if answer.x is None:
        if answer.status == _STOPPED:
            return Found(None, proven=False)
        raise Unsolved(answer.message)
    values = np.rint(answer.x).astype(np.int64)
    if not check(values):
        raise Unsolved("the rounded solution breaks a constraint")
    return Found(values, proven=answer.status == _OPTIMAL and not first)


def upper_bound(gains: Floats, rows: Rows, low: Floats, high: Floats, *, clock: Clock) -> float:
    """Return the greatest gain with fractions allowed: no integer solution has more; infinite where time ran out."""
    answer = milp(-gains, bounds=Bounds(low, high), constraints=rows.constraint(), options={"time_limit": clock.left})
    return float(gains @ answer.x) if answer.status == _OPTIMAL and answer.x is not None else float("inf")


@dataclass(frozen=True, slots=True)
class Pairs:
    """The usable pairs of an instance: row of the dossier, column of the reader, in that order."""

    instance: Instance
    dossiers: Integers
    readers: Integers
    forced: NDArray[np.bool_]

    @classmethod
    def of(cls, instance: Instance) -> Pairs:
        """Return the pairs that nothing excludes, of the dossiers that ask for readers."""
        usable = [
            (row, column, (need.id, reader.id) in instance.forced)
            for row, need in enumerate(instance.needs)
            if need.demand
            for column, reader in enumerate(instance.readers)
            if not instance.excludes(need, reader)
        ]
        rows, columns, forced = (np.array(side, dtype=np.int64) for side in zip(*usable, strict=True)) if usable else (
            np.zeros(0, dtype=np.int64) for _ in range(3)
        )  # fmt: skip
        return cls(instance, rows, columns, forced.astype(bool))

    def __len__(self) -> int:
        return len(self.dossiers)

    def of_dossier(self, row: int) -> list[int]:
        """Return the numbers of a dossier's pairs."""
        found: list[int] = np.flatnonzero(self.dossiers == row).tolist()
        return found

    def of_reader(self, column: int) -> list[int]:
        """Return the numbers of a reader's pairs."""
        found: list[int] = np.flatnonzero(self.readers == column).tolist()
        return found

    def of_group(self, row: int, group: str) -> list[int]:
        """Return the numbers of a dossier's pairs with the readers of a group."""
        return [pair for pair in self.of_dossier(row) if self.instance.readers[self.readers[pair]].group == group]

    def chosen(self, values: Integers) -> dict[int, tuple[int, ...]]:
        """Return who reads what: row of a dossier → columns of its readers."""
        found: dict[int, list[int]] = {row: [] for row in range(len(self.instance.needs))}
        for pair in np.flatnonzero(values[: len(self)]):
            found[int(self.dossiers[pair])].append(int(self.readers[pair]))
        return {row: tuple(columns) for row, columns in found.items()}
