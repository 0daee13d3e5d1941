"""What a selection gives, and its JSON form: who has how much, who was passed over, which departures and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ptce_aap.domain.portfolio.problem import FULL, Candidate, Level, Limit, Objective, Problem, counts
from ptce_aap.domain.portfolio.walk import PassedOver, Walk


@dataclass(frozen=True, slots=True)
class Chosen:
    """A dossier that is selected; ``level``: its place in the list of levels, None without levels."""

    candidate: Candidate
    level: int | None
    granted: int


@dataclass(frozen=True, slots=True)
class Departures:
    """How the answer leaves the walk down the jury's order; ``because``: the minimums that the walk misses."""

    out: tuple[Candidate, ...] = ()
    in_: tuple[Candidate, ...] = ()
    because: tuple[Limit, ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """The answer. Not feasible: ``blocking`` holds limits that cannot stand together, each of them needed for that."""

    feasible: bool
    objective: Objective
    selected: tuple[Chosen, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()  # by the walk of ``order``
    departures: Departures = Departures()
    blocking: tuple[Limit, ...] = ()
    proven: bool = True  # nothing better exists, or nothing at all where not feasible

    @property
    def spent(self) -> int:
        """The money granted to all."""
        return sum(chosen.granted for chosen in self.selected)

    def as_json(self, problem: Problem, *, seed: int) -> dict[str, Any]:
        """Return the document of ``ranking.md`` section 5."""
        return {
            "feasible": self.feasible,
            "objective": self.objective.value,
            "value": value_of(self, problem) if self.feasible else None,
            "spent": self.spent if self.feasible else None,
            "selected": [
                {"id": chosen.candidate.id, "level": chosen.level, "granted": chosen.granted}
                for chosen in self.selected
            ],
            "passed_over": [{"id": passed.candidate.id, "because": passed.because.name} for passed in self.passed_over],
            "departures": {
                "out": [candidate.id for candidate in self.departures.out],
                "in": [candidate.id for candidate in self.departures.in_],
                "because": [limit.name for limit in self.departures.because],
            },
            "blocking": [limit.name for limit in self.blocking],
            "seed": seed,
            "proven": self.proven,
        }


def value_of(selection: Selection, problem: Problem) -> int:
    """Return what the objective is worth: the number of departures, a sum of scores, or of full score × granted."""
    match selection.objective:
        case Objective.ORDER:
            return len(selection.departures.out) + len(selection.departures.in_)
        case Objective.SCORE:
            return sum(level_of(problem, one.level).worth(one.candidate.score) for one in selection.selected)
        case Objective.SCORE_COST:
            return sum(one.candidate.score * one.granted for one in selection.selected)


def level_of(problem: Problem, level: int | None) -> Level:
    """Return the level at this place; everything without levels."""
    return FULL if level is None else problem.levels[level]


def of_walk(problem: Problem, found: Walk) -> Selection:
    """Return the answer of objective ``order`` where the walk meets every minimum: the jury's order, no departure."""
    chosen = tuple(Chosen(candidate, None, candidate.cost) for candidate in found.taken)
    return Selection(True, problem.objective, chosen, found.passed_over)


def reached(selection: Selection, limit: Limit) -> int:
    """Return the count of a limit under a selection: dossiers, or money."""
    return sum(counts(limit, chosen.candidate, chosen.granted) for chosen in selection.selected)
