"""Conditions on a whole dossier: quantities compared, roles held, lists, filing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ptce_aap.domain.conditions import Condition, Operator, compare
from ptce_aap.domain.declarations import Quantity
from ptce_aap.domain.facts import Facts
from ptce_aap.domain.persons import PersonGroup, can_be_held, fold
from ptce_aap.domain.questionnaire import QuestionKind, Questionnaire

_NOTHING: frozenset[str] = frozenset()


class Statement(Condition):
    """A condition of a dossier; no column of a table depends on it."""

    def needs(self) -> frozenset[str]:
        """Return nothing."""
        return _NOTHING


@dataclass(frozen=True, slots=True)
class Compared(Statement):
    """Two quantities compared (``nombre``); not met where one of them is unknown."""

    left: Quantity
    operator: Operator
    right: Quantity

    def holds(self, subject: Facts) -> bool:
        """Tell whether the comparison is true of two known numbers."""
        left, right = self.left.of(subject), self.right.of(subject)
        return left is not None and right is not None and compare(left, self.operator, right)

    def reads(self) -> frozenset[str]:
        """Return what both quantities read."""
        return self.left.reads() | self.right.reads()

    def quantities(self) -> tuple[Quantity, Quantity]:
        """Return both quantities."""
        return self.left, self.right


class Strength(StrEnum):
    """How sure it is that a person can hold a role."""

    CERTAIN = "certain"
    POSSIBLE = "possible"


@dataclass(frozen=True, slots=True)
class PartRole:
    """A role of a partnership: rows that prove it, and rows that only let it be thought."""

    key: str
    group: PersonGroup
    certain: Condition
    possible: Condition
    label: str = ""

    def candidates(self, facts: Facts, strength: Strength) -> list[int]:
        """Return the places of the persons whose best row has this strength, or more."""
        found = []
        for place, person in enumerate(facts.persons(self.group)):
            held = any(self.certain.holds(row) for row in person.rows)
            if not held and strength is Strength.POSSIBLE:
                held = any(self.possible.holds(row) for row in person.rows)
            if held:
                found.append(place)
        return found

    def reads(self) -> frozenset[str]:
        """Return the columns that tell persons apart, and those of both conditions."""
        group = self.group
        columns = {group.number, group.name} | self.certain.reads() | self.possible.reads()
        return frozenset(f"{group.table}.{column}" for column in columns)


@dataclass(frozen=True, slots=True)
class Coupled(Statement):
    """Roles of one table held each by a person of its own (``couplage``): a matching, not one count a role."""

    roles: tuple[PartRole, ...]
    strength: Strength

    def holds(self, subject: Facts) -> bool:
        """Tell whether different persons can hold the roles, with this strength."""
        return can_be_held([role.candidates(subject, self.strength) for role in self.roles])

    def reads(self) -> frozenset[str]:
        """Return what the roles read."""
        return frozenset().union(*(role.reads() for role in self.roles))


@dataclass(frozen=True, slots=True)
class Listed(Statement):
    """One of these answers is in a reference list (``liste``): names are compared folded, numbers as they are."""

    entries: frozenset[str]
    paths: tuple[str, ...]
    folded: bool

    def holds(self, subject: Facts) -> bool:
        """Tell whether an answer is in the list."""
        found = (value for path in self.paths for value in subject.every(path))
        return any((fold(value) if self.folded else value) in self.entries for value in found)

    def reads(self) -> frozenset[str]:
        """Return the answers looked for."""
        return frozenset(self.paths)


class Filing(StrEnum):
    """When a dossier was filed, by the word of definition files."""

    NOT_FILED = "pas_encore"
    IN_TIME = "dans_le_delai"
    LATE = "hors_delai"


@dataclass(frozen=True, slots=True)
class Filed(Statement):
    """The dossier is not filed, filed in time, or late (``depot``); the closing itself is too late."""

    filing: Filing

    def holds(self, subject: Facts) -> bool:
        """Tell whether the dossier was filed so."""
        if subject.submitted_at is None:
            return self.filing is Filing.NOT_FILED
        return self.filing is (Filing.IN_TIME if subject.submitted_at < subject.closes_at else Filing.LATE)

    def reads(self) -> frozenset[str]:
        """Return nothing: the instant of filing is not a question."""
        return _NOTHING


@dataclass(frozen=True, slots=True)
class Complete(Statement):
    """Nothing obligatory is missing (``complet = true``), or something is."""

    questionnaire: Questionnaire
    expected: bool

    def holds(self, subject: Facts) -> bool:
        """Tell whether completeness is as expected."""
        return (not subject.missing) is self.expected

    def reads(self) -> frozenset[str]:
        """Return every question and column that completeness asks for."""
        found = set()
        for question in self.questionnaire.questions:
            if question.required and question.kind is not QuestionKind.GROUP:
                found.add(question.path)
            found.update(sub.path for sub in question.fields if sub.required)
        return frozenset(found)


def roles_of(condition: Condition) -> tuple[PartRole, ...]:
    """Return every role that a condition of a dossier looks for, each once, in their order."""
    if isinstance(condition, Coupled):
        return condition.roles
    inner: tuple[Condition, ...] = getattr(condition, "conditions", ())
    return tuple(dict.fromkeys(role for part in inner for role in roles_of(part)))


def quantities_of(condition: Condition) -> tuple[Quantity, ...]:
    """Return every quantity that a condition of a dossier compares."""
    if isinstance(condition, Compared):
        return condition.quantities()
    inner: tuple[Condition, ...] = getattr(condition, "conditions", ())
    return tuple(quantity for part in inner for quantity in quantities_of(part))
