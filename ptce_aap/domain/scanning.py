"""What a virus scanner said of a piece, and who may open it then."""

from __future__ import annotations

from enum import StrEnum

from ptce_aap.domain.errors import RuleViolation


class Scan(StrEnum):
    """What is known of a piece; only ``CLEAN`` is a scanner's word that nothing was found."""

    NOT_SCANNED = "not_scanned"  # no scanner is set
    PENDING = "pending"
    CLEAN = "clean"
    INFECTED = "infected"


def opens(scan: Scan, *, demanded: bool, own: bool = False) -> bool:
    """Tell whether a reader may open a piece; ``demanded``: the call asks that pieces be scanned before.

    ``own``: the reader joined the piece himself, or is on the side that sent the file: he reads it again unless a virus
    was found.
    """
    if scan is Scan.INFECTED:
        return False
    return own or not demanded or scan is Scan.CLEAN


def require_open(scan: Scan, *, demanded: bool, own: bool = False) -> None:
    """Refuse a piece that this reader may not open. Errors: ``piece_infected``, ``piece_not_scanned``."""
    if not opens(scan, demanded=demanded, own=own):
        raise RuleViolation("piece_infected" if scan is Scan.INFECTED else "piece_not_scanned")
