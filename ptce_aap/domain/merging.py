"""What an imported table does to the rows that are there: which are added, changed, kept as they are, taken out."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ptce_aap.domain.question import Question, Row
from ptce_aap.domain.values import QuestionKind


class Mode(StrEnum):
    """What becomes of the rows that are there, by the word of the page's address."""

    REPLACE = "remplacer"
    APPEND = "ajouter"


class Fate(StrEnum):
    """What happens to a row."""

    ADDED = "added"
    CHANGED = "changed"
    SAME = "same"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Change:
    """A row's fate; ``brought`` is the place of the imported row that it comes from, None for a row taken out."""

    fate: Fate
    before: Row | None
    after: Row | None
    brought: int | None


_FIGURES = frozenset(
    {QuestionKind.INTEGER, QuestionKind.NUMBER, QuestionKind.MONEY, QuestionKind.DATE, QuestionKind.YES_NO}
)
_Same = Callable[[Row], Hashable]


def merge(
    columns: Sequence[Question], there: Sequence[Row], brought: Sequence[Row], partial: frozenset[int], mode: Mode
) -> tuple[Change, ...]:
    """Return the fate of each row: imported rows in their order, then those taken out.

    ``columns`` are those that the file has: a row that is recognised keeps its other cells and its identifier.
    ``partial``: places of imported rows of which a cell could not be read; they never say that nothing changes.
    Rows are recognised by all their cells, else by their words, else by their first word.
    """
    if mode is Mode.APPEND:
        return tuple(Change(Fate.ADDED, None, row, place) for place, row in enumerate(brought))
    pairs = _recognised(columns, there, brought)
    changes = []
    for place, row in enumerate(brought):
        at = pairs.get(place)
        if at is None:
            changes.append(Change(Fate.ADDED, None, row, place))
            continue
        before = there[at]
        keys = {column.key for column in columns}
        after = {**{key: value for key, value in before.items() if key not in keys}, **row}
        same = after == before and place not in partial
        changes.append(Change(Fate.SAME if same else Fate.CHANGED, before, after, place))
    gone = set(range(len(there))) - set(pairs.values())
    return (*changes, *(Change(Fate.REMOVED, there[at], None, None) for at in sorted(gone)))


def likely_mode(columns: Sequence[Question], there: Sequence[Row], brought: Sequence[Row]) -> Mode:
    """Return what is offered first: replace where the file holds half of the rows that are there, else append."""
    return Mode.REPLACE if 2 * len(_recognised(columns, there, brought)) >= len(there) else Mode.APPEND


def _recognised(columns: Sequence[Question], there: Sequence[Row], brought: Sequence[Row]) -> dict[int, int]:
    """Return which row of those there each imported row is, each used once."""
    words = [column for column in columns if column.kind not in _FIGURES]
    texts = [column for column in words if column.kind is not QuestionKind.CHOICE]
    ways: tuple[_Same, ...] = (
        lambda row: _cells(columns, row),
        lambda row: _cells(words, row),
        lambda row: _first(texts, row),
    )
    pairs: dict[int, int] = {}
    for way in ways:
        used = set(pairs.values())
        free: dict[Hashable, list[int]] = {}
        for at, row in enumerate(there):
            if at not in used and (sign := way(row)):
                free.setdefault(sign, []).append(at)
        for place, row in enumerate(brought):
            if place not in pairs and (sign := way(row)) and free.get(sign):
                pairs[place] = free[sign].pop(0)
    return pairs


def _cells(columns: Sequence[Question], row: Row) -> Hashable:
    found = tuple((column.key, row[column.key]) for column in columns if column.key in row)
    return found or None


def _first(columns: Sequence[Question], row: Row) -> Hashable:
    return next(((column.key, row[column.key]) for column in columns if column.key in row), None)
