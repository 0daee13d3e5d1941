"""Dates as an iCalendar file (RFC 5545), which any calendar program reads; the same bytes for the same values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

MEDIA_TYPE = "text/calendar"
_LINE_OCTETS = 75
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Event:
    """One date: an instant, with an end where it lasts, or a whole day."""

    uid: str  # stable: a program that knows it moves the date instead of adding another
    summary: str
    begins: datetime | date
    ends: datetime | None = None
    description: str = ""
    url: str = ""
    remind: timedelta | None = None  # how long before, on whoever's calendar it is


def calendar_file(name: str, events: Iterable[Event], *, changed_at: datetime, sequence: int) -> str:
    """Return the text of the file, with the line ends of the standard.

    ``changed_at`` and ``sequence`` are those of what the dates come from, never of the clock: a later version of
    a date replaces the former one.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//ptce-aap//dates//FR",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(name)}",
    ]
    for event in events:
        lines += _event(event, changed_at, sequence)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _fold(line))


def _event(event: Event, changed_at: datetime, sequence: int) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(event.uid)}"
    yield f"DTSTAMP:{_instant(changed_at)}"
    yield f"SEQUENCE:{sequence}"
    yield f"SUMMARY:{_text(event.summary)}"
    if isinstance(event.begins, datetime):
        yield f"DTSTART:{_instant(event.begins)}"
        if event.ends is not None and event.ends > event.begins:
            yield f"DTEND:{_instant(event.ends)}"
    else:
        yield f"DTSTART;VALUE=DATE:{event.begins:%Y%m%d}"
    if event.description:
        yield f"DESCRIPTION:{_text(event.description)}"
    if event.url:
        yield f"URL:{_CONTROL.sub('', event.url)}"
    yield "TRANSP:TRANSPARENT"
    if event.remind is not None:
        yield from (
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            f"DESCRIPTION:{_text(event.summary)}",
            f"TRIGGER:-PT{int(event.remind.total_seconds()) // 60}M",
            "END:VALARM",
        )
    yield "END:VEVENT"


def _instant(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    """Write a text value: nothing of it may be read as another property."""
    kept = _CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))
    for sign in ("\\", ";", ","):
        kept = kept.replace(sign, f"\\{sign}")
    return kept.replace("\n", "\\n")


def _fold(line: str) -> Iterator[str]:
    """Cut a line every 75 octets at most, between characters; what follows begins with a blank."""
    kept, size = "", 0
    for character in line:
        octets = len(character.encode())
        if size + octets > _LINE_OCTETS:
            yield kept
            kept, size = " ", 1
        kept += character
        size += octets
    yield kept
