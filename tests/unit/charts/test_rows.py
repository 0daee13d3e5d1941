"""Rows on a common scale: every mark stays within the drawing, and what is said matches what is drawn."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from ptce_aap.web.charts import rows
from ptce_aap.web.charts.scales import Scale, rank_ticks, short, step_for


@given(st.lists(st.tuples(*[st.integers(1, 200)] * 4), min_size=1, max_size=60), st.integers(1, 200))
def test_intervals_stay_on_the_scale_and_hold_the_inner_one(ends, line):
    given_rows = [
        rows.RankInterval(f"D{place}", (low + high) / 2, (inner_low, inner_high), (low, high))
        for place, four in enumerate(ends)
        for low, inner_low, inner_high, high in [sorted(four)]
    ]
    chart = rows.intervals(given_rows, count=200, line=line)
    for row in chart.rows:
        assert 0 <= row.outer.start <= row.inner.start
        assert row.inner.end <= row.outer.end + 1e-9 <= 100 + 1e-6
        assert row.outer.start <= row.point <= row.outer.end
    assert 0 < chart.line.place < 100


def test_panels_hold_every_row_once_in_order_and_evenly():
    given_rows = [rows.RankInterval(str(place), place, (place, place), (place, place)) for place in range(1, 201)]
    chart = rows.intervals(given_rows, count=200)
    assert [row.label for row in chart.rows] == [str(place) for place in range(1, 201)]
    assert [(panel.first, panel.last) for panel in chart.panels][:2] == [(1, 25), (26, 50)]
    assert {len(panel.rows) for panel in rows.intervals(given_rows[:52], count=200).panels} == {18, 16}


def test_a_rank_known_exactly_is_still_seen():
    (row,) = rows.intervals([rows.RankInterval("D1", 3, (3, 3), (3, 3))], count=200).rows
    assert row.inner.width >= 0.4


def test_one_dossier_alone_is_drawn():
    chart = rows.intervals([rows.RankInterval("D1", 1, (1, 1), (1, 1))], count=1)
    assert chart.rows[0].cells[:4] == ("D1", "1,0", "1", "1")
    assert [tick.label for tick in chart.ticks] == ["1"]


def test_nothing_is_drawn_of_nothing():
    assert rows.intervals([], count=0).panels == ()
    assert rows.severities([]).rows == ()


def test_numbers_say_what_is_unsure_and_what_is_to_part():
    (row,) = rows.intervals(
        [rows.RankInterval("D1", 9.25, (4, 14), (1, 31), reliable=False, emphasised=True)], count=40
    ).rows
    assert row.cells[2:4] == ("de 4 à 14", "de 1 à 31")
    assert "à départager par le jury" in row.cells[4]
    assert "trop peu de lectures" in row.cells[4]


def test_a_reader_of_two_dossiers_is_named_and_not_drawn():
    chart = rows.severities([rows.Generosity("L1", 0.2, 0.1, 3), rows.Generosity("L2", 5.0, 0.1, 2)])
    assert [row.label for row in chart.rows] == ["L1"]
    assert chart.left_out == ("L2",)


def test_zero_is_in_the_middle_of_severities_and_the_severe_come_first():
    chart = rows.severities([rows.Generosity("L1", 0.5, 0.1, 3), rows.Generosity("L2", -0.5, 0.1, 3)])
    assert [row.label for row in chart.rows] == ["L2", "L1"]
    low, high = (row.point for row in chart.rows)
    assert low < 50 < high
    assert chart.line.place == 50
    assert abs((low + high) / 2 - 50) < 0.01


def test_readers_who_are_all_equal_are_drawn_in_the_middle():
    chart = rows.severities([rows.Generosity("L1", 0.0, 0.0, 5), rows.Generosity("L2", 0.0, 0.0, 5)])
    assert {row.point for row in chart.rows} == {50.0}


def test_a_generosity_within_its_deviation_says_nothing():
    assert rows.in_words(0.3, 0.31) == "comme les autres"
    assert rows.in_words(0.32, 0.31) == "plutôt généreux"
    assert rows.in_words(-0.32, 0.31) == "plutôt sévère"


def test_differences_carry_their_sign():
    assert rows.signed(0.5, 2) == "+0,50"
    assert rows.signed(-1.25, 2) == "−1,25"
    assert rows.signed(0.0, 2) == "0,00"
    assert rows.signed(-0.001, 2) == "0,00"


def test_a_share_that_is_not_all_is_not_called_all():
    shown = [
        row.shown for row in rows.shares([rows.Share("D", share, True) for share in (0, 0.001, 0.62, 0.999, 1)]).rows
    ]
    assert shown == ["0\u00a0%", "<\u00a01\u00a0%", "62\u00a0%", ">\u00a099\u00a0%", "100\u00a0%"]


def test_a_share_of_nothing_has_no_bar():
    (row,) = rows.shares([rows.Share("D", 0.0, False)]).rows
    assert row.inner is None


@given(st.integers(1, 2_000))
def test_ranks_named_on_the_scale_are_few_ascending_and_apart(count):
    ticks = rank_ticks(Scale(0.5, max(count, 2) + 0.5), count)
    places = [tick.place for tick in ticks]
    assert places == sorted(set(places))
    assert len(ticks) <= 9
    assert all(after - before >= 5 for before, after in itertools.pairwise(places))


@given(st.floats(0.001, 10_000), st.integers(1, 12))
def test_steps_are_round_and_few(width, most):
    step = step_for(width, most)
    assert width / step <= most + 1e-6
    assert f"{step:.0e}"[0] in "125"


@given(st.text(min_size=0, max_size=120))
def test_a_short_label_is_short(label):
    assert len(short(label)) <= 34


def test_a_long_label_is_cut_at_a_word():
    assert short("Coopérative d’activité et d’emploi du bassin") == "Coopérative d’activité et…"
