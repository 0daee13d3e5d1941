"""Working days in France: neither Saturdays, Sundays nor the public holidays of the whole country."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

_DAY = timedelta(days=1)
_FIXED = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
_AFTER_EASTER = (1, 39, 50)  # Easter Monday, Ascension, Whit Monday


def easter(year: int) -> date:
    """Return Easter Sunday of a Gregorian year, by the anonymous algorithm (Meeus, Jones and Butcher)."""
    golden, (century, short) = year % 19, divmod(year, 100)
    leap, shift = divmod(century, 4)
    moon = (19 * golden + century - leap - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    quarter, rest = divmod(short, 4)
    weekday = (32 + 2 * shift + 2 * quarter - moon - rest) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


@lru_cache(maxsize=8)
def holidays(year: int) -> frozenset[date]:
    """Return the public holidays of a year (Code du travail, L3133-1)."""
    sunday = easter(year)
    moving = (sunday + days * _DAY for days in _AFTER_EASTER)
    return frozenset([*(date(year, month, day) for month, day in _FIXED), *moving])


def is_working(day: date) -> bool:
    """Tell whether a day is worked, Monday to Friday, outside public holidays."""
    return day.weekday() < 5 and day not in holidays(day.year)


def after(day: date, count: int) -> date:
    """Return the ``count``-th working day after a day."""
    while count:
        day += _DAY
        count -= is_working(day)
    return day


def between(first: date, last: date) -> int:
    """Return how many working days follow ``first`` up to ``last``, which counts."""
    return sum(is_working(first + days * _DAY) for days in range(1, (last - first).days + 1))
