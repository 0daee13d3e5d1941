"""Who holds which role of a partnership: every person of a table against every role that the rules look for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ptce_aap.domain.eligibility import Rule
from ptce_aap.domain.facts import Facts
from ptce_aap.domain.persons import Person, PersonGroup, holders
from ptce_aap.domain.statements import PartRole, Strength, roles_of


@dataclass(frozen=True, slots=True)
class RoleColumn:
    """A role, the rules that look for it, and how sure it is that somebody of its own holds it (None: nobody)."""

    key: str
    label: str
    rules: tuple[str, ...]  # keys
    held: Strength | None


@dataclass(frozen=True, slots=True)
class Holder:
    """A person and, role by role, how sure it is that it holds it; ``chosen`` is the place of the one counted for it.

    Persons are counted for one role each: « three different holders » is true when each role has its own.
    """

    name: str
    strengths: tuple[Strength | None, ...]
    chosen: int | None

    @property
    def holds(self) -> bool:
        """Tell whether one role at least may be held."""
        return any(self.strengths)


@dataclass(frozen=True, slots=True)
class RoleTable:
    """The roles that a table's persons may hold, with those persons in the table's order."""

    table: str  # path
    columns: tuple[RoleColumn, ...]
    persons: tuple[Holder, ...]

    @property
    def distinct(self) -> int:
        """Return how many roles are held by a person of their own, for certain or possibly."""
        return sum(column.held is not None for column in self.columns)


def role_tables(rules: Iterable[Rule], facts: Facts) -> tuple[RoleTable, ...]:
    """Return who holds the roles that these rules look for: one table for each group of persons."""
    looked_for: dict[PartRole, list[str]] = {}
    for rule in rules:
        for role in dict.fromkeys(role for case in rule.cases if case.condition for role in roles_of(case.condition)):
            looked_for.setdefault(role, []).append(rule.key)
    groups: dict[PersonGroup, dict[PartRole, list[str]]] = {}
    for role, keys in looked_for.items():
        groups.setdefault(role.group, {})[role] = keys
    return tuple(_table(group, roles, facts) for group, roles in groups.items())


def _table(group: PersonGroup, roles: dict[PartRole, list[str]], facts: Facts) -> RoleTable:
    certain = [role.candidates(facts, Strength.CERTAIN) for role in roles]
    possible = [role.candidates(facts, Strength.POSSIBLE) for role in roles]
    counted = _counted(certain, possible)
    return RoleTable(
        table=group.table,
        columns=tuple(
            RoleColumn(role.key, role.label, tuple(keys), _strength(counted[place], certain[place], possible[place]))
            for place, (role, keys) in enumerate(roles.items())
        ),
        persons=tuple(
            Holder(
                name=_name(person, group),
                strengths=tuple(_strength(number, certain[place], possible[place]) for place in range(len(roles))),
                chosen=counted.index(number) if number in counted else None,
            )
            for number, person in enumerate(facts.persons(group))
        ),
    )


def _counted(certain: Sequence[list[int]], possible: Sequence[list[int]]) -> tuple[int | None, ...]:
    """Return the person counted for each role: certain ones alone where they are enough, else the surest first."""
    sure = holders(certain)
    if None not in sure:
        return sure
    return holders(
        [[*known, *(one for one in may if one not in known)] for known, may in zip(certain, possible, strict=True)]
    )


def _strength(person: int | None, certain: list[int], possible: list[int]) -> Strength | None:
    if person is None or person not in possible:
        return None
    return Strength.CERTAIN if person in certain else Strength.POSSIBLE


def _name(person: Person, group: PersonGroup) -> str:
    return next((str(row[group.name]) for row in person.rows if row.get(group.name)), person.number or "")
