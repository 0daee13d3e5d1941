"""Small assignments for tests, drawn by hypothesis, and the same question answered by trying everything."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product

from hypothesis import strategies as st

from ptce_aap.domain.assignment.instance import GroupLimit, Instance, Need, Objective, Reader
from ptce_aap.domain.assignment.reading import impossible_pairs


def every(instance: Instance, *, minimums: bool = True) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Every assignment that keeps all the rules, as columns of readers a dossier."""
    for chosen in product(*(_readings(instance, need) for need in instance.needs)):
        loads = [sum(column in columns for columns in chosen) for column in range(len(instance.readers))]
        if all(
            (instance.minimum_of(reader) if minimums else 0) <= load <= reader.maximum
            for reader, load in zip(instance.readers, loads, strict=True)
        ):
            yield chosen


def best(instance: Instance) -> tuple[int, ...] | None:
    """What an optimal answer is worth: the total, or the worst dossier then the total; None: nothing is possible."""
    return max((worth(instance, chosen) for chosen in every(instance)), default=None)


def worth(instance: Instance, chosen: tuple[tuple[int, ...], ...]) -> tuple[int, ...]:
    """The worth of one assignment under the objective of its instance."""
    scores = [instance.score(row, columns) for row, columns in enumerate(chosen)]
    asked = [score for score, need in zip(scores, instance.needs, strict=True) if need.demand]
    total = sum(scores)
    return (total,) if instance.objective is Objective.TOTAL else (min(asked, default=0), total)


def _readings(instance: Instance, need: Need) -> list[tuple[int, ...]]:
    usable = [column for column, reader in enumerate(instance.readers) if not instance.excludes(need, reader)]
    forced = {reader for dossier, reader in instance.forced if dossier == need.id}
    return [
        columns
        for columns in combinations(usable, need.demand)
        if forced <= {instance.readers[column].id for column in columns} and _within(instance, need, columns)
    ]


def _within(instance: Instance, need: Need, columns: tuple[int, ...]) -> bool:
    for name, limit in instance.groups.items() if need.demand else ():
        count = sum(instance.readers[column].group == name for column in columns)
        if count < limit.minimum or (limit.maximum is not None and count > limit.maximum):
            return False
    return True


@st.composite
def instances(draw: st.DrawFn) -> Instance:
    """Draw up to three dossiers and four readers with every kind of rule."""
    regions, groups = st.sampled_from([None, "A", "B"]), st.sampled_from([None, "x", "y"])
    needs = [Need(f"d{number}", draw(st.integers(0, 3)), draw(regions)) for number in range(draw(st.integers(1, 3)))]
    readers = []
    for number in range(draw(st.integers(1, 4))):
        maximum = draw(st.integers(0, 3))
        readers.append(Reader(f"r{number}", maximum, draw(st.integers(0, maximum)), draw(regions), draw(groups)))
    pairs = [(need.id, reader.id) for need in needs for reader in readers]
    affinity = [[draw(st.integers(0, 4)) for _ in readers] for _ in needs]
    minimum = draw(st.integers(0, 1))
    limit = GroupLimit(minimum, draw(st.sampled_from([None, minimum, minimum + 1])))
    rules = {
        "conflicts": draw(st.lists(st.sampled_from(pairs), max_size=2)),
        "region_exclusion": draw(st.booleans()),
        "groups": draw(st.sampled_from([{}, {"x": limit}])),
        "objective": draw(st.sampled_from(list(Objective))),
    }
    forced = draw(st.lists(st.sampled_from(pairs), max_size=1))
    instance = Instance.of(needs, readers, affinity, forced=forced, **rules)
    if list(impossible_pairs(instance)):
        return Instance.of(needs, readers, affinity, **rules)
    return instance
