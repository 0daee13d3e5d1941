"""A jury's readings as an assignment to solve: needs, loads, what is kept, what a reading is worth, why and why not."""

from __future__ import annotations

from itertools import pairwise

import pytest

from ptce_aap.domain.assignment.explaining import Refused, Sharing, Why, WhyNot
from ptce_aap.domain.assignment.gain import gains
from ptce_aap.domain.assignment.instance import GroupLimit, Objective
from ptce_aap.domain.assignment.planning import (
    Keep,
    Member,
    PlanSettings,
    Situation,
    ToRead,
    expertise,
    instances,
)


def member(name: str, *, themes: str = "", **told: object) -> Member:
    known = {"seat": None, "region": None, "minimum": None, "maximum": None, "elsewhere": 0, **told}
    return Member(name, themes=frozenset(themes), **known)  # type: ignore[arg-type]


def situation(dossiers: dict[str, str], members: list[Member], **told: object) -> Situation:
    """Dossiers with their themes, one letter a theme; ``region`` of all of them is "A"."""
    known = {"excluded": frozenset(), "standing": {}, **told}
    return Situation(
        tuple(ToRead(name, "A", frozenset(themes)) for name, themes in dossiers.items()),
        tuple(members),
        **known,  # type: ignore[arg-type]
    )


def sharing(found: Situation, pairs: set[tuple[str, str]], readings: int = 1, **told: object) -> Sharing:
    settings = PlanSettings(readings, **told)  # type: ignore[arg-type]
    bounds = {one.reference: (0, 9 if one.maximum is None else one.maximum) for one in found.members}
    demands = {one.reference: readings for one in found.dossiers}
    return Sharing.of(found, settings, pairs, added=(), removed=(), demands=demands, bounds=bounds)


@pytest.mark.parametrize(
    ("dossier", "juror", "points"), [("", "a", 0), ("ab", "c", 0), ("a", "a", 2), ("ab", "abc", 3), ("abc", "abc", 4)]
)
def test_a_reading_is_worth_two_points_for_a_shared_theme_and_one_for_each_other(dossier, juror, points) -> None:
    assert expertise(frozenset(dossier), frozenset(juror)) == points


def test_loads_start_equal_and_widen_and_those_that_are_set_stay() -> None:
    found = situation(dict.fromkeys("abcde", ""), [member("r"), member("s", maximum=1), member("t", minimum=4)])
    widening = list(instances(found, PlanSettings(2)))
    bounds = [{one.id: (one.minimum, one.maximum) for one in instance.readers} for instance in widening]
    assert bounds[0] == {"r": (3, 4), "s": (1, 1), "t": (4, 4)}
    assert bounds[1] == {"r": (2, 5), "s": (1, 1), "t": (4, 5)}
    assert [bound["r"][1] for bound in bounds] == sorted(bound["r"][1] for bound in bounds)
    assert bounds[-1]["r"][1] > 10
    all_set = situation({"a": ""}, [member("r", minimum=0, maximum=1)])
    assert len(list(instances(all_set, PlanSettings(1)))) == 1


def test_readings_outside_the_plan_count_in_the_load() -> None:
    found = situation(dict.fromkeys("abcd", ""), [member("r", elsewhere=3), member("s", maximum=3, elsewhere=2)])
    first = next(instances(found, PlanSettings(1)))
    assert {one.id: one.maximum for one in first.readers} == {"r": 2, "s": 1}


def test_what_is_kept_is_asked_for_even_beyond_what_is_wanted() -> None:
    standing = {("a", "r"): True, ("a", "s"): False, ("b", "r"): False}
    found = situation({"a": "", "b": ""}, [member("r", maximum=1), member("s")], standing=standing)
    everything = next(instances(found, PlanSettings(1)))
    assert everything.forced == frozenset(standing)
    assert {need.id: need.demand for need in everything.needs} == {"a": 2, "b": 1}
    assert next(one for one in everything.readers if one.id == "r").maximum == 2
    assert next(instances(found, PlanSettings(1, keep=Keep.BEGUN))).forced == {("a", "r")}


def test_a_reader_of_the_region_is_excluded_unless_he_has_begun() -> None:
    standing = {("a", "r"): False, ("b", "r"): True}
    found = situation({"a": "", "b": ""}, [member("r", region="A"), member("s", region="B")], standing=standing)
    first = next(instances(found, PlanSettings(1, region_exclusion=True)))
    assert first.conflicts == {("a", "r")}
    assert first.forced == {("b", "r")}


def test_seats_become_groups_and_given_up_readings_lower_the_demand() -> None:
    found = situation({"a": "", "b": ""}, [member("r", seat="bank"), member("s")])
    settings = PlanSettings(2, seats=("bank",), fewer={"b": 1}, objective=Objective.TOTAL)
    first = next(instances(found, settings))
    assert first.groups == {"bank": GroupLimit(1)}
    assert {need.id: need.demand for need in first.needs} == {"a": 2, "b": 1}
    assert PlanSettings.from_json(settings.as_json()) == settings


def test_another_situation_has_another_digest() -> None:
    base = situation({"a": "x"}, [member("r")])
    others = [
        situation({"a": "y"}, [member("r")]),
        situation({"a": "x"}, [member("r", themes="x")]),
        situation({"a": "x"}, [member("r", maximum=3)]),
        situation({"a": "x"}, [member("r")], excluded=frozenset({("a", "r")})),
        situation({"a": "x"}, [member("r")], standing={("a", "r"): False}),
        situation({"a": "x"}, [member("r")], standing={("a", "r"): True}),
    ]
    assert len({one.digest() for one in [base, *others]}) == 7
    assert base.digest() == situation({"a": "x"}, [member("r")]).digest()


def test_each_pair_says_why() -> None:
    found = situation(
        {"a": "x", "b": "", "c": ""},
        [member("r", themes="x", seat="bank"), member("s"), member("t")],
        standing={("b", "s"): True, ("c", "s"): False},
        excluded=frozenset({("b", "r"), ("b", "t")}),
    )
    seen = sharing(found, {("a", "r"), ("c", "s"), ("c", "t")}, seats=("bank",))
    assert seen.why(("a", "r")) == (Why.THEMES, Why.SEAT)
    assert seen.why(("b", "s")) == (Why.BEGUN, Why.ONLY)
    assert seen.why(("c", "s")) == (Why.KEPT,)
    assert seen.why(("c", "t")) == (Why.LOADS,)
    assert seen.without_seat == (("b", "bank"), ("c", "bank"))


def test_each_other_reader_says_why_not() -> None:
    members = [
        member("expert", themes="xy"), member("half", themes="x"), member("novice"), member("other"),
        member("conflict"), member("home", region="A"), member("full", maximum=0),
    ]  # fmt: skip
    found = situation({"a": "xy", "b": ""}, members, excluded=frozenset({("a", "conflict")}))
    seen = sharing(found, {("a", "half"), ("b", "novice")}, region_exclusion=True)
    assert seen.why_not(("a", "conflict")) == Refused(WhyNot.CONFLICT)
    assert seen.why_not(("a", "home")) == Refused(WhyNot.REGION)
    assert seen.why_not(("a", "full")) == Refused(WhyNot.FULL)
    assert seen.why_not(("a", "novice")) == Refused(WhyNot.FEWER, 2, "half")
    assert seen.why_not(("a", "expert")) == Refused(WhyNot.MORE, 1, "half")
    assert seen.why_not(("b", "other")) == Refused(WhyNot.EQUAL, 0, "novice")
    assert sharing(found, set()).why_not(("b", "other")) == Refused(WhyNot.FREE)
    given = situation({"a": ""}, [member("r"), member("s")], standing={("a", "r"): False})
    assert sharing(given, {("a", "r")}).why_not(("a", "s")) == Refused(WhyNot.STAY)


def test_a_plan_never_takes_a_reading_that_is_begun_nor_gives_one_in_conflict() -> None:
    found = situation(
        {"a": ""},
        [member("r"), member("s"), member("t")],
        standing={("a", "r"): True, ("a", "s"): False},
        excluded=frozenset({("a", "t")}),
    )
    seen = Sharing.of(
        found, PlanSettings(1), {("a", "t"), ("gone", "r")}, added=(), removed={("a", "r")}, demands={}, bounds={}
    )
    assert (seen.given, seen.taken, seen.pairs) == ((), (("a", "s"),), {("a", "r")})


def test_one_more_reading_buys_less_and_less() -> None:
    found = gains(100, tau=1.0, noise=1.0)
    assert [round(one.reliability, 2) for one in found] == [0.5, 0.67, 0.75, 0.8, 0.83, 0.86]
    assert [one.cost for one in found] == [100, 200, 300, 400, 500, 600]
    # Φ(1/√2) and Φ(√(3/2)): the mean of k readings errs by 1/√k on each side.
    assert [round(one.right, 3) for one in found[::2]] == [0.76, 0.89, 0.943]
    # A dossier in the middle of 100, nine times in ten: ±1.645 × 0.5 posterior deviations with three readings.
    assert round(found[2].ranks) == 59
    steps = [after.reliability - before.reliability for before, after in pairwise(found)]
    assert steps == sorted(steps, reverse=True)


def test_readings_without_noise_are_certain() -> None:
    first = gains(10, tau=2.0, noise=0.0)[0]
    assert (first.reliability, first.ranks, first.right) == (1.0, 0.0, 1.0)
