"""Readings as arrays: sorted first, so that the order in which they came changes nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ptce_aap.domain.corrected.values import Mode, Reading, Settings

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class BadReadings(ValueError):
    """The readings make no ranking; the message is a French sentence."""


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """n dossiers, r readers, N readings (by dossier, then reader); marks turned so that more is better, and centred.

    Columns are what is estimated beside the merits: one a reader, then, in mode ``default``, the general level: J in
    all. ``moments`` are sums over readings of products of columns, then the marks, with one another: first within
    dossiers, then between those of each number of readings c, as R⁻¹ = (I − 11ᵀ/c)/s² + (11ᵀ/c)/(s² + cτ²) is parted.
    """

    dossiers: tuple[str, ...]  # by id
    readers: tuple[str, ...]  # by id
    flat: bool  # the general level is estimated
    sign: float  # −1: lower marks are better, they were negated
    centre: float  # mean of the dossiers' mean marks, turned; subtracted from ``marks``
    row: Integers  # (N,) dossier of each reading
    column: Integers  # (N,) reader of each reading
    marks: Floats  # (N,)
    sizes: Integers  # (n,) readings of each dossier
    raw_means: Floats  # (n,) mean of its marks, turned, not centred
    sums: Floats  # (n,) sum of its marks
    columns: Floats  # (n, J) how many of its readings each column takes part in
    distinct: Integers  # (C,) the numbers of readings that occur
    size_place: Integers  # (n,) index of each dossier's number of readings in ``distinct``
    size_count: Integers  # (C,) dossiers of each number of readings
    moments: Floats  # (1 + C, J + 1, J + 1)

    @property
    def width(self) -> int:
        """Return J, the number of columns."""
        return int(self.columns.shape[1])


def design(readings: Iterable[Reading], settings: Settings) -> Design:
    """Return the arrays of these readings.

    Errors: ``BadReadings`` for no reading, two by one reader of one dossier, a mark that is no number or out of scale.
    """
    ordered = in_order(readings)
    _require_sound(ordered, settings)
    dossiers, row = np.unique([reading.dossier for reading in ordered], return_inverse=True)
    readers, column = np.unique([reading.reader for reading in ordered], return_inverse=True)
    sign = -1.0 if settings.lower_is_better else 1.0
    raw = sign * np.array([reading.score for reading in ordered], dtype=np.float64)
    sizes = np.bincount(row)
    raw_means: Floats = np.bincount(row, weights=raw).astype(np.float64) / sizes
    centre = float(raw_means.mean())
    columns = np.zeros((len(dossiers), len(readers)))
    columns[row, column] = 1.0
    flat = settings.mode is Mode.DEFAULT
    if flat:
        columns = np.column_stack([columns, sizes])
    marks = raw - centre
    distinct, size_place, size_count = np.unique(sizes, return_inverse=True, return_counts=True)
    sums: Floats = np.bincount(row, weights=marks).astype(np.float64)
    of_size = [size_place == place for place in range(len(distinct))]
    sides = np.column_stack([columns, sums])
    between = [sides[of].T @ sides[of] / size for of, size in zip(of_size, distinct, strict=True)]
    within = _within(between, column, marks - (sums / sizes)[row], len(readers))
    return Design(
        dossiers=tuple(map(str, dossiers)),
        readers=tuple(map(str, readers)),
        flat=flat,
        sign=sign,
        centre=centre,
        row=row,
        column=column,
        marks=marks,
        sizes=sizes,
        raw_means=raw_means,
        sums=sums,
        columns=columns,
        distinct=distinct,
        size_place=size_place,
        size_count=size_count,
        moments=np.stack([within, *between]),
    )


def _within(between: list[Floats], column: Integers, deviations: Floats, readers: int) -> Floats:
    """Return the moments within dossiers (J + 1, J + 1); the general level has none, exactly."""
    within, part = np.zeros_like(between[0]), slice(0, readers)
    within[part, part] = np.diag(np.bincount(column)) - np.sum(between, axis=0)[part, part]
    within[part, -1] = within[-1, part] = np.bincount(column, weights=deviations)
    within[-1, -1] = deviations @ deviations
    return within


def in_order(readings: Iterable[Reading]) -> tuple[Reading, ...]:
    """Return readings sorted by dossier, then reader."""
    return tuple(sorted(readings, key=lambda reading: (reading.dossier, reading.reader)))


def _require_sound(ordered: tuple[Reading, ...], settings: Settings) -> None:
    if not (math.isfinite(settings.low) and math.isfinite(settings.high) and settings.low < settings.high):
        raise BadReadings("Les deux bornes de l'échelle doivent être deux nombres, le plus petit d'abord.")
    if not ordered:
        raise BadReadings("Il n'y a aucune lecture : rien à classer.")
    for before, reading in zip([None, *ordered], ordered, strict=False):
        if not settings.low <= reading.score <= settings.high:
            raise BadReadings(f"La note de « {reading.dossier} » par « {reading.reader} » est hors de l'échelle.")
        if before is not None and (before.dossier, before.reader) == (reading.dossier, reading.reader):
            raise BadReadings(f"« {reading.dossier} » a deux notes de « {reading.reader} ».")
    n = len({reading.dossier for reading in ordered})
    if settings.top is not None and not 1 <= settings.top <= n:
        raise BadReadings(f"Le nombre de dossiers au-dessus de la ligne doit aller de 1 à {n}.")
    if settings.draws < 1 or settings.seed < 0:
        raise BadReadings("Il faut au moins un tirage, et une graine positive ou nulle.")
