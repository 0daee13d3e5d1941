"""Why no selection is possible: limits that cannot hold together, each of them needed for that."""

from __future__ import annotations

import math

from ptce_aap.domain.portfolio.model import Model
from ptce_aap.domain.portfolio.problem import Limit, Problem


def irreducible(problem: Problem, *, ends: float = math.inf) -> tuple[Limit, ...]:
    """Return limits that no selection meets together, while leaving out any one of them makes a selection possible.

    Deletion filter: each limit is left out in turn, and stays out where the others are still impossible together. The
    minimums are tried first, so that a demand impossible by itself is told alone. ``problem`` must not be feasible.
    """
    kept = list(problem.limits)
    for limit in (*problem.minimums, *(one for one in problem.limits if one not in problem.minimums)):
        others = [one for one in kept if one != limit]
        if not Model.of(problem.within(others), ends=ends).program.feasible():
            kept = others
    return tuple(kept)
