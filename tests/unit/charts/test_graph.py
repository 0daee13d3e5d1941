"""The review graph: groups are those that readings join, and a mark is a reading, within the drawing."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptce_aap.web.charts import graph

PAIRS = st.lists(
    st.tuples(st.sampled_from([f"r{n}" for n in range(8)]), st.sampled_from([f"d{n}" for n in range(15)])), unique=True
)


@given(PAIRS, st.randoms(use_true_random=False))
def test_groups_share_nothing_hold_everything_and_ignore_the_order_given(pairs, chance):
    found = graph.groups(pairs)
    for one, other in itertools.combinations(found, 2):
        assert not set(one.dossiers) & set(other.dossiers)
        assert not set(one.readers) & set(other.readers)
    assert {dossier for group in found for dossier in group.dossiers} == {dossier for _, dossier in pairs}
    for reader, dossier in pairs:
        assert any(reader in group.readers and dossier in group.dossiers for group in found)
    mixed = list(pairs)
    chance.shuffle(mixed)
    assert graph.groups(mixed) == found


@given(PAIRS)
def test_every_group_holds_together(pairs):
    for group in graph.groups(pairs):
        reached, edge = {group.dossiers[0]}, {group.dossiers[0]}
        while edge:
            readers = {reader for reader, dossier in pairs if dossier in edge}
            edge = {dossier for reader, dossier in pairs if reader in readers} - reached
            reached |= edge
        assert reached == set(group.dossiers)


@pytest.mark.parametrize(("dossiers", "readers"), [(125, 24), (500, 40), (3, 1), (1, 1)])
def test_each_reading_is_one_mark_within_the_drawing(dossiers, readers):
    chance = random.Random(7)
    pairs = [
        (f"r{reader:02d}", f"d{dossier:03d}")
        for dossier in range(dossiers)
        for reader in chance.sample(range(readers), min(3, readers))
    ]
    chart = graph.graph(pairs, {f"r{n:02d}": f"Lecteur {n + 1}" for n in range(readers)})
    assert len(chart.marks) == len(pairs)
    assert len({(x, y) for x, y, _ in chart.marks}) == len(pairs)
    assert all(chart.left <= x and x + chart.mark[0] <= chart.width - 40 for x, _, _ in chart.marks)
    assert all(y >= 0 and y + chart.mark[1] <= chart.height for _, y, _ in chart.marks)
    assert chart.mark[0] >= 2.5
    assert sum(line.dossiers for line in chart.lines) == len(pairs)


def test_a_jury_of_24_and_125_dossiers_fits_a_wide_screen():
    pairs = [(f"r{(dossier + turn) % 24:02d}", f"d{dossier:03d}") for dossier in range(125) for turn in range(3)]
    chart = graph.graph(pairs, {f"r{n:02d}": f"Lecteur {n + 1}" for n in range(24)})
    assert chart.width <= 1_180
    assert chart.mark[0] >= 5


def test_groups_are_named_only_where_there_are_several():
    joined = graph.graph([("a", "d1"), ("a", "d2")], {"a": "A"})
    apart = graph.graph([("a", "d1"), ("b", "d2"), ("b", "d3")], {"a": "A", "b": "B"})
    assert [box.label for box in joined.boxes] == [""]
    assert [row[2] for row in apart.rows] == ["A", "B"]
    assert apart.rows[0][0] == "B"  # the largest group comes first
    assert len(apart.boxes) == 2


def test_boxes_of_groups_do_not_touch():
    pairs = [(f"r{n}", f"d{n}{side}") for n in range(30) for side in "ab"]
    chart = graph.graph(pairs, {f"r{n}": f"Lecteur {n}" for n in range(30)})
    assert all(
        before.x + before.width < after.x and before.y + before.height < after.y
        for before, after in itertools.pairwise(chart.boxes)
    )


def test_no_reading_gives_an_empty_drawing():
    chart = graph.graph([], {})
    assert chart.marks == ()
    assert chart.rows == ()
