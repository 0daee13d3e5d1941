"""The best assignment of readings: what trying everything finds, ties, and what blocks."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from ptce_aap.domain.assignment.answer import DemandToGiveUp, MinimumOutOfReach, TooFewReaders
from ptce_aap.domain.assignment.instance import GroupLimit, Instance, Need, Objective, Reader
from ptce_aap.domain.assignment.solving import assign
from tests.budgets import budget
from tests.unit.assignments import best, every, instances, worth

# What draws its instances, tried few times here and often in make soak.
DRAWN = settings(max_examples=budget("assignment.instances"), deadline=None)


def square(size: int, **rules: object) -> Instance:
    """As many dossiers as readers, one reading each, no preference."""
    needs = [Need(f"d{number}", 1) for number in range(size)]
    readers = [Reader(f"r{number}", 1) for number in range(size)]
    return Instance.of(needs, readers, [[1] * size] * size, **rules)  # type: ignore[arg-type]


@pytest.mark.soak
@DRAWN
@given(instances())
def test_the_solver_finds_what_trying_everything_finds(instance) -> None:
    answer, expected = assign(instance), best(instance)
    assert answer.feasible is (expected is not None)
    assert answer.proven
    if expected is None:
        assert answer.blocking
        assert answer.total is None
    else:
        fair = instance.objective is Objective.FAIR
        assert ((answer.worst, answer.total) if fair else (answer.total,)) == expected
        assert not answer.blocking
        columns = {reader.id: column for column, reader in enumerate(instance.readers)}
        chosen = tuple(tuple(columns[r] for r in answer.readers_of[need.id]) for need in instance.needs)
        assert chosen in list(every(instance))
        assert worth(instance, chosen) == expected


@pytest.mark.soak
@DRAWN
@given(instances(), st.randoms(use_true_random=False), st.integers(0, 3))
def test_the_order_of_the_file_changes_nothing(instance, random, seed) -> None:
    rows, columns = list(range(len(instance.needs))), list(range(len(instance.readers)))
    random.shuffle(rows)
    random.shuffle(columns)
    shuffled = Instance.of(
        [instance.needs[row] for row in rows],
        [instance.readers[column] for column in columns],
        [[instance.affinity[row][column] for column in columns] for row in rows],
        conflicts=sorted(instance.conflicts, reverse=True),
        forced=instance.forced,
        region_exclusion=instance.region_exclusion,
        groups=instance.groups,
        objective=instance.objective,
    )
    assert assign(shuffled, seed=seed) == assign(instance, seed=seed)


@pytest.mark.soak
@DRAWN
@given(instances(), st.data())
def test_one_conflict_more_never_gives_a_better_optimum(instance, data) -> None:
    pair = data.draw(st.tuples(st.sampled_from(instance.needs), st.sampled_from(instance.readers)))
    before = assign(_without_minimums(instance))
    added = (pair[0].id, pair[1].id)
    after = assign(
        _without_minimums(instance, conflicts=instance.conflicts | {added}, forced=instance.forced - {added})
    )
    if added not in instance.forced and after.feasible:
        assert before.feasible
        assert _value(before) >= _value(after)


@pytest.mark.soak
@DRAWN
@given(instances(), st.data())
def test_a_greater_load_allowed_never_gives_a_worse_optimum(instance, data) -> None:
    reader = data.draw(st.sampled_from(instance.readers))
    larger = Reader(reader.id, reader.maximum + 1, reader.minimum, reader.region, reader.group)
    readers = [larger if one is reader else one for one in instance.readers]
    before, after = assign(instance), assign(_with(instance, readers=readers))
    if before.feasible:
        assert after.feasible
        assert _value(after) >= _value(before)


@pytest.mark.soak
@DRAWN
@given(instances(), st.sampled_from([2, 3, 7, 1000]))
def test_affinities_on_another_scale_give_the_same_assignment(instance, factor) -> None:
    scaled = _with(instance, affinity=[[factor * one for one in row] for row in instance.affinity])
    before, after = assign(instance), assign(scaled)
    assert after.readers_of == before.readers_of
    assert after.blocking == before.blocking
    if before.feasible:
        assert (after.total, after.worst) == (factor * before.total, factor * before.worst)


@pytest.mark.soak
def test_equal_assignments_are_drawn_equally_often_over_the_seeds() -> None:
    seeds = range(budget("assignment.seeds"))
    drawn = Counter(tuple(assign(square(3), seed=seed).readers_of.values()) for seed in seeds)
    assert len(drawn) == 6
    assert chisquare(list(drawn.values())).pvalue > 0.01


def test_one_seed_always_draws_the_same_assignment() -> None:
    assert assign(square(5), seed=7) == assign(square(5), seed=7)
    assert len({tuple(assign(square(5), seed=seed).readers_of.values()) for seed in range(20)}) > 10


def test_fair_serves_the_worst_dossier_first_and_total_the_sum() -> None:
    needs, readers = [Need("a", 1), Need("b", 1)], [Reader("r", 1), Reader("s", 1)]
    affinity = [[9, 3], [4, 0]]
    total = assign(Instance.of(needs, readers, affinity))
    assert (total.total, total.worst) == (9, 0)
    fair = assign(Instance.of(needs, readers, affinity, objective=Objective.FAIR))
    assert (fair.total, fair.worst, fair.worst_dossiers) == (7, 3, ("a",))


def test_a_dossier_that_asks_for_no_reader_is_not_the_worst_served() -> None:
    answer = assign(Instance.of([Need("a", 1), Need("b", 0)], [Reader("r", 2)], [[5], [5]]))
    assert answer.readers_of == {"a": ("r",), "b": ()}
    assert (answer.worst, answer.worst_dossiers) == (5, ("a",))


def test_no_region_is_the_region_of_nobody() -> None:
    needs, readers = [Need("a", 1, None)], [Reader("r", 1, region=None)]
    assert assign(Instance.of(needs, readers, [[1]], region_exclusion=True)).feasible


def test_a_minimum_beyond_what_a_reader_may_read_is_lifted_and_told() -> None:
    needs = [Need("a", 1, "A"), Need("b", 1, "B")]
    readers = [Reader("r", 2, 2, "A"), Reader("s", 2)]
    answer = assign(Instance.of(needs, readers, [[1, 1], [0, 1]], region_exclusion=True))
    assert answer.lifted == ("r",)
    assert answer.readers_of == {"a": ("s",), "b": ("r",)}


def test_every_dossier_with_too_few_readers_is_named_before_anything_else() -> None:
    needs = [Need("a", 2), Need("b", 1), Need("c", 3)]
    readers = [Reader("r", 1, 1), Reader("s", 1)]
    answer = assign(Instance.of(needs, readers, [[0, 0]] * 3, conflicts=[("a", "r")]))
    assert answer.blocking == (TooFewReaders("a", 1, 2), TooFewReaders("c", 2, 3))
    assert answer.readers_of is None
    assert answer.proven


def test_the_limit_of_a_group_that_alone_forbids_is_named() -> None:
    readers = [Reader("r", 9, group="expert"), Reader("s", 9, group="expert"), Reader("t", 9)]
    most = Instance.of([Need("a", 3)], readers, [[0] * 3], groups={"expert": GroupLimit(0, 1)})
    assert assign(most).blocking == (TooFewReaders("a", 3, 3, "expert"),)
    least = Instance.of(
        [Need("a", 1)], readers, [[0] * 3], groups={"expert": GroupLimit(1)}, conflicts=[("a", "r"), ("a", "s")]
    )
    assert assign(least).blocking == (TooFewReaders("a", 1, 1, "expert"),)
    nobody = Instance.of([Need("a", 1)], readers, [[0] * 3], groups={"bank": GroupLimit(1)})
    assert assign(nobody).blocking == (TooFewReaders("a", 3, 1, "bank"),)


def test_limits_of_groups_that_only_together_forbid_name_none() -> None:
    readers = [Reader("r", 9, group="x"), Reader("s", 9, group="y")]
    both = Instance.of([Need("a", 1)], readers, [[0, 0]], groups={"x": GroupLimit(1), "y": GroupLimit(1)})
    assert assign(both).blocking == (TooFewReaders("a", 2, 1, None),)


def test_a_reader_whose_minimum_is_out_of_reach_alone_is_told_with_what_he_can_reach() -> None:
    needs = [Need("a", 1), Need("b", 1)]
    readers = [Reader("r", 2, 2), Reader("s", 2)]
    answer = assign(Instance.of(needs, readers, [[1, 1]] * 2, forced=[("a", "s")]))
    assert answer.blocking == (MinimumOutOfReach("r", 2, 1),)


def test_minimums_that_cannot_be_reached_together_name_as_few_missed_readings_as_can_be() -> None:
    readers = [Reader(name, 2, 1) for name in "rst"]
    answer = assign(Instance.of([Need("a", 1), Need("b", 1)], readers, [[0] * 3] * 2))
    assert len(answer.blocking) == 1
    (block,) = answer.blocking
    assert isinstance(block, MinimumOutOfReach)
    assert (block.minimum, block.reachable) == (1, 0)


@pytest.mark.soak
@DRAWN
@given(instances())
def test_what_is_given_up_is_enough_and_one_reading_less_is_not(instance) -> None:
    answer = assign(instance)
    if not answer.blocking or not isinstance(answer.blocking[0], DemandToGiveUp) or instance.groups:
        return
    possible = {block.dossier: block.possible for block in answer.blocking}
    assert all(block.possible < block.demand for block in answer.blocking)
    assert assign(_demanding(instance, possible)).feasible
    given_up = sum(block.demand - block.possible for block in answer.blocking)
    for fewer in _giving_up(instance, given_up - 1):
        assert best(_demanding(instance, fewer)) is None


@pytest.mark.parametrize("seed", [1, 2])
def test_a_dossier_whose_group_cannot_serve_everybody_gives_up_that_reading_only(seed) -> None:
    needs = [Need(name, 2) for name in "abc"]
    readers = [Reader("e", 2, group="expert"), *(Reader(f"r{n}", 3) for n in range(2))]
    instance = Instance.of(needs, readers, [[1, 1, 1]] * 3, groups={"expert": GroupLimit(1)})
    (block,) = assign(instance, seed=seed).blocking
    assert isinstance(block, DemandToGiveUp)
    assert (block.demand, block.possible) == (2, 1)


def _giving_up(instance: Instance, units: int) -> list[dict[str, int]]:
    """Every way to give up so many readings."""
    ways: list[dict[str, int]] = [{need.id: need.demand for need in instance.needs}]
    for _ in range(units):
        ways = [{**way, name: left - 1} for way in ways for name, left in way.items() if left]
    return ways


def _demanding(instance: Instance, demands: dict[str, int]) -> Instance:
    needs = [Need(need.id, demands.get(need.id, need.demand), need.region) for need in instance.needs]
    return _with(instance, needs=needs)


def _without_minimums(instance: Instance, **changes: object) -> Instance:
    """A conflict more can lift a minimum: without minimums, it only takes away."""
    readers = [Reader(one.id, one.maximum, 0, one.region, one.group) for one in instance.readers]
    return _with(instance, readers=readers, **changes)


def _with(instance: Instance, **changes: object) -> Instance:
    names = ("conflicts", "forced", "region_exclusion", "groups", "objective")
    kept = {name: getattr(instance, name) for name in names}
    first = {"needs": instance.needs, "readers": instance.readers, "affinity": instance.affinity}
    return Instance.of(**{**first, **kept, **changes})  # type: ignore[arg-type]


def _value(answer) -> tuple[int, ...]:
    return (answer.worst, answer.total) if answer.objective is Objective.FAIR else (answer.total,)
