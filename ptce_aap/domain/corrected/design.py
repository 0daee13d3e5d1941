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

    Columns are what is estimated beside the merits: one a reader, then, in mode ``default``, the general level.
    A dossier with c readings is said "of size c"; ``within`` and ``between`` are sums over readings of products of
    columns (first index) with columns or marks, parted as R⁻¹ = (I − 11ᵀ/c)/s² + (11ᵀ/c)/(s² + cτ²) is.
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
    distinct: Integers  # (C,) the sizes that occur
    size_place: Integers  # (n,) index of each dossier's size in ``distinct``
    size_count: Integers  # (C,) dossiers of each size
    within: Floats  # (J, J)
    between: Floats  # (C, J, J)
    within_marks: Floats  # (J,)
    between_marks: Floats  # (C, J)
    within_square: float
    between_square: Floats  # (C,)

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
    dossiers = sorted({reading.dossier for reading in ordered})
    readers = sorted({reading.reader for reading in ordered})
    dossier_place = {dossier: place for place, dossier in enumerate(dossiers)}
    reader_place = {reader: place for place, reader in enumerate(readers)}
    row = np.array([dossier_place[reading.dossier] for reading in ordered], dtype=np.int64)
    column = np.array([reader_place[reading.reader] for reading in ordered], dtype=np.int64)
    sign = -1.0 if settings.lower_is_better else 1.0
    raw = sign * np.array([reading.score for reading in ordered], dtype=np.float64)
    sizes = np.bincount(row, minlength=len(dossiers))
    raw_means = np.bincount(row, weights=raw) / sizes
    centre = float(raw_means.mean())
    incidence = np.zeros((len(dossiers), len(readers)))
    incidence[row, column] = 1.0
    flat = settings.mode is Mode.DEFAULT
    columns = np.column_stack([incidence, sizes]) if flat else incidence
    marks = raw - centre
    return _Sums(row, column, raw_means, marks, sizes, columns, flat).design(
        tuple(dossiers), tuple(readers), sign=sign, centre=centre
    )


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


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """The sums that the likelihood needs whatever the standard deviations are."""

    row: Integers
    column: Integers
    raw_means: Floats
    marks: Floats
    sizes: Integers
    columns: Floats
    flat: bool

    def design(self, dossiers: tuple[str, ...], readers: tuple[str, ...], *, sign: float, centre: float) -> Design:
        sums: Floats = np.bincount(self.row, weights=self.marks).astype(np.float64)
        distinct, place, count = np.unique(self.sizes, return_inverse=True, return_counts=True)
        of_size = [place == index for index in range(len(distinct))]
        between = np.stack([self.columns[of].T @ self.columns[of] / c for of, c in zip(of_size, distinct, strict=True)])
        between_marks = np.stack([self.columns[of].T @ sums[of] / c for of, c in zip(of_size, distinct, strict=True)])
        between_square = np.array([np.sum(sums[of] ** 2) / c for of, c in zip(of_size, distinct, strict=True)])
        within, within_marks = self._within(between, between_marks, len(readers))
        means = sums / self.sizes
        return Design(
            dossiers=dossiers,
            readers=readers,
            flat=self.flat,
            sign=sign,
            centre=centre,
            row=self.row,
            column=self.column,
            marks=self.marks,
            sizes=self.sizes,
            raw_means=self.raw_means,
            sums=sums,
            columns=self.columns,
            distinct=distinct,
            size_place=place,
            size_count=count,
            within=within,
            between=between,
            within_marks=within_marks,
            between_marks=between_marks,
            within_square=float(np.sum((self.marks - means[self.row]) ** 2)),
            between_square=between_square,
        )

    def _within(self, between: Floats, between_marks: Floats, readers: int) -> tuple[Floats, Floats]:
        """Return the parts within dossiers; the general level has none, exactly."""
        width = self.columns.shape[1]
        within, within_marks = np.zeros((width, width)), np.zeros(width)
        part = slice(0, readers)
        within[part, part] = np.diag(np.bincount(self.column)) - between.sum(axis=0)[part, part]
        by_reader = np.bincount(self.column, weights=self.marks)
        within_marks[part] = by_reader - between_marks.sum(axis=0)[part]
        return within, within_marks
