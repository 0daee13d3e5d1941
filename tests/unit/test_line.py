"""The line of the envelope, and the ties that stand across it."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from ptce_aap.domain.line import covered, order_decides


def test_the_walk_stops_at_the_first_amount_that_exceeds_what_is_left() -> None:
    assert covered([60, 50, 10], 100) == 1  # 10 would fit, but it comes after the line


def test_an_amount_that_takes_the_envelope_to_the_cent_is_covered() -> None:
    assert covered([60, 40, 1], 100) == 2
    assert covered([60, 41], 100) == 1


def test_everything_is_covered_when_the_envelope_is_large_enough() -> None:
    assert covered([60, 40], 1_000) == 2
    assert covered([], 0) == 0


@given(st.lists(st.integers(0, 50), min_size=1, max_size=4), st.integers(0, 120))
def test_the_order_of_a_tie_decides_exactly_when_two_orders_cover_different_dossiers(
    amounts: list[int], left: int
) -> None:
    chosen = {
        frozenset(order[: covered([amounts[n] for n in order], left)])
        for order in itertools.permutations(range(len(amounts)))
    }
    assert order_decides(amounts, left) == (len(chosen) > 1)
