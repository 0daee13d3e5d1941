"""Which dossiers are linked by readers: the connected parts of the graph of readings."""

from __future__ import annotations

from collections.abc import Iterable

from ptce_aap.domain.corrected.values import Component


def components(pairs: Iterable[tuple[str, str]]) -> tuple[Component, ...]:
    """Return the parts of the graph of (dossier, reader) pairs, the largest first, then by their first dossier."""
    readers_of: dict[str, set[str]] = {}
    dossiers_of: dict[str, set[str]] = {}
    for dossier, reader in pairs:
        readers_of.setdefault(dossier, set()).add(reader)
        dossiers_of.setdefault(reader, set()).add(dossier)
    left, parts = set(readers_of), []
    for dossier in sorted(readers_of):
        if dossier in left:
            part = _reached(dossier, readers_of, dossiers_of)
            left -= set(part.dossiers)
            parts.append(part)
    return tuple(sorted(parts, key=lambda part: (-len(part.dossiers), part.dossiers)))


def _reached(start: str, readers_of: dict[str, set[str]], dossiers_of: dict[str, set[str]]) -> Component:
    dossiers, readers, ahead = {start}, set[str](), [start]
    while ahead:
        for reader in readers_of[ahead.pop()] - readers:
            readers.add(reader)
            new = dossiers_of[reader] - dossiers
            dossiers |= new
            ahead += new
    return Component(tuple(sorted(dossiers)), tuple(sorted(readers)))
