"""Selections as the contract's words give them, by trying every possible one: what the solver is compared with."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from hypothesis import strategies as st

from ptce_aap.domain.portfolio.problem import Candidate, Kind, Level, Limit, Objective, Problem

Taken = tuple[tuple[Candidate, int | None, int], ...]  # candidate, level, granted money; by rank
REGIONS, THEMES = ("NPC", "IDF", "REU"), ("food", "wood")


def candidate(id: str, rank: int, cost: int = 10, region: str | None = None, theme: str | None = None, score: int = 0):
    """Return a candidate, its rank before what rarely matters."""
    return Candidate(id, cost, score, rank, region, theme)


def problem(candidates: Sequence[Candidate], budget: int, *limits: Limit, objective: Objective = Objective.ORDER):
    """Return a selection to make without levels."""
    return Problem.of(candidates, [Limit(Kind.BUDGET, budget), *limits], objective=objective)


@dataclass(frozen=True)
class Walked:
    """The walk as its sentence says it."""

    taken: list[Candidate]
    passed: dict[str, str]  # id → name of the limit
    missed: list[str]


def walked(given: Problem) -> Walked:
    """Walk down the ranks, counting again from nothing at each step."""
    taken: list[Candidate] = []
    passed = {}
    for one in sorted(given.candidates, key=lambda candidate: candidate.rank):
        tried = [*taken, one]
        broken = [limit for limit in given.limits if _caps(limit) and not holds(limit, tried, [c.cost for c in tried])]
        # What was broken before by others is not broken by this one.
        broken = [limit for limit in broken if holds(limit, taken, [c.cost for c in taken])]
        others = sorted((b for b in broken if b.kind is not Kind.BUDGET), key=lambda limit: limit.order)
        if others:
            passed[one.id] = others[0].name
        elif broken:
            break
        else:
            taken.append(one)
    costs = [one.cost for one in taken]
    missed = [limit.name for limit in given.limits if not _caps(limit) and not holds(limit, taken, costs)]
    return Walked(taken, passed, missed)


def _caps(limit: Limit) -> bool:
    return limit.kind not in {Kind.REGION_MIN, Kind.THEME_MIN}


def holds(limit: Limit, selected: Sequence[Candidate], granted: Sequence[int]) -> bool:
    """Tell whether a limit holds for dossiers and their granted money."""
    region = [one for one in selected if limit.about and one.region == limit.about[0]]
    theme = [one for one in selected if limit.about and one.theme == limit.about[0]]
    match limit.kind:
        case Kind.BUDGET:
            return sum(granted) <= limit.bound
        case Kind.MIN_SCORE:
            return all(one.score >= limit.bound for one in selected)
        case Kind.REGION_MIN:
            return len(region) >= limit.bound
        case Kind.REGION_MAX:
            return len(region) <= limit.bound
        case Kind.THEME_MIN:
            return len(theme) >= limit.bound
        case Kind.THEME_MAX:
            spent = [money for one, money in zip(selected, granted, strict=True) if one.theme == limit.about[0]]
            return sum(spent) <= limit.bound
        case Kind.AT_MOST_ONE:
            return sum(one.id in limit.about for one in selected) <= 1


def every(given: Problem) -> Iterator[Taken]:
    """Yield every selection that respects every limit."""
    options: list[list[Taken]] = []
    for one in given.candidates:
        levels = (
            [(None, Fraction(1))] if not given.levels else [(n, v.share_of_cost) for n, v in enumerate(given.levels)]
        )
        options.append([(), *(((one, level, -int(-one.cost * share // 1)),) for level, share in levels)])
    for choice in itertools.product(*options):
        taken = tuple(itertools.chain.from_iterable(choice))
        selected, granted = [one for one, _, _ in taken], [money for _, _, money in taken]
        if all(holds(limit, selected, granted) for limit in given.limits):
            yield taken


def worth(given: Problem, taken: Taken) -> tuple[int, ...]:
    """Return what to make as small as possible, in the order of the contract."""
    ranks = sum(one.rank for one, _, _ in taken)
    if given.objective is Objective.ORDER:
        before = {one.id: one for one in walked(given).taken}
        out = [one.rank for one in before.values() if one.id not in {c.id for c, _, _ in taken}]
        brought = [one.rank for one, _, _ in taken if one.id not in before]
        return (-min(out, default=10**20), len(out), len(brought), -sum(out), sum(brought))
    if given.objective is Objective.SCORE_COST:
        return (-sum(one.score * money for one, _, money in taken), ranks)
    kept = [
        int(one.score * (given.levels[level].share_of_score if level is not None else 1)) for one, level, _ in taken
    ]
    return (-sum(kept), ranks)


def best(given: Problem) -> Taken | None:
    """Return the best selection; among equals, the one with the best ranked dossier where they first differ."""
    if given.objective is Objective.ORDER and not walked(given).missed:
        return tuple((one, None, one.cost) for one in walked(given).taken)
    rated = [(worth(given, taken), _precedence(given, taken), taken) for taken in every(given)]
    return min(rated, key=lambda one: one[:2])[2] if rated else None


def _precedence(given: Problem, taken: Taken) -> list[int]:
    at = {one.id: level or 0 for one, level, _ in taken}
    last = len(given.levels)
    return [at.get(one.id, last + 1) for one in given.candidates]


@st.composite
def problems(draw: st.DrawFn, objectives: Sequence[Objective] = tuple(Objective)) -> Problem:
    """Small selections to make, with few different figures (ties are the interesting part) or very large ones."""
    objective = draw(st.sampled_from(objectives))
    levels = draw(st.lists(_LEVELS, max_size=2)) if objective is not Objective.ORDER else []
    number = draw(st.integers(0, 5 if levels else 8))
    cost = draw(st.sampled_from([st.integers(0, 4), st.integers(1, 10**9), st.integers(10**11, 10**12)]))
    score = draw(st.sampled_from([st.integers(0, 3), st.integers(0, 10**4), st.integers(10**8, 10**9)]))
    ranks = draw(st.lists(st.integers(1, 3 * number + 1), min_size=number, max_size=number, unique=True))
    candidates = [
        Candidate(f"D{n}", draw(cost), draw(score), ranks[n], draw(_REGION), draw(_THEME)) for n in range(number)
    ]
    total = sum(one.cost for one in candidates)
    budget = draw(st.integers(total // 4, total + 1))
    limits = [Limit(Kind.BUDGET, budget), *draw(st.lists(_COUNTS, max_size=4, unique_by=lambda one: one.name))]
    if draw(st.booleans()):
        limits.append(Limit(Kind.THEME_MAX, draw(st.integers(0, total // 2 + 1)), (draw(st.sampled_from(THEMES)),)))
    if number > 1:
        pairs = st.lists(st.sampled_from([one.id for one in candidates]), min_size=2, max_size=3, unique=True)
        limits += [Limit(Kind.AT_MOST_ONE, 1, tuple(ids)) for ids in draw(st.lists(pairs, max_size=2))]
    if candidates and draw(st.booleans()):
        limits.append(Limit(Kind.MIN_SCORE, draw(st.sampled_from([one.score for one in candidates]))))
    return Problem.of(candidates, limits, levels, objective)


_REGION, _THEME = st.sampled_from([*REGIONS, None]), st.sampled_from([*THEMES, None])
_SHARES = st.integers(1, 10).map(lambda tenths: Fraction(tenths, 10))
_LEVELS = st.builds(Level, _SHARES, _SHARES)
_COUNTS = st.one_of(
    st.builds(
        lambda kind, bound, about: Limit(kind, bound, (about,)),
        st.sampled_from([Kind.REGION_MIN, Kind.REGION_MAX]),
        st.integers(0, 3),
        st.sampled_from(REGIONS),
    ),
    st.builds(lambda bound, about: Limit(Kind.THEME_MIN, bound, (about,)), st.integers(0, 2), st.sampled_from(THEMES)),
)
