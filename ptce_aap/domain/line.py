"""The line of the envelope: how many ranked dossiers it covers, and when a tie stands across it.

Source: ``ptce-2015.md`` section 6. Proposed amounts are cumulated in the order of the list; the walk stops at the
first that exceeds what is left of the envelope.
"""

from __future__ import annotations

from collections.abc import Sequence


def covered(amounts: Sequence[int], envelope: int) -> int:
    """Return how many dossiers, from the first, the envelope covers; amounts and envelope in cents."""
    left = envelope
    for place, amount in enumerate(amounts):
        if amount > left:
            return place
        left -= amount
    return len(amounts)


def order_decides(tied_amounts: Sequence[int], left: int) -> bool:
    """Tell whether the order of dossiers that share a rank decides which of them the rest of the envelope covers.

    It does where they do not all fit and one of them fits alone: first, it is covered; last, it is not.
    """
    return len(tied_amounts) > 1 and min(tied_amounts) <= left < sum(tied_amounts)
