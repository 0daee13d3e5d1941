"""A selection as an integer program: one choice a dossier and level, one row a limit. Loads numpy and scipy."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from ptce_aap.domain.portfolio.problem import FULL, MINIMUMS, Candidate, Problem, allowed, counts
from ptce_aap.domain.portfolio.program import Found, Program, Row, Terms, Unsolved, differs

_BATCH = 20  # choices parted at once, with weights 2^19 … 1


@dataclass(frozen=True, slots=True)
class Column:
    """One choice: this dossier, at this level."""

    candidate: Candidate
    level: int | None
    granted: int
    worth: int  # the score kept


@dataclass(frozen=True, slots=True)
class Model:
    """Choices by rank then level, and the program whose columns they are."""

    columns: tuple[Column, ...]
    program: Program

    @classmethod
    def of(cls, problem: Problem, *, ends: float = math.inf) -> Model:
        """Return the program of every limit of a problem; ``ends`` as in ``Program``."""
        columns = tuple(_columns(problem))
        rows = [*_rows(problem, columns), *_one_level(columns)]
        return cls(columns, Program.of(len(columns), rows, ends=ends))

    def keeping(self, kept: Sequence[Candidate]) -> Model:
        """Return the same model where these dossiers are selected."""
        ids = {candidate.id for candidate in kept}
        terms = {place: 1 for place, column in enumerate(self.columns) if column.candidate.id in ids}
        return Model(self.columns, self.program.under(Row(terms, lower=len(kept)))) if kept else self

    def best(self, objectives: Sequence[Terms]) -> Found | None:
        """Return the one best choice; None: the rows cannot hold together.

        Where several are equally good, the one that holds the best ranked dossier (then the first level) at the first
        place where they differ: the answer never depends on how the solver went.
        """
        best = self.program.best(objectives)
        if best is None:
            return None
        found, equals = best
        try:
            if not equals.under(differs(found.values)).feasible():
                return found
        except Unsolved:
            return Found(found.values, False)
        starts = range(0, equals.choices, _BATCH)
        batches = [range(start, min(start + _BATCH, equals.choices)) for start in starts]
        try:
            first = equals.best([{column: 2 ** (batch.stop - 1 - column) for column in batch} for batch in batches])
        except Unsolved:
            first = None
        return Found(found.values, False) if first is None else Found(first[0].values, found.proven and first[0].proven)


def _columns(problem: Problem) -> Iterator[Column]:
    for candidate in problem.candidates:
        if not problem.levels:
            yield Column(candidate, None, FULL.granted(candidate.cost), FULL.worth(candidate.score))
        for place, level in enumerate(problem.levels):
            yield Column(candidate, place, level.granted(candidate.cost), level.worth(candidate.score))


def _rows(problem: Problem, columns: Sequence[Column]) -> Iterator[Row]:
    for limit in problem.limits:
        added = [counts(limit, column.candidate, column.granted) for column in columns]
        terms = {place: value for place, value in enumerate(added) if value}
        yield Row(terms, lower=allowed(limit)) if limit.kind in MINIMUMS else Row(terms, upper=allowed(limit))


def _one_level(columns: Sequence[Column]) -> Iterator[Row]:
    for _, group in groupby(range(len(columns)), key=lambda place: columns[place].candidate.id):
        terms = dict.fromkeys(group, 1)
        if len(terms) > 1:
            yield Row(terms, upper=1)
