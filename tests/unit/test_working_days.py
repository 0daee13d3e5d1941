"""Working days are those of the almanac: neither week-ends nor the public holidays of the whole of France."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptce_aap.domain.working_days import after, between, easter, holidays, is_working

# Where the lunar tables are corrected by a day, and a century of another correction.
EXCEPTIONS = (
    (1600, (4, 2)),
    (1609, (4, 19)),
    (1859, (4, 24)),
    (1886, (4, 25)),
    (1954, (4, 18)),
    (1981, (4, 19)),
    (2049, (4, 18)),
    (2076, (4, 19)),
)
DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))


@pytest.mark.parametrize(
    ("year", "sunday"), [(2015, (4, 5)), (2024, (3, 31)), (2026, (4, 5)), (2038, (4, 25)), (2285, (3, 22)), *EXCEPTIONS]
)
def test_easter_is_where_the_almanac_puts_it(year: int, sunday: tuple[int, int]) -> None:
    assert easter(year) == date(year, *sunday)


def test_public_holidays_of_france_are_not_worked() -> None:
    ascension, whit_monday = date(2015, 5, 14), date(2015, 5, 25)
    assert {ascension, whit_monday, date(2015, 4, 6), date(2015, 7, 14)} <= holidays(2015)
    assert sorted((day.month, day.day) for day in holidays(2015)) == [
        *((1, 1), (4, 6), (5, 1), (5, 8), (5, 14), (5, 25), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
    ]
    # From Wednesday: Thursday is the Ascension, then Friday, then a week-end.
    assert [after(date(2015, 5, 13), count) for count in (1, 2)] == [date(2015, 5, 15), date(2015, 5, 18)]


def test_a_week_has_five_working_days_from_monday_to_friday() -> None:
    monday = date(2015, 6, 1)
    assert [is_working(monday + timedelta(days=n)) for n in range(7)] == [True] * 5 + [False] * 2
    assert not is_working(date(2015, 7, 14))  # a Tuesday
    assert between(monday, monday + timedelta(days=7)) == 5  # the first day does not count, the last does
    assert between(monday, monday) == 0
    assert after(monday, 0) == monday


@given(DAYS, st.integers(1, 40))
def test_the_days_counted_are_those_that_were_asked_for(day: date, count: int) -> None:
    last = after(day, count)
    assert is_working(last)
    assert between(day, last) == count
