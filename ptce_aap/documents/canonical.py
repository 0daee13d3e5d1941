"""JSON with one form for each value: sorted keys, no superfluous space, UTF-8, a newline at the end."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from fractions import Fraction

from ptce_aap.documents import characters


def canonical(value: object) -> bytes:
    """Return the bytes of the value; lone surrogates, which UTF-8 cannot carry, become « ? »."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return (characters.encodable(text) + "\n").encode("utf-8")


def exact(value: Fraction | None) -> str | None:
    """Return a fraction as « 157/2 », a whole one as « 78/1 »."""
    return None if value is None else f"{value.numerator}/{value.denominator}"


def instant(value: datetime) -> str:
    """Return the instant in universal time, as « 2015-06-30T21:59:00Z »."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
