"""The only source of time: instants are UTC and carry their zone."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


def now() -> datetime:
    """Return the present instant, in UTC."""
    return datetime.now(UTC)
