"""The selection proved best: the jury's order changed from the bottom of the list, or a sum of scores.

Source: ``ranking.md`` section 5. Loads numpy and scipy: imported by commands and the worker, inside their functions.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from ptce_aap.domain.portfolio.blocking import irreducible
from ptce_aap.domain.portfolio.model import Model
from ptce_aap.domain.portfolio.outcome import Chosen, Departures, Selection, of_walk
from ptce_aap.domain.portfolio.problem import Objective, Problem
from ptce_aap.domain.portfolio.program import Found, Terms
from ptce_aap.domain.portfolio.walk import Walk, walk

DEFAULT_SECONDS = 300.0


def select(problem: Problem, *, seconds: float = DEFAULT_SECONDS) -> Selection:
    """Return the best selection, or the limits that cannot stand together.

    Past ``seconds`` the best selection known is returned, not proven. Errors: ``program.Unsolved`` where none is known.
    """
    ends = time.monotonic() + seconds
    if problem.objective is Objective.ORDER:
        return _in_order(problem, ends)
    model = Model.of(problem, ends=ends)
    found = model.best([_gain(model, problem.objective), _ranks(model, range(len(model.columns)))])
    if found is None:
        return _infeasible(problem, ends)
    return Selection(True, problem.objective, _chosen(model, found), proven=found.proven)


def _in_order(problem: Problem, ends: float) -> Selection:
    walked = walk(problem)
    if not walked.missed:
        return of_walk(problem, walked)
    model = _keeping_most(Model.of(problem, ends=ends), walked)
    if model is None:
        return _infeasible(problem, ends)
    taken = {candidate.id for candidate in walked.taken}
    inside = [place for place, column in enumerate(model.columns) if column.candidate.id in taken]
    outside = [place for place, column in enumerate(model.columns) if column.candidate.id not in taken]
    fewest_out, fewest_in = dict.fromkeys(inside, 1), dict.fromkeys(outside, -1)
    # The smallest sum of ranks kept is the greatest sum of ranks put out.
    found = model.best([fewest_out, fewest_in, _ranks(model, inside), _ranks(model, outside)])
    assert found is not None, "what is kept was found feasible"
    chosen = _chosen(model, found)
    departures = _departures(walked, chosen)
    return Selection(True, problem.objective, chosen, walked.passed_over, departures, proven=found.proven)


def _keeping_most(model: Model, walked: Walk) -> Model | None:
    """Return the model where the longest possible beginning of the walk is kept; None: nothing is feasible.

    The best ranked dossier put out is then as low in the list as possible. What can keep k can keep k − 1: bisection.
    """
    if not model.program.feasible():
        return None
    kept, failed = 0, len(walked.taken) + 1
    while failed - kept > 1:
        # The whole walk first: often only something cheap is to be brought in.
        tried = failed - 1 if failed > len(walked.taken) else (kept + failed) // 2
        if model.keeping(walked.taken[:tried]).program.feasible():
            kept = tried
        else:
            failed = tried
    return model.keeping(walked.taken[:kept])


def _departures(walked: Walk, chosen: Iterable[Chosen]) -> Departures:
    selected, taken = {one.candidate.id for one in chosen}, {candidate.id for candidate in walked.taken}
    out = tuple(candidate for candidate in walked.taken if candidate.id not in selected)
    brought = tuple(one.candidate for one in chosen if one.candidate.id not in taken)
    return Departures(out, brought, walked.missed)


def _gain(model: Model, objective: Objective) -> Terms:
    if objective is Objective.SCORE:
        return {place: column.worth for place, column in enumerate(model.columns)}
    return {place: column.candidate.score * column.granted for place, column in enumerate(model.columns)}


def _ranks(model: Model, places: Iterable[int]) -> Terms:
    """Return the objective that seeks the smallest sum of ranks."""
    return {place: -model.columns[place].candidate.rank for place in places}


def _chosen(model: Model, found: Found) -> tuple[Chosen, ...]:
    columns = [column for column, value in zip(model.columns, found.values, strict=True) if value]
    return tuple(Chosen(column.candidate, column.level, column.granted) for column in columns)


def _infeasible(problem: Problem, ends: float) -> Selection:
    return Selection(False, problem.objective, blocking=irreducible(problem, ends=ends))
