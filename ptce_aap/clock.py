"""The only source of time: instants are UTC, carry their zone, and follow one another whatever the machine does.

Every deadline is judged by this clock. A machine's clock is sometimes put back by seconds: what follows would then be
dated before what it follows, and a late deposit would be on time. So within one process time goes on from what was
last said, and gives back what it is ahead so slowly that no deadline sees it. A clock that jumps forward is followed
at once; one that is put back by more than a minute was wrong, and is followed too. Both are told in the logs.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

PARIS = ZoneInfo("Europe/Paris")
TOLERANCE = timedelta(seconds=1)
"""How far two clocks may be from each other before somebody is told."""
_LONGEST_HELD = timedelta(minutes=1)
# A second that is ahead is given back in a quarter of an hour.
_GIVEN_BACK = 1 / 1000

_log = structlog.get_logger(__name__)


def _machine() -> datetime:
    return datetime.now(UTC)


def _elapsed() -> float:
    """Seconds since the machine started, whatever its clock says; sleep counts."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass
class Steady:
    """A clock that never goes back by less than a minute. ``machine`` is read before ``elapsed``, never after."""

    machine: Callable[[], datetime] = _machine
    elapsed: Callable[[], float] = _elapsed
    _said: datetime | None = None
    _at: float = 0.0
    _ahead: timedelta = timedelta(0)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> datetime:
        """Return the present instant, in UTC."""
        with self._lock:
            machine, elapsed = self.machine(), self.elapsed()
            if self._said is None:
                said = machine
            else:
                passed = timedelta(seconds=elapsed - self._at)
                said = self._follow(machine, self._said, self._said + passed, passed)
            self._said, self._at = said, elapsed
            return said

    def _follow(self, machine: datetime, before: datetime, expected: datetime, passed: timedelta) -> datetime:
        ahead = expected - machine
        if abs(ahead - max(self._ahead, timedelta(0))) > TOLERANCE:
            _log.error("clock_stepped", seconds=-round(ahead.total_seconds(), 1))
        if ahead <= timedelta(0) or ahead > _LONGEST_HELD:
            self._ahead = timedelta(0)
            return machine
        self._ahead = ahead - min(ahead, passed * _GIVEN_BACK)
        return max(before, machine + self._ahead)

    def forget_lock(self) -> None:
        """Start with a lock of one's own, in a process that was forked while another thread held it."""
        self._lock = threading.Lock()


_STEADY = Steady()
os.register_at_fork(after_in_child=_STEADY.forget_lock)


def now() -> datetime:
    """Return the present instant, in UTC."""
    return _STEADY.now()
