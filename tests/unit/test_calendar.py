"""A call goes through its phases at the very instants of its calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ptce_aap.domain.calendar import Calendar, Phase, phase

OPENS = datetime(2015, 4, 20, 22, tzinfo=UTC)
CLOSES = datetime(2015, 6, 30, 22, tzinfo=UTC)
CALENDAR = Calendar(OPENS, CLOSES)
TICK = timedelta(microseconds=1)


def test_filing_opens_with_the_opening_and_ends_before_the_closing() -> None:
    assert [phase(CALENDAR, at) for at in (OPENS - TICK, OPENS, CLOSES - TICK, CLOSES)] == [
        Phase.ANNOUNCED,
        Phase.OPEN,
        Phase.OPEN,
        Phase.INSTRUCTION,
    ]


def test_each_act_of_the_jury_begins_its_phase() -> None:
    later = [CLOSES + timedelta(days=n) for n in range(1, 5)]
    after = later[-1] + TICK
    calendar = CALENDAR
    assert phase(calendar, after) is Phase.INSTRUCTION
    calendar = replace(calendar, marking_opened_at=later[0])
    assert phase(calendar, after) is Phase.JURY
    assert phase(calendar, later[0] - TICK) is Phase.INSTRUCTION
    calendar = replace(calendar, marking_closed_at=later[1])
    assert phase(calendar, after) is Phase.DELIBERATION
    calendar = replace(calendar, frozen_at=later[2])
    assert phase(calendar, after) is Phase.DELIBERATION
    calendar = replace(calendar, published_at=later[3])
    assert phase(calendar, after) is Phase.PUBLISHED
