"""What holds of every corrected ranking, whatever the marks."""

from __future__ import annotations

import json
import math
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptce_aap.domain.corrected import storing
from ptce_aap.domain.corrected.fitting import BadReadings, correct
from ptce_aap.domain.corrected.plugging import plug_in
from ptce_aap.domain.corrected.values import Corrected, Group, Mode, Model, Reading, Settings
from tests.budgets import budget
from tests.unit.corrected.readings import made, panel

SCALE = Settings(0, 10, draws=200)
MARKS = st.integers(0, 20).map(lambda halves: halves / 2)
MODES = st.sampled_from(list(Mode))


@st.composite
def calls(draw: st.DrawFn) -> list[Reading]:
    """Return the readings of a small call: every dossier is read at least once."""
    dossiers, readers = draw(st.integers(1, 7)), draw(st.integers(1, 4))
    readings = []
    for i in range(dossiers):
        chosen = draw(st.sets(st.integers(0, readers - 1), min_size=1))
        readings += [Reading(f"d{i}", f"r{j}", draw(MARKS)) for j in sorted(chosen)]
    return readings


def ranks(corrected: Corrected) -> dict[str, float]:
    return {placed.dossier: placed.expected_rank for placed in corrected.dossiers}


def text(corrected: Corrected) -> str:
    return json.dumps(storing.as_json(corrected))


@pytest.mark.soak
@settings(max_examples=budget("corrected.calls"), deadline=None)
@given(readings=calls(), mode=MODES, order=st.randoms(use_true_random=False))
def test_the_order_of_the_readings_changes_no_byte(readings: list[Reading], mode: Mode, order: random.Random) -> None:
    shuffled = list(readings)
    order.shuffle(shuffled)
    asked = replace(SCALE, mode=mode, top=1)
    assert text(correct(readings, asked).result()) == text(correct(shuffled, asked).result())


@pytest.mark.soak
@settings(max_examples=budget("corrected.calls"), deadline=None)
@given(readings=calls(), mode=MODES)
def test_every_ranking_is_sound(readings: list[Reading], mode: Mode) -> None:
    n = len({reading.dossier for reading in readings})
    corrected = correct(readings, replace(SCALE, mode=mode, top=1 + n // 2)).result()
    assert sum(ranks(corrected).values()) == pytest.approx(n * (n + 1) / 2, abs=1e-6)
    assert sum(placed.p_top or 0 for placed in corrected.dossiers) == pytest.approx(1 + n // 2)
    for placed in corrected.dossiers:
        assert 1 - 1e-9 <= placed.expected_rank <= n + 1e-9
        quantiles = [placed.rank_q05, placed.rank_q25, placed.rank_q50, placed.rank_q75, placed.rank_q95]
        assert quantiles == sorted(quantiles)
        assert quantiles[0] >= 1
        assert quantiles[-1] <= n
        assert placed.reliable == (placed.n > 1)


@pytest.mark.soak
@settings(max_examples=budget("corrected.calls"), deadline=None)
@given(readings=calls(), mode=MODES, names=st.permutations(range(7)))
def test_other_names_give_the_same_ranks(readings: list[Reading], mode: Mode, names: list[int]) -> None:
    asked = replace(SCALE, mode=mode)
    before = ranks(correct(readings, asked).result())
    renamed = [replace(reading, dossier=f"x{names[int(reading.dossier[1:])]}") for reading in readings]
    after = ranks(correct(renamed, asked).result())
    for dossier, rank in before.items():
        assert after[f"x{names[int(dossier[1:])]}"] == pytest.approx(rank, abs=1e-6)


@pytest.mark.soak
@settings(max_examples=budget("corrected.calls"), deadline=None)
@given(readings=calls(), mode=MODES)
def test_where_lower_is_better_the_mirrored_marks_give_the_same_ranks(readings: list[Reading], mode: Mode) -> None:
    asked = replace(SCALE, mode=mode)
    straight = correct(readings, asked).result()
    mirrored = [replace(reading, score=10 - reading.score) for reading in readings]
    lower = correct(mirrored, replace(asked, lower_is_better=True)).result()
    assert ranks(lower) == pytest.approx(ranks(straight), abs=1e-6)
    for one, other in zip(straight.dossiers, lower.dossiers, strict=True):
        assert other.adjusted == pytest.approx(10 - straight.placed(other.dossier).adjusted, abs=1e-6)
        assert one.raw_rank == lower.placed(one.dossier).raw_rank
    for one_reader, other_reader in zip(straight.readers, lower.readers, strict=True):
        assert other_reader.generosity == pytest.approx(one_reader.generosity, abs=1e-6)


@pytest.mark.soak
@settings(max_examples=budget("corrected.calls"), deadline=None)
@given(readings=calls(), mode=MODES, constant=st.integers(-40, 40))
def test_a_constant_added_to_marks_and_scale_changes_nothing(
    readings: list[Reading], mode: Mode, constant: int
) -> None:
    asked = replace(SCALE, mode=mode)
    before = correct(readings, asked).result()
    moved = [replace(reading, score=reading.score + constant) for reading in readings]
    after = correct(moved, replace(asked, low=constant, high=10 + constant)).result()
    assert ranks(after) == pytest.approx(ranks(before), abs=1e-6)
    for placed in after.dossiers:
        assert placed.adjusted == pytest.approx(before.placed(placed.dossier).adjusted + constant, abs=1e-6)


@pytest.mark.soak
@settings(max_examples=budget("corrected.calls"), deadline=None)
@given(
    marks=st.lists(st.lists(MARKS, min_size=3, max_size=3), min_size=1, max_size=4), mode=MODES, top=st.integers(1, 3)
)
def test_equal_averages_in_a_complete_design_are_ranked_equal(marks: list[list[float]], mode: Mode, top: int) -> None:
    """Each row of marks is given twice, its readers turned round: same average, other readers."""
    rows = [row for each in marks for row in (each, each[1:] + each[:1])]
    readings = [Reading(f"d{i}", f"r{j}", mark) for i, row in enumerate(rows) for j, mark in enumerate(row)]
    corrected = correct(readings, replace(SCALE, mode=mode, top=min(top, len(rows)))).result()
    for i in range(0, len(rows), 2):
        one, other = corrected.placed(f"d{i}"), corrected.placed(f"d{i + 1}")
        assert one.expected_rank == pytest.approx(other.expected_rank, abs=1e-9)
        assert (one.rank_q05, one.rank_q95, one.p_top) == (other.rank_q05, other.rank_q95, other.p_top)
        assert one.group == other.group


def test_a_dossier_tied_with_the_last_above_the_line_cannot_be_told_apart() -> None:
    corrected = correct(panel("p1"), Settings(1, 6, mode=Mode.SNSF, top=2)).result()
    tied = [placed for placed in corrected.dossiers if abs(placed.expected_rank - (corrected.line or 0)) < 1e-9]
    assert len(tied) == 3
    assert {placed.group for placed in tied} == {Group.INDISTINGUISHABLE}


def test_readers_who_mark_alike_are_found_alike() -> None:
    readings = [Reading(f"d{i}", f"r{j}", float(i)) for i in range(5) for j in range(3)]
    corrected = correct(readings, Settings(0, 5)).result()
    assert [placed.dossier for placed in corrected.dossiers] == ["d4", "d3", "d2", "d1", "d0"]
    assert corrected.model.generosity_sd < 0.05
    for placed in corrected.dossiers:
        assert placed.adjusted == pytest.approx(placed.raw_mean, abs=0.02)


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize(
    "readings",
    [
        [Reading("a", "r", 3.0)],
        [Reading("a", "r", 3.0), Reading("b", "r", 4.0)],
        [Reading("a", "r", 3.0), Reading("b", "r", 3.0)],
        [Reading(f"d{i}", f"r{i}", i / 2) for i in range(8)],
        [Reading(f"d{i}", "r", i / 2) for i in range(8)],
        [Reading("d", f"r{i}", i / 2) for i in range(8)],
        [Reading(f"d{i}", f"r{j}", 5.0) for i in range(4) for j in range(3)],
    ],
)
def test_degenerate_calls_have_a_ranking(mode: Mode, readings: list[Reading]) -> None:
    n = len({reading.dossier for reading in readings})
    corrected = correct(readings, Settings(0, 5, mode=mode, top=1, draws=100)).result()
    assert sum(ranks(corrected).values()) == pytest.approx(n * (n + 1) / 2)


@pytest.mark.parametrize("mode", list(Mode))
def test_a_null_variance_of_readers_is_the_fit_without_readers(mode: Mode) -> None:
    """With as many readings everywhere it is plain: the mean, drawn to the centre by τ²/(τ² + s²/c)."""
    readings = made(20, 6, 3)
    found = plug_in(readings, Settings(1, 6, mode=mode), Model(0.8, 0.7, 0.0, 0.0))
    means = {name: sum(r.score for r in readings if r.dossier == name) / 3 for name in found.dossiers}
    centre, share = sum(means.values()) / 20, 0.8**2 / (0.8**2 + 0.7**2 / 3)
    own = [centre + share * (means[dossier] - centre) for dossier in found.dossiers]
    assert found.adjusted == pytest.approx(own, abs=1e-9)
    spread = math.sqrt(2 * share * 0.7**2 / 3)  # of the difference of two merits
    for rank, mark in zip(found.expected_ranks, own, strict=True):
        known = 0.5 + sum(0.5 * math.erfc((mark - other) / spread / math.sqrt(2)) for other in own)
        assert rank == pytest.approx(known, abs=1e-9)


def test_parts_without_a_common_reader_are_named_and_warned_of() -> None:
    readings = [Reading(f"{part}{i}", f"{part}r{j}", float(i)) for part in "xy" for i in range(3) for j in range(2)]
    corrected = correct([*readings, Reading("x3", "xr0", 2.0)], Settings(0, 5, draws=100)).result()
    assert [part.dossiers for part in corrected.components] == [("x0", "x1", "x2", "x3"), ("y0", "y1", "y2")]
    assert [part.readers for part in corrected.components] == [("xr0", "xr1"), ("yr0", "yr1")]
    assert "comparaison entre groupes fondée sur l'hypothèse de groupes équivalents" in corrected.warnings[0]


@pytest.mark.parametrize(
    ("readings", "asked"),
    [
        ([], SCALE),
        ([Reading("a", "r", 11.0)], SCALE),
        ([Reading("a", "r", float("nan"))], SCALE),
        ([Reading("a", "r", 1.0), Reading("a", "r", 2.0)], SCALE),
        ([Reading("a", "r", 1.0)], replace(SCALE, top=2)),
        ([Reading("a", "r", 1.0)], replace(SCALE, high=0.0)),
        ([Reading("a", "r", 1.0)], replace(SCALE, draws=0)),
    ],
)
def test_readings_that_make_no_ranking_are_refused(readings: list[Reading], asked: Settings) -> None:
    with pytest.raises(BadReadings):
        correct(readings, asked)


def test_the_chances_of_pairs_are_those_of_the_comparison_of_two() -> None:
    fit = correct(made(30, 8, 3), Settings(1, 6))
    pairs = fit.pairs()
    assert pairs is not None
    for a, b in (("d000", "d001"), ("d029", "d003"), ("d010", "d020")):
        assert pairs.chance(a, b) == pytest.approx(fit.compare(a, b), abs=6e-5)
        assert fit.compare(a, b) + fit.compare(b, a) == pytest.approx(1)
    assert fit.compare("d000", "d000") == 0.5
    for dossier, rank in ranks(fit.result()).items():
        others = [name for name in pairs.dossiers if name != dossier]
        assert 1 + sum(pairs.chance(other, dossier) for other in others) == pytest.approx(rank, abs=30 * 5e-5)
