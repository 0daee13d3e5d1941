"""The walk down the jury's order: who is taken, who is passed over and by which limit, where the money stops it.

Source: ``ranking.md`` section 5. No solver: a page may walk while it answers.
"""

from __future__ import annotations

from dataclasses import dataclass

from ptce_aap.domain.portfolio.problem import MINIMUMS, Candidate, Kind, Limit, Problem, allowed, counts


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A dossier that the walk left out, and the limit that it would have broken."""

    candidate: Candidate
    because: Limit


@dataclass(frozen=True, slots=True)
class Walk:
    """What the jury's order gives by itself; ``missed``: the minimums that it does not meet."""

    taken: tuple[Candidate, ...]
    passed_over: tuple[PassedOver, ...]
    stopped_at: Candidate | None  # the first whose cost exceeds what is left; None: the end of the list
    missed: tuple[Limit, ...]


def walk(problem: Problem) -> Walk:
    """Go down the ranks with full costs.

    A dossier that would break a maximum is passed over even where the money left would not pay for it; the walk stops
    at the first of the others whose cost exceeds what is left, and looks no further.
    """
    tally = dict.fromkeys(problem.limits, 0)
    taken: list[Candidate] = []
    passed: list[PassedOver] = []
    stopped = None
    for candidate in problem.candidates:
        broken = _broken(tally, candidate)
        if broken is not None and broken.kind is Kind.BUDGET:
            stopped = candidate
            break
        if broken is not None:
            passed.append(PassedOver(candidate, broken))
            continue
        taken.append(candidate)
        for limit in tally:
            tally[limit] += counts(limit, candidate, candidate.cost)
    missed = tuple(limit for limit in problem.minimums if tally[limit] < allowed(limit))
    return Walk(tuple(taken), tuple(passed), stopped, missed)


def _broken(tally: dict[Limit, int], candidate: Candidate) -> Limit | None:
    """Return the first limit that taking this candidate would break; the budget comes after every other maximum."""
    for limit, reached in tally.items():
        if limit.kind in MINIMUMS:
            continue
        added = counts(limit, candidate, candidate.cost)
        if added and reached + added > allowed(limit):
            return limit
    return None
