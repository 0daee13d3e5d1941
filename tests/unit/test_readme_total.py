"""The total that scoring/README.md computes by hand is the one that the program computes."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

from ptce_aap.definitions.grids import read_grid
from ptce_aap.definitions.reader import Problem
from ptce_aap.domain.ranking import announced
from ptce_aap.domain.scoring import HALF, Grid, axis_means, sheet_total, shown
from ptce_aap.resources import shipped

README = (shipped("scoring") / "README.md").read_text(encoding="utf-8").replace("\u00a0", " ").replace("\u202f", " ")
MARKS_ROW = re.compile(r"^\| `(\w+)` \| `(\w+)` \| ([0-9,]+) \| ([0-9,]+) \|$", re.MULTILINE)
MEANS_ROW = re.compile(r"^\| `(\w+)` \| \(.*\) / \d = ([0-9/]+) \| \(.*\) / \d = ([0-9/]+) \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def grid() -> Grid:
    problems: list[Problem] = []
    path = shipped("scoring") / "ptce-2015" / "grille.v1.toml"
    found = read_grid(path.read_text(encoding="utf-8"), path.name, problems)
    assert problems == []
    return found


@pytest.fixture(scope="module")
def sheets() -> tuple[dict[str, int], dict[str, int]]:
    rows = MARKS_ROW.findall(README)
    return ({key: half(one) for _, key, one, _ in rows}, {key: half(two) for _, key, _, two in rows})


def half(text: str) -> int:
    return int(Fraction(text.replace(",", ".")) * HALF)


def test_the_table_of_marks_has_every_criterion_under_its_axis(grid: Grid) -> None:
    written = [(axis, key) for axis, key, *_ in MARKS_ROW.findall(README)]
    assert written == [(axis.key, criterion.key) for axis in grid.axes for criterion in axis.criteria]


def test_the_axis_means_are_those_written(grid: Grid, sheets: tuple[dict[str, int], dict[str, int]]) -> None:
    written = {axis: (Fraction(one), Fraction(two)) for axis, one, two in MEANS_ROW.findall(README)}
    first, second = (axis_means(grid, sheet) for sheet in sheets)
    assert written == {axis.key: (first[axis.key], second[axis.key]) for axis in grid.axes}


def test_the_total_of_each_reading_is_the_one_written(
    grid: Grid, sheets: tuple[dict[str, int], dict[str, int]]
) -> None:
    written = re.findall(r"^- Lecture \d : .* = (\d+/\d+), soit ([0-9,]+) sur 100\.$", README, re.MULTILINE)
    totals = [sheet_total(grid, sheet) for sheet in sheets]
    assert written == [(str(total), shown(total)) for total in totals]


def test_the_total_and_the_flag_of_the_dossier_are_those_written(
    grid: Grid, sheets: tuple[dict[str, int], dict[str, int]]
) -> None:
    (line,) = announced(grid, {"D1": sheets}, seed=1)
    assert f"= {line.total}, soit **{line.shown} sur 100**" in README
    words = ", ".join(f"{axis.key.replace('plarite', 'plarité')} {line.axis_means[axis.key]}" for axis in grid.axes)
    assert f"les moyennes des deux lectures : {words}." in README
    assert line.flags == ("essaimage",)
    assert "Celle de l’essaimage est inférieure à 3" in README
