"""What each reader weighs: the ranking computed again without him, the standard deviations kept as fitted."""

from __future__ import annotations

from dataclasses import replace

from ptce_aap.domain.corrected.aids import LeaveOneOut, LeftOut, Replaced
from ptce_aap.domain.corrected.fitting import Fit
from ptce_aap.domain.corrected.plugging import plug_in


def left_out(fit: Fit) -> LeaveOneOut:
    """Return the ranking without each reader in turn.

    A dossier that he alone had read has no rank without him; the others' ranks are then among those that remain, and
    the line is kept where it was among them.
    """
    settings = replace(fit.settings, top=None)
    base = plug_in(fit.readings, settings, fit.model)
    readers = []
    for reader in fit.design.readers:
        kept = tuple(reading for reading in fit.readings if reading.reader != reader)
        without = plug_in(kept, settings, fit.model) if kept else Replaced((), (), ())
        readers.append(_left_out(reader, base, without, fit.settings.top, len(fit.readings) - len(kept)))
    return LeaveOneOut(base.dossiers, base.expected_ranks, tuple(readers))


def _left_out(reader: str, base: Replaced, without: Replaced, top: int | None, read: int) -> LeftOut:
    ranks = dict(zip(without.dossiers, without.expected_ranks, strict=True))
    entering: list[str] = []
    leaving: list[str] = []
    if top is not None:
        above = [dossier for dossier in base.order()[:top] if dossier in ranks]
        now = without.order()[: len(above)]
        entering = sorted(set(now) - set(above))
        leaving = sorted(set(above) - set(now))
    return LeftOut(reader, read, tuple(map(ranks.get, base.dossiers)), tuple(entering), tuple(leaving))
