"""Two orders against each other: one point a dossier, its place in the one across, its rank in the other down.

Places are in units of the drawing: the whole scales with the screen or the sheet of paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from ptce_aap.web.charts.scales import short

WIDTH, HEIGHT = 720.0, 460.0
_LEFT, _RIGHT, _TOP, _FOOT = 60.0, 16.0, 34.0, 40.0
_NAMED = 6  # points on each side of the drawing that keep their name: the ones given first


@dataclass(frozen=True, slots=True)
class Dot:
    """A dossier: its share of the way across (0 to 1), its rank down (1 is the first), whether it stands out."""

    label: str
    across: Fraction
    rank: int
    strong: bool
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """A dossier in the drawing; ``name`` is empty where it is not written."""

    x: float
    y: float
    strong: bool
    name: str
    anchor: str


@dataclass(frozen=True, slots=True)
class ScatterChart:
    """The whole drawing: plain points first, so that those that stand out are drawn over them."""

    width: float
    height: float
    left: float
    right: float
    top: float
    foot: float
    across: tuple[float, ...]  # where the parts of the order across are cut
    down: tuple[float, ...]
    points: tuple[Point, ...]
    last: int
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def scatter(dots: Sequence[Dot], *, last: int, parts: int, head: tuple[str, ...]) -> ScatterChart:
    """Return the drawing of ``dots``, in the order in which the table names them; ``last`` is the last rank down."""
    right, foot = WIDTH - _RIGHT, HEIGHT - _FOOT
    named = [place for place, dot in enumerate(dots) if dot.strong][: 2 * _NAMED]
    points = [_point(dot, last, named=place in named) for place, dot in enumerate(dots)]
    return ScatterChart(
        width=WIDTH,
        height=HEIGHT,
        left=_LEFT,
        right=right,
        top=_TOP,
        foot=foot,
        across=tuple(round(_LEFT + (right - _LEFT) * cut / parts, 1) for cut in range(1, parts)),
        down=tuple(round(_TOP + (foot - _TOP) * cut / parts, 1) for cut in range(1, parts)),
        points=tuple(sorted(points, key=lambda point: point.strong)),
        last=last,
        head=head,
        rows=tuple(dot.cells for dot in dots),
    )


def _point(dot: Dot, last: int, *, named: bool) -> Point:
    x = _LEFT + 10 + float(dot.across) * (WIDTH - _RIGHT - _LEFT - 20)
    y = _TOP + (dot.rank - 0.5) / max(last, 1) * (HEIGHT - _FOOT - _TOP)
    return Point(
        round(x, 1), round(y, 1), dot.strong, short(dot.label) if named else "", "end" if dot.across > 0.5 else "start"
    )
