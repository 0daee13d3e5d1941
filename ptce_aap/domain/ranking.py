"""The announced ranking: the rule of the call applied to the raw marks, exactly.

Source: ``ptce-2015.md`` section 6. A dossier's total is the mean of its complete sheets' totals; equal totals are
parted by the axis means in the order that the grid gives; what remains tied shares its rank and the next is skipped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ptce_aap.domain.scoring import Grid, Marks, axis_means, is_complete, mean, sheet_total, shown_totals


@dataclass(frozen=True, slots=True)
class Ranked:
    """One dossier in the printed order of the ranking."""

    reference: str
    rank: int | None  # None: not ranked, for want of readings
    total: Fraction | None  # on ``grid.total_on``; None without a complete reading
    shown: str  # the total as printed; empty without one
    readings: int  # complete sheets
    axis_means: Mapping[str, Fraction]  # axis key → points; empty without a complete reading
    flags: tuple[str, ...]  # axes whose mean is under the call's threshold
    tied: bool  # shares its rank with another dossier
    sheet_totals: tuple[Fraction, ...]  # one a complete sheet, in the order given


@dataclass(frozen=True, slots=True)
class _Standing:
    """A dossier's figures before it is compared with the others."""

    reference: str
    totals: tuple[Fraction, ...]
    means: Mapping[str, Fraction]
    ranked: bool

    def key(self, grid: Grid) -> tuple[Fraction, ...]:
        """Return what the rank is judged on, the greatest first: the total, then the axis means of the tie rule."""
        return (mean(self.totals), *(self.means[axis] for axis in grid.tie_order))


def announced(
    grid: Grid, readings: Mapping[str, Sequence[Marks]], *, seed: int, admitted: Collection[str] = ()
) -> tuple[Ranked, ...]:
    """Return every dossier in the order of the printed list: the ranked ones, then those that are not.

    ``readings``: dossier reference → its final sheets (incomplete ones are left out). ``admitted``: dossiers that the
    chair ranks although they have too few readings. ``seed`` only orders, in print, those that share a rank.
    """
    standings = [_standing(grid, ref, sheets, ref in admitted) for ref, sheets in readings.items()]
    ranked = sorted((s for s in standings if s.ranked), key=lambda s: _printed_order(grid, s, seed))
    others = sorted((s for s in standings if not s.ranked), key=lambda s: s.reference)
    printed = _shown([*ranked, *others])
    ranks, shared = _ranks([standing.key(grid) for standing in ranked])
    result = [
        _line(grid, standing, ranks[place], printed[standing.reference], tied=ranks[place] in shared)
        for place, standing in enumerate(ranked)
    ]
    result += [_line(grid, standing, None, printed[standing.reference], tied=False) for standing in others]
    return tuple(result)


def draw(seed: int, reference: str) -> int:
    """Return the lot of this dossier: the smallest comes first. Anybody can recompute it from seed and reference."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{reference}".encode()).digest(), "big")


def _standing(grid: Grid, reference: str, sheets: Sequence[Marks], admitted: bool) -> _Standing:
    complete = [sheet for sheet in sheets if is_complete(grid, sheet)]
    totals = tuple(sheet_total(grid, sheet) for sheet in complete)
    by_sheet = [axis_means(grid, sheet) for sheet in complete]
    means = {axis.key: mean([sheet[axis.key] for sheet in by_sheet]) for axis in grid.axes} if complete else {}
    enough = len(complete) >= grid.minimal_readings or admitted
    return _Standing(reference, totals, means, ranked=bool(complete) and enough)


def _printed_order(grid: Grid, standing: _Standing, seed: int) -> tuple[tuple[Fraction, ...], int, str]:
    descending = tuple(-figure for figure in standing.key(grid))
    return (descending, draw(seed, standing.reference), standing.reference)


def _ranks(keys: Sequence[tuple[Fraction, ...]]) -> tuple[list[int], set[int]]:
    """Return the rank at each place of a sorted list (1, 2, 2, 4) and the set of the ranks that are shared."""
    ranks: list[int] = []
    shared: set[int] = set()
    for place, key in enumerate(keys):
        if place and key == keys[place - 1]:
            ranks.append(ranks[-1])
            shared.add(ranks[-1])
        else:
            ranks.append(place + 1)
    return ranks, shared


def _shown(standings: Sequence[_Standing]) -> dict[str, str]:
    marked = [standing for standing in standings if standing.totals]
    texts = shown_totals(mean(standing.totals) for standing in marked)
    shown = dict.fromkeys((standing.reference for standing in standings), "")
    return shown | {standing.reference: text for standing, text in zip(marked, texts, strict=True)}


def _line(grid: Grid, standing: _Standing, rank: int | None, shown: str, *, tied: bool) -> Ranked:
    flags: tuple[str, ...] = ()
    if grid.flag_below is not None and standing.means:
        flags = tuple(axis.key for axis in grid.axes if standing.means[axis.key] < grid.flag_below)
    return Ranked(
        reference=standing.reference,
        rank=rank,
        total=mean(standing.totals) if standing.totals else None,
        shown=shown,
        readings=len(standing.totals),
        axis_means=standing.means,
        flags=flags,
        tied=tied,
        sheet_totals=standing.totals,
    )
