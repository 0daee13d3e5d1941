"""A map of territories without outlines: one square each, where the call's files put it, darker where there is more."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

SIDE, GAP = 96, 6
SHADES = 5
_LINE_LENGTH = 15
_MOST_LINES = 3
_PIECES = re.compile(r"[^\s-]+-?")


@dataclass(frozen=True, slots=True)
class Territory:
    """A territory to draw: where it stands (line and column, from 1), what it holds, what is said under its name."""

    name: str
    line: int
    column: int
    value: int
    shown: str


@dataclass(frozen=True, slots=True)
class TileMark:
    """A drawn square: its corner, its shade from 0 (nothing) to 5 (most), its name in lines."""

    x: int
    y: int
    shade: int
    name: tuple[str, ...]
    shown: str
    full: str


@dataclass(frozen=True, slots=True)
class TileChart:
    """A map, drawn: its size and its squares."""

    width: int
    height: int
    side: int
    tiles: tuple[TileMark, ...]


def tile_chart(territories: Sequence[Territory]) -> TileChart:
    """Return the drawing of these territories; the first free column and line are kept out of it."""
    if not territories:
        return TileChart(SIDE, SIDE, SIDE, ())
    left, top = min(one.column for one in territories), min(one.line for one in territories)
    most = max(one.value for one in territories)
    step = SIDE + GAP
    tiles = tuple(
        TileMark(
            x=(one.column - left) * step,
            y=(one.line - top) * step,
            shade=shade(one.value, most),
            name=lines_of(one.name),
            shown=one.shown,
            full=one.name,
        )
        for one in territories
    )
    return TileChart(
        width=max(tile.x for tile in tiles) + SIDE, height=max(tile.y for tile in tiles) + SIDE, side=SIDE, tiles=tiles
    )


def shade(value: int, most: int) -> int:
    """Return how dark a value is drawn, from 0 for nothing to ``SHADES`` for the most there is."""
    return 0 if value <= 0 or most <= 0 else 1 + (value * SHADES - 1) // most if value < most else SHADES


def lines_of(name: str) -> tuple[str, ...]:
    """Return a name in lines that a square holds, cut between words and after hyphens."""
    lines: list[str] = []
    for match in _PIECES.finditer(name):
        piece = match.group()
        joined = f"{lines[-1]}{'' if lines[-1].endswith('-') else ' '}{piece}" if lines else piece
        if lines and len(joined) <= _LINE_LENGTH:
            lines[-1] = joined
        else:
            lines.append(piece)
    kept = lines[:_MOST_LINES]
    return (*kept[:-1], f"{kept[-1]}…") if len(lines) > _MOST_LINES else tuple(kept)
