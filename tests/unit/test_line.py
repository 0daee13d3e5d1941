"""The line of the envelope, and the ties that stand across it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from ptce_aap.domain.line import covered, cross


@dataclass(frozen=True)
class One:
    """A dossier of a list."""

    rank: int
    amount_cents: int
    moved: bool = False


def above(amounts: list[int], envelope: int) -> int:
    found = cross([One(place, amount) for place, amount in enumerate(amounts)], envelope).above
    assert covered(amounts, envelope) == found
    return found


def test_the_walk_stops_at_the_first_amount_that_exceeds_what_is_left() -> None:
    assert above([60, 50, 10], 100) == 1  # 10 would fit, but it comes after the line


def test_an_amount_that_takes_the_envelope_to_the_cent_is_covered() -> None:
    assert above([60, 40, 1], 100) == 2
    assert above([60, 41], 100) == 1


def test_everything_is_covered_when_the_envelope_is_large_enough() -> None:
    assert above([60, 40], 1_000) == 2
    assert above([], 0) == 0


def test_a_dossier_that_the_committee_has_moved_is_not_tied_with_its_rank() -> None:
    assert cross([One(1, 60), One(1, 60)], 100).tied == (One(1, 60), One(1, 60))
    assert cross([One(1, 60, moved=True), One(1, 60)], 100).tied == ()


def test_a_tie_decides_where_one_fits_to_the_cent_in_what_is_left_after_those_before() -> None:
    before, tied = [One(1, 100)], (One(2, 60), One(2, 50))
    assert [cross([*before, *tied], envelope).tied for envelope in (149, 150, 209, 210)] == [(), tied, tied, ()]


AMOUNTS = st.integers(0, 50)


@given(
    before=st.lists(AMOUNTS, max_size=2),
    tied=st.lists(st.tuples(AMOUNTS, st.lists(AMOUNTS, max_size=1)), min_size=1, max_size=4),
    after=st.lists(AMOUNTS, max_size=2),
    envelope=st.integers(0, 200),
)
def test_the_order_of_a_tie_decides_exactly_when_two_orders_cover_different_dossiers(
    before: list[int], tied: list[tuple[int, list[int]]], after: list[int], envelope: int
) -> None:
    """Each tied dossier may be followed by one that the committee has placed there."""
    group = [One(10, amount) for amount, _ in tied]

    def whole(order: tuple[int, ...]) -> list[One]:
        middle = [
            one
            for place, (_, placed) in zip(order, tied, strict=True)
            for one in (group[place], *(One(99, amount, moved=True) for amount in placed))
        ]
        first = [One(1 + place, amount) for place, amount in enumerate(before)]
        return [*first, *middle, *(One(20 + place, amount) for place, amount in enumerate(after))]

    def chosen(order: tuple[int, ...]) -> frozenset[int]:
        stop = cross(whole(order), envelope).above - len(before)
        places = itertools.accumulate((1 + len(placed) for _, placed in tied), initial=0)
        return frozenset(place for place, start in zip(order, places, strict=False) if start < stop)

    orders = list(itertools.permutations(range(len(group))))
    found = cross(whole(orders[0]), envelope).tied
    assert bool(found) == (len({chosen(order) for order in orders}) > 1)
    assert found in ((), tuple(group))
