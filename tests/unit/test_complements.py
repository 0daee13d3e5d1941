"""Working days, stops of the time of a decision, differences between two states of an answer."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptce_aap.definitions import load_call
from ptce_aap.domain import working_days
from ptce_aap.domain.complements import Stop, restarted_on, suspended_until
from ptce_aap.domain.differences import difference

DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))


@pytest.mark.parametrize(
    ("year", "sunday"), [(2015, (4, 5)), (2024, (3, 31)), (2026, (4, 5)), (2038, (4, 25)), (2285, (3, 22))]
)
def test_easter_is_where_the_almanac_puts_it(year: int, sunday: tuple[int, int]) -> None:
    assert working_days.easter(year) == date(year, *sunday)


def test_public_holidays_of_france_are_not_worked() -> None:
    ascension, whit_monday = date(2015, 5, 14), date(2015, 5, 25)
    assert {ascension, whit_monday, date(2015, 4, 6), date(2015, 7, 14)} <= working_days.holidays(2015)
    assert len(working_days.holidays(2015)) == 11
    # From Wednesday: Thursday is the Ascension, then Friday, then a week-end.
    assert [working_days.after(date(2015, 5, 13), count) for count in (1, 2)] == [date(2015, 5, 15), date(2015, 5, 18)]


@given(DAYS, st.integers(1, 40))
def test_the_days_counted_are_those_that_were_asked_for(day: date, count: int) -> None:
    last = working_days.after(day, count)
    assert working_days.is_working(last)
    assert working_days.between(day, last) == count


@given(DAYS, st.lists(st.tuples(st.integers(0, 60), st.booleans()), max_size=4))
def test_a_rejection_by_silence_is_put_off_by_as_many_days_as_were_waited(
    decided: date, waited: list[tuple[int, bool]]
) -> None:
    start = date(2015, 7, 1)
    stops = [Stop(start, start + timedelta(days=days), answered) for days, answered in waited]
    assert suspended_until(decided, stops) == decided + timedelta(days=sum(days for days, _ in waited))
    assert suspended_until(decided, [*stops, Stop(start, None)]) is None


def test_an_acceptance_by_silence_runs_from_the_last_answer_and_not_before_it_comes() -> None:
    received, asked, came = date(2015, 6, 30), date(2015, 7, 10), date(2015, 7, 20)
    assert restarted_on(received, []) == received
    assert restarted_on(received, [Stop(asked, came, answered=True)]) == came
    assert restarted_on(received, [Stop(asked, came)]) is None
    assert restarted_on(received, [Stop(asked, None)]) is None


def test_a_call_counts_the_days_that_it_waited() -> None:
    sheet = load_call("ptce-2015").sheet
    stop = Stop(date(2015, 7, 10), date(2015, 7, 20), answered=True)
    assert sheet.implied_decision_day(date(2015, 6, 30), [stop]) == date(2015, 9, 9)
    assert sheet.implied_decision_day(date(2015, 6, 30), [Stop(date(2015, 7, 10), None)]) is None


def test_a_difference_of_a_table_is_the_rows_that_are_not_in_both() -> None:
    questionnaire = load_call("ptce-2015").questionnaire
    table = questionnaire.question("membres.membres")
    assert table is not None

    def rows(*names: str) -> dict[str, object]:
        return {table.path: tuple({"denomination": name} for name in names)}

    told = difference(table, rows("A", "B", "B"), rows("B", "C", "A"))
    assert [row["denomination"] for row in told.before] == ["B"]
    assert [row["denomination"] for row in told.after] == ["C"]
    assert (told.kept, told.changed) == (2, True)
    assert not difference(table, rows("A"), rows("A")).changed


def test_a_file_replaced_under_its_name_is_a_difference() -> None:
    piece = load_call("ptce-2015").questionnaire.question("pieces.statuts")
    assert piece is not None
    same = {piece.path: ("statuts.pdf",)}
    assert not difference(piece, same, same).changed
    assert difference(piece, same, same, ["statuts.pdf"]).changed
