"""An amount as people type it, in euros, and as it is kept, in cents."""

from __future__ import annotations

import re

_EUROS = re.compile(r"(\d{1,12})(?:[.,](\d{1,2}))?")


def cents(text: str) -> int:
    """Read an amount in euros: blanks and € dropped, a comma or a point. Errors: ``ValueError``."""
    found = _EUROS.fullmatch(re.sub(r"[\s\u00a0\u202f€]", "", text))
    if found is None:
        raise ValueError("not an amount in euros")
    return int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))


def typed(amount: int | None) -> str:
    """Write an amount as it would be typed: 12500 or 12500,50; empty where there is none."""
    if amount is None:
        return ""
    whole, rest = divmod(amount, 100)
    return f"{whole},{rest:02d}" if rest else str(whole)
