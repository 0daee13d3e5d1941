"""A slope chart: where each dossier stands in two or three rankings, with labels that never cover each other.

Places are in units of the drawing, a thousand across: the whole scales with the screen or the sheet of paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ptce_aap.web.charts.scales import LABEL_LENGTH, short

LABEL_STEP = 20.0  # that a label needs
_TOP, _FOOT = 40.0, 24.0  # above the first rank (names of the columns) and under the last
_TALLEST = 1_000.0  # beyond, ranks stand closer and only those that move most keep their label
_SHORTEST_STEP = 2.5
_NEAR = 24.0  # how far a label may stand from its point
WIDTH = 1_000.0
_MARGIN = 300.0  # kept for labels on each side
_STRONG_LENGTH = 28  # signs of a label in bold that the margin holds; plain ones are narrower


@dataclass(frozen=True, slots=True)
class Move:
    """A dossier's rank in each ranking (None where it has none) and whether it is above the line there."""

    label: str
    ranks: tuple[float | None, ...]
    above: tuple[bool | None, ...]

    @property
    def crosses(self) -> bool:
        """Tell whether two rankings put it on different sides of the line."""
        return len({side for side in self.above if side is not None}) > 1

    @property
    def distance(self) -> float:
        """Return how many ranks part the places furthest from each other."""
        known = [rank for rank in self.ranks if rank is not None]
        return max(known) - min(known) if known else 0.0


@dataclass(frozen=True, slots=True)
class Point:
    """A place in one ranking."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Label:
    """A text beside a column, and the height of the point it names: a thin line joins the two where they differ."""

    text: str
    y: float
    point_y: float


@dataclass(frozen=True, slots=True)
class Slope:
    """A dossier drawn from column to column; ``left`` and ``right`` are None where it is not labelled."""

    label: str
    order: int  # its place in the list given
    points: tuple[Point, ...]
    crosses: bool
    left: Label | None
    right: Label | None
    cells: tuple[str, ...]

    @property
    def labelled(self) -> bool:
        """Tell whether it is named in the drawing."""
        return self.left is not None or self.right is not None

    @property
    def segments(self) -> tuple[tuple[Point, Point], ...]:
        """Return its strokes, one between two columns that follow."""
        return tuple(zip(self.points, self.points[1:], strict=False))


@dataclass(frozen=True, slots=True)
class SlopeChart:
    """The whole drawing: thin slopes first, so that those that cross the line are drawn over them."""

    width: float
    height: float
    columns: tuple[tuple[float, str], ...]  # across, name of the ranking
    slopes: tuple[Slope, ...]
    lines: tuple[tuple[float, float, float], ...]  # the line in each column: across from, to, and down
    labelled: int
    head: tuple[str, ...]


def slopes(moves: Sequence[Move], columns: Sequence[str], *, lines: Sequence[float | None]) -> SlopeChart:
    """Return the drawing of ``moves`` through ``columns`` (names of two rankings or three).

    ``lines``: for each ranking, the number of dossiers above its line, or None.
    """
    deepest = max((rank for move in moves for rank in move.ranks if rank is not None), default=1.0)
    step = max(_SHORTEST_STEP, min(LABEL_STEP, _TALLEST / max(deepest, 1)))
    height = _TOP + step * deepest + _FOOT
    xs = [_MARGIN + place * (WIDTH - 2 * _MARGIN) / (len(columns) - 1) for place in range(len(columns))]
    chosen = _labelled(moves, step, height)
    left = _side(moves, chosen, 0, step, height)
    right = _side(moves, chosen, len(columns) - 1, step, height)
    drawn = [
        Slope(
            label=move.label,
            order=place,
            points=tuple(
                Point(round(x, 2), _down(rank, step))
                for x, rank in zip(xs, move.ranks, strict=True)
                if rank is not None
            ),
            crosses=move.crosses,
            left=left.get(place),
            right=right.get(place),
            cells=(move.label, *(_rank(rank) for rank in move.ranks), _crossing(move)),
        )
        for place, move in enumerate(moves)
    ]
    return SlopeChart(
        width=WIDTH,
        height=round(height, 1),
        columns=tuple((round(x, 2), name) for x, name in zip(xs, columns, strict=True)),
        slopes=tuple(sorted(drawn, key=lambda slope: (slope.crosses, slope.labelled))),
        lines=_lines(xs, lines, step),
        labelled=len(chosen),
        head=("Dossier", *columns, "Ligne"),
    )


def spread(wanted: Sequence[float], *, gap: float, low: float, high: float) -> list[float]:
    """Return heights, in the order given (ascending), at least ``gap`` apart within [low, high], moved the least.

    Least squares: heights that would collide form blocks that stand around their mean (pool adjacent violators).
    There is room for all of them: ``(len(wanted) - 1) * gap <= high - low``.
    """
    blocks: list[tuple[float, int]] = []  # mean of the heights brought back to one point, how many
    for place, height in enumerate(wanted):
        mean, count = height - place * gap, 1
        while blocks and blocks[-1][0] >= mean:
            before, many = blocks.pop()
            mean, count = (before * many + mean * count) / (many + count), many + count
        blocks.append((mean, count))
    free = [mean for mean, count in blocks for _ in range(count)]
    last = high - (len(wanted) - 1) * gap
    return [min(max(mean, low), last) + place * gap for place, mean in enumerate(free)]


def _labelled(moves: Sequence[Move], step: float, height: float) -> set[int]:
    """Return the moves that keep a label: those that cross the line, then those that move most.

    A label further than ``_NEAR`` from its point reads badly: a move that would push one so far goes without.
    """
    order = sorted(
        range(len(moves)),
        key=lambda place: (not moves[place].crosses, -moves[place].distance, moves[place].ranks[0] or 0, place),
    )
    room = max(1, int((height - _TOP - _FOOT / 2) // LABEL_STEP))
    chosen: set[int] = set()
    for place in order:
        if len(chosen) == room:
            break
        if moves[place].crosses or _reads_well(moves, chosen | {place}, step, height):
            chosen.add(place)
    return chosen


def _reads_well(moves: Sequence[Move], chosen: set[int], step: float, height: float) -> bool:
    for column in (0, -1):
        points = sorted(_down(rank, step) for place in chosen if (rank := moves[place].ranks[column]) is not None)
        placed = spread(points, gap=LABEL_STEP, low=_TOP, high=height - _FOOT / 2)
        if any(abs(label - point) > _NEAR for label, point in zip(placed, points, strict=True)):
            return False
    return True


def _side(moves: Sequence[Move], chosen: set[int], column: int, step: float, height: float) -> dict[int, Label]:
    here = sorted(
        (rank, moves[place].label, place) for place in chosen if (rank := moves[place].ranks[column]) is not None
    )
    points = [_down(rank, step) for rank, _, _ in here]
    placed = spread(points, gap=LABEL_STEP, low=_TOP, high=height - _FOOT / 2)
    return {
        place: Label(
            f"{_rank(rank)}. {short(label, _STRONG_LENGTH if moves[place].crosses else LABEL_LENGTH)}",
            round(y, 1),
            point,
        )
        for (rank, label, place), point, y in zip(here, points, placed, strict=True)
    }


def _lines(xs: Sequence[float], counts: Sequence[float | None], step: float) -> tuple[tuple[float, float, float], ...]:
    half = (xs[1] - xs[0]) / 2
    return tuple(
        (round(max(x - half, _MARGIN - 40), 2), round(min(x + half, WIDTH - _MARGIN + 40), 2), _down(count + 0.5, step))
        for x, count in zip(xs, counts, strict=True)
        if count is not None
    )


def _down(rank: float, step: float) -> float:
    return round(_TOP + (rank - 0.5) * step, 1)


def _rank(rank: float | None) -> str:
    return "–" if rank is None else f"{rank:g}".replace(".", ",")


def _crossing(move: Move) -> str:
    sides = [side for side in move.above if side is not None]
    if not move.crosses:
        return "ne change pas de côté"
    if sides[0] == sides[-1]:
        return "change de côté puis revient"
    return "passe au-dessus" if sides[-1] else "passe au-dessous"
