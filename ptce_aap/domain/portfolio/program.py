"""Integer programs over yes-or-no choices, solved by HiGHS and checked in exact integers.

HiGHS computes in doubles. Here every coefficient is an integer of any size: rows are judged again with Python's
integers, and what is too large for doubles is cut in digits, the high ones sought first, so that the greatest value
is the greatest to the last unit.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from math import gcd

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp
from scipy.sparse import csr_array

Terms = Mapping[int, int]  # column → coefficient

_BASE = 2**18
_SAFE_OBJECTIVE = 2**31  # the range of an objective up to which HiGHS's bound tells one unit from the next
_EXACT = 2**44  # the range of a row up to which HiGHS takes it as it is
_OUT_OF_TIME = 1
_NO_ANSWER = 2  # the status of what has no answer, or makes no sense to HiGHS
_TRIALS = 20
_LEAST_S = 0.1  # a question asked past the end is given this, to find what is easy


@dataclass(frozen=True, slots=True)
class Row:
    """A condition: lower ≤ Σ coefficient × choice ≤ upper; None: no bound on that side."""

    terms: Terms
    lower: int | None = None
    upper: int | None = None

    def holds(self, values: Sequence[int]) -> bool:
        """Tell, exactly, whether it is met."""
        reached = total(self.terms, values)
        return (self.lower is None or reached >= self.lower) and (self.upper is None or reached <= self.upper)


@dataclass(frozen=True, slots=True)
class Found:
    """The best choice, one of 0 and 1 a column, and whether HiGHS proved that nothing is better."""

    values: tuple[int, ...]
    proven: bool


class Unsolved(Exception):
    """HiGHS gave neither an answer that stands in exact integers nor the proof that there is none."""


def total(terms: Terms, values: Sequence[int]) -> int:
    """Return Σ coefficient × choice."""
    return sum(coefficient * values[column] for column, coefficient in terms.items())


@dataclass(frozen=True, slots=True)
class Program:
    """Whole numbers from 0 to ``tops`` (1 for a choice) under rows; every method that adds something returns another.

    The first ``choices`` columns are what callers speak of; the others carry digits. ``ends``: the instant
    (``time.monotonic``) past which answers are no longer proven.
    """

    choices: int
    tops: tuple[int, ...]
    ends: float
    rows: tuple[Row, ...] = ()

    @classmethod
    def of(cls, choices: int, rows: Sequence[Row], *, ends: float = math.inf) -> Program:
        """Return the program of so many choices under these rows."""
        return cls(choices, (1,) * choices, ends).under(*rows)

    def under(self, *rows: Row) -> Program:
        """Return the same program under more rows."""
        return replace(self, rows=(*self.rows, *rows))

    def feasible(self) -> bool:
        """Tell whether some choice meets every row."""
        return self._greatest({}) is not None

    def best(self, objectives: Sequence[Terms]) -> tuple[Found, Program] | None:
        """Return the choice that is greatest on the first objective, then on the second among these, and so on.

        The program that comes with it admits the choices that are as good, and no other. None: no choice meets every
        row. Errors: ``Unsolved``.
        """
        program: Program = self
        parts: list[Terms] = []
        for objective in objectives:
            program, digits = program._in_digits(_reduced(objective))
            parts += digits
        first, *others = program._merged(parts) or [{}]
        found = program._greatest(first)
        if found is None:
            return None
        proven = found.proven
        program = program.under(Row(first, lower=total(first, found.values)))
        for part in others:
            found, proven = program._greatest_or(part, found, proven)
            program = program.under(Row(part, lower=total(part, found.values)))
        return Found(found.values[: self.choices], proven), program

    def _greatest_or(self, objective: Terms, held: Found, proven: bool) -> tuple[Found, bool]:
        """Return what is greatest among choices that ``held`` is one of; itself, not proven, where time is short."""
        try:
            better = self._greatest(objective)
        except Unsolved:
            better = None
        return (held, False) if better is None else (better, proven and better.proven)

    def _range(self, terms: Terms) -> int:
        """Return how far the greatest and the smallest value can lie apart."""
        return sum(abs(coefficient) * self.tops[column] for column, coefficient in terms.items())

    def _in_digits(self, objective: Terms) -> tuple[Program, list[Terms]]:
        """Return a program and the objectives, one after the other, that are worth ``objective``.

        With v = B·h + l: the carry c ≤ Σ l·x / B is whole; Σ h·x + c is sought first, then Σ l·x − B·c.
        """
        if self._range(objective) <= _SAFE_OBJECTIVE:
            return self, [objective] if objective else []
        high, low = _cut(objective)
        carry = len(self.tops)
        rest = {**low, carry: -_BASE}
        program = replace(self, tops=(*self.tops, self._range(low) // _BASE), rows=(*self.rows, Row(rest, lower=0)))
        program, digits = program._in_digits({**high, carry: 1})
        return program, [*digits, rest]

    def _in_small_rows(self) -> Program:
        """Return the same program, its rows cut in digits that HiGHS tells apart."""
        program = replace(self, rows=())
        for row in self.rows:
            program = program._under_digits(_tight(row))
        return program

    def _under_digits(self, row: Row) -> Program:
        """Add a row Σ v·x; with v = B·h + l and a whole carry c ≥ 0:

        Σ v·x ≤ B·p + q where Σ l·x − B·c ≤ q and Σ h·x + c ≤ p; Σ v·x ≥ B·p + q where Σ l·x − B·c ≥ q − B and
        Σ h·x + c ≥ p + 1.
        """
        program = self
        if max(map(abs, row.terms.values()), default=0) <= _BASE:
            return program.under(row)
        high, low = _cut(row.terms)
        for bound, atmost in ((row.upper, True), (row.lower, False)):
            if bound is None:
                continue
            carry = len(program.tops)
            program = replace(program, tops=(*program.tops, self._range(low) // _BASE + 1))
            units, tens = {**low, carry: -_BASE}, {**high, carry: 1}
            if atmost:
                program = program.under(Row(units, upper=bound % _BASE))
                program = program._under_digits(Row(tens, upper=bound // _BASE))
            else:
                program = program.under(Row(units, lower=bound % _BASE - _BASE))
                program = program._under_digits(Row(tens, lower=bound // _BASE + 1))
        return program

    def _merged(self, parts: Sequence[Terms]) -> list[Terms]:
        """Return fewer objectives, worth the same in that order: small ones are weighed together.

        Not those with carries: HiGHS takes 1.9999998 for 2, which a large coefficient would make a whole unit.
        """
        merged: list[Terms] = []
        for part in parts:
            scale = self._range(part) + 1
            plain = max((*part, *(merged[-1] if merged else ())), default=0) < self.choices
            if merged and plain and self._range(merged[-1]) * scale + scale <= _SAFE_OBJECTIVE:
                before = merged.pop()
                both = before.keys() | part.keys()
                merged.append({column: before.get(column, 0) * scale + part.get(column, 0) for column in sorted(both)})
            else:
                merged.append(part)
        return merged

    def _greatest(self, objective: Terms) -> Found | None:
        """Return what is greatest on one objective of safe range; every row is judged again in integers.

        HiGHS allows a row to be missed by a millionth of its coefficients: it never forgets a right choice, and where
        it takes a wrong one, or loses its way in large numbers, the same question is asked in small rows.
        """
        if not all(row.holds(()) for row in self.rows if not row.terms):
            return None
        if not self.tops:
            return Found((), True)
        held = None
        if all(self._range(row.terms) <= _EXACT for row in self.rows):
            with suppress(Unsolved):
                held = self._solve(objective)
                if held is None or (held.proven and self._stands(held)):
                    return held
        try:
            return self._in_small_rows()._greatest_that_stands(objective, self)
        except Unsolved:
            if held is None or not self._stands(held):
                raise
            return Found(held.values, False)

    def _stands(self, found: Found) -> bool:
        return all(row.holds(found.values) for row in self.rows)

    def _greatest_that_stands(self, objective: Terms, judge: Program) -> Found | None:
        """Return what is greatest and stands before the rows of ``judge``, whose columns are the first of these."""
        program = self
        for _ in range(_TRIALS):
            found = program._solve(objective)
            if found is None or judge._stands(found):
                return found
            # Doubles took for right what is not: this very choice is forbidden, and the search goes on.
            program = program.under(differs(found.values[: self.choices]))
        raise Unsolved("no choice stands in exact integers")

    def _solve(self, objective: Terms) -> Found | None:
        answer = self._ask(objective)
        if answer.x is None and answer.status != _OUT_OF_TIME:
            # Its presolve has been seen to lose every choice of a program that has one.
            answer = self._ask(objective, presolve=False)
        if answer.status == _NO_ANSWER and "infeasible" in answer.message.lower():
            return None
        if answer.x is None:
            raise Unsolved(answer.message)
        values = tuple(round(float(value)) for value in answer.x)
        best_possible = -float(answer.mip_dual_bound) if answer.mip_dual_bound is not None else 0.0
        proven = answer.status == 0 and (not objective or best_possible < total(objective, values) + 0.5)
        return Found(values, proven)

    def _ask(self, objective: Terms, *, presolve: bool = True) -> OptimizeResult:
        sought = np.zeros(len(self.tops))
        for column, coefficient in objective.items():
            sought[column] = -coefficient
        return milp(
            sought,
            integrality=np.ones(len(self.tops), dtype=np.int64),
            bounds=Bounds(np.zeros(len(self.tops)), np.array(self.tops, dtype=float)),
            constraints=self._constraints(),
            options={
                "mip_rel_gap": 0.0,
                "presolve": presolve,
                "time_limit": max(_LEAST_S, self.ends - time.monotonic()),
            },
        )

    def _constraints(self) -> list[LinearConstraint]:
        rows = [_tight(row) for row in self.rows if row.terms]
        if not rows:
            return []
        numbers = np.repeat(np.arange(len(rows)), [len(row.terms) for row in rows])
        columns = np.array(list(chain.from_iterable(row.terms for row in rows)))
        values = np.array(list(chain.from_iterable(row.terms.values() for row in rows)), dtype=float)
        matrix = csr_array((values, (numbers, columns)), shape=(len(rows), len(self.tops)))
        lower = [-np.inf if row.lower is None else float(row.lower) for row in rows]
        upper = [np.inf if row.upper is None else float(row.upper) for row in rows]
        return [LinearConstraint(matrix, np.array(lower), np.array(upper))]


def differs(values: Sequence[int]) -> Row:
    """Return the row that every choice but this one meets."""
    ones = sum(values)
    return Row({column: 1 - 2 * value for column, value in enumerate(values)}, lower=1 - ones)


def _cut(terms: Terms) -> tuple[dict[int, int], dict[int, int]]:
    """Return the high and the low digits of coefficients; the low ones are never negative."""
    high = {column: value // _BASE for column, value in terms.items() if value // _BASE}
    low = {column: value % _BASE for column, value in terms.items() if value % _BASE}
    return high, low


def _reduced(terms: Terms) -> dict[int, int]:
    """Return coefficients divided by what divides them all, without those that are zero."""
    common = gcd(*terms.values()) if terms else 0
    return {column: value // common for column, value in terms.items() if value}


def _tight(row: Row) -> Row:
    """Return the same condition in smaller numbers."""
    common = gcd(*row.terms.values())
    if common <= 1:
        return row
    lower = None if row.lower is None else -(-row.lower // common)
    upper = None if row.upper is None else row.upper // common
    return Row({column: value // common for column, value in row.terms.items()}, lower, upper)
