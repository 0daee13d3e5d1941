"""What is published of a table without telling of anybody: rows of few dossiers are put away, never one alone."""

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
    others with them, and more of them while their sum would still tell each one. No total is given beside, what is
    hidden is not named, and where nothing is told not even how many rows there were.
    """
    told = [row for row in rows if row.dossiers]
    hidden = [row for row in told if row.dossiers < least]
    kept = sorted((row for row in told if row.dossiers >= least), key=lambda row: row.dossiers)
    while hidden and kept and not _leaves_a_doubt(hidden, least):
        # Those that are equal go together: which of them was kept would tell of the others.
        hidden += [row for row in kept if row.dossiers == kept[0].dossiers]
        kept = [row for row in kept if row not in hidden]
    shown = tuple(row for row in told if row not in hidden)
    return Published(shown, len(hidden) if shown else 0)


def _leaves_a_doubt(hidden: Sequence[Counted], least: int) -> bool:
    """Tell whether the number of hidden rows and their sum leave several values to each.

    Each holds one dossier at least: a sum near their number says one each. Where all are small, a sum near the most
    that they can hold says ``least - 1`` each.
    """
    count, total = len(hidden), sum(row.dossiers for row in hidden)
    if count < _LEAST_GROUPED or total < count + 2:
        return False
    return any(row.dossiers >= least for row in hidden) or total <= (least - 1) * count - 2
