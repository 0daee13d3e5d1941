"""What makes an assignment impossible, and the least to relax so that it no longer is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ptce_aap.domain.assignment.answer import Blocking, DemandToGiveUp, MinimumOutOfReach
from ptce_aap.domain.assignment.blocks import dossiers_without_readers, readers_out_of_reach
from ptce_aap.domain.assignment.instance import Instance, tie_weight
from ptce_aap.domain.assignment.program import Clock, Floats, Integers, Pairs, Rows, Unsolved, maximise


def diagnose(instance: Instance, *, seed: int, clock: Clock) -> Blocking:
    """Return what blocks an instance that has no assignment: the first kind that applies.

    A dossier that cannot have its readers, alone; a reader who cannot have his minimum; else the fewest readings to
    give up. Errors: ``Unsolved``.
    """
    alone = dossiers_without_readers(instance) or readers_out_of_reach(instance)
    if alone:
        return alone
    relaxed = _Relaxed(instance, Pairs.of(instance), seed, clock)
    return relaxed.minimums() or relaxed.demands()


@dataclass(frozen=True, slots=True)
class _Relaxed:
    """The program in which readings may be given up and minimums missed.

    Variables, in order: pairs; for each dossier the readings it gives up; for each dossier and group those given up
    that stood for the group's minimum; for each reader what he lacks of his minimum.
    """

    instance: Instance
    pairs: Pairs
    seed: int
    clock: Clock

    def minimums(self) -> tuple[MinimumOutOfReach, ...]:
        """Return the readers who miss their minimum when as little as possible is missed, readings given up freely."""
        lacking = self._lacking
        least = self._least(dict.fromkeys(lacking, 1), [])
        if not least[lacking].any():
            return ()
        weights = [tie_weight(self.seed, "", reader.id) for reader in self.instance.readers]
        kept = (dict.fromkeys(lacking, 1), int(least[lacking].sum()))
        found = self._least(dict(zip(lacking, weights, strict=True)), [kept])[lacking]
        return tuple(
            MinimumOutOfReach(reader.id, self.instance.minimum_of(reader), self.instance.minimum_of(reader) - int(lack))
            for reader, lack in zip(self.instance.readers, found, strict=True)
            if lack
        )

    def demands(self) -> tuple[DemandToGiveUp, ...]:
        """Return the dossiers that give up readings when as few as possible are, every minimum kept."""
        minimums = (dict.fromkeys(self._lacking, 1), 0)
        units, groups = dict.fromkeys(self._given_up, 1), dict.fromkeys(self._of_groups, 1)
        least = self._least(units, [minimums])
        given_up = (units, int(least[self._given_up].sum()))
        if not given_up[1]:
            raise Unsolved("what has no assignment has one")
        least = self._least(groups, [minimums, given_up])
        grouped = (groups, int(least[self._of_groups].sum()))
        weights = [tie_weight(self.seed, need.id, "") for need in self.instance.needs]
        found = self._least(dict(zip(self._given_up, weights, strict=True)), [minimums, given_up, grouped])
        return tuple(
            DemandToGiveUp(need.id, need.demand, need.demand - int(units))
            for need, units in zip(self.instance.needs, found[self._given_up], strict=True)
            if units
        )

    @property
    def _given_up(self) -> list[int]:
        start = len(self.pairs)
        return list(range(start, start + len(self.instance.needs)))

    @property
    def _of_groups(self) -> list[int]:
        start = len(self.pairs) + len(self.instance.needs)
        return list(range(start, start + len(self.instance.needs) * len(self.instance.groups)))

    @property
    def _lacking(self) -> list[int]:
        start = len(self.pairs) + len(self.instance.needs) * (1 + len(self.instance.groups))
        return list(range(start, start + len(self.instance.readers)))

    def _least(self, costs: dict[int, int], kept: list[tuple[dict[int, int], int]]) -> Integers:
        """Return the solution of least cost among those whose sums ``kept`` are at most what is told."""
        rows = self._rows()
        for sums, most in kept:
            rows.add(list(sums), [float(value) for value in sums.values()], high=most)
        gains = np.zeros(rows.width)
        for column, cost in costs.items():
            gains[column] = -float(cost)
        found = maximise(gains, rows, *self._bounds(rows.width), clock=self.clock)
        if found.values is None:
            raise Unsolved("nothing is possible even with every reading given up")
        return found.values

    def _bounds(self, width: int) -> tuple[Floats, Floats]:
        low, high = np.zeros(width), np.ones(width)
        low[: len(self.pairs)] = self.pairs.forced
        high[self._given_up] = [need.demand for need in self.instance.needs]
        high[self._of_groups] = [limit.minimum for _ in self.instance.needs for limit in self.instance.groups.values()]
        high[self._lacking] = [self.instance.minimum_of(reader) for reader in self.instance.readers]
        return low, high

    def _rows(self) -> Rows:
        pairs, instance = self.pairs, self.instance
        rows = Rows(len(pairs) + len(self._given_up) + len(self._of_groups) + len(self._lacking))
        of_groups = iter(self._of_groups)
        for row, need in enumerate(instance.needs):
            given_up = self._given_up[row]
            rows.add([*pairs.of_dossier(row), given_up], low=need.demand, high=need.demand)
            stands = [next(of_groups) for _ in instance.groups]
            rows.add([*stands, given_up], [*[1.0] * len(stands), -1.0], high=0.0)
            for column, (name, limit) in zip(stands, instance.groups.items(), strict=True):
                of_group = pairs.of_group(row, name)
                if need.demand:
                    rows.add([*of_group, column], low=limit.minimum, high=np.inf)
                if limit.maximum is not None:
                    rows.add(of_group, high=limit.maximum)
        for lacking, (column, reader) in zip(self._lacking, enumerate(instance.readers), strict=True):
            read = pairs.of_reader(column)
            rows.add(read, high=reader.maximum)
            rows.add([*read, lacking], low=instance.minimum_of(reader), high=np.inf)
        return rows
