"""Readings of a fictional jury: the least loaded first, always the same, without the solver of real juries."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Need:
    """A dossier, how many readers it lacks, and who cannot be one of them (conflict, or reader already)."""

    dossier: str
    lacking: int
    excluded: frozenset[str]


def spread(needs: Collection[Need], loads: Mapping[str, int]) -> tuple[tuple[str, str], ...]:
    """Return (dossier, juror) pairs; a dossier without enough free jurors gets those there are.

    Dossiers with the fewest possible readers are served first; equal loads are parted by a lot drawn from both
    references, so that the same jurors do not always read together.
    """
    load = dict(loads)
    pairs: list[tuple[str, str]] = []
    for need in sorted(needs, key=lambda need: (len(load.keys() - need.excluded), need.dossier)):
        free = sorted(load.keys() - need.excluded, key=lambda juror: (load[juror], _lot(need.dossier, juror)))
        for juror in free[: need.lacking]:
            load[juror] += 1
            pairs.append((need.dossier, juror))
    return tuple(pairs)


def _lot(dossier: str, juror: str) -> bytes:
    return hashlib.sha256(f"{dossier}:{juror}".encode()).digest()
