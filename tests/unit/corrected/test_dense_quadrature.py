"""The expected ranks agree with another computation of the same posterior, written apart, also with few readers."""

from __future__ import annotations

import pytest

from ptce_aap.domain.corrected.fitting import correct
from ptce_aap.domain.corrected.values import Mode, Reading, Settings
from tests.unit.corrected import dense
from tests.unit.corrected.readings import made, panel

FEW_READERS = made(40, 3, 2, seed=3)
SINGLE_READINGS = made(10, 4, 1, seed=5)
NO_SEVERITY = made(20, 8, 3, seed=4, severity=0.0)


@pytest.mark.parametrize(
    ("readings", "mode", "count", "within"),
    [
        (panel("p1"), Mode.SNSF, 30, 0.02),
        (FEW_READERS, Mode.SNSF, 30, 0.02),
        (SINGLE_READINGS, Mode.SNSF, 40, 0.02),
        (NO_SEVERITY, Mode.SNSF, 30, 0.02),
        (panel("p1"), Mode.DEFAULT, 16, 0.05),
        (FEW_READERS, Mode.DEFAULT, 20, 0.05),
        (SINGLE_READINGS, Mode.DEFAULT, 26, 0.05),
        (NO_SEVERITY, Mode.DEFAULT, 16, 0.05),
    ],
)
def test_expected_ranks_agree_with_a_dense_grid(
    readings: tuple[Reading, ...], mode: Mode, count: int, within: float
) -> None:
    known = dense.expected_ranks(readings, mode.value, 5.0, count)
    corrected = correct(readings, Settings(1, 6, mode=mode, draws=100)).result()
    for placed in corrected.dossiers:
        assert placed.expected_rank == pytest.approx(known[placed.dossier], abs=within)
