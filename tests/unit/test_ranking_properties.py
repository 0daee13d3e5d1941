"""Whatever the marks, the ranking is the one that the rule's own words give, and print never misleads."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from ptce_aap.domain.ranking import announced
from ptce_aap.domain.scoring import Grid, shown_totals
from tests.unit.grids import axis, criterion, grid

WEIGHTS = st.integers(1, 5)


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    axes = []
    for name in "abcd"[: draw(st.integers(1, 4))]:
        criteria = [criterion(f"{name}{n}", draw(WEIGHTS)) for n in range(draw(st.integers(1, 4)))]
        axes.append(axis(name, draw(WEIGHTS), *criteria))
    order = draw(st.permutations([item.key for item in axes]))
    return grid(*axes, tie_order=tuple(order))


@st.composite
def panels(draw: st.DrawFn) -> tuple[Grid, dict[str, list[dict[str, int]]]]:
    used = draw(grids())
    # Few different marks: ties are the interesting part.
    sheet = st.fixed_dictionaries({item.key: st.sampled_from((2, 4, 7)) for item in used.criteria})
    dossiers = draw(st.lists(st.lists(sheet, max_size=3), max_size=8))
    return used, {f"D{n}": sheets for n, sheets in enumerate(dossiers)}


def in_words(used: Grid, sheets: list[dict[str, int]]) -> tuple[Fraction, ...]:
    """Compute total and axis means as the rule says them: per sheet, then the mean of the sheets."""
    weights = sum(item.weight for item in used.axes)
    totals, means = [], {item.key: Fraction(0) for item in used.axes}
    for sheet in sheets:
        total = Fraction(0)
        for item in used.axes:
            inner = sum(c.weight for c in item.criteria)
            points = sum((Fraction(c.weight, inner) * Fraction(sheet[c.key], 2) for c in item.criteria), Fraction(0))
            total += Fraction(item.weight, weights) * points / 5 * 100
            means[item.key] += points / len(sheets)
        totals.append(total)
    return (sum(totals, Fraction(0)) / len(totals), *(means[key] for key in used.tie_order))


@settings(max_examples=80, deadline=None)
@given(panels(), st.integers(0, 9))
def test_the_ranking_is_what_the_rule_says(panel: tuple[Grid, dict[str, list[dict[str, int]]]], seed: int) -> None:
    used, readings = panel
    lines = announced(used, readings, seed=seed)
    keys = {ref: in_words(used, sheets) for ref, sheets in readings.items() if len(sheets) >= used.minimal_readings}
    expected = {ref: 1 + sum(other > key for other in keys.values()) for ref, key in keys.items()}
    assert {line.reference: line.rank for line in lines if line.rank is not None} == expected
    assert sorted(line.reference for line in lines) == sorted(readings)
    printed = [line.rank for line in lines]
    assert printed == sorted(printed, key=lambda rank: (rank is None, rank or 0))
    assert all(line.total == keys[line.reference][0] for line in lines if line.rank is not None)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.fractions(0, 100, max_denominator=2000), max_size=12))
def test_shown_totals_look_equal_exactly_when_they_are(totals: list[Fraction]) -> None:
    texts = shown_totals(totals)
    values = [Fraction(text.replace(",", ".")) for text in texts]
    for one, first in zip(totals, values, strict=True):
        for other, second in zip(totals, values, strict=True):
            assert (one == other) == (first == second)
            assert (one < other) == (first < second)
    assert all(len(text.split(",")[1]) >= 2 for text in texts)
