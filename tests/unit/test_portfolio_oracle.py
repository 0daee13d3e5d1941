"""Whatever the dossiers and the limits, the selection is the one found by trying them all."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptce_aap.domain.portfolio.outcome import value_of
from ptce_aap.domain.portfolio.problem import Objective, Problem
from ptce_aap.domain.portfolio.reading import read_problem
from ptce_aap.domain.portfolio.solving import select
from ptce_aap.domain.portfolio.walk import walk
from ptce_aap.domain.portfolio.writing import digest_of, read_selection, write_problem
from tests.budgets import budget
from tests.unit import portfolios
from tests.unit.portfolios import problems

ROUNDS = settings(max_examples=budget("portfolio.problems"), deadline=None)


@pytest.mark.soak
@ROUNDS
@given(problems())
def test_the_answer_is_the_best_of_all_and_none_exists_where_it_says_so(problem: Problem) -> None:
    expected, found = portfolios.best(problem), select(problem)
    assert found.proven
    assert found.feasible == (expected is not None)
    if expected is not None:
        assert [(one.candidate, one.level, one.granted) for one in found.selected] == list(expected)
        assert found.spent == sum(money for _, _, money in expected)


@pytest.mark.soak
@ROUNDS
@given(problems())
def test_the_walk_is_what_its_sentence_says(problem: Problem) -> None:
    expected, found = portfolios.walked(problem), walk(problem)
    assert list(found.taken) == expected.taken
    assert {passed.candidate.id: passed.because.name for passed in found.passed_over} == expected.passed
    assert [limit.name for limit in found.missed] == expected.missed


@pytest.mark.soak
@ROUNDS
@given(problems([Objective.ORDER]))
def test_departures_are_the_difference_with_the_walk_and_name_the_minimums_that_it_misses(problem: Problem) -> None:
    found, before = select(problem), portfolios.walked(problem)
    if not found.feasible:
        return
    selected = {one.candidate.id for one in found.selected}
    walked = {one.id for one in before.taken}
    assert {one.id for one in found.departures.out} == walked - selected
    assert {one.id for one in found.departures.in_} == selected - walked
    assert value_of(found, problem) == len(walked ^ selected)
    assert [limit.name for limit in found.departures.because] == before.missed


@settings(max_examples=300, deadline=None)
@given(problems())
def test_what_blocks_cannot_hold_together_and_each_part_of_it_is_needed(problem: Problem) -> None:
    blocking = select(problem).blocking
    if not blocking:
        return
    assert next(portfolios.every(problem.within(blocking)), None) is None
    for left_out in blocking:
        others = problem.within(limit for limit in blocking if limit != left_out)
        assert next(portfolios.every(others), None) is not None


@pytest.mark.soak
@ROUNDS
@given(problems(), st.integers(0, 99))
def test_the_order_in_which_dossiers_and_limits_come_changes_nothing(problem: Problem, seed: int) -> None:
    shuffled = random.Random(seed)
    candidates, limits = list(problem.candidates), list(problem.limits)
    shuffled.shuffle(candidates)
    shuffled.shuffle(limits)
    other = Problem.of(candidates, limits, problem.levels, problem.objective)
    assert select(other).as_json(other, seed=1) == select(problem).as_json(problem, seed=1)


@pytest.mark.soak
@ROUNDS
@given(problems())
def test_what_is_written_of_a_selection_and_of_its_answer_reads_back(problem: Problem) -> None:
    text = write_problem(problem)
    again = read_problem(text)
    assert again == problem
    assert digest_of(write_problem(again)) == digest_of(text)
    found = select(problem)
    assert read_selection(again, found.as_json(problem, seed=1)) == found
