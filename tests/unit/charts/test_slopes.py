"""The slope chart: labels never cover each other, what crosses the line is told apart, nothing leaves the drawing."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptce_aap.web.charts import slopes


def _moves(count, columns=2, seed=1, line=None):
    chance = random.Random(seed)
    orders = [list(range(1, count + 1)) for _ in range(columns)]
    for order in orders[1:]:
        chance.shuffle(order)
    line = count // 2 if line is None else line
    return [
        slopes.Move(f"Pôle {place}", ranks, tuple(rank <= line for rank in ranks))
        for place, ranks in enumerate(zip(*orders, strict=True), 1)
    ]


@pytest.mark.parametrize("count", [1, 2, 12, 50, 150, 500])
@pytest.mark.parametrize("columns", [["Annoncé", "Corrigé"], ["Annoncé", "Corrigé", "Adopté"]])
def test_labels_never_cover_each_other_and_stay_in_the_drawing(count, columns):
    chart = slopes.slopes(_moves(count, len(columns)), columns, lines=[count // 2] * len(columns))
    for side in ("left", "right"):
        heights = sorted(label.y for slope in chart.slopes if (label := getattr(slope, side)))
        assert heights
        assert heights[0] >= 40 - 1e-6
        assert heights[-1] <= chart.height
        assert all(after - before >= slopes.LABEL_STEP - 0.11 for before, after in itertools.pairwise(heights))
    for slope in chart.slopes:
        assert all(40 <= point.y <= chart.height for point in slope.points)


def test_up_to_fifty_dossiers_are_all_named():
    chart = slopes.slopes(_moves(50), ["A", "B"], lines=[20, 20])
    assert chart.labelled == 50
    assert all(slope.left and slope.right for slope in chart.slopes)


def test_beyond_those_that_cross_then_those_that_move_most_are_named():
    moves = [slopes.Move(f"M{place}", (place, place), (place <= 60, place <= 60)) for place in range(1, 148)]
    moves += [
        slopes.Move("franchit", (60.0, 61.0), (True, False)),
        slopes.Move("bondit", (140.0, 70.0), (False, False)),
        slopes.Move("glisse", (70.0, 72.0), (False, False)),
    ]
    chart = slopes.slopes(moves, ["A", "B"], lines=[60, 60])
    named = {slope.label for slope in chart.slopes if slope.labelled}
    assert {"franchit", "bondit", "glisse"} <= named
    assert len(named) == chart.labelled < 60
    assert len(chart.slopes) == 150


def test_what_crosses_the_line_is_drawn_over_the_others():
    chart = slopes.slopes(_moves(30), ["A", "B"], lines=[15, 15])
    crossing = [slope.crosses for slope in chart.slopes]
    assert crossing == sorted(crossing)
    assert any(crossing)


def test_a_dossier_missing_from_a_ranking_keeps_its_other_places():
    move = slopes.Move("D", (2.0, 1.0, None), (True, True, None))
    (slope,) = slopes.slopes([move], ["A", "B", "C"], lines=[1, 1, None]).slopes
    assert len(slope.points) == 2
    assert slope.right is None
    assert slope.cells == ("D", "2", "1", "–", "ne change pas de côté")


def test_a_dossier_ranked_before_and_after_only_is_joined_straight():
    (slope,) = slopes.slopes(
        [slopes.Move("D", (2.0, None, 1.0), (False, None, True))], ["A", "B", "C"], lines=[1, 1, 1]
    ).slopes
    assert len(slope.segments) == 1
    assert slope.cells[-1] == "passe au-dessus"


@pytest.mark.parametrize(
    ("above", "words"),
    [
        ((True, True), "ne change pas de côté"),
        ((True, False), "passe au-dessous"),
        ((False, True), "passe au-dessus"),
        ((True, False, True), "change de côté puis revient"),
        ((None, None), "ne change pas de côté"),
    ],
)
def test_the_table_says_on_which_side_a_dossier_ends(above, words):
    (slope,) = slopes.slopes(
        [slopes.Move("D", (1.0,) * len(above), above)], ["c"] * len(above), lines=[None] * len(above)
    ).slopes
    assert slope.cells[-1] == words


def test_no_line_is_drawn_where_there_is_none():
    assert slopes.slopes(_moves(5), ["A", "B"], lines=[None, None]).lines == ()


def test_the_line_lies_between_the_last_above_and_the_first_below():
    chart = slopes.slopes(_moves(5), ["A", "B"], lines=[2, 2])
    by_rank = {slope.cells[1]: slope.points[0].y for slope in chart.slopes}
    assert all(by_rank["2"] < y < by_rank["3"] for _, _, y in chart.lines)


@given(st.lists(st.floats(0, 1_000), max_size=40))
def test_spread_keeps_order_gap_and_bounds(wanted):
    placed = slopes.spread(sorted(wanted), gap=20, low=0, high=1_000)
    assert all(after - before >= 20 - 1e-6 for before, after in itertools.pairwise(placed))
    assert all(-1e-6 <= height <= 1_000 + 1e-6 for height in placed)


@given(st.lists(st.integers(0, 40), unique=True, max_size=40))
def test_spread_moves_nothing_that_is_apart(places):
    wanted = [25.0 * place for place in sorted(places)]
    assert slopes.spread(wanted, gap=20, low=0, high=1_000) == pytest.approx(wanted)


def test_spread_parts_what_stands_together_around_it():
    assert slopes.spread([100, 100, 100], gap=20, low=0, high=1_000) == [80, 100, 120]
