"""The selection follows the jury's order, leaves it from the bottom of the list first, and says why."""

from __future__ import annotations

from fractions import Fraction

import pytest

from ptce_aap.domain.portfolio.outcome import reached, value_of
from ptce_aap.domain.portfolio.problem import (
    MINIMUMS,
    Candidate,
    Kind,
    Level,
    Limit,
    Objective,
    Problem,
    allowed,
)
from ptce_aap.domain.portfolio.program import Found, Program, Row
from ptce_aap.domain.portfolio.solving import select
from ptce_aap.domain.portfolio.walk import walk
from tests.bench.selecting import CASES, problem_of
from tests.unit.portfolios import candidate, problem


def ids(candidates) -> str:
    return " ".join(one.id for one in candidates)


def selected(found) -> str:
    return ids(one.candidate for one in found.selected)


def test_the_walk_stops_at_the_first_that_exceeds_what_is_left_and_looks_no_further() -> None:
    found = walk(problem([candidate("A", 1, 60), candidate("B", 2, 50), candidate("C", 3, 10)], 100))
    assert (ids(found.taken), found.stopped_at.id) == ("A", "B")


def test_what_would_break_a_maximum_is_passed_over_even_where_money_is_short() -> None:
    given = [candidate("A", 1, 60, "IDF"), candidate("B", 2, 50, "IDF"), candidate("C", 3, 40, "NPC")]
    found = walk(problem(given, 100, Limit(Kind.REGION_MAX, 1, ("IDF",))))
    assert (ids(found.taken), found.stopped_at) == ("A C", None)
    assert [(passed.candidate.id, passed.because.name) for passed in found.passed_over] == [
        ("B", "region_max_count IDF")
    ]


def test_each_dossier_passed_over_names_its_limit() -> None:
    given = [
        candidate("A", 1, 30, "IDF", "wood", 9),
        candidate("B", 2, 30, "IDF", None, 9),
        candidate("C", 3, 30, None, "wood", 9),
        candidate("D", 4, 1, None, None, 9),
        candidate("E", 5, 1, None, None, 2),
    ]
    limits = [
        Limit(Kind.REGION_MAX, 1, ("IDF",)),
        Limit(Kind.THEME_MAX, 59, ("wood",)),
        Limit(Kind.AT_MOST_ONE, 1, ("D", "A")),
        Limit(Kind.MIN_SCORE, 3),
    ]
    assert [passed.because.name for passed in walk(problem(given, 1000, *limits)).passed_over] == [
        "region_max_count IDF",
        "theme_max_cost wood",
        "at_most_one_of D A",
        "min_score",
    ]


def test_a_minimum_that_the_money_left_can_pay_for_puts_nobody_out() -> None:
    given = [candidate("A", 1, 60), candidate("B", 2, 50), candidate("C", 3, 40, "REU")]
    found = select(problem(given, 100, Limit(Kind.REGION_MIN, 1, ("REU",))))
    assert (selected(found), ids(found.departures.out), ids(found.departures.in_)) == ("A C", "", "C")
    assert [limit.name for limit in found.departures.because] == ["region_min_count REU"]


def test_the_bottom_of_the_list_gives_way_first_even_where_more_dossiers_leave() -> None:
    # Putting A out would be enough; C and D leave, because they are lower.
    given = [candidate("A", 1, 40), candidate("B", 2, 20), candidate("C", 3, 20), candidate("D", 4, 20)]
    given.append(candidate("E", 9, 40, "REU"))
    found = select(problem(given, 100, Limit(Kind.REGION_MIN, 1, ("REU",))))
    assert (selected(found), ids(found.departures.out)) == ("A B E", "C D")


def test_then_as_few_as_possible_leave_and_the_lowest_ranked_of_them() -> None:
    # Keeping A and B leaves 25; E costs 20: only C or D may stay out, and it is the lowest that can.
    given = [candidate("A", 1, 30), candidate("B", 2, 30), candidate("C", 3, 25), candidate("D", 4, 15)]
    given += [candidate("E", 8, 20, "REU"), candidate("F", 9, 15, "REU")]
    found = select(problem(given, 100, Limit(Kind.REGION_MIN, 1, ("REU",))))
    assert (ids(found.departures.out), ids(found.departures.in_)) == ("D", "F")


def test_the_best_ranked_are_brought_in() -> None:
    given = [candidate("A", 1, 50), candidate("B", 2, 50), *(candidate(f"R{n}", n, 10, "REU") for n in (7, 5, 6))]
    found = select(problem(given, 100, Limit(Kind.REGION_MIN, 2, ("REU",))))
    assert (ids(found.departures.out), ids(found.departures.in_)) == ("B", "R5 R6")


def test_departures_may_bring_back_one_that_the_walk_passed_over() -> None:
    given = [candidate("A", 1, 10), candidate("B", 2, 10, "REU")]
    limits = [Limit(Kind.AT_MOST_ONE, 1, ("A", "B")), Limit(Kind.REGION_MIN, 1, ("REU",))]
    found = select(problem(given, 100, *limits))
    assert (ids(found.departures.out), ids(found.departures.in_)) == ("A", "B")
    assert [passed.candidate.id for passed in found.passed_over] == ["B"]


def test_a_sum_of_scores_funds_small_dossiers_and_leaves_the_first_one_out() -> None:
    given = [candidate("A", 1, 100, score=95), candidate("B", 2, 50, score=60), candidate("C", 3, 50, score=50)]
    assert selected(select(problem(given, 100, objective=Objective.SCORE))) == "B C"
    assert selected(select(problem(given, 100, objective=Objective.SCORE_COST))) == "A"


def test_levels_round_money_up_and_scores_down() -> None:
    level = Level(Fraction("0.7"), Fraction("0.3"))
    assert (level.granted(101), level.granted(100), level.worth(99), level.worth(100)) == (71, 70, 29, 30)


def test_only_the_listed_levels_are_granted_and_themes_count_granted_money() -> None:
    given = [candidate("A", 1, 100, None, "wood", 90), candidate("B", 2, 100, None, "wood", 80)]
    levels = [Level(Fraction(1), Fraction(1)), Level(Fraction(1, 2), Fraction(3, 4))]
    limits = [Limit(Kind.BUDGET, 150), Limit(Kind.THEME_MAX, 100, ("wood",)), Limit(Kind.MIN_SCORE, 80)]
    found = select(Problem.of(given, limits, levels, Objective.SCORE))
    assert [(one.candidate.id, one.level, one.granted) for one in found.selected] == [("A", 1, 50), ("B", 1, 50)]
    asked = Problem.of(given, limits, levels, Objective.SCORE)
    assert value_of(found, asked) == 67 + 60
    assert reached(found, limits[1]) == 100


def test_an_impossible_demand_is_told_alone() -> None:
    given = [candidate("A", 1, 10, "IDF"), candidate("B", 2, 10, "NPC")]
    limits = [Limit(Kind.REGION_MIN, 1, ("REU",)), Limit(Kind.REGION_MIN, 1, ("IDF",)), Limit(Kind.MIN_SCORE, 0)]
    found = select(problem(given, 15, *limits))
    assert not found.feasible
    assert [limit.name for limit in found.blocking] == ["region_min_count REU"]


def test_the_budget_is_named_where_it_takes_part() -> None:
    given = [candidate("A", 1, 10, "IDF"), candidate("B", 2, 10, "NPC"), candidate("C", 3, 1)]
    limits = [Limit(Kind.REGION_MIN, 1, ("NPC",)), Limit(Kind.REGION_MIN, 1, ("IDF",)), Limit(Kind.MIN_SCORE, 0)]
    found = select(problem(given, 15, *limits))
    assert [limit.name for limit in found.blocking] == ["budget", "region_min_count IDF", "region_min_count NPC"]


def test_one_unit_in_a_thousand_million_million_still_decides() -> None:
    # score × cost reaches 10^18, where doubles step by 128: (g − n)(g + n) = g² − n².
    great = 10**9
    given = [candidate(f"D{n}", n, great + n, score=great - n) for n in range(1, 11)]
    enough, short = 5 * great + 15, 5 * great + 14
    assert selected(select(problem(given, enough, objective=Objective.SCORE_COST))) == "D1 D2 D3 D4 D5"
    assert selected(select(problem(given, short, objective=Objective.SCORE_COST))) == "D1 D2 D3 D4"


@pytest.mark.parametrize("budget", [10**15 - 1, 10**15])
def test_one_unit_of_money_still_decides(budget: int) -> None:
    given = [candidate("A", 1, 10**15, "REU"), candidate("B", 2, 1)]
    found = select(problem(given, budget, Limit(Kind.REGION_MIN, 1, ("REU",)), objective=Objective.SCORE))
    assert found.feasible == (budget == 10**15)


def test_rows_beyond_doubles_are_judged_to_the_unit() -> None:
    great = 2**60
    program = Program.of(3, [Row({0: great + 1, 1: great, 2: great - 1}, upper=2 * great)])
    found = program.best([{0: 3, 1: 2, 2: 2}])
    assert found is not None
    assert found[0].values == (1, 0, 1)


def test_an_answer_that_the_solver_s_presolve_loses_is_found_again() -> None:
    # With these rows HiGHS says that nothing is possible, unless it leaves its presolve out.
    costs = (930_020_255_713, 418_593_333_560, 92_697_899_732, 405_611_610_679, 528_391_593_781)
    scores, regions, ranks = (7751, 5983, 9046, 7557, 4929), "BAABB", (1, 2, 3, 5, 6)
    given = [Candidate(f"D{n}", costs[n], scores[n], ranks[n], regions[n]) for n in range(5)]
    levels = [Level(Fraction(3, 10), Fraction(7, 10)), Level(Fraction(2, 5), Fraction(3, 10))]
    limits = [Limit(Kind.BUDGET, 1_504_666_581_339), Limit(Kind.REGION_MIN, 2, ("A",))]
    found = select(Problem.of(given, limits, levels, Objective.SCORE_COST))
    assert [one.level for one in found.selected] == [1, 1, 1, 1, 1]
    assert found.proven


def test_a_question_that_the_solver_takes_for_an_unbounded_one_is_asked_otherwise() -> None:
    costs = (145123799504, 355454709042, 811104074805, 229653623927, 202481466805, 139544018474, 120711587372)
    units = {1: 34792, 2: 126217, 3: 80586, 4: 123441, 5: 175994, 6: 42540}
    rows = [
        Row(dict(enumerate(costs)), upper=459967176240),
        Row({1: 1, 2: 1, 4: 1, 5: 1}, lower=2),
        Row({1: 27119042, 2: 15470582, 3: 5256354, 4: 10041271, 5: 4790863, 6: 460478}, lower=14832134),
        Row(units, lower=37291 + 2**18),
    ]
    found = Program.of(7, rows).best([{0: -1, 1: -3, 2: -4, 3: -5, 4: -6, 5: -7, 6: -8}])
    assert found is not None
    assert found[0] == Found((0, 0, 0, 0, 1, 1, 0), proven=True)


def test_where_time_is_short_the_best_known_is_given_and_said_not_proven() -> None:
    asked = problem_of(CASES["score-levels"])
    hurried = select(asked, seconds=0)
    assert hurried.feasible
    assert not hurried.proven
    counts = [(limit.kind in MINIMUMS, reached(hurried, limit) - allowed(limit)) for limit in asked.limits]
    assert all(beyond >= 0 if least else beyond <= 0 for least, beyond in counts)
