"""Calls whose true order is known: the corrected ranking finds it better than raw means, and knows how sure it is.

A short form, with a fixed seed, of ``python -m tests.bench.simulation``; tolerances are those of so few repetitions.
"""

from __future__ import annotations

import pytest

from tests.bench.simulation import LEAST_SPEARMAN, SEVERITIES, play

REPETITIONS = 8


@pytest.mark.parametrize("severity", SEVERITIES)
def test_simulated_calls_are_ranked_close_to_their_true_order(severity: float) -> None:
    found = play(severity, REPETITIONS, seed=3)
    assert found.corrected > LEAST_SPEARMAN[severity] - 0.02
    assert 0.86 < found.coverage < 0.95
    if severity:
        assert found.corrected > found.raw + 0.02
    else:
        assert found.corrected > found.raw - 0.01
