"""A scale that several marks share, the ticks it shows, and labels short enough to stand beside them."""

from __future__ import annotations

import math
from dataclasses import dataclass

_STEPS = (1, 2, 5)
LABEL_LENGTH = 34


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the scale, in percent of its width."""

    start: float
    width: float

    @property
    def end(self) -> float:
        """Return where it ends."""
        return round(self.start + self.width, 3)


@dataclass(frozen=True, slots=True)
class Tick:
    """A place named on the scale; ``anchor`` keeps its text within the drawing."""

    place: float
    label: str
    anchor: str = "middle"  # start, middle, end


@dataclass(frozen=True, slots=True)
class Scale:
    """A stretch of values drawn over a hundred percent; ``low`` is less than ``high``."""

    low: float
    high: float

    def place(self, value: float) -> float:
        """Return where a value stands, in percent; values beyond the ends stand at the ends."""
        return round(min(max((value - self.low) * 100 / (self.high - self.low), 0.0), 100.0), 3)

    def span(self, ends: tuple[float, float]) -> Span:
        """Return the stretch between two values; one that has no width is still seen."""
        start, end = self.place(ends[0]), self.place(ends[1])
        width = max(end - start, 0.4)
        return Span(min(start, 100 - width), round(width, 3))


def step_for(width: float, most: int) -> float:
    """Return the round step (1, 2 or 5 times a power of ten) that cuts a width in ``most`` parts or fewer."""
    rough = width / most
    power = 10.0 ** math.floor(math.log10(rough))
    return next((step * power for step in _STEPS if step * power >= rough - 1e-12), 10 * power)


def rank_ticks(scale: Scale, count: int) -> tuple[Tick, ...]:
    """Return the ranks named on a scale of ranks: the first, round ones, the last."""
    step = max(1, int(step_for(max(count - 1, 1), 6)))
    round_ones = [rank for rank in range(step, count, step) if rank - 1 >= step / 2 and count - rank >= step / 2]
    ticks = [Tick(scale.place(rank), str(rank)) for rank in round_ones]
    first = Tick(scale.place(1), "1", "start")
    return (first, *ticks, Tick(scale.place(count), str(count), "end")) if count > 1 else (first,)


def short(label: str, length: int = LABEL_LENGTH) -> str:
    """Return the label, cut at a word where it is too long to stand beside its mark."""
    if len(label) <= length:
        return label
    cut = label[: length - 1]
    head, _, _ = cut.rpartition(" ")
    kept = head.rstrip(" –-,:;") if len(head) >= length // 2 else cut
    return f"{kept}…"
