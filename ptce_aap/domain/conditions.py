"""Conditions on a row or on a dossier: the closed vocabulary of tests, exact, and its rule for empty cells.

An empty cell meets no condition, neither "is" nor "is not"; only ``vide`` asks for it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, Protocol


class Subject(Protocol):
    """What a condition is asked of: a row by its columns, or a dossier by its question paths."""

    def get(self, field: str, /) -> Any:
        """Return the value found there, None when not answered."""


class Operator(StrEnum):
    """How a value is compared, by the word of definition files."""

    EQUAL = "egal"
    DIFFERENT = "different"
    AMONG = "parmi"
    ABOVE = "superieur"
    AT_LEAST = "au_moins"
    BELOW = "inferieur"
    AT_MOST = "au_plus"
    FILLED = "rempli"
    EMPTY = "vide"


def exact(value: Any) -> Any:
    """Return a number in a form that compares exactly with fractions."""
    return Fraction(value) if isinstance(value, Decimal) else value


def compare(left: Any, operator: Operator, right: Any) -> bool:
    """Compare two numbers, both known."""
    match operator:
        case Operator.EQUAL:
            return bool(left == right)
        case Operator.DIFFERENT:
            return bool(left != right)
        case Operator.ABOVE:
            return bool(left > right)
        case Operator.AT_LEAST:
            return bool(left >= right)
        case Operator.BELOW:
            return bool(left < right)
        case Operator.AT_MOST:
            return bool(left <= right)
        case _:
            raise AssertionError(f"{operator} does not compare numbers")


class Condition(ABC):
    """Something true or false of a subject."""

    @abstractmethod
    def holds(self, subject: Any) -> bool:
        """Tell whether the condition is met."""

    @abstractmethod
    def reads(self) -> frozenset[str]:
        """Return every field that the condition can read."""

    @abstractmethod
    def needs(self) -> frozenset[str]:
        """Return the columns without which nothing is known: empty in every row, the quantity is unknown."""


@dataclass(frozen=True, slots=True)
class Proportion:
    """A bound that is a part of another cell: « plus de la moitié des membres »."""

    part: Fraction
    of: str


@dataclass(frozen=True, slots=True)
class Test(Condition):
    """One field compared with what it should be. A choice of several is "equal" to each option it contains."""

    __test__ = False  # not a test case of pytest

    field: str
    operator: Operator
    operand: Any  # text, bool, exact number, frozenset of texts, or Proportion; None for rempli and vide

    def holds(self, subject: Subject) -> bool:
        """Tell whether the field passes; an empty one never does, except for ``vide``."""
        value = subject.get(self.field)
        if self.operator is Operator.EMPTY or value is None:
            return self.operator is Operator.EMPTY and value is None
        operand = self.operand
        match self.operator:
            case Operator.FILLED:
                return True
            case Operator.AMONG:
                return not operand.isdisjoint(value) if isinstance(value, tuple) else value in operand
            case Operator.EQUAL if isinstance(value, tuple):
                return operand in value
            case Operator.DIFFERENT if isinstance(value, tuple):
                return operand not in value
        if isinstance(operand, Proportion):
            whole = subject.get(operand.of)
            if whole is None:
                return False
            operand = operand.part * exact(whole)
        return compare(exact(value), self.operator, operand)

    def reads(self) -> frozenset[str]:
        """Return the field, and the one that the bound is a part of."""
        return frozenset({self.field, self.operand.of} if isinstance(self.operand, Proportion) else {self.field})

    def needs(self) -> frozenset[str]:
        """Return the same fields; ``vide`` needs none, since emptiness is its answer."""
        return frozenset() if self.operator is Operator.EMPTY else self.reads()


@dataclass(frozen=True, slots=True)
class All(Condition):
    """Every condition is met (``tout``)."""

    conditions: tuple[Condition, ...]

    def holds(self, subject: Any) -> bool:
        """Tell whether every condition is met."""
        return all(condition.holds(subject) for condition in self.conditions)

    def reads(self) -> frozenset[str]:
        """Return what the conditions read."""
        return frozenset().union(*(condition.reads() for condition in self.conditions))

    def needs(self) -> frozenset[str]:
        """Return what the conditions need."""
        return frozenset().union(*(condition.needs() for condition in self.conditions))


@dataclass(frozen=True, slots=True)
class OneOf(All):
    """One condition at least is met (``un_de``)."""

    def holds(self, subject: Any) -> bool:
        """Tell whether a condition is met."""
        return any(condition.holds(subject) for condition in self.conditions)


@dataclass(frozen=True, slots=True)
class NoneOf(All):
    """No condition is met although all that they need is answered (``aucun``)."""

    def holds(self, subject: Any) -> bool:
        """Tell whether none is met; an empty field is no proof of that."""
        if any(subject.get(field) is None for field in self.needs()):
            return False
        return not any(condition.holds(subject) for condition in self.conditions)


@dataclass(frozen=True, slots=True)
class Cited(Condition):
    """A condition declared once, under its name, with the columns that it needs where it says so."""

    key: str
    condition: Condition
    columns: frozenset[str] | None = None

    def holds(self, subject: Any) -> bool:
        """Tell whether the named condition is met."""
        return self.condition.holds(subject)

    def reads(self) -> frozenset[str]:
        """Return what the named condition reads."""
        return self.condition.reads()

    def needs(self) -> frozenset[str]:
        """Return the columns declared with the name, else what the condition needs."""
        return self.condition.needs() if self.columns is None else self.columns
