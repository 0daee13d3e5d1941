"""How values are written for French readers: amounts, numbers, shares, dates and instants."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from babel.dates import format_date
from flask import Flask
from markupsafe import Markup, escape

from ptce_aap.clock import PARIS
from ptce_aap.documents import french
from ptce_aap.domain import calendar
from ptce_aap.typography import FrenchSpaces

_THIN, _HARD = "\u202f", "\u00a0"


def init_app(app: Flask) -> None:
    """Give the filters to the templates."""
    app.jinja_env.add_extension(FrenchSpaces)
    app.jinja_env.filters.update(
        euros=euros,
        nombre=number,
        pourcent=percent,
        date_fr=date_fr,
        instant_fr=instant_fr,
        heure=hour,
        instant_long=instant_long,
        instant_utc=instant_utc,
        last_moment=calendar.last_moment,
        lignes=lines,
        taille=size,
        duree=duration,
    )
    app.jinja_env.globals.update(departure_words=french.departure, place_words=french.place)


def number(value: int | float | Decimal | Fraction | None, decimals: int | None = None) -> str:
    """Write a number: thin spaces between thousands, a decimal comma; ``decimals`` rounds half up."""
    if value is None:
        return "–"
    exact = Decimal(value.numerator) / value.denominator if isinstance(value, Fraction) else Decimal(str(value))
    if decimals is not None:
        exact = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return f"{exact:,f}".replace(",", _THIN).replace(".", ",")


def euros(cents: int | None) -> str:
    """Write an amount given in cents; the cents show only where there are some."""
    return "–" if cents is None else french.euros(cents)


def percent(share: float | Fraction | None, decimals: int = 1) -> str:
    """Write a share (0.375 → 37,5 %)."""
    if share is None:
        return "–"
    hundred = share * 100 if isinstance(share, Fraction) else Decimal(str(share)) * 100
    text = number(hundred, decimals)
    return f"{text.rstrip('0').rstrip(',') if ',' in text else text}{_HARD}%"


def date_fr(day: date | datetime | None) -> str:
    """Write a day: 12 juin 2015 (1er for the first)."""
    if day is None:
        return "–"
    if isinstance(day, datetime):
        day = day.astimezone(PARIS).date()
    month = format_date(day, "MMMM", locale="fr")
    return f"{'1er' if day.day == 1 else day.day}{_HARD}{month}{_HARD}{day.year}"


def instant_fr(instant: datetime | None, seconds: bool = False) -> str:
    """Write an instant in Paris time: 12/06/2015 à 10 h 02 (and the seconds where they matter)."""
    if instant is None:
        return "–"
    local = instant.astimezone(PARIS)
    return f"{local:%d/%m/%Y} à {hour(instant)}" + (f"{_HARD}min{_HARD}{local.second:02d}{_HARD}s" if seconds else "")


def hour(instant: datetime) -> str:
    """Write the hour of an instant in Paris time: 10 h 02."""
    local = instant.astimezone(PARIS)
    return f"{local.hour}{_HARD}h{_HARD}{local.minute:02d}"


def instant_utc(instant: datetime) -> str:
    """Write an instant to the second in universal time: 30/06/2015 à 21 h 59 min 59 s (temps universel, UTC)."""
    at = instant.astimezone(UTC)
    return f"{at:%d/%m/%Y} à {at.hour}{_HARD}h{_HARD}{at:%M}{_HARD}min{_HARD}{at:%S}{_HARD}s (temps universel, UTC)"


def instant_long(instant: datetime | None) -> str:
    """Write an instant with its day: mardi 30 juin 2015 à 23 h 59 (heure de Paris)."""
    if instant is None:
        return "–"
    local = instant.astimezone(PARIS)
    weekday = format_date(local, "EEEE", locale="fr")
    return f"{weekday} {date_fr(local)} à {local.hour}{_HARD}h{_HARD}{local.minute:02d} (heure de Paris)"


def size(octets: int) -> str:
    """Write the size of a file: 120 ko, 3,4 Mo."""
    if octets < 1_000_000:
        return f"{number(max(1, round(octets / 1000)))}{_HARD}ko"
    return f"{number(Decimal(octets) / 1_000_000, 1)}{_HARD}Mo"


def lines(text: str | None) -> Markup:
    """Show a typed text as typed: escaped, its line breaks kept."""
    return Markup("<br>").join(escape(line) for line in (text or "").split("\n"))


def duration(left: timedelta | None) -> str | None:
    """Write the time left: 2 jours et 4 heures, 3 heures et 12 minutes, 8 minutes."""
    if left is None:
        return None
    minutes = int(left.total_seconds()) // 60
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(days, "jour"), (hours, "heure"), (rest, "minute")]
    first = next((index for index, (count, _) in enumerate(parts) if count), 2)
    shown = [f"{count}{_HARD}{noun}{'s' if count > 1 else ''}" for count, noun in parts[first : first + 2] if count]
    return " et ".join(shown) or "moins d’une minute"
