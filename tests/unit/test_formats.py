"""How values read in French: exact to the space."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from ptce_aap.domain import wording
from ptce_aap.domain.wording import Unit
from ptce_aap.web import formats

THIN, HARD = "\u202f", "\u00a0"


@pytest.mark.parametrize(
    ("cents", "shown"),
    [
        (270_000_000, f"2{THIN}700{THIN}000{HARD}€"),
        (1_234_550, f"12{THIN}345,50{HARD}€"),
        (5, f"0,05{HARD}€"),
        (0, f"0{HARD}€"),
        (None, "–"),
    ],
)
def test_an_amount_shows_its_cents_only_where_there_are_some(cents: int | None, shown: str) -> None:
    assert formats.euros(cents) == shown


@pytest.mark.parametrize(
    ("share", "shown"),
    [(Fraction(3, 8), "37,5"), (Fraction(1, 2), "50"), (0.005, "0,5"), (Fraction(1, 3), "33,3"), (1, "100")],
)
def test_a_share_is_shown_per_cent(share: float | Fraction, shown: str) -> None:
    assert formats.percent(share) == f"{shown}{HARD}%"


def test_a_number_rounds_half_up_and_never_by_its_float() -> None:
    assert formats.number(Decimal("2.675"), 2) == "2,68"
    assert formats.number(Fraction(1, 8), 2) == "0,13"


def test_instants_are_told_in_paris_time_winter_and_summer() -> None:
    assert formats.instant_fr(datetime(2015, 6, 12, 8, 2, tzinfo=UTC)) == f"12/06/2015 à 10{HARD}h{HARD}02"
    assert formats.instant_fr(datetime(2015, 1, 12, 8, 2, 5, tzinfo=UTC), True).endswith(
        f"9{HARD}h{HARD}02{HARD}min{HARD}05{HARD}s"
    )
    closing = datetime(2015, 6, 30, 21, 59, 59, tzinfo=UTC)
    assert formats.instant_long(closing) == f"mardi 30{HARD}juin{HARD}2015 à 23{HARD}h{HARD}59 (heure de Paris)"


def test_the_first_of_a_month_is_told_as_people_say_it() -> None:
    assert formats.date_fr(date(2015, 7, 1)) == f"1er{HARD}juillet{HARD}2015"


@pytest.mark.parametrize(
    ("left", "shown"),
    [
        (timedelta(days=2, hours=4, minutes=50), f"2{HARD}jours et 4{HARD}heures"),
        (timedelta(hours=1, minutes=1), f"1{HARD}heure et 1{HARD}minute"),
        (timedelta(minutes=8), f"8{HARD}minutes"),
        (timedelta(seconds=20), "moins d’une minute"),
    ],
)
def test_time_left_is_told_with_two_units_at_most(left: timedelta, shown: str) -> None:
    assert formats.duration(left) == shown


def test_a_typed_text_is_shown_as_typed() -> None:
    assert str(formats.lines("R&D <b>\nsuite")) == "R&amp;D &lt;b&gt;<br>suite"


@pytest.mark.parametrize(
    ("number", "unit", "written"),
    [
        (-50, Unit.MONEY, f"-0,50{HARD}€"),
        (-1_234_550, Unit.MONEY, f"-12{THIN}345,50{HARD}€"),
        (Fraction(-5, 200), Unit.SHARE, f"-2,5{HARD}%"),
        (Fraction(-1, 4), Unit.NUMBER, "-0,25"),
        (None, Unit.COUNT, "—"),
    ],
)
def test_a_sentence_writes_what_is_less_than_nothing_with_its_sign(
    number: Fraction | int | None, unit: Unit, written: str
) -> None:
    assert wording.write(number, unit) == written
