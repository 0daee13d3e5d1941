"""A sheet in the making: what a juror types, what is refused, which marks ask for a sentence."""

from __future__ import annotations

import pytest

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.sheets import COMMENT_MAXIMUM, Entry, clean, marks_of, marks_to_explain
from ptce_aap.web.grids import asked_in_words, points
from tests.unit.grids import grid

GRID = grid()


def test_comments_are_trimmed_and_lose_what_no_reader_sees() -> None:
    assert clean(GRID, {"a_1": Entry(5, " Un\r\nmot\x00\x07.\t ")}) == {"a_1": Entry(5, "Un\nmot.")}


def test_a_criterion_may_have_a_comment_and_no_mark_yet() -> None:
    assert marks_of(clean(GRID, {"a_1": Entry(None, "À voir."), "b_1": Entry(0)})) == {"b_1": 0}


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ({"z": Entry(1)}, "unknown_criterion"),
        ({"z": Entry(None, "un mot")}, "unknown_criterion"),
        ({"a_1": Entry(11)}, "mark_off_scale"),
        ({"a_1": Entry(None, "x" * (COMMENT_MAXIMUM + 1))}, "comment_too_long"),
        ({"a_1": Entry(None, "\udfff")}, "comment_unreadable"),
    ],
)
def test_what_the_grid_does_not_know_is_refused(entries: dict[str, Entry], code: str) -> None:
    with pytest.raises(RuleViolation, match=code):
        clean(GRID, entries)


@pytest.mark.parametrize(
    ("level", "ceiling", "words"),
    [
        (None, None, ""),
        (0, None, "2 ou plus"),
        (1, None, "3 ou plus"),
        (2, None, "0, ou de 4 ou plus"),
        (3, None, "1 ou moins, ou de 5"),
        (5, None, "3 ou moins"),
        (3, 3, "1 ou moins, ou de 3,5 ou plus"),
        (None, 2, "2,5 ou plus"),
    ],
)
def test_which_marks_ask_for_a_sentence_is_said_beforehand(level: int | None, ceiling: int | None, words: str) -> None:
    assert asked_in_words(GRID, marks_to_explain(GRID, level, ceiling)) == words


def test_on_a_scale_of_twenty_the_same_rule_is_brought_to_that_scale() -> None:
    wide = grid(maximum=40, step=2)
    assert asked_in_words(wide, marks_to_explain(wide, 3, None)) == "4 ou moins, ou de 20"


def test_a_mark_is_written_as_french_readers_do() -> None:
    assert [points(None), points(0), points(7), points(10)] == ["–", "0", "3,5", "5"]
