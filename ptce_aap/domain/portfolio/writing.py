"""A selection and its answer as files keep them: the text that ``reading`` reads back, and its digest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from ptce_aap.domain.exchange import canonical_json
from ptce_aap.domain.portfolio.outcome import Chosen, Departures, Selection
from ptce_aap.domain.portfolio.problem import Kind, Level, Objective, Problem
from ptce_aap.domain.portfolio.walk import PassedOver

_COUNTED = (Kind.REGION_MIN, Kind.REGION_MAX, Kind.THEME_MIN, Kind.THEME_MAX)


def write_problem(problem: Problem) -> str:
    """Return the one text of a selection to make: what ``ptce-aap select`` takes.

    Shares must be decimals that a JSON number holds (``0.7``): those that people type.
    """
    budget = next(limit.bound for limit in problem.limits if limit.kind is Kind.BUDGET)
    constraints: dict[str, Any] = {}
    for kind in _COUNTED:
        if counted := {limit.about[0]: limit.bound for limit in problem.limits if limit.kind is kind}:
            constraints[kind.value] = counted
    if exclusive := [list(limit.about) for limit in problem.limits if limit.kind is Kind.AT_MOST_ONE]:
        constraints[Kind.AT_MOST_ONE.value] = exclusive
    for limit in problem.limits:
        if limit.kind is Kind.MIN_SCORE:
            constraints[limit.kind.value] = limit.bound
    if problem.levels:
        constraints["funding_levels"] = [_level(level) for level in problem.levels]
    dossiers = [
        {"id": one.id, "cost": one.cost, "score": one.score, "rank": one.rank, "region": one.region, "theme": one.theme}
        for one in problem.candidates
    ]
    return canonical_json(
        {"budget": budget, "dossiers": dossiers, "constraints": constraints, "objective": problem.objective.value}
    )


def digest_of(text: str) -> str:
    """Return the SHA-256 of a written selection, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_selection(problem: Problem, document: Mapping[str, Any]) -> Selection:
    """Return the answer that ``Selection.as_json`` wrote about this problem."""
    dossiers = {candidate.id: candidate for candidate in problem.candidates}
    limits = {limit.name: limit for limit in problem.limits}
    departures = document["departures"]
    return Selection(
        feasible=document["feasible"],
        objective=Objective(document["objective"]),
        selected=tuple(Chosen(dossiers[one["id"]], one["level"], one["granted"]) for one in document["selected"]),
        passed_over=tuple(PassedOver(dossiers[one["id"]], limits[one["because"]]) for one in document["passed_over"]),
        departures=Departures(
            tuple(dossiers[one] for one in departures["out"]),
            tuple(dossiers[one] for one in departures["in"]),
            tuple(limits[name] for name in departures["because"]),
        ),
        blocking=tuple(limits[name] for name in document["blocking"]),
        proven=document["proven"],
    )


def _level(level: Level) -> dict[str, float | int]:
    return {"share_of_cost": _number(level.share_of_cost), "share_of_score": _number(level.share_of_score)}


def _number(share: Fraction) -> float | int:
    number = int(share) if share.denominator == 1 else float(share)
    assert Fraction(repr(number)) == share, "a share that people type is a short decimal"
    return number
