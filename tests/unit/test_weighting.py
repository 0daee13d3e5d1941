"""Other weights: the announced ones give the announced ranking back, and the smallest change is the smallest."""

from fractions import Fraction

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ptce_aap.domain.ranking import announced
from ptce_aap.domain.weighting import announced_weights, overtaking, total, weigh
from tests.unit.grids import axis, criterion, grid
from tests.unit.test_ranking_properties import panels

GRID = grid(
    axis("a", 1, criterion("a1", 1)),
    axis("b", 1, criterion("b1", 1)),
    axis("c", 2, criterion("c1", 1)),
    tie_order=("c", "b", "a"),
)
MEANS = st.fixed_dictionaries({key: st.integers(0, 10).map(lambda half: Fraction(half, 2)) for key in "abc"})
WEIGHTS = st.fixed_dictionaries({key: st.integers(0, 100) for key in "abc"}).filter(lambda given: any(given.values()))


@settings(max_examples=80, deadline=None)
@given(panels())
def test_the_announced_weights_give_the_announced_ranking(panel):
    used, readings = panel
    ranked = [line for line in announced(used, readings, seed=3) if line.rank is not None]
    weighed = weigh(used, {line.reference: line.axis_means for line in ranked}, announced_weights(used))
    assert [(one.reference, one.rank, one.total) for one in weighed] == [
        (line.reference, line.rank, line.total) for line in ranked
    ]


@given(MEANS, WEIGHTS, st.integers(2, 9))
def test_weights_in_the_same_proportions_give_the_same_total(means, weights, factor):
    multiplied = {key: weight * factor for key, weight in weights.items()}
    assert total(GRID, means, weights) == total(GRID, means, multiplied)
    assert 0 <= total(GRID, means, weights) <= GRID.total_on


@given(MEANS)
def test_the_whole_weight_on_one_axis_leaves_the_mean_of_this_axis(means):
    assert total(GRID, means, {"a": 0, "b": 7, "c": 0}) == means["b"] * GRID.total_on / 5


def _at(share, key, weights):
    """Return whole weights where ``key`` has this share and the others keep their proportions."""
    others = sum(weight for other, weight in weights.items() if other != key)
    scale = share.denominator * others
    return {
        other: int(share * scale) if other == key else int((1 - share) * share.denominator * weight)
        for other, weight in weights.items()
    }


@given(MEANS, MEANS, WEIGHTS)
def test_at_the_needed_weight_the_two_dossiers_are_level(below, above, weights):
    assume(total(GRID, below, weights) < total(GRID, above, weights))
    change = overtaking(GRID, below, above, weights)
    if change is not None:
        moved = _at(change.needed, change.axis, weights)
        assert total(GRID, below, moved) == total(GRID, above, moved)
        assert change.today == Fraction(weights[change.axis], sum(weights.values()))


@given(MEANS, MEANS, WEIGHTS, st.sampled_from("abc"), st.fractions(0, 1, max_denominator=40))
def test_no_smaller_change_of_one_weight_overtakes(below, above, weights, key, share):
    assume(total(GRID, below, weights) < total(GRID, above, weights))
    today = Fraction(weights[key], sum(weights.values()))
    assume(today < 1)
    change = overtaking(GRID, below, above, weights)
    moved = _at(share, key, weights)
    if change is None or abs(share - today) < change.distance:
        assert total(GRID, below, moved) < total(GRID, above, moved)


def test_a_dossier_better_on_no_axis_never_overtakes():
    better = {key: Fraction(4) for key in "abc"}
    assert overtaking(GRID, {key: Fraction(3) for key in "abc"}, better, announced_weights(GRID)) is None


def test_level_dossiers_need_no_change_and_the_first_needs_none():
    below, above = {key: Fraction(3) for key in "abc"}, {"a": Fraction(4), "b": Fraction(2), "c": Fraction(3)}
    change = overtaking(GRID, below, above, announced_weights(GRID))
    assert change is not None
    assert change.distance == 0
    assert overtaking(GRID, {key: Fraction(5) for key in "abc"}, above, announced_weights(GRID)) is None


def test_the_smallest_change_by_hand():
    # Weights 1, 1, 2: 25, 25, 50 %. The gap is −1 on c alone, +1 on a: level when c weighs as much as a, 0 on b.
    below = {"a": Fraction(4), "b": Fraction(2), "c": Fraction(2)}
    above = {"a": Fraction(3), "b": Fraction(2), "c": Fraction(3)}
    change = overtaking(GRID, below, above, announced_weights(GRID))
    # x·(−1) + (1 − x)/2·(+1) = 0 at x = 1/3 for c; x·1 + (1 − x)·(−2/3) = 0 at x = 2/5 for a, 0,15 away: smaller.
    assert (change.axis, change.today, change.needed) == ("a", Fraction(1, 4), Fraction(2, 5))
