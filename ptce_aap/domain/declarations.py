"""Quantities: the closed vocabulary of what can be counted, added and compared, exact, with its null rules.

A value is an ``int`` (counts; money in cents), a ``Fraction`` (other numbers), or None: nothing is known.
Missing is None, never zero; zero is rows of which none is meant. Each operation tells its own rule.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from fractions import Fraction

from ptce_aap.domain.conditions import exact
from ptce_aap.domain.facts import Facts, Where
from ptce_aap.domain.persons import Person, PersonGroup

Number = int | Fraction


class Quantity(ABC):
    """A number computed from a dossier, or nothing known."""

    @abstractmethod
    def of(self, facts: Facts) -> Number | None:
        """Return the exact value, None when nothing is known."""

    @abstractmethod
    def reads(self) -> frozenset[str]:
        """Return every path (question or column) that the quantity can read."""


def columns_read(table: str, where: Where) -> frozenset[str]:
    """Return the paths of the columns that a choice of rows reads; the table itself where it reads none."""
    columns = where.needs | (where.condition.reads() if where.condition else frozenset())
    return frozenset(f"{table}.{column}" for column in columns)


@dataclass(frozen=True, slots=True)
class Count(Quantity):
    """How many rows are meant (``compte``). None: no row in the table, or a needed column empty everywhere."""

    table: str
    where: Where

    def of(self, facts: Facts) -> int | None:
        """Return the number of rows."""
        rows = facts.matching(self.table, self.where)
        return None if rows is None else len(rows)

    def reads(self) -> frozenset[str]:
        """Return the columns of the condition."""
        return columns_read(self.table, self.where) or frozenset({self.table})


@dataclass(frozen=True, slots=True)
class Sum(Quantity):
    """The sum of columns over the rows meant (``somme``); empty cells are skipped.

    None: as ``Count``, or rows are meant and all their cells are empty. Zero: no row is meant.
    """

    table: str
    columns: tuple[str, ...]
    where: Where

    def of(self, facts: Facts) -> Number | None:
        """Return the exact sum."""
        rows = facts.matching(self.table, self.where)
        if rows is None:
            return None
        cells = [exact(row[column]) for row in rows for column in self.columns if row.get(column) is not None]
        return None if rows and not cells else sum(cells)

    def reads(self) -> frozenset[str]:
        """Return the columns added and those of the condition."""
        return columns_read(self.table, self.where) | {f"{self.table}.{column}" for column in self.columns}


@dataclass(frozen=True, slots=True)
class Distinct(Quantity):
    """How many different values a column has over the rows meant (``distincts``); none told is 0.

    None: as ``Count``.
    """

    table: str
    column: str
    where: Where

    def of(self, facts: Facts) -> int | None:
        """Return the number of different values."""
        rows = facts.matching(self.table, self.where)
        return None if rows is None else len({row[self.column] for row in rows if row.get(self.column) is not None})

    def reads(self) -> frozenset[str]:
        """Return the column and those of the condition."""
        return columns_read(self.table, self.where) | {f"{self.table}.{self.column}"}


@dataclass(frozen=True, slots=True)
class OtherThan:
    """A person to leave out, told by the paths of its number and of its name."""

    number: str
    name: str


@dataclass(frozen=True, slots=True)
class Persons(Quantity):
    """How many distinct persons have a row that is meant (``personnes``). None: as ``Count``."""

    group: PersonGroup
    where: Where
    numbered: bool = False  # only persons whose number is known
    other_than: OtherThan | None = None

    def known(self, facts: Facts) -> list[Person]:
        """Return these persons, in the table's order: those of what is answered, even where they cannot be counted."""
        condition = self.where.condition
        return [
            person
            for person in facts.persons(self.group)
            if (condition is None or any(condition.holds(row) for row in person.rows))
            and (person.number is not None or not self.numbered)
            and not self._is_left_out(person, facts)
        ]

    def _is_left_out(self, person: Person, facts: Facts) -> bool:
        other = self.other_than
        return other is not None and person.is_same(facts.get(other.number), facts.get(other.name))

    def of(self, facts: Facts) -> int | None:
        """Return the number of persons."""
        if facts.matching(self.group.table, Where(None, self.where.needs)) is None:
            return None
        return len(self.known(facts))

    def reads(self) -> frozenset[str]:
        """Return the columns that tell persons apart, those of the condition, and the person left out."""
        group = self.group
        identity = {f"{group.table}.{group.number}", f"{group.table}.{group.name}"}
        left_out = {self.other_than.number, self.other_than.name} if self.other_than else set()
        return columns_read(group.table, self.where) | identity | left_out


@dataclass(frozen=True, slots=True)
class Answer(Quantity):
    """A question's answer as a number (``valeur``); yes is 1, no is 0. None: not answered."""

    path: str

    def of(self, facts: Facts) -> Number | None:
        """Return the answer."""
        value = facts.get(self.path)
        return None if value is None else int(value) if isinstance(value, bool) else exact(value)

    def reads(self) -> frozenset[str]:
        """Return the question."""
        return frozenset({self.path})


@dataclass(frozen=True, slots=True)
class Chosen(Quantity):
    """How many options are chosen (``choisis``). None: not answered."""

    path: str

    def of(self, facts: Facts) -> int | None:
        """Return the number of options."""
        value = facts.get(self.path)
        return None if value is None else len(value)

    def reads(self) -> frozenset[str]:
        """Return the question."""
        return frozenset({self.path})


@dataclass(frozen=True, slots=True)
class Share(Quantity):
    """One quantity over another (``part`` … ``sur``). None: a side is None, or the lower one is zero."""

    part: Quantity
    whole: Quantity

    def of(self, facts: Facts) -> Fraction | None:
        """Return the exact ratio."""
        part, whole = self.part.of(facts), self.whole.of(facts)
        return None if part is None or not whole else Fraction(part) / Fraction(whole)

    def reads(self) -> frozenset[str]:
        """Return what both sides read."""
        return self.part.reads() | self.whole.reads()


@dataclass(frozen=True, slots=True)
class Total(Quantity):
    """Several quantities added (``total``). None: one of them is None."""

    terms: tuple[Quantity, ...]

    def of(self, facts: Facts) -> Number | None:
        """Return the exact total."""
        found = [term.of(facts) for term in self.terms]
        known = [value for value in found if value is not None]
        return sum(known) if len(known) == len(found) else None

    def reads(self) -> frozenset[str]:
        """Return what the terms read."""
        return frozenset().union(*(term.reads() for term in self.terms))


@dataclass(frozen=True, slots=True)
class Otherwise(Quantity):
    """A quantity with the number that stands for it where nothing is known (``si_inconnu``)."""

    quantity: Quantity
    value: Number

    def of(self, facts: Facts) -> Number | None:
        """Return the quantity, or what stands for it."""
        found = self.quantity.of(facts)
        return self.value if found is None else found

    def reads(self) -> frozenset[str]:
        """Return what the quantity reads."""
        return self.quantity.reads()


@dataclass(frozen=True, slots=True)
class Named(Quantity):
    """A quantity declared as an indicator, cited by its key and computed once a dossier (``indicateur``)."""

    key: str
    quantity: Quantity

    def of(self, facts: Facts) -> Number | None:
        """Return the indicator's value."""
        if self.key not in facts.results:
            facts.results[self.key] = self.quantity.of(facts)
        found: Number | None = facts.results[self.key]
        return found

    def reads(self) -> frozenset[str]:
        """Return what the indicator reads."""
        return self.quantity.reads()


@dataclass(frozen=True, slots=True)
class Constant(Quantity):
    """A number of the call itself: written in the rule, or counted in a list that comes with it."""

    value: Number

    def of(self, facts: Facts) -> Number:
        """Return the number."""
        return self.value

    def reads(self) -> frozenset[str]:
        """Return nothing: no answer is read."""
        return frozenset()


@dataclass(frozen=True, slots=True)
class Envelope(Quantity):
    """The call's envelope, in cents (``enveloppe``)."""

    def of(self, facts: Facts) -> int:
        """Return the envelope."""
        return facts.envelope_cents

    def reads(self) -> frozenset[str]:
        """Return nothing: no answer is read."""
        return frozenset()
