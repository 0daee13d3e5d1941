"""The best assignment, proven: the greatest total, or the fairest one and then the greatest total.

``fair`` looks for the greatest threshold t such that an assignment gives every dossier at least t. Fractions allowed,
one linear program bounds it from above; it is nearly always reached, so that bound is tried first, then halves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor, gcd

import numpy as np

from ptce_aap.domain.assignment.answer import Answer, answer_of
from ptce_aap.domain.assignment.instance import Instance, Objective, tie_weight
from ptce_aap.domain.assignment.program import (
    Clock,
    Floats,
    Found,
    Integers,
    Pairs,
    Rows,
    Unsolved,
    maximise,
    upper_bound,
)
from ptce_aap.domain.assignment.relaxing import diagnose

DEFAULT_SECONDS = 300.0


def assign(instance: Instance, *, seed: int = 1, seconds: float = DEFAULT_SECONDS) -> Answer:
    """Return the best assignment of an instance, or what blocks it.

    ``seed`` parts the optimal answers that are equally good; ``seconds``: past them the best assignment known is
    returned, not proven. Errors: ``Unsolved`` where none is known by then.
    """
    clock = Clock.of(seconds)
    search = _Search.of(instance, seed, clock)
    best = search.best(0)
    if best.values is None:
        if not best.proven:
            raise Unsolved("no assignment was found in the time given")
        return Answer(
            instance.objective, None, lifted=instance.lifted, blocking=diagnose(instance, seed=seed, clock=clock)
        )
    threshold = 0
    if instance.objective is Objective.FAIR:
        best, threshold = search.fairest(best)
    assert best.values is not None
    chosen = search.parted(best.values, threshold)
    return answer_of(instance, search.pairs.chosen(chosen), proven=best.proven)


@dataclass(frozen=True, slots=True)
class _Search:
    """One instance as a program. Affinities are divided by what they have in common, thresholds too."""

    instance: Instance
    pairs: Pairs
    gains: Integers  # one a pair
    seed: int
    clock: Clock

    @classmethod
    def of(cls, instance: Instance, seed: int, clock: Clock) -> _Search:
        pairs = Pairs.of(instance)
        common = gcd(*(affinity for row in instance.affinity for affinity in row)) or 1
        gains = [
            instance.affinity[row][column] // common
            for row, column in zip(pairs.dossiers.tolist(), pairs.readers.tolist(), strict=True)
        ]
        return cls(instance, pairs, np.array(gains, dtype=np.int64), seed, clock)

    def best(self, threshold: int) -> Found:
        """Return the greatest total where every dossier has at least ``threshold``."""
        return self._maximise(self.gains, threshold)

    def fairest(self, known: Found) -> tuple[Found, int]:
        """Return the best assignment at the greatest threshold, and that threshold; ``known``: the greatest total.

        A threshold that is neither reached nor refused in half of the time left counts as refused, and nothing is
        proven any more.
        """
        assert known.values is not None
        low, high, held = self._worst(known.values), self._bound(), known.values
        proven, middle = True, high
        while low < high:
            found = self._maximise(self.gains, middle, first=True, clock=Clock.of(self.clock.left / 2))
            if found.values is not None:
                low, held = self._worst(found.values), found.values
            else:
                high, proven = middle - 1, proven and found.proven
            middle = (low + high + 1) // 2
        if self._worst(known.values) >= low:
            return Found(known.values, proven=known.proven and proven), low
        best = self.best(low)
        if best.values is None:
            return Found(held, proven=False), low
        return Found(best.values, proven=best.proven and proven), low

    def parted(self, values: Integers, threshold: int) -> Integers:
        """Return, of all the assignments as good as this one, that whose pairs weigh most."""
        ids = zip(self.pairs.dossiers.tolist(), self.pairs.readers.tolist(), strict=True)
        needs, readers = self.instance.needs, self.instance.readers
        weights = [tie_weight(self.seed, needs[row].id, readers[column].id) for row, column in ids]
        total = int(self.gains @ values)
        try:
            found = self._maximise(np.array(weights, dtype=np.int64), threshold, total=total)
        except Unsolved:
            return values
        return values if found.values is None else found.values

    def _maximise(
        self, gains: Integers, threshold: int, *, first: bool = False, total: int = 0, clock: Clock | None = None
    ) -> Found:
        if not len(self.pairs):
            nothing = np.zeros(0, dtype=np.int64)
            return Found(nothing if self._holds(nothing, 0, 0) else None, proven=True)
        rows = _rows_of(self.pairs)
        low, high = self._bounds()
        if threshold:
            self._ask_for(threshold, rows, high)
        if total:
            rows.add(list(range(len(self.pairs))), self.gains.tolist(), low=total, high=np.inf)
        return maximise(
            gains.astype(float), rows, low, np.maximum(low, high), clock=clock or self.clock, first=first,
            check=lambda values: self._holds(values, threshold, total),
        )  # fmt: skip

    def _ask_for(self, threshold: int, rows: Rows, high: Floats) -> None:
        """Ask every dossier for the threshold, in the tightest form that is easily had; close what cannot reach it.

        A dossier has exactly ``demand`` readers, so what the least of them brings can be taken off every coefficient
        and ``demand`` times off the threshold; a coefficient beyond what remains says no more than what remains.
        """
        for row, need in enumerate(self.instance.needs):
            if not need.demand:
                continue
            of_it = np.array(self.pairs.of_dossier(row))
            gains = self.gains[of_it]
            others = np.sort(gains)[::-1][: need.demand]
            # With the best others: in the place of the last of them, or among them already.
            best = np.where(gains >= others[-1], others.sum(), others[:-1].sum() + gains)
            forced = self.pairs.forced[of_it]
            high[of_it[(best < threshold) & ~forced]] = 0.0
            usable = gains[(best >= threshold) | forced]
            least = int(usable.min()) if len(usable) else 0
            asked = threshold - need.demand * least
            if asked > 0:
                rows.add(of_it.tolist(), np.clip(gains - least, 0, asked).tolist(), low=asked, high=np.inf)

    def _bounds(self) -> tuple[Floats, Floats]:
        return self.pairs.forced.astype(float), np.ones(len(self.pairs))

    def _holds(self, values: Integers, threshold: int, total: int) -> bool:
        enough = threshold <= self._worst(values) and total <= int(self.gains @ values)
        return enough and respected(self.instance, self.pairs.chosen(values))

    def _worst(self, values: Integers) -> int:
        scores = np.bincount(self.pairs.dossiers, self.gains * values, minlength=len(self.instance.needs))
        asked = [int(score) for score, need in zip(scores, self.instance.needs, strict=True) if need.demand]
        return min(asked, default=0)

    def _bound(self) -> int:
        """Return a threshold that no assignment passes: the best readers of each dossier, then fractions allowed."""
        best = [
            int(np.sort(self.gains[self.pairs.of_dossier(row)])[-need.demand :].sum())
            for row, need in enumerate(self.instance.needs)
            if need.demand
        ]
        top = min(best, default=0)
        width = len(self.pairs)
        rows = _rows_of(self.pairs, width + 1)
        for row, need in enumerate(self.instance.needs):
            if need.demand:
                of_it = self.pairs.of_dossier(row)
                rows.add([*of_it, width], [*self.gains[of_it].tolist(), -1.0], low=0, high=np.inf)
        low, high = self._bounds()
        only = np.zeros(width + 1)
        only[width] = 1.0
        found = upper_bound(only, rows, np.append(low, 0.0), np.append(high, float(top)), clock=self.clock)
        return min(top, floor(found + 1e-6 * max(1.0, found)) if found < top else top)


def respected(instance: Instance, chosen: Mapping[int, tuple[int, ...]]) -> bool:
    """Tell, in whole numbers, whether an assignment keeps every rule of its instance."""
    loads = dict.fromkeys(range(len(instance.readers)), 0)
    pairs = set()
    for row, need in enumerate(instance.needs):
        if len(set(chosen[row])) != need.demand:
            return False
        readers = [instance.readers[column] for column in chosen[row]]
        if any(instance.excludes(need, reader) for reader in readers):
            return False
        for name, limit in instance.groups.items() if need.demand else ():
            count = sum(reader.group == name for reader in readers)
            if count < limit.minimum or (limit.maximum is not None and count > limit.maximum):
                return False
        pairs |= {(need.id, reader.id) for reader in readers}
        for column in chosen[row]:
            loads[column] += 1
    within = all(
        instance.minimum_of(reader) <= loads[column] <= reader.maximum for column, reader in enumerate(instance.readers)
    )
    return within and instance.forced <= pairs


def _rows_of(pairs: Pairs, width: int | None = None) -> Rows:
    """Return what every assignment keeps: demands, limits of groups, loads."""
    rows = Rows(len(pairs) if width is None else width)
    instance = pairs.instance
    for row, need in enumerate(instance.needs):
        if not need.demand:
            continue
        rows.add(pairs.of_dossier(row), low=need.demand, high=need.demand)
        for name, limit in instance.groups.items():
            high = np.inf if limit.maximum is None else limit.maximum
            rows.add(pairs.of_group(row, name), low=limit.minimum, high=high)
    for column, reader in enumerate(instance.readers):
        rows.add(pairs.of_reader(column), low=instance.minimum_of(reader), high=reader.maximum)
    return rows
