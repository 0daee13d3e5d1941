"""What a proxy says of when a request came is read exactly, and believed no further than a request can have waited."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ptce_aap.web.reception import LONGEST_WAIT, SLOWEST, reached_at, told_by_proxy

NOW = datetime(2027, 3, 31, 22, 0, 0, tzinfo=UTC)
MILLISECOND, SECOND = timedelta(milliseconds=1), timedelta(seconds=1)


def told(waited: timedelta, took: str) -> str:
    whole = NOW - waited
    return f"{int(whole.timestamp())}.{whole.microsecond // 1000:03d} {took}"


@pytest.mark.parametrize(
    ("waited", "took", "reached"),
    [
        (timedelta(0), "0.000", NOW),
        (timedelta(0), "12.345", NOW - timedelta(seconds=12, milliseconds=345)),
        (3 * SECOND, "2.500", NOW - timedelta(seconds=5, milliseconds=500)),
        (LONGEST_WAIT, "300.000", NOW - LONGEST_WAIT - SLOWEST),
        (LONGEST_WAIT, "300.001", NOW - LONGEST_WAIT),
        (LONGEST_WAIT + MILLISECOND, "0.000", NOW),
        (timedelta(hours=1), "2.000", NOW - 2 * SECOND),
        (-MILLISECOND, "2.000", NOW - 2 * SECOND),
        (-timedelta(hours=1), "2.000", NOW - 2 * SECOND),
    ],
)
@pytest.mark.target("REL-02")
def test_the_first_byte_counts_unless_the_request_dawdled(waited: timedelta, took: str, reached: datetime) -> None:
    assert told_by_proxy(told(waited, took), NOW) == reached


@pytest.mark.parametrize(
    "text", ["", "1", "1806530400.000", "1806530400.000 -1.000", "1806530400 0", "1806530400.000 1.000 ", "x" * 9_999]
)
def test_what_cannot_be_read_dates_nothing(text: str) -> None:
    assert told_by_proxy(text, NOW) is None


def test_a_proxy_of_another_time_is_told_in_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    told_by_proxy(told(LONGEST_WAIT, "0.000"), NOW)
    told_by_proxy(told(-SECOND, "0.000"), NOW)
    assert "proxy_clock_apart" not in capsys.readouterr().out
    told_by_proxy(told(LONGEST_WAIT + MILLISECOND, "0.000"), NOW)
    told_by_proxy(told(-SECOND - MILLISECOND, "0.000"), NOW)
    assert capsys.readouterr().out.count("proxy_clock_apart") == 2


def test_a_request_of_more_than_five_minutes_reached_us_when_it_was_whole() -> None:
    assert reached_at(NOW - SLOWEST, NOW) == NOW - SLOWEST
    assert reached_at(NOW - SLOWEST - timedelta(microseconds=1), NOW) == NOW
