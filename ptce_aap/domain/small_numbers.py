"""What is published of a table without telling of anybody: rows of few dossiers are put together, never alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LEAST = 5
"""Fewer dossiers than this might be recognised: a proposal of the application, usual in public statistics."""

_LEAST_GROUPED = 3


@dataclass(frozen=True, slots=True)
class Counted:
    """A row of a table before it is published: its label, the dossiers behind it, what is said of them."""

    label: str
    dossiers: int
    value: int


@dataclass(frozen=True, slots=True)
class Published:
    """What is published: rows, then how many others are not told one by one."""

    rows: tuple[Counted, ...]
    grouped: int


def published(rows: Sequence[Counted], *, least: int = LEAST) -> Published:
    """Return the rows that may be published, in their order; the others are only said to be there.

    A row behind which stand fewer than ``least`` dossiers is not told. Where a total is known elsewhere, one hidden
    row is the difference, and two leave little to guess: at least three rows are hidden or none, the smallest of the
    others with them. No total is given beside, and what is hidden is not named.
    """
    told = [row for row in rows if row.dossiers]
    hidden = [row for row in told if row.dossiers < least]
    if hidden:
        kept = sorted((row for row in told if row.dossiers >= least), key=lambda row: row.dossiers)
        hidden += kept[: max(0, _LEAST_GROUPED - len(hidden))]
    return Published(tuple(row for row in told if row not in hidden), len(hidden))
