"""What a virus scanner said of a piece, and who may open it then."""

from __future__ import annotations

from enum import StrEnum


class Scan(StrEnum):
    """What is known of a piece; only ``CLEAN`` is a scanner's word that nothing was found."""

    NOT_SCANNED = "not_scanned"  # no scanner is set
    PENDING = "pending"
    CLEAN = "clean"
    INFECTED = "infected"


def opens(scan: Scan, *, demanded: bool, own: bool = False) -> bool:
    """Tell whether a reader may open a piece; ``demanded``: the call asks that pieces be scanned before.

    ``own``: the reader is of the dossier's people, who may read again what they sent, unless a virus was found.
    """
    if scan is Scan.INFECTED:
        return False
    return own or not demanded or scan is Scan.CLEAN
