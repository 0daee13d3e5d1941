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
    """Tell whether a reader may open a piece; ``demanded``: the call asks that no piece be opened without a scan.

    ``own``: the reader joined the piece himself, or is on the side that sent the file: he reads it again unless a virus
    was found. Nobody else opens a piece before the scanner spoke, nor, where there is no scanner and the call asks for
    the scan, at all.
    """
    match scan:
        case Scan.INFECTED:
            return False
        case Scan.PENDING:
            return own
        case Scan.NOT_SCANNED:
            return own or not demanded
        case Scan.CLEAN:
            return True


def require_open(scan: Scan, *, demanded: bool, own: bool = False) -> None:
    """Refuse a piece that this reader may not open. Errors: ``piece_infected``, ``piece_not_scanned``."""
    if not opens(scan, demanded=demanded, own=own):
        raise RuleViolation("piece_infected" if scan is Scan.INFECTED else "piece_not_scanned")
