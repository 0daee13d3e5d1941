"""Time follows time: a machine's clock that is put back dates nothing before what it follows, nor a deposit on time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from ptce_aap import clock
from ptce_aap.clock import Steady

CLOSES = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class Machine:
    """A machine whose true time a test moves, and whose clock it puts back or forward."""

    def __init__(self, true: datetime) -> None:
        self.true, self.wrong = true, timedelta(0)
        self._start = true

    def clock(self) -> datetime:
        return self.true + self.wrong

    def elapsed(self) -> float:
        return (self.true - self._start).total_seconds()


@pytest.fixture
def machine() -> Machine:
    return Machine(CLOSES - 10 * SECOND)


@pytest.fixture
def steady(machine: Machine) -> Steady:
    steady = Steady(machine.clock, machine.elapsed)
    steady.now()
    return steady


def test_where_nothing_happens_it_is_the_machine_s_clock(machine: Machine, steady: Steady) -> None:
    for _ in range(100):
        machine.true += timedelta(milliseconds=7)
        assert steady.now() == machine.true


@pytest.mark.target("REL-05")
@pytest.mark.parametrize("step_at", [-9.9, -5, -1, -0.01, 0.01, 2])
def test_a_clock_put_back_five_seconds_makes_no_late_deposit_on_time(
    machine: Machine, steady: Steady, step_at: float
) -> None:
    said, naive = [steady.now()], 0
    while machine.true < CLOSES + 20 * SECOND:
        machine.true += timedelta(milliseconds=10)
        if machine.true >= CLOSES + step_at * SECOND and not machine.wrong:
            machine.wrong = -5 * SECOND
        now = steady.now()
        assert now >= said[-1]
        said.append(now)
        late = machine.true - CLOSES
        assert not (late > 20 * timedelta(milliseconds=1) and now < CLOSES)
        assert not (late < timedelta(0) and now >= CLOSES)
        naive += late > timedelta(0) and machine.clock() < CLOSES
    assert naive > 100  # the machine's own clock would have let them in


def test_what_it_is_ahead_is_given_back_in_time(machine: Machine, steady: Steady) -> None:
    machine.wrong = -5 * SECOND
    for _ in range(100):
        machine.true += timedelta(minutes=1)
        steady.now()
    assert steady.now() == machine.clock()


@pytest.mark.target("REL-05")
def test_an_hour_forward_is_followed_at_once_and_so_is_the_way_back(machine: Machine, steady: Steady) -> None:
    machine.wrong = timedelta(hours=1)
    assert steady.now() == machine.clock()
    machine.true += SECOND
    machine.wrong = timedelta(0)
    assert steady.now() == machine.true


@pytest.mark.target("REL-05")
@pytest.mark.parametrize(("step", "told"), [(-5, [-5.0]), (3600, [3600.0]), (-7200, [-7200.0]), (0.4, []), (-0.4, [])])
def test_a_step_of_more_than_a_second_is_told_once(
    machine: Machine, steady: Steady, step: float, told: list[float]
) -> None:
    machine.wrong = timedelta(seconds=step)
    with capture_logs() as logs:
        for _ in range(5):
            machine.true += timedelta(milliseconds=10)
            steady.now()
    assert [line["seconds"] for line in logs if line["event"] == "clock_stepped"] == told


def test_a_machine_that_slept_is_not_one_whose_clock_stepped(machine: Machine, steady: Steady) -> None:
    machine.true += timedelta(hours=9)
    with capture_logs() as logs:
        assert steady.now() == machine.true
    assert logs == []


def test_the_clock_of_the_application_is_the_machine_s_within_a_second() -> None:
    assert abs(clock.now() - datetime.now(UTC)) < SECOND
    assert clock.now().tzinfo is UTC
