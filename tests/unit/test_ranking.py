"""The announced ranking follows its rule exactly: means of whole sheets, ties parted as announced, ranks shared."""

from __future__ import annotations

import random
from fractions import Fraction

from ptce_aap.domain.ranking import announced, draw
from tests.unit.grids import axis, grid


def sheet(a: int, b: int, c: int, d: int) -> dict[str, int]:
    return {"a_1": a, "b_1": b, "c_1": c, "d_1": d}


def ranks(readings: dict[str, list[dict[str, int]]], **options: object) -> list[tuple[str, int | None]]:
    changes = {"tie_order": options.pop("tie_order", ())}
    lines = announced(grid(**changes), readings, **{"seed": 1, **options})  # type: ignore[arg-type]
    return [(line.reference, line.rank) for line in lines]


def test_the_total_is_the_mean_of_the_sheets_totals() -> None:
    (line,) = announced(grid(), {"D1": [sheet(10, 10, 10, 10), sheet(5, 5, 5, 5), sheet(5, 5, 5, 5)]}, seed=1)
    assert (line.total, line.shown, line.readings) == (Fraction(200, 3), "66,67", 3)
    assert line.sheet_totals == (100, 50, 50)
    assert line.axis_means == dict.fromkeys("abcd", Fraction(10, 3))


def test_incomplete_sheets_do_not_count() -> None:
    (line,) = announced(grid(), {"D1": [sheet(10, 10, 10, 10), {"a_1": 0}]}, seed=1)
    assert (line.rank, line.readings, line.total) == (None, 1, 100)


def test_too_few_readings_are_unranked_and_last_until_the_chair_admits_them() -> None:
    readings = {"few": [sheet(10, 10, 10, 10)], "enough": [sheet(4, 4, 4, 4), sheet(4, 4, 4, 4)]}
    assert ranks(readings) == [("enough", 1), ("few", None)]
    assert ranks(readings, admitted={"few"}) == [("few", 1), ("enough", 2)]


def test_a_dossier_without_any_reading_is_never_ranked() -> None:
    (line,) = announced(grid(), {"none": []}, seed=1, admitted={"none"})
    assert (line.rank, line.total, line.shown, line.flags) == (None, None, "", ())


def test_equal_totals_are_parted_by_axis_means_in_the_announced_order() -> None:
    readings = {"left": [sheet(6, 4, 5, 5)] * 2, "right": [sheet(4, 6, 5, 5)] * 2}
    assert ranks(readings, tie_order=("a", "b")) == [("left", 1), ("right", 2)]
    assert ranks(readings, tie_order=("c", "b")) == [("right", 1), ("left", 2)]


def test_what_remains_tied_shares_its_rank_and_the_next_is_skipped() -> None:
    readings = {
        "best": [sheet(9, 9, 9, 9)] * 2,
        "one": [sheet(5, 5, 5, 5)] * 2,
        "two": [sheet(4, 4, 4, 4), sheet(6, 6, 6, 6)],
        "last": [sheet(1, 1, 1, 1)] * 2,
    }
    result = dict(ranks(readings, tie_order=("a", "b", "c", "d")))
    assert result == {"best": 1, "one": 2, "two": 2, "last": 4}
    tied = {line.reference for line in announced(grid(), readings, seed=1) if line.tied}
    assert tied == {"one", "two"}


def test_each_rank_that_is_shared_is_told_and_no_other() -> None:
    totals = {"a": 9, "b": 7, "c": 7, "d": 5, "e": 5, "f": 1}
    lines = announced(grid(), {name: [sheet(*[mark] * 4)] * 2 for name, mark in totals.items()}, seed=1)
    assert sorted((line.reference, line.rank, line.tied) for line in lines) == [
        ("a", 1, False),
        ("b", 2, True),
        ("c", 2, True),
        ("d", 4, True),
        ("e", 4, True),
        ("f", 6, False),
    ]


def test_a_difference_far_below_two_decimals_still_makes_a_rank() -> None:
    heavy = grid(axis("a", 9_999_999), axis("b", 1))
    lines = announced(heavy, {"more": [{"a_1": 5, "b_1": 6}] * 2, "less": [{"a_1": 5, "b_1": 5}] * 2}, seed=1)
    assert [(line.reference, line.rank) for line in lines] == [("more", 1), ("less", 2)]
    assert lines[0].shown != lines[1].shown


def test_the_seed_orders_only_those_that_share_a_rank_and_always_the_same_way() -> None:
    readings = {f"D{n}": [sheet(5, 5, 5, 5)] * 2 for n in range(20)} | {"top": [sheet(6, 6, 6, 6)] * 2}
    first = ranks(readings, seed=7)
    shuffled = list(readings.items())
    random.Random(3).shuffle(shuffled)
    assert ranks(dict(shuffled), seed=7) == first
    assert first[0] == ("top", 1)
    assert {rank for _, rank in first[1:]} == {2}
    assert [ref for ref, _ in first[1:]] == sorted((f"D{n}" for n in range(20)), key=lambda ref: draw(7, ref))
    assert ranks(readings, seed=8) != first


def test_an_axis_mean_under_the_threshold_is_flagged_and_on_it_is_not() -> None:
    (line,) = announced(grid(), {"D1": [sheet(6, 5, 10, 10), sheet(6, 6, 10, 10)]}, seed=1)
    assert line.flags == ("b",)
