"""Totals are exact, sheets are whole, and a mark far from the evidence asks for a sentence."""

from __future__ import annotations

from fractions import Fraction

import pytest

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.scoring import (
    Explanation,
    Grid,
    axis_means,
    check_marks,
    explanations_due,
    is_complete,
    mean,
    missing_criteria,
    sheet_total,
    shown,
    shown_totals,
)
from tests.unit.grids import axis, criterion, grid


def test_the_best_sheet_is_worth_the_whole_and_the_worst_nothing() -> None:
    thirds = grid(axis("a", 25, *(criterion(k) for k in "xyz")), axis("b", 75))
    assert sheet_total(thirds, {"x": 10, "y": 10, "z": 10, "b_1": 10}) == 100
    assert sheet_total(thirds, {"x": 0, "y": 0, "z": 0, "b_1": 0}) == 0


def test_three_criteria_of_an_axis_of_25_are_thirds_and_not_roundings() -> None:
    thirds = grid(axis("a", 25, *(criterion(k) for k in "xyz")), axis("b", 75))
    assert sheet_total(thirds, {"x": 10, "y": 0, "z": 0, "b_1": 0}) == Fraction(25, 3)


def test_weights_within_an_axis_count_within_it_only() -> None:
    uneven = grid(axis("a", 50, criterion("x", 3), criterion("y", 1)), axis("b", 50))
    marks = {"x": 8, "y": 0, "b_1": 6}
    assert axis_means(uneven, marks) == {"a": Fraction(3), "b": Fraction(3)}
    assert sheet_total(uneven, marks) == 60


def test_weights_that_do_not_sum_to_100_still_give_a_total_on_100() -> None:
    assert sheet_total(grid(axis("a", 2), axis("b", 1)), {"a_1": 10, "b_1": 0}) == Fraction(200, 3)


def test_a_scale_on_20_works_the_same() -> None:
    on_twenty = grid(axis("a", 1, criterion("x", 1, 20)), maximum=40, step=2, total_on=20)
    assert sheet_total(on_twenty, {"x": 26}) == 13
    assert on_twenty.allowed_marks()[:3] == (0, 2, 4)


def test_an_incomplete_sheet_has_no_total() -> None:
    with pytest.raises(RuleViolation) as refusal:
        sheet_total(grid(), {"a_1": 4, "c_1": 4})
    assert (refusal.value.code, refusal.value.facts) == ("sheet_incomplete", {"missing": ("b_1", "d_1")})


def test_a_sheet_is_complete_when_every_criterion_of_the_grid_has_its_mark_nought_included() -> None:
    assert missing_criteria(grid(), {"c_1": 0, "a_1": 3}) == ("b_1", "d_1")
    assert is_complete(grid(), {"c_1": 0, "a_1": 3}) is False
    assert is_complete(grid(), dict.fromkeys(("a_1", "b_1", "c_1", "d_1"), 0)) is True


def test_a_grid_knows_its_axes_and_the_axis_of_each_criterion() -> None:
    two = grid(axis("a", 1, criterion("x"), criterion("y")), axis("b", 1, criterion("z")))
    assert [one.key for one in two.criteria] == ["x", "y", "z"]
    assert [two.axis(key).key for key in "ab"] == ["a", "b"]
    assert [two.axis_of(key).key for key in "xyz"] == ["a", "a", "b"]
    for ask in (two.axis, two.axis_of):
        with pytest.raises(KeyError, match="unknown"):
            ask("unknown")


def test_a_grid_says_nothing_that_it_was_not_told() -> None:
    plain = Grid("essai", 1, (axis("a", 1),), 10, 1, 2, None, ())
    assert (plain.explain_gap, plain.total_on, plain.title, plain.proposal) == (None, 100, "", False)
    assert explanations_due(plain, 10, indicative_level=0) == ()


def test_every_mark_of_the_scale_may_be_given_and_no_other() -> None:
    assert grid().allowed_marks() == (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
    assert grid(maximum=8, step=4).allowed_marks() == (0, 4, 8)
    check_marks(grid(step=2), dict.fromkeys(("a_1", "b_1"), 10))
    with pytest.raises(RuleViolation) as refusal:
        check_marks(grid(step=2), {"a_1": 10, "b_1": 7})
    facts = {"criterion": "b_1", "mark": 7, "maximum": Fraction(5)}
    assert (refusal.value.code, refusal.value.facts) == ("mark_off_scale", facts)


def test_a_mean_is_exact() -> None:
    assert mean([Fraction(1, 3)]) == Fraction(1, 3)
    assert mean([Fraction(1), Fraction(1), Fraction(2)]) == Fraction(4, 3)


@pytest.mark.parametrize("mark", [-1, 11, True, "4", None, 2.0])
def test_a_mark_that_is_not_on_the_scale_is_refused(mark: object) -> None:
    with pytest.raises(RuleViolation, match="mark_off_scale"):
        sheet_total(grid(), {"a_1": mark, "b_1": 1, "c_1": 1, "d_1": 1})  # type: ignore[dict-item]


def test_a_mark_for_a_criterion_that_the_grid_does_not_have_is_refused() -> None:
    with pytest.raises(RuleViolation) as refusal:
        sheet_total(grid(), {"a_1": 1, "b_1": 1, "c_1": 1, "d_1": 1, "e_1": 1})
    assert (refusal.value.code, refusal.value.facts) == ("unknown_criterion", {"criterion": "e_1"})


def test_halves_are_rounded_up() -> None:
    assert shown(Fraction(78125, 1000)) == "78,13"
    assert shown(Fraction(100)) == "100,00"
    assert shown(Fraction(5, 1000)) == "0,01"
    assert shown(Fraction(4, 1000)) == "0,00"
    assert shown(Fraction(5, 2), 0) == "3"
    assert shown(Fraction(0)) == "0,00"


def test_below_nought_halves_go_as_far_as_above() -> None:
    assert [shown(Fraction(number, 1000)) for number in (-78125, -5, -4)] == ["-78,13", "-0,01", "0,00"]
    assert shown(Fraction(-5, 2), 0) == "-3"


def test_equal_totals_are_shown_alike_and_unequal_ones_never() -> None:
    assert shown_totals([Fraction(80), Fraction(80)]) == ["80,00", "80,00"]
    assert shown_totals([Fraction(80001, 1000), Fraction(80)]) == ["80,001", "80,000"]
    assert shown_totals([Fraction(250, 3), Fraction(8333, 100), Fraction(70)]) == ["83,333", "83,330", "70,00"]


def test_more_decimals_do_not_make_another_pair_look_equal() -> None:
    close = [Fraction(800049, 10000), Fraction(80001, 1000), Fraction(800051, 10000), Fraction(80009, 1000)]
    texts = shown_totals(close)
    assert len({Fraction(text.replace(",", ".")) for text in texts}) == 4


def test_a_mark_two_points_from_the_indicative_level_asks_for_a_sentence() -> None:
    assert explanations_due(grid(), 8, indicative_level=2) == (Explanation.FAR_FROM_INDICATIVE,)
    assert explanations_due(grid(), 0, indicative_level=2) == (Explanation.FAR_FROM_INDICATIVE,)
    assert explanations_due(grid(), 7, indicative_level=2) == ()
    assert explanations_due(grid(), 10, indicative_level=None) == ()


def test_from_which_gap_a_sentence_is_asked_is_the_grids_to_say() -> None:
    for gap, asked in ((2, [0, 1, 2, 6, 7, 8, 9, 10]), (6, [10]), (3, [0, 1, 7, 8, 9, 10])):
        narrow = grid(explain_gap=gap)
        far = [mark for mark in narrow.allowed_marks() if explanations_due(narrow, mark, indicative_level=2)]
        assert far == asked


def test_reasons_are_named_so_in_files() -> None:
    assert list(Explanation) == ["far_from_indicative", "above_ceiling"]


def test_a_mark_above_a_ceiling_asks_for_a_sentence() -> None:
    assert explanations_due(grid(), 3, indicative_level=1, ceiling=1) == (Explanation.ABOVE_CEILING,)
    assert explanations_due(grid(), 2, indicative_level=1, ceiling=1) == ()
    assert explanations_due(grid(), 6, indicative_level=1, ceiling=1) == (
        Explanation.FAR_FROM_INDICATIVE,
        Explanation.ABOVE_CEILING,
    )


def test_the_indicative_level_is_compared_on_its_own_scale() -> None:
    on_twenty = grid(axis("a", 1, criterion("x", 1, 20)), maximum=40, step=2)
    assert explanations_due(on_twenty, 24, indicative_level=3) == ()
    assert explanations_due(on_twenty, 8, indicative_level=3) == (Explanation.FAR_FROM_INDICATIVE,)
