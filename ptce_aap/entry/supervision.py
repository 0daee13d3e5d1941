"""Keeps processes alive: starts them, starts again those that die, ends them together."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence

from ptce_aap.entry.children import stop

_FIRST_PAUSE_S = 0.3
_LONGEST_PAUSE_S = 10.0
# A process that lived this long did start: its next death is a new story.
_LIVED_S = 30.0

Start = Callable[[], "subprocess.Popen[bytes]"]


class Child:
    """One process to keep alive; each quick death makes the next start wait longer."""

    def __init__(self, name: str, start: Start) -> None:
        self.name = name
        self._start = start
        self._process: subprocess.Popen[bytes] | None = None
        self._pause = _FIRST_PAUSE_S
        self._started = self._again_at = 0.0

    def start(self) -> None:
        """Start the process."""
        self._process = self._start()
        self._started = time.monotonic()
        self._again_at = 0.0

    @property
    def alive(self) -> bool:
        """Tell whether the process runs."""
        return self._process is not None and self._process.poll() is None

    def mend(self) -> None:
        """Start the process again if it died, after its pause."""
        if self.alive:
            return
        now = time.monotonic()
        if not self._again_at:
            self._pause = _FIRST_PAUSE_S if now - self._started > _LIVED_S else min(self._pause * 2, _LONGEST_PAUSE_S)
            self._again_at = now + self._pause
        elif now >= self._again_at:
            self.start()

    def ask_to_end(self) -> None:
        """Ask the process to end; it may take a moment."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def end(self, *, within: float) -> None:
        """End the process, by force after ``within`` seconds."""
        if self._process is not None:
            stop(self._process, within=within)


def end_all(children: Sequence[Child], *, within: float) -> None:
    """End every process: all are asked at once, the first of the list is left to the others until they are gone."""
    deadline = time.monotonic() + within
    first, *others = children
    for child in others:
        child.ask_to_end()
    for child in others:
        child.end(within=deadline - time.monotonic())
    first.end(within=1.0)
