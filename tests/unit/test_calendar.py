"""A call goes through its phases at the very instants of its calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ptce_aap.domain.calendar import Calendar, Phase, ReadFrom, last_moment, phase

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


def test_an_act_of_the_jury_counts_from_its_very_instant_whatever_was_skipped() -> None:
    for act, begun in (
        ("marking_opened_at", Phase.JURY),
        ("marking_closed_at", Phase.DELIBERATION),
        ("frozen_at", Phase.DELIBERATION),
        ("published_at", Phase.PUBLISHED),
    ):
        calendar = replace(CALENDAR, **{act: CLOSES + TICK})
        assert [phase(calendar, at) for at in (CLOSES, CLOSES + TICK)] == [Phase.INSTRUCTION, begun]


def test_readers_know_a_closing_by_the_last_second_on_time() -> None:
    assert last_moment(CLOSES) == datetime(2015, 6, 30, 21, 59, 59, tzinfo=UTC)


def test_phases_and_choices_are_written_in_files_and_pages_by_these_names() -> None:
    assert list(Phase) == ["announced", "open", "instruction", "jury", "deliberation", "published"]
    assert list(ReadFrom) == ["closing", "deposit"]
