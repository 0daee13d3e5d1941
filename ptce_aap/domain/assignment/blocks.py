"""What makes an assignment impossible at sight: a dossier, or a reader, looked at alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ptce_aap.domain.assignment.answer import MinimumOutOfReach, TooFewReaders
from ptce_aap.domain.assignment.instance import GroupLimit, Instance, Need, Reader


@dataclass(frozen=True, slots=True)
class _Alone:
    """A dossier without the others: how many readers of each group may read it, how many must."""

    need: Need
    present: Mapping[str | None, int]
    due: Mapping[str | None, int]

    def can_be_read(self, groups: Mapping[str, GroupLimit], due: Mapping[str | None, int] | None = None) -> bool:
        """Tell whether exactly the readers asked for can be found, these among them, within these limits."""
        if not self.need.demand:
            return not self.due and not due
        due = self.due if due is None else due
        named = [group for group in {*self.present, *due} if group not in groups]
        least = sum(due.get(group, 0) for group in named)
        most = sum(self.present.get(group, 0) for group in named)
        for group, limit in groups.items():
            present = self.present.get(group, 0)
            low = max(due.get(group, 0), limit.minimum)
            high = present if limit.maximum is None else min(present, limit.maximum)
            if low > high:
                return False
            least, most = least + low, most + high
        return least <= self.need.demand <= most


def dossiers_without_readers(instance: Instance) -> tuple[TooFewReaders, ...]:
    """Return every dossier that could not have its readers even if it were alone."""
    found = []
    for one in _alone(instance):
        if one.can_be_read(instance.groups):
            continue
        available, demand = sum(one.present.values()), one.need.demand
        enough = available >= demand
        at_fault = [name for name, limit in instance.groups.items() if enough and not one.can_be_read({name: limit})]
        found.append(TooFewReaders(one.need.id, available, demand, at_fault[0] if at_fault else None))
    return tuple(found)


def readers_out_of_reach(instance: Instance) -> tuple[MinimumOutOfReach, ...]:
    """Return every reader whose minimum is beyond reach even if he were served first."""
    alone = _alone(instance)
    found = []
    for reader in instance.readers:
        minimum = instance.minimum_of(reader)
        reachable = sum(_may_be_read_by(instance, one, reader) for one in alone) if minimum else 0
        if reachable < minimum:
            found.append(MinimumOutOfReach(reader.id, minimum, reachable))
    return tuple(found)


def _alone(instance: Instance) -> list[_Alone]:
    forced: dict[str, set[str]] = {}
    for dossier, reader in instance.forced:
        forced.setdefault(dossier, set()).add(reader)
    found = []
    for need in instance.needs:
        usable = [reader for reader in instance.readers if not instance.excludes(need, reader)]
        due = [reader.group for reader in usable if reader.id in forced.get(need.id, ())]
        found.append(_Alone(need, Counter(reader.group for reader in usable), Counter(due)))
    return found


def _may_be_read_by(instance: Instance, one: _Alone, reader: Reader) -> bool:
    """Tell whether a dossier, alone, can have this reader among its own."""
    if (one.need.id, reader.id) in instance.forced:
        return True
    if instance.excludes(one.need, reader):
        return False
    return one.can_be_read(instance.groups, Counter(one.due) + Counter([reader.group]))
