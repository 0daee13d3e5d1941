"""Requests for complements: their term, the days they stop, differences between two states of an answer."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ptce_aap.definitions import load_call
from ptce_aap.domain import working_days
from ptce_aap.domain.complements import (
    LEAST_WORKING_DAYS,
    LONGEST_DAYS,
    REMINDED_BEFORE,
    SENTENCE_LENGTH,
    WORKING_DAYS,
    Flaw,
    Outcome,
    Standing,
    Stop,
    reminder_day,
    restarted_on,
    standing,
    suspended_until,
)
from ptce_aap.domain.differences import Mark, difference, passages

DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))


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


@given(DAYS)
def test_a_request_is_recalled_two_working_days_before_its_last_day_and_after_it_was_made(
    last_day: date,
) -> None:
    day = reminder_day(last_day)
    assert working_days.is_working(day)
    assert working_days.between(day, last_day) == REMINDED_BEFORE == 2
    latest_asked = next(
        asked
        for asked in (last_day - timedelta(days=days) for days in range(20))
        if working_days.between(asked, last_day) >= LEAST_WORKING_DAYS
    )
    assert latest_asked < day
    assert last_day - day < timedelta(days=13), "the farthest that a round looks for"


def test_a_term_is_the_first_instant_at_which_it_is_too_late_and_an_outcome_is_final() -> None:
    due = datetime(2015, 7, 20, 22, tzinfo=UTC)
    before = due - timedelta(microseconds=1)
    assert [standing(None, due, at) for at in (before, due)] == [Standing.WAITING, Standing.EXPIRED]
    for outcome in Outcome:
        assert [standing(outcome, due, at) for at in (before, due)] == [Standing(outcome.value)] * 2


def test_a_request_is_told_by_these_names_and_bounded_by_these_numbers() -> None:
    assert list(Flaw) == ["missing", "wrong", "outdated"]
    assert list(Outcome) == ["answered", "expired", "closed"]
    assert list(Standing) == ["waiting", *Outcome]
    assert (LEAST_WORKING_DAYS, WORKING_DAYS, LONGEST_DAYS, SENTENCE_LENGTH) == (3, 10, 90, 1000)


def test_several_stops_put_off_by_the_sum_of_their_days_and_one_that_ends_before_it_begins_by_none() -> None:
    decided, first, later = date(2015, 9, 1), date(2015, 7, 10), date(2015, 8, 1)
    stops = [Stop(first, date(2015, 7, 20)), Stop(later, date(2015, 7, 31)), Stop(later, date(2015, 8, 2))]
    assert suspended_until(decided, stops) == date(2015, 9, 12)
    assert Stop(first, None).answered is False


def test_an_acceptance_by_silence_runs_from_the_latest_of_the_answers_whatever_their_order() -> None:
    received, asked = date(2015, 7, 15), date(2015, 7, 10)
    answers = [Stop(asked, day, answered=True) for day in (date(2015, 7, 20), date(2015, 7, 12))]
    assert restarted_on(received, answers) == restarted_on(received, answers[::-1]) == date(2015, 7, 20)
    assert restarted_on(received, answers[1:]) == received
    assert restarted_on(received, [Stop(asked, None, answered=True)]) is None


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


@given(st.text(alphabet="ab \n", max_size=20), st.text(alphabet="ab \n", max_size=20))
def test_the_words_marked_in_a_text_tell_both_texts(before: str, after: str) -> None:
    found = passages(before, after)
    for text, other in ((before, Mark.ADDED), (after, Mark.REMOVED)):
        told = "".join(passage.text for passage in found if passage.mark != other)
        assert not found or told.split() == text.split()


def test_a_word_changed_is_marked_in_its_place_and_another_text_is_not_marked() -> None:
    found = passages("Un pôle de trois coopératives.", "Un pôle de quatre coopératives.")
    assert [(one.mark.value, one.text) for one in found] == [
        ("kept", "Un pôle de "),
        ("removed", "trois "),
        ("added", "quatre "),
        ("kept", "coopératives."),
    ]
    assert passages("Rien de commun ici.", "Voilà tout autre chose.") == ()


def test_a_file_replaced_under_its_name_is_a_difference() -> None:
    piece = load_call("ptce-2015").questionnaire.question("pieces.statuts")
    assert piece is not None
    same = {piece.path: ("statuts.pdf",)}
    assert not difference(piece, same, same).changed
    assert difference(piece, same, same, ["statuts.pdf"]).changed
