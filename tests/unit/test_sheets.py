"""A sheet in the making: what a juror types, what is refused, which marks ask for a sentence."""

from __future__ import annotations

import pytest

from ptce_aap.domain.conditions import NoneOf
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.evaluation import Evaluation
from ptce_aap.domain.indicators import AxisLevel
from ptce_aap.domain.requirements import Check, Requirement, State
from ptce_aap.domain.scoring import Explanation
from ptce_aap.domain.sheets import (
    BLANK,
    COMMENT_MAXIMUM,
    Entry,
    SheetState,
    clean,
    explanations,
    guides,
    marks_of,
    marks_to_explain,
    unexplained,
)
from ptce_aap.web.grids import asked_in_words, points
from tests.unit.grids import grid

GRID = grid()


def test_comments_are_trimmed_and_lose_what_no_reader_sees() -> None:
    assert clean(GRID, {"a_1": Entry(5, " Un\r\nmot\x00\x07.\t ")}) == {"a_1": Entry(5, "Un\nmot.")}


def test_a_criterion_may_have_a_comment_and_no_mark_yet() -> None:
    assert marks_of(clean(GRID, {"a_1": Entry(None, "À voir."), "b_1": Entry(0)})) == {"b_1": 0}
    assert clean(grid(maximum=40, step=2), {"a_1": Entry(None, "À voir.")}) == {"a_1": Entry(None, "À voir.")}


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


def test_a_refusal_names_the_criterion_and_by_how_much_it_is_too_long() -> None:
    assert clean(GRID, {"a_1": Entry(1, "x" * 2000)})["a_1"].comment == "x" * 2000
    for comment, code, facts in (
        ("x" * 2003, "comment_too_long", {"criterion": "b_1", "over": 3}),
        ("\udfff", "comment_unreadable", {"criterion": "b_1"}),
    ):
        with pytest.raises(RuleViolation) as refusal:
            clean(GRID, {"b_1": Entry(None, comment)})
        assert (refusal.value.code, refusal.value.facts) == (code, facts)


def test_a_sheet_is_a_draft_or_final_and_says_nothing_of_a_criterion_before_its_juror_does() -> None:
    assert list(SheetState) == ["draft", "final"]
    assert Entry(None, "") == BLANK
    assert COMMENT_MAXIMUM == 2000


def demand(axis: str, ceiling: int | None, *, reason_asked: bool = True) -> Check:
    """Return a demand that is not respected."""
    words = ("une demande", axis, "", "", "")
    rule = Requirement(*words, NoneOf(()), None, ceiling, False, reason_asked, {}, ())
    return Check(rule, State.NOT_RESPECTED, ceiling, False, reason_asked, "")


def judged(levels: dict[str, int | None], *checks: Check) -> Evaluation:
    known = {key: AxisLevel(key, level, None, level) for key, level in levels.items()}
    return Evaluation("essai", (), (), (), checks, (), (), known)


def test_an_axis_is_guided_by_its_level_and_by_the_lowest_ceiling_that_asks_for_a_reason() -> None:
    checks = (demand("a", 3), demand("a", 1), demand("a", 2), demand("b", 0, reason_asked=False), demand("c", None))
    found = guides(judged({"a": 4, "b": None}, *checks, demand("d", 2)))
    assert found == {"a": (4, 1), "b": (None, None), "d": (None, 2)}


def test_sentences_are_asked_of_marks_that_are_far_or_above_and_are_owed_until_they_are_written() -> None:
    evaluation = judged({"a": 1, "b": 1}, demand("d", 2))
    entries = {"a_1": Entry(6), "b_1": Entry(2), "c_1": Entry(10), "d_1": Entry(5, "Un motif.")}
    asked = {"a_1": (Explanation.FAR_FROM_INDICATIVE,), "d_1": (Explanation.ABOVE_CEILING,)}
    assert explanations(GRID, evaluation, entries) == asked
    assert unexplained(GRID, evaluation, entries) == ("a_1",)
    unmarked = {"b_1": Entry(None, "À voir."), "d_1": Entry(6)}
    assert explanations(GRID, evaluation, unmarked) == {"d_1": (Explanation.ABOVE_CEILING,)}


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
