"""Amounts, dates and instants as French readers write them, with their unbreakable spaces."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date

from ptce_aap.clock import PARIS
from ptce_aap.domain.wording import NO_BREAK, write_euros, write_integer

NBSP = NO_BREAK


def grouped(number: int) -> str:
    """Return the integer with a thin space every three digits."""
    return write_integer(number)


def euros(cents: int) -> str:
    """Return an amount as « 2 700 000 € »; cents are shown only where there are some."""
    return write_euros(cents)


def decimal_text(cents: int, mark: str = ".") -> str:
    """Return an amount as plain text with two decimals, for files that machines read."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole}{mark}{rest:02d}"


def long_date(day: date) -> str:
    """Return « mardi 30 juin 2015 »; the first of a month is « 1er »."""
    name, number, rest = format_date(day, "EEEE d MMMM y", locale="fr").split(" ", 2)
    return f"{name} {'1er' if number == '1' else number}{NBSP}{rest}"


def long_instant(instant: datetime, zone: ZoneInfo = PARIS, *, seconds: bool = False) -> str:
    """Return « mardi 30 juin 2015 à 23 h 58 », with « min » and « s » where seconds matter."""
    local = instant.astimezone(zone)
    time = f"{local.hour}{NBSP}h{NBSP}{local.minute:02d}"
    if seconds:
        time += f"{NBSP}min{NBSP}{local.second:02d}{NBSP}s"
    return f"{long_date(local.date())} à {time}"


def offset(instant: datetime, zone: ZoneInfo = PARIS) -> str:
    """Return the distance of a zone to universal time at that instant: « UTC+2 », « UTC-3:30 »."""
    delta = instant.astimezone(zone).utcoffset()
    assert delta is not None
    minutes = int(delta.total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    if minutes == 0:
        return "UTC"
    return f"UTC{'-' if minutes < 0 else '+'}{hours}{f':{rest:02d}' if rest else ''}"


def counted(number: int, one: str, many: str) -> str:
    """Return the number with its noun; zero and one are singular in French."""
    return f"{grouped(number)}{NBSP}{one if abs(number) < 2 else many}"


def place(number: int) -> str:
    """Return « la 1re place », « la 7e place »."""
    return f"la {number}{'re' if number == 1 else 'e'} place"


def departure(before: int | None, after: int | None) -> str:
    """Say what a departure does: from one place to another, out of the list, or nothing any more."""
    if before is None:
        return f"Sans effet{NBSP}: ce dossier n’est plus dans la liste."
    if after is None:
        return f"Écarté de la liste, où il était à {place(before)}."
    if before == after:
        return f"Reste à {place(after)}."
    return f"Passe de {place(before)} à {place(after)}."
