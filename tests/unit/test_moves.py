"""A move is said to come from what makes most of it, and never tells the severity of somebody who read too little."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptce_aap.domain.corrected.aids import Explained, ExplainedReading
from ptce_aap.domain.moves import Cause, biggest, ranks, why


def _explained(*readings, centre=60.0, weight=0.3):
    held_back = 1 - weight * len(readings)
    parts = tuple(
        ExplainedReading(f"L{place}", value, severity, 0.0, weight, weight * (value + severity - centre))
        for place, (value, severity) in enumerate(readings, 1)
    )
    adjusted = centre + sum(part.contribution for part in parts)
    return Explained("D", centre, adjusted, held_back, parts)


def test_severity_and_few_readings_make_the_whole_difference():
    explained = _explained((70, 2), (50, -8), (41, 3))
    severity = sum(one.weight * one.severity for one in explained.readings)
    raw = (70 + 50 + 41) / 3
    assert explained.adjusted - raw == pytest.approx(severity + explained.held_back * (explained.centre - raw))


ALL = {"L1", "L2", "L3"}


def test_severe_readers_lift_a_dossier_the_most_severe_named_first():
    found = why(_explained((60, 2), (60, 8), (60, -1)), gained=True, shown=ALL, usual=2)
    assert found.cause is Cause.SEVERE_READERS
    assert [one.reader for one in found.readers] == ["L2", "L1"]


def test_generous_readers_bring_a_dossier_down():
    found = why(_explained((60, -5), (60, 1), (60, -2)), gained=False, shown=ALL, usual=2)
    assert (found.cause, [one.reader for one in found.readers]) == (Cause.GENEROUS_READERS, ["L1", "L3"])


def test_a_reader_of_too_few_dossiers_is_not_named():
    found = why(_explained((60, 2), (60, 8)), gained=True, shown={"L1"}, usual=2)
    assert [one.reader for one in found.readers] == ["L1"]


def test_a_dossier_of_one_reading_is_brought_to_the_mean():
    assert why(_explained((90, -1)), gained=False, shown=ALL, usual=2).cause is Cause.FEW_READINGS
    assert why(_explained((20, 1)), gained=True, shown=ALL, usual=2).cause is Cause.FEW_READINGS


def test_a_dossier_with_as_many_readings_as_the_others_is_never_said_to_have_few():
    explained = _explained((90, 0), (90, 0))
    assert why(explained, gained=False, shown=ALL, usual=3).cause is Cause.FEW_READINGS
    assert why(explained, gained=False, shown=ALL, usual=2).cause is Cause.OTHERS


def test_a_dossier_that_nothing_pushes_is_moved_by_the_others():
    assert why(_explained((60, 0), (60, 0)), gained=True, shown=ALL, usual=2).cause is Cause.OTHERS
    assert why(_explained((60, 3), (60, 3)), gained=False, shown=ALL, usual=2).cause is Cause.OTHERS


def test_equal_expected_ranks_share_their_rank_and_the_next_is_skipped():
    assert ranks({"a": 1.5, "b": 1.5 + 1e-12, "c": 3.2, "d": 4.0}) == {"a": 1, "b": 1, "c": 3, "d": 4}
    assert ranks({}) == {}


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.integers(2, 40).map(lambda half: half / 2)))
def test_ranks_count_those_before(values):
    assert ranks(values) == {
        ref: 1 + sum(other < value - 1e-9 for other in values.values()) for ref, value in values.items()
    }


@pytest.mark.parametrize(("most", "expected"), [(2, ["c", "b"]), (9, ["c", "b", "a"])])
def test_those_named_first_come_first_and_who_stays_is_left_out(most, expected):
    assert biggest({"a": 1, "b": -9, "c": 2, "d": 0}, most, first=["c", "d"]) == expected
