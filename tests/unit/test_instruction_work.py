"""What a correspondent does next with a dossier, and what is left to read."""

from __future__ import annotations

import pytest

from ptce_aap.domain.instruction_work import PAGES_AN_HOUR, SIGNS_A_PAGE, Load, NextAct, Progress, Standing, next_act

TODO, AWAITED, OPINION, GIVEN, CLOSED = Progress


@pytest.mark.parametrize(
    ("standing", "act"),
    [
        (Standing(TODO), NextAct.FILL_SHEET),
        (Standing(TODO, sheet_begun=True), NextAct.FINISH_SHEET),
        (Standing(TODO, unseen=True, answered=True, sheet_begun=True), NextAct.READ_COMPLEMENTS),
        (Standing(TODO, unseen=True, sheet_begun=True), NextAct.GO_ON_WITHOUT),
        (Standing(AWAITED, sheet_begun=True), NextAct.AWAIT),
        (Standing(OPINION, sheet_begun=True), NextAct.GIVE_OPINION),
        (Standing(OPINION, sheet_begun=True, opinion_begun=True), NextAct.FINISH_OPINION),
        (Standing(GIVEN, sheet_begun=True, opinion_begun=True), NextAct.NOTHING),
        (Standing(CLOSED), NextAct.NOTHING),
    ],
)
def test_a_dossier_asks_for_one_act_and_for_none_once_the_instruction_is_over(standing: Standing, act: NextAct) -> None:
    assert next_act(standing) is act
    assert next_act(standing, open_=False) is NextAct.NOTHING
    told_late = NextAct.NOTHING if standing.progress is OPINION else act
    assert next_act(standing, opinions_open=False) is told_late


def test_pages_and_hours_that_are_begun_count_whole() -> None:
    one_hour = PAGES_AN_HOUR * SIGNS_A_PAGE
    assert (Load(4, one_hour).pages, Load(4, one_hour).hours) == (PAGES_AN_HOUR, 1)
    assert (Load(4, one_hour + 1).pages, Load(4, one_hour + 1).hours) == (PAGES_AN_HOUR + 1, 2)
    assert (Load(0, 0).pages, Load(0, 0).hours) == (0, 0)
