"""Who has read what: readers down, dossiers across, gathered in the groups that no common reading joins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_WIDTH = 980.0  # pixels that the dossiers share
_NARROWEST, _WIDEST = 4.0, 22.0  # pixels of a column
_ROW = 20.0
_GAP = 14.0  # pixels between two groups
_TOP = 28.0
_NAME_WIDTH = 58.0  # pixels that "Groupe A" needs


@dataclass(frozen=True, slots=True)
class Group:
    """Readers and dossiers that readings join, each in the order drawn."""

    readers: tuple[str, ...]
    dossiers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """A group's place in the drawing, in pixels."""

    label: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Line:
    """A reader's line: name, height, how many dossiers he has read."""

    label: str
    y: float
    dossiers: int


@dataclass(frozen=True, slots=True)
class GraphChart:
    """The whole drawing, in pixels: a mark is a reading."""

    width: float
    height: float
    left: float  # where the dossiers begin
    mark: tuple[float, float]  # width and height of a mark
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    marks: tuple[tuple[float, float, int], ...]  # across, down, group
    rows: tuple[tuple[str, ...], ...]
    head: tuple[str, ...] = ("Lecteur", "Dossiers lus", "Groupe")


def groups(readings: Iterable[tuple[str, str]]) -> tuple[Group, ...]:
    """Return the connected groups of (reader, dossier) pairs, the largest first."""
    by_reader: dict[str, set[str]] = {}
    by_dossier: dict[str, set[str]] = {}
    for reader, dossier in readings:
        by_reader.setdefault(reader, set()).add(dossier)
        by_dossier.setdefault(dossier, set()).add(reader)
    left = dict.fromkeys(sorted(by_dossier))
    found = []
    while left:
        joined = _joined(next(iter(left)), by_reader, by_dossier)
        for dossier in joined:
            del left[dossier]
        found.append(_group(joined, by_reader, by_dossier))
    return tuple(sorted(found, key=lambda group: (-len(group.dossiers), min(group.dossiers))))


def graph(readings: Sequence[tuple[str, str]], names: Mapping[str, str]) -> GraphChart:
    """Return the drawing of (reader, dossier) pairs; ``names``: how each reader is called here."""
    found = groups(readings)
    columns = sum(len(group.dossiers) for group in found)
    cell = round(min(_WIDEST, max(_NARROWEST, (_WIDTH - _GAP * len(found)) / max(columns, 1))), 2)
    left = 12 + 7.5 * max((len(names[reader]) for group in found for reader in group.readers), default=0)
    read = set(readings)
    boxes, lines, marks, rows = [], [], [], []
    x, y = left, _TOP
    for place, group in enumerate(found):
        width, height = cell * len(group.dossiers), _ROW * len(group.readers)
        boxes.append(Box(_named(place, width, len(found)), round(x, 1), round(y, 1), round(width, 1), height))
        for row, reader in enumerate(group.readers):
            his = [column for column, dossier in enumerate(group.dossiers) if (reader, dossier) in read]
            lines.append(Line(names[reader], round(y + _ROW * row, 1), len(his)))
            marks += [(round(x + cell * column, 1), round(y + _ROW * row, 1), place) for column in his]
            rows.append((names[reader], str(len(his)), letter(place)))
        x, y = x + width + _GAP, y + height + (_TOP if place + 1 < len(found) else 0)
    return GraphChart(
        width=round(x - _GAP + 44, 1),
        height=round(y + 8, 1),
        left=round(left, 1),
        mark=(round(max(cell - 1.5, cell * 0.7), 2), _ROW - 6),
        boxes=tuple(boxes),
        lines=tuple(lines),
        marks=tuple(marks),
        rows=tuple(rows),
    )


def _joined(start: str, by_reader: Mapping[str, set[str]], by_dossier: Mapping[str, set[str]]) -> set[str]:
    joined, waiting = {start}, [start]
    while waiting:
        near = {dossier for reader in by_dossier[waiting.pop()] for dossier in by_reader[reader]} - joined
        joined |= near
        waiting += near
    return joined


def _group(joined: set[str], by_reader: Mapping[str, set[str]], by_dossier: Mapping[str, set[str]]) -> Group:
    """Order a group so that its readings lie along a diagonal: each dossier by the middle of its readers' places."""
    readers = sorted({reader for dossier in joined for reader in by_dossier[dossier]})
    order = {reader: place for place, reader in enumerate(readers)}
    middle = {
        dossier: sum(order[reader] for reader in by_dossier[dossier]) / max(len(by_dossier[dossier]), 1)
        for dossier in joined
    }
    return Group(tuple(readers), tuple(sorted(joined, key=lambda dossier: (middle[dossier], dossier))))


def letter(place: int) -> str:
    """Return the name of a group: A, B…, Z, then its number."""
    return chr(ord("A") + place) if place < 26 else str(place + 1)


def _named(place: int, width: float, count: int) -> str:
    """Return the name written over a group: none where there is one group, the letter alone where it is narrow."""
    if count == 1:
        return ""
    return f"Groupe {letter(place)}" if width >= _NAME_WIDTH else letter(place)
