"""Indicators of a dossier: exact values, levels from 0 to 5, and the indicative level of an axis."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ptce_aap.domain.declarations import Number, Quantity, Share
from ptce_aap.domain.facts import Facts
from ptce_aap.domain.wording import Unit, write


@dataclass(frozen=True, slots=True)
class Indicator:
    """A declared quantity, with its words and its thresholds."""

    key: str
    axis: str
    label: str
    plain: str  # what it measures, in one sentence
    unit_label: str
    quantity: Quantity
    unit: Unit
    thresholds: tuple[Number, ...]  # least values of levels 1, 2…; empty: the indicator has no level
    fields: tuple[str, ...]
    term_units: tuple[Unit, Unit] | None = None  # of both sides of a share

    def measure(self, facts: Facts) -> Measure:
        """Return what the indicator is worth on a dossier."""
        if self.key not in facts.results:
            facts.results[self.key] = self.quantity.of(facts)
        value: Number | None = facts.results[self.key]
        return Measure(self, value, self._level(value), self._shown(value, facts))

    def _level(self, value: Number | None) -> int | None:
        if value is None or not self.thresholds:
            return None
        return sum(value >= threshold for threshold in self.thresholds)

    def _shown(self, value: Number | None, facts: Facts) -> str:
        """Return the value in French; a share carries its two terms."""
        told = write(value, self.unit)
        if value is None or self.term_units is None or not isinstance(self.quantity, Share):
            return told
        part, whole = self.quantity.part.of(facts), self.quantity.whole.of(facts)
        return f"{told} — {write(part, self.term_units[0])} sur {write(whole, self.term_units[1])}"


@dataclass(frozen=True, slots=True)
class Measure:
    """What an indicator is worth on one dossier; None where nothing is known, never zero for that."""

    indicator: Indicator
    value: Number | None
    level: int | None
    shown: str  # French: « 38 % — 45 600 € sur 120 000 € »

    @property
    def key(self) -> str:
        """Return the indicator's key."""
        return self.indicator.key

    @property
    def axis(self) -> str:
        """Return the indicator's axis."""
        return self.indicator.axis

    @property
    def next_step(self) -> str | None:
        """Return the value at which the next level begins, in French.

        None at the last level, without levels, and where nothing is known.
        """
        if self.level is None or self.level >= len(self.indicator.thresholds):
            return None
        return write(self.indicator.thresholds[self.level], self.indicator.unit)

    def json_value(self) -> str | int | float | None:
        """Return the value for files: money as text with two decimals, counts as integers, else the nearest double."""
        match self.value, self.indicator.unit:
            case None, _:
                return None
            case value, Unit.MONEY:
                cents = int(value)
                return f"{cents // 100}.{cents % 100:02d}"
            case value, Unit.COUNT:
                return int(value)
            case value, _:
                return float(value)


@dataclass(frozen=True, slots=True)
class AxisLevel:
    """The indicative level of an axis: shown, never a mark."""

    axis: str
    median: int | None  # before ceilings
    ceiling: int | None
    level: int | None


def median_level(levels: Iterable[int | None]) -> int | None:
    """Return the median of the known levels, the lower of the two middle ones."""
    known = sorted(level for level in levels if level is not None)
    return known[(len(known) - 1) // 2] if known else None


def axis_level(axis: str, levels: Sequence[int | None], ceilings: Sequence[int]) -> AxisLevel:
    """Return the indicative level of an axis, under the ceilings that demands put on it."""
    median, ceiling = median_level(levels), min(ceilings, default=None)
    level = median if median is None or ceiling is None else min(median, ceiling)
    return AxisLevel(axis, median, ceiling, level)
