"""When a request reached us, as the server that took it says: neither a slow line nor a queue makes a deposit late."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import structlog

SLOWEST = timedelta(minutes=5)
"""A request that takes longer reached us when it was whole: nobody begins one before a closing to end it at leisure."""
LONGEST_WAIT = timedelta(minutes=1)
"""How long a whole request may have waited for us; a proxy that says more has another time than ours."""
HEADER = "X-PTCE-Reception"
"""What a proxy that keeps requests until they are whole writes: the instant at which this one was, and how long it
took, both in seconds with three decimals (of nginx: ``$msec $request_time``)."""

_TOLD = re.compile(r"([0-9]{9,11})\.([0-9]{3}) ([0-9]{1,7})\.([0-9]{3})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AGREES = timedelta(seconds=1)
_log = structlog.get_logger("ptce_aap.web.reception")


def reached_at(began: datetime, whole: datetime) -> datetime:
    """Return the instant that counts for a deadline, of a request that came from ``began`` to ``whole``."""
    return began if whole - began <= SLOWEST else whole


def told_by_proxy(text: str, now: datetime) -> datetime | None:
    """Return the instant that counts, as a believed proxy tells it; None where it says nothing that can be read.

    Its clock is believed as far as a request can have waited for us; beyond, ours counts and the log says so.
    """
    found = _TOLD.fullmatch(text)
    if found is None:
        return None
    whole, took = (timedelta(seconds=int(found[at]), milliseconds=int(found[at + 1])) for at in (1, 3))
    waited = now - (_EPOCH + whole)
    if not -_AGREES <= waited <= LONGEST_WAIT:
        _log.error("proxy_clock_apart", seconds=round(waited.total_seconds(), 1))
    here = _EPOCH + whole if timedelta(0) <= waited <= LONGEST_WAIT else now
    return reached_at(here - took, here)
