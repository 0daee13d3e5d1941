"""The sample panels of the published method: our ranks are those of the exact posterior."""

from __future__ import annotations

import pytest

from ptce_aap.domain.corrected.fitting import correct
from ptce_aap.domain.corrected.values import Corrected, Mode, Settings
from tests.unit.corrected.readings import PANELS, exact, panel

QUANTILES = ("q05", "q25", "q50", "q75", "q95")
FIRST_PANEL = [2.4538, 4.0950, 4.0950, 4.0950, 5.0979, 6.1750, 7.2848, 7.2848, 8.3894, 9.4584, 10.4699, 11.4082]
FIRST_PANEL += [13.0156, 13.0156, 13.6618]


@pytest.fixture(scope="module", params=PANELS)
def fitted(request: pytest.FixtureRequest) -> tuple[str, Corrected]:
    settings = Settings(1, 6, mode=Mode.SNSF, top=5)
    return request.param, correct(panel(request.param), settings).result()


def test_expected_ranks_are_the_exact_ones(fitted: tuple[str, Corrected]) -> None:
    name, corrected = fitted
    for placed in corrected.dossiers:
        known = exact(name)[placed.dossier]
        assert placed.expected_rank == pytest.approx(float(known["er_exact"]), abs=0.002)
        assert placed.pcer == pytest.approx(float(known["pcer"]), abs=0.02)


def test_merits_are_the_exact_ones(fitted: tuple[str, Corrected]) -> None:
    name, corrected = fitted
    centre = sum(placed.raw_mean for placed in corrected.dossiers) / 15
    for placed in corrected.dossiers:
        known = exact(name)[placed.dossier]
        assert placed.sd == pytest.approx(float(known["sd_theta"]), abs=0.001)
        assert placed.adjusted - centre == pytest.approx(float(known["pm_theta"]), abs=0.001)


def test_quantiles_of_ranks_are_within_one_of_the_exact_ones(fitted: tuple[str, Corrected]) -> None:
    name, corrected = fitted
    for placed in corrected.dossiers:
        known = exact(name)[placed.dossier]
        for quantile in QUANTILES:
            assert abs(getattr(placed, f"rank_{quantile}") - int(known[quantile])) <= 1
        assert placed.p_top == pytest.approx(float(known["p_in_top5"]), abs=0.015)


def test_groups_are_those_of_the_exact_posterior(fitted: tuple[str, Corrected]) -> None:
    name, corrected = fitted
    for placed in corrected.dossiers:
        known = exact(name)[placed.dossier]["group_K5"].replace("random selection", "indistinguishable")
        assert placed.group == known


def test_the_first_panel_has_the_known_ranks_and_groups() -> None:
    corrected = correct(panel("p1"), Settings(1, 6, mode=Mode.SNSF, top=5)).result()
    assert [placed.expected_rank for placed in corrected.dossiers] == pytest.approx(FIRST_PANEL, abs=0.002)
    groups = [placed.group for placed in corrected.dossiers]
    assert groups == ["accepted"] + ["indistinguishable"] * 7 + ["rejected"] * 7
    assert corrected.line == corrected.dossiers[4].expected_rank


def test_readers_of_the_first_panel_differ_more_than_the_published_method_allows() -> None:
    corrected = correct(panel("p1"), Settings(1, 6)).result()
    assert 1.2 < corrected.model.generosity_sd < 1.7
