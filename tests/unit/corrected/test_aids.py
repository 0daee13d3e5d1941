"""One rank explained, weights moved, a reader left out, the next reading: what they say is true of the ranking."""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from ptce_aap.domain.corrected import storing
from ptce_aap.domain.corrected.aids import Explained, LeaveOneOut, Sensitivity
from ptce_aap.domain.corrected.explaining import explain, explanations
from ptce_aap.domain.corrected.fitting import BadReadings, Fit, correct
from ptce_aap.domain.corrected.following import next_readings
from ptce_aap.domain.corrected.leaving import left_out
from ptce_aap.domain.corrected.plugging import plug_in
from ptce_aap.domain.corrected.values import Group, Mode, Reading, Settings
from ptce_aap.domain.corrected.weighing import sensitivity
from tests.unit.corrected.readings import made

READINGS = made(40, 10, 3, seed=2)


@pytest.fixture(scope="module", params=["default", "snsf", "lower"])
def fit(request: pytest.FixtureRequest) -> Fit:
    mode = Mode.SNSF if request.param == "snsf" else Mode.DEFAULT
    return correct(READINGS, Settings(1, 6, mode=mode, top=12, lower_is_better=request.param == "lower"))


def test_the_explained_parts_add_up_to_the_adjusted_mark(fit: Fit) -> None:
    for placed in fit.result().dossiers:
        told = explain(fit, placed.dossier)
        assert told.centre + sum(part.contribution for part in told.readings) == pytest.approx(told.adjusted, abs=1e-9)
        assert told.adjusted == pytest.approx(placed.adjusted, abs=1e-9)
        assert told.held_back == pytest.approx(1 - sum(part.weight for part in told.readings), abs=1e-9)
        for part in told.readings:
            expected = part.weight * (part.value + part.severity - told.centre)
            assert part.contribution == pytest.approx(expected, abs=1e-9)
            assert part.residual == pytest.approx(part.value + part.severity - told.adjusted, abs=1e-9)


def test_the_explanation_shows_the_marks_as_given_and_the_readers_severity(fit: Fit) -> None:
    given = {(reading.dossier, reading.reader): reading.score for reading in READINGS}
    generosity = {reader.reader: reader.generosity for reader in fit.result().readers}
    turn = -1 if fit.settings.lower_is_better else 1
    for told in explanations(fit):
        for part in told.readings:
            assert part.value == given.pop((told.dossier, part.reader))
            assert turn * part.severity == pytest.approx(-(generosity[part.reader] or 0.0), abs=0.05)
    assert given == {}


def test_an_explanation_is_read_back_from_its_stored_form(fit: Fit) -> None:
    told = explain(fit, "d003")
    assert storing.from_json(Explained, json.loads(json.dumps(storing.as_json(told)))) == told


def test_an_unknown_dossier_is_not_explained(fit: Fit) -> None:
    with pytest.raises(KeyError):
        explain(fit, "absent")
    with pytest.raises(KeyError):
        fit.compare("d000", "absent")


def test_the_quick_ranking_is_close_to_the_full_one(fit: Fit) -> None:
    quick = plug_in(READINGS, fit.settings, fit.model)
    full = {placed.dossier: placed for placed in fit.result().dossiers}
    for dossier, adjusted, rank in zip(quick.dossiers, quick.adjusted, quick.expected_ranks, strict=True):
        assert rank == pytest.approx(full[dossier].expected_rank, abs=0.6)
        assert adjusted == pytest.approx(full[dossier].adjusted, abs=0.1)
    assert quick.order()[0] == fit.result().dossiers[0].dossier


def test_one_better_mark_lifts_its_dossier_in_the_quick_ranking(fit: Fit) -> None:
    best = 1.0 if fit.settings.lower_is_better else 6.0
    (first, *others) = [reading for reading in READINGS if reading.dossier == "d007"]
    rest = [reading for reading in READINGS if reading.dossier != "d007"]
    worse = plug_in([*rest, *others, replace(first, score=7 - best)], fit.settings, fit.model)
    better = plug_in([*rest, *others, replace(first, score=best)], fit.settings, fit.model)
    place = better.dossiers.index("d007")
    assert better.expected_ranks[place] < worse.expected_ranks[place] - 1


def test_without_a_reader_the_ranking_is_that_of_the_other_readings(fit: Fit) -> None:
    left = left_out(fit)
    assert [each.reader for each in left.readers] == list(fit.design.readers)
    out = left.without("r004")
    kept = [reading for reading in READINGS if reading.reader != "r004"]
    quick = plug_in(kept, replace(fit.settings, top=None), fit.model)
    assert dict(zip(left.dossiers, out.expected_ranks, strict=True)) == dict(
        zip(quick.dossiers, quick.expected_ranks, strict=True)
    )
    before = set(sorted(left.dossiers, key=dict(zip(left.dossiers, left.expected_ranks, strict=True)).__getitem__)[:12])
    assert set(out.leaving) <= before
    assert not set(out.entering) & before
    assert len(out.entering) == len(out.leaving)
    assert any(each.entering for each in left.readers)
    assert storing.from_json(LeaveOneOut, json.loads(json.dumps(storing.as_json(left)))) == left


def test_a_dossier_read_by_one_reader_alone_has_no_rank_without_him() -> None:
    fit = correct([*READINGS, Reading("seul", "r000", 6.0)], Settings(1, 6, top=5))
    left = left_out(fit)
    place = left.dossiers.index("seul")
    assert left.without("r000").expected_ranks[place] is None
    assert left.without("r001").expected_ranks[place] is not None
    with pytest.raises(KeyError):
        left.without("absent")


def test_a_call_with_one_reader_can_be_asked_what_he_weighs() -> None:
    readings = [Reading(f"d{i}", "r", float(i)) for i in range(4)]
    (only,) = left_out(correct(readings, Settings(0, 5, top=2))).readers
    assert set(only.expected_ranks) == {None}


def test_the_next_reading_goes_to_the_middle_group_where_it_helps_most(fit: Fit) -> None:
    corrected = fit.result()
    following = next_readings(fit, corrected)
    assert {each.dossier for each in following} == {
        placed.dossier for placed in corrected.group(Group.INDISTINGUISHABLE)
    }
    assert [each.gain for each in following] == sorted((each.gain for each in following), reverse=True)
    assert all(0 <= each.gain <= each.wrong_side <= 0.5 for each in following)
    assert following[0].gain > 0.02
    assert next_readings(correct(READINGS, replace(fit.settings, top=None))) == ()


def test_the_gain_of_a_reading_is_what_a_simulation_finds(fit: Fit) -> None:
    corrected = fit.result()
    each = next_readings(fit, corrected)[0]
    placed, model = corrected.placed(each.dossier), fit.model
    generator = np.random.default_rng(3)
    merits = generator.normal(0, placed.sd, 400_000)
    noise = model.residual_sd**2 + model.generosity_sd**2
    marks = merits + generator.normal(0, noise**0.5, 400_000)
    estimates = marks * placed.sd**2 / (placed.sd**2 + noise)
    line = -float(np.quantile(merits, placed.p_top or 0.0))
    wrong = np.mean((merits > line) != (estimates > line))
    assert each.wrong_side - each.gain == pytest.approx(float(wrong), abs=0.004)


def sheets(n: int, criteria: int, seed: int = 1) -> dict[str, tuple[Reading, ...]]:
    """Return marks 1–6 on each criterion for the readings of a made-up call."""
    generator = np.random.default_rng(seed)
    readings = made(n, max(8, n // 12), 3, seed=seed)
    return {
        f"c{criterion}": tuple(
            replace(reading, score=float(np.clip(reading.score + generator.integers(-3, 4) / 2, 1, 6)))
            for reading in readings
        )
        for criterion in range(criteria)
    }


def weighted(by_criterion: dict[str, tuple[Reading, ...]], weights: dict[str, int]) -> list[Reading]:
    total = sum(weights.values())
    rows = zip(*(by_criterion[criterion] for criterion in weights), strict=True)
    return [
        replace(
            row[0], score=float(sum(w * Fraction(r.score) for w, r in zip(weights.values(), row, strict=True)) / total)
        )
        for row in rows
    ]


@pytest.mark.parametrize("lower", [False, True])
def test_any_weighting_is_a_weighted_mean_of_the_criteria(lower: bool) -> None:
    by_criterion = sheets(25, 3)
    today, other = {"c0": 1, "c1": 1, "c2": 2}, {"c0": 5, "c1": 0, "c2": 1}
    settings = Settings(1, 6, top=8, lower_is_better=lower)
    fit = correct(weighted(by_criterion, today), settings)
    found = sensitivity(by_criterion, today, fit)
    for weights in (today, other):
        quick = plug_in(weighted(by_criterion, weights), settings, fit.model)
        assert found.adjusted(weights) == pytest.approx(
            dict(zip(quick.dossiers, quick.adjusted, strict=True)), abs=1e-9
        )
    assert storing.from_json(Sensitivity, json.loads(json.dumps(storing.as_json(found)))) == found


@pytest.mark.parametrize("lower", [False, True])
def test_the_smallest_change_of_weight_brings_a_dossier_level_with_the_one_above(lower: bool) -> None:
    by_criterion = sheets(25, 3)
    today = {"c0": 1, "c1": 1, "c2": 2}
    fit = correct(weighted(by_criterion, today), Settings(1, 6, top=8, lower_is_better=lower))
    found = sensitivity(by_criterion, today, fit)
    order = found.order({criterion: float(weight) for criterion, weight in today.items()})
    assert [(each.above, each.dossier) for each in found.overtakings] == list(itertools.pairwise(order))
    shares = dict(zip(found.criteria, found.weights, strict=True))
    reached = [each for each in found.overtakings if each.criterion is not None]
    assert len(reached) > 15
    for each in reached:
        assert each.criterion is not None
        assert each.needed is not None
        assert each.weight == shares[each.criterion]
        moved = {name: share * (1 - each.needed) / (1 - shares[each.criterion]) for name, share in shares.items()}
        marks = found.adjusted({**moved, each.criterion: each.needed})
        assert marks[each.dossier] == pytest.approx(marks[each.above], abs=1e-9)


def test_shares_count_the_weightings_that_keep_a_dossier_above_the_line() -> None:
    by_criterion = sheets(25, 3)
    today = {"c0": 1, "c1": 1, "c2": 2}
    fit = correct(weighted(by_criterion, today), Settings(1, 6, top=8))
    found = sensitivity(by_criterion, today, fit, draws=2_000)
    assert found.shares is not None
    assert sum(found.shares) == pytest.approx(8, abs=0.01)
    generator = np.random.default_rng(9)
    counts = dict.fromkeys(found.dossiers, 0)
    for _ in range(400):
        drawn = dict(zip(found.criteria, map(float, generator.dirichlet([1.0] * 3)), strict=True))
        for dossier in found.order(drawn)[:8]:
            counts[dossier] += 1
    for dossier, share in zip(found.dossiers, found.shares, strict=True):
        assert counts[dossier] / 400 == pytest.approx(share, abs=0.12)


def test_criteria_must_have_the_readings_of_the_ranking_and_a_weight() -> None:
    by_criterion = sheets(25, 2)
    fit = correct(weighted(by_criterion, {"c0": 1, "c1": 1}), Settings(1, 6))
    assert sensitivity(by_criterion, {"c0": 1, "c1": 1}, fit).shares is None
    with pytest.raises(BadReadings):
        sensitivity({**by_criterion, "c1": by_criterion["c1"][1:]}, {"c0": 1, "c1": 1}, fit)
    for weights in ({"c0": 1}, {"c0": 0, "c1": 0}, {"c0": 2, "c1": -1}):
        with pytest.raises(BadReadings):
            sensitivity(by_criterion, weights, fit)


def test_ten_thousand_weightings_of_five_hundred_dossiers_are_quick() -> None:
    by_criterion = sheets(500, 5)
    weights = dict.fromkeys(by_criterion, 1)
    settings = Settings(1, 6, mode=Mode.SNSF, top=100, draws=10)
    fit = correct(weighted(by_criterion, weights), settings)
    spent = []
    for _ in range(3):
        start = time.process_time()
        found = sensitivity(by_criterion, weights, fit, draws=10_000)
        spent.append(time.process_time() - start)
    assert found.draws == 10_000
    assert min(spent) < 0.5 * 3  # three times the figure of the method: a test machine may be slow or busy
