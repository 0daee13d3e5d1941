"""Spreading the readings that are missing: least loaded first, conflicts respected, the same answer each time."""

from __future__ import annotations

from collections import Counter

from ptce_aap.services.demonstration.spreading import Need, spread


def needs(count: int, lacking: int = 2, excluded: frozenset[str] = frozenset()) -> list[Need]:
    return [Need(f"dossier-{n}", lacking, excluded) for n in range(count)]


def test_loads_end_as_equal_as_they_can_be() -> None:
    pairs = spread(needs(10, 3), dict.fromkeys("abcd", 0))
    assert sorted(Counter(juror for _, juror in pairs).values()) == [7, 7, 8, 8]
    assert len(set(pairs)) == 30


def test_whoever_carries_less_is_served_first() -> None:
    assert [juror for _, juror in spread(needs(3, 1), {"a": 5, "b": 0, "c": 4})] == ["b", "b", "b"]


def test_nobody_reads_a_dossier_from_which_he_is_excluded() -> None:
    pairs = spread([Need("x", 2, frozenset("ab")), Need("y", 1, frozenset("c"))], dict.fromkeys("abc", 0))
    assert [pair for pair in pairs if pair[0] == "x"] == [("x", "c")]
    assert {juror for dossier, juror in pairs if dossier == "y"} <= {"a", "b"}


def test_the_same_question_has_the_same_answer_whatever_its_order() -> None:
    loads = dict.fromkeys("abcdef", 0)
    assert spread(needs(12), loads) == spread(needs(12)[::-1], dict(reversed(loads.items())))


def test_the_same_jurors_do_not_always_read_together() -> None:
    pairs = spread(needs(30), dict.fromkeys("abcdef", 0))
    together = {frozenset(j for d, j in pairs if d == dossier) for dossier, _ in pairs}
    assert len(together) > 6


def test_with_no_juror_nothing_is_given() -> None:
    assert spread(needs(2), {}) == ()
