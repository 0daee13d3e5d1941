"""The adopted list: departures done one after another on the announced order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ptce_aap.domain.adoption import Move, Step, adopt

LISTS = st.integers(1, 12).map(lambda size: tuple(f"d{n}" for n in range(size)))


@st.composite
def lists_and_moves(draw: st.DrawFn) -> tuple[tuple[str, ...], list[Move]]:
    announced = draw(LISTS)
    places = st.none() | st.integers(1, len(announced) + 2)
    return announced, draw(st.lists(st.builds(Move, st.sampled_from(announced), places), max_size=8))


def test_without_a_move_the_adopted_list_is_the_announced_one() -> None:
    assert adopt(("a", "b", "c"), []).order == ("a", "b", "c")


def test_a_move_says_from_where_to_where_and_whom_it_passes() -> None:
    done = adopt(("a", "b", "c", "d"), [Move("d", 2), Move("a", None), Move("c", 9)])
    assert done.order == ("d", "b", "c")
    assert done.put_out == ("a",)
    assert done.steps == (Step(4, 2, frozenset("bc")), Step(1, None, frozenset()), Step(3, 3, frozenset()))


def test_a_place_before_the_first_is_the_first_and_one_beyond_the_end_is_the_last() -> None:
    assert adopt(("a", "b", "c"), [Move("c", 0)]).steps == (Step(3, 1, frozenset("ab")),)
    assert adopt(("a", "b", "c"), [Move("a", 4)]).order == ("b", "c", "a")
    assert adopt(("a", "b", "c"), [Move("b", 2)]).steps == (Step(2, 2, frozenset()),)


def test_a_dossier_that_is_not_in_the_list_moves_nothing() -> None:
    assert adopt(("a", "b"), [Move("z", 1)]).steps == (None,)
    assert adopt(("a", "b"), [Move("b", None), Move("b", 1)]).order == ("a",)


@given(lists_and_moves())
def test_whatever_is_decided_nobody_is_lost_and_nobody_is_doubled(drawn: tuple[tuple[str, ...], list[Move]]) -> None:
    announced, moves = drawn
    done = adopt(announced, moves)
    assert sorted(done.order + done.put_out) == sorted(announced)
    assert len(done.steps) == len(moves)


@given(lists_and_moves(), st.data())
def test_taking_the_last_departure_back_restores_the_list(
    drawn: tuple[tuple[str, ...], list[Move]], data: st.DataObject
) -> None:
    announced, moves = drawn
    before = adopt(announced, moves)
    last = Move(data.draw(st.sampled_from(announced)), data.draw(st.none() | st.integers(1, len(announced))))
    after = adopt(announced, [*moves, last])
    assert after.steps[:-1] == before.steps
    assert adopt(announced, [*moves, last][:-1]) == before
    step = after.steps[-1]
    if step is not None and step.after is not None:  # the same dossier, put back where it was
        back = adopt(after.order, [Move(last.dossier, step.before)])
        assert back.order == before.order


@given(lists_and_moves())
def test_a_dossier_stands_where_the_last_move_puts_it(drawn: tuple[tuple[str, ...], list[Move]]) -> None:
    announced, moves = drawn
    done = adopt(announced, moves)
    if moves and (step := done.steps[-1]) is not None and step.after is not None:
        assert done.order[step.after - 1] == moves[-1].dossier
