"""Amounts, dates and instants are written as French readers write them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from ptce_aap.documents import french


def test_amounts_have_thin_spaces_and_cents_only_where_there_are_some() -> None:
    assert french.euros(270_000_000) == "2\u202f700\u202f000\u00a0€"
    assert french.euros(4_560_050) == "45\u202f600,50\u00a0€"
    assert french.euros(-100) == "-1\u00a0€"
    assert french.decimal_text(-5) == "-0.05"


def test_dates_are_spelt_out() -> None:
    assert french.long_date(date(2015, 6, 30)) == "mardi 30\u00a0juin 2015"
    assert french.long_date(date(2015, 7, 1)) == "mercredi 1er\u00a0juillet 2015"


def test_instants_are_given_in_the_zone_that_is_asked_for() -> None:
    instant = datetime(2015, 6, 30, 21, 59, 7, tzinfo=UTC)
    assert french.long_instant(instant) == "mardi 30\u00a0juin 2015 à 23\u00a0h\u00a059"
    assert french.long_instant(instant, seconds=True).endswith("à 23\u00a0h\u00a059\u00a0min\u00a007\u00a0s")
    assert (
        french.long_instant(instant, ZoneInfo("Indian/Reunion")) == "mercredi 1er\u00a0juillet 2015 à 1\u00a0h\u00a059"
    )
    assert french.offset(instant) == "UTC+2"
    assert french.offset(instant, ZoneInfo("Pacific/Marquesas")) == "UTC-9:30"


def test_zero_and_one_are_singular() -> None:
    assert [french.counted(n, "dossier", "dossiers") for n in (0, 1, 2)] == [
        "0\u00a0dossier",
        "1\u00a0dossier",
        "2\u00a0dossiers",
    ]
