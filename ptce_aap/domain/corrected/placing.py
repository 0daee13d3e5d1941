"""Places, intervals and groups of the dossiers, once their expected ranks and counts of ranks are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ptce_aap.domain.corrected.design import Design, Floats
from ptce_aap.domain.corrected.draws import RankCounts
from ptce_aap.domain.corrected.values import FEWEST_READINGS, TIE, Group, Placed

_DECIMALS = 9  # means and expected ranks equal to so many decimals are equal


@dataclass(frozen=True, slots=True)
class RawFigures:
    """What the marks say before any correction, on the input's scale: readings, mean and rank of each dossier."""

    readings: tuple[int, ...]
    means: tuple[float, ...]
    ranks: tuple[int, ...]  # 1, 2, 2, 4


@dataclass(frozen=True, slots=True)
class _Fate:
    """What the dossiers of one tie share: quantiles, chance of the first ranks, group."""

    quantiles: tuple[int, ...]
    p_top: float | None
    group: Group | None


def raw_figures(design: Design) -> RawFigures:
    """Return the raw figures of each dossier, in the order of the arrays."""
    keys = [round(float(mean), _DECIMALS) for mean in design.raw_means]
    before = sorted(keys, reverse=True)
    first = {key: place + 1 for place, key in reversed(list(enumerate(before)))}
    means = [float(mean) for mean in design.sign * design.raw_means]
    return RawFigures(tuple(map(int, design.sizes)), tuple(means), tuple(first[key] for key in keys))


def place(
    dossiers: Sequence[str],
    expected: Floats,
    counts: RankCounts,
    top: int | None,
    raw: RawFigures,
    merits: tuple[Floats, Floats],
) -> tuple[tuple[Placed, ...], float | None]:
    """Return the dossiers in the order of the ranking, and the line (None without ``top``).

    ``merits``: adjusted marks (n,) and posterior standard deviations (n,). Dossiers whose expected ranks are equal
    (1e-9) share pooled quantiles, chance of the first ranks and group.
    """
    order = sorted(range(len(dossiers)), key=lambda i: (round(float(expected[i]), _DECIMALS), dossiers[i]))
    line = None if top is None else float(expected[order[top - 1]])
    fates: dict[int, _Fate] = {}
    for tied in _ties(expected):
        fates |= dict.fromkeys(
            tied, _fate(tied, counts, top, line, float(np.min(np.abs(expected[tied] - (line or 0.0)))))
        )
    adjusted, deviations = merits
    n = len(dossiers)
    placed = []
    for i in order:
        rank, fate = float(expected[i]), fates[i]
        q05, q25, q50, q75, q95 = fate.quantiles
        placed.append(
            Placed(
                dossier=dossiers[i],
                n=raw.readings[i],
                raw_mean=raw.means[i],
                raw_rank=raw.ranks[i],
                adjusted=float(adjusted[i]),
                sd=float(deviations[i]),
                expected_rank=rank,
                pcer=100 * (rank - 0.5) / n,
                rank_q05=q05,
                rank_q25=q25,
                rank_q50=q50,
                rank_q75=q75,
                rank_q95=q95,
                p_top=fate.p_top,
                group=fate.group,
                reliable=raw.readings[i] >= FEWEST_READINGS,
            )
        )
    return tuple(placed), line


def _ties(expected: Floats) -> list[list[int]]:
    """Return the dossiers parted into runs of equal expected ranks (1e-9 from one to the next)."""
    runs: list[list[int]] = []
    for i in np.argsort(expected, kind="stable"):
        if runs and expected[i] - expected[runs[-1][-1]] <= TIE:
            runs[-1].append(int(i))
        else:
            runs.append([int(i)])
    return runs


def _fate(tied: list[int], counts: RankCounts, top: int | None, line: float | None, distance: float) -> _Fate:
    quantiles = counts.quantiles(tied)
    if top is None or line is None:
        return _Fate(quantiles, None, None)
    _, q25, _, q75, _ = quantiles
    group = Group.INDISTINGUISHABLE
    if distance > TIE and q75 < line:
        group = Group.ACCEPTED
    elif distance > TIE and q25 > line:
        group = Group.REJECTED
    return _Fate(quantiles, counts.chance_of_top(tied, top), group)
