"""What parts a region from the jury: which dossiers, how strongly, and what a file may not say."""

from __future__ import annotations

from fractions import Fraction

import pytest

from ptce_aap.definitions import load_call
from ptce_aap.definitions.divergences import read_divergences
from ptce_aap.definitions.reader import Problem
from ptce_aap.domain.divergences import DivergenceRule, Placed, Way
from ptce_aap.web.charts.scatter import Dot, scatter

RULE = DivergenceRule(frozenset({"yes"}), frozenset({"no"}), 3)
LOW, HIGH = Way.SUPPORTED_AND_LOW, Way.UNSUPPORTED_AND_HIGH


@pytest.mark.parametrize(
    ("placed", "way", "strength"),
    [
        (Placed("yes", None, 0, 30, 30), LOW, Fraction(1)),
        (Placed("yes", None, 0, 21, 30), LOW, Fraction(20, 29)),
        (Placed("yes", None, 0, 20, 30), None, None),  # the end of the second third
        (Placed("no", None, 0, 10, 30), HIGH, Fraction(20, 29)),
        (Placed("no", None, 0, 11, 30), None, None),
        (Placed("perhaps", None, 0, 30, 30), None, None),
        (Placed(None, 1, 3, 30, 30), LOW, Fraction(1)),  # by its number alone
        (Placed("perhaps", 2, 6, 30, 30), LOW, Fraction(4, 5)),
        (Placed("perhaps", 1, 2, 30, 30), None, None),  # a region that ranks two has no thirds
        (Placed("yes", 6, 6, 30, 30), LOW, Fraction(1)),  # favourable, though last of its region: the verdict says so
        (Placed("yes", 6, 6, 1, 30), HIGH, Fraction(1)),
        (Placed("yes", None, 0, 1, 1), LOW, Fraction(0)),
    ],
)
def test_a_divergence_joins_one_end_of_the_list_to_the_other_word_of_the_region(
    placed: Placed, way: Way | None, strength: Fraction | None
) -> None:
    found = RULE.divergence(placed)
    assert (found.way if found else None, found.strength if found else None) == (way, strength)


def test_parts_cover_the_list_and_none_is_empty_where_there_are_enough_dossiers() -> None:
    for count in range(3, 40):
        parts = [RULE.part(rank, count) for rank in range(1, count + 1)]
        assert parts == sorted(parts)
        assert set(parts) == {1, 2, 3}
        assert RULE.part(count + 2, count) == 3


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (('favorables = ["favorable"]', 'favorables = ["autre"]'), "favorables"),
        (('defavorables = ["defavorable"]', 'defavorables = ["favorable"]'), "defavorables"),
        (("parts = 3 ", "parts = 1 "), "parts"),
        (('attendu = "aucun"', 'attendu = "soutenu_et_bas"'), "exemple[4].attendu"),
        (("parts = 3 ", "tiers = 3\nparts = 3 "), "tiers"),
    ],
)
def test_a_wrong_file_says_which_key_and_why(change: tuple[str, str], key: str) -> None:
    definition = load_call("ptce-2015")
    path = next(file for file in definition.sources if "/ecarts." in file)
    problems: list[Problem] = []
    text = definition.sources[path].replace(*change, 1)
    read_divergences(text, path, problems, definition.opinion, definition.sheet.projection.verdict)
    assert key in [problem.key for problem in problems]


def test_points_that_stand_out_are_drawn_last_and_named() -> None:
    dots = [
        Dot("Pôle qui se distingue", Fraction(0), 30, True, ("a",)),
        Dot("Autre", Fraction(1), 1, False, ("b",)),
    ]
    chart = scatter(dots, last=30, parts=3, head=("Dossier",))
    assert [(point.strong, point.name) for point in chart.points] == [(False, ""), (True, "Pôle qui se distingue")]
    assert chart.points[1].x < chart.points[0].x
    assert chart.points[1].y > chart.points[0].y
    assert chart.rows == (("a",), ("b",))
