"""Sentences of rules with the numbers and names that they tell, written as French readers write them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from ptce_aap.domain.declarations import Number, Persons, Quantity
from ptce_aap.domain.facts import Facts
from ptce_aap.domain.questionnaire import QuestionKind

THIN = "\u202f"
NO_BREAK = "\u00a0"
UNKNOWN = "—"
FOUND = "valeur"  # the hole of what a check found: a repeated value, the number of a row
_SHOWN_NAMES = 3
_HOLE = re.compile(r"\{(\w+)(?:\|([^|{}]*)\|([^|{}]*))?\}")


class Unit(StrEnum):
    """What a number is, which says how it is written."""

    COUNT = "count"
    MONEY = "money"  # cents
    NUMBER = "number"
    SHARE = "share"


def write_integer(number: int) -> str:
    """Return « 2 700 000 »."""
    return f"{number:,}".replace(",", THIN)


def write_decimal(number: Number, places: int) -> str:
    """Return a number with at most ``places`` decimals, half up, without zeros at the end: « 1 234,5 »."""
    scaled = math.floor(Fraction(number) * 10**places + Fraction(1, 2))
    whole, rest = divmod(abs(scaled), 10**places)
    decimals = f"{rest:0{places}d}".rstrip("0")
    return _sign(scaled) + write_integer(whole) + (f",{decimals}" if decimals else "")


def write_euros(cents: Number) -> str:
    """Return « 2 700 000 € », with cents where there are some."""
    rounded = math.floor(Fraction(cents) + Fraction(1, 2))
    euros, rest = divmod(abs(rounded), 100)
    return _sign(rounded) + write_integer(euros) + (f",{rest:02d}" if rest else "") + f"{NO_BREAK}€"


def _sign(number: int) -> str:
    return "-" if number < 0 else ""


def write(number: Number | None, unit: Unit) -> str:
    """Return a number as readers write it, a dash where nothing is known."""
    if number is None:
        return UNKNOWN
    match unit:
        case Unit.MONEY:
            return write_euros(number)
        case Unit.SHARE:
            return f"{write_decimal(Fraction(number) * 100, 1)}{NO_BREAK}%"
        case Unit.COUNT | Unit.NUMBER:
            return write_decimal(number, 2)


@dataclass(frozen=True, slots=True)
class ShownNumber:
    """A quantity told in a sentence."""

    quantity: Quantity
    unit: Unit

    def write(self, facts: Facts) -> str:
        """Return the number."""
        return write(self.quantity.of(facts), self.unit)

    def is_plural(self, facts: Facts) -> bool:
        """Tell whether French says it in the plural: two or more."""
        return (self.quantity.of(facts) or 0) >= 2

    def reads(self) -> frozenset[str]:
        """Return what the quantity reads."""
        return self.quantity.reads()


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """An answer told in a sentence, by the words of its option."""

    path: str

    def write(self, facts: Facts) -> str:
        """Return the answer."""
        value, question = facts.get(self.path), facts.questionnaire.question(self.path)
        if value is None or question is None:
            return UNKNOWN
        return question.option_label(value) if question.kind is QuestionKind.CHOICE else " ".join(str(value).split())

    def is_plural(self, facts: Facts) -> bool:
        """Tell that it is one answer."""
        return False

    def reads(self) -> frozenset[str]:
        """Return the question."""
        return frozenset({self.path})


@dataclass(frozen=True, slots=True)
class ShownNames:
    """The names of the persons that a quantity counts, the first ones only."""

    persons: Persons

    def write(self, facts: Facts) -> str:
        """Return « A, B, C et 2 autres »."""
        found = self.persons.known(facts)
        group = self.persons.group
        names = [next((row[group.name] for row in person.rows if group.name in row), None) for person in found]
        told = [
            " ".join((name or "").split()) or f"SIREN {person.number}"
            for name, person in zip(names, found, strict=True)
        ]
        if len(told) > _SHOWN_NAMES:
            rest = len(told) - _SHOWN_NAMES
            told = [*told[:_SHOWN_NAMES], f"et {rest} {'autres' if rest > 1 else 'autre'}"]
            return f"{', '.join(told[:-1])} {told[-1]}"
        return ", ".join(told) or UNKNOWN

    def is_plural(self, facts: Facts) -> bool:
        """Tell whether there are two persons or more."""
        return len(self.persons.known(facts)) >= 2

    def reads(self) -> frozenset[str]:
        """Return what tells the persons apart."""
        return self.persons.reads()


Shown = ShownNumber | ShownAnswer | ShownNames


@dataclass(frozen=True, slots=True)
class Sentence:
    """A French sentence with holes: ``{nombre}``, or ``{nombre|personne|personnes}`` that agrees with its number."""

    text: str
    shown: Mapping[str, Shown]

    def holes(self) -> frozenset[str]:
        """Return the names of the values that the sentence tells."""
        return frozenset(match[1] for match in _HOLE.finditer(self.text))

    def fill(self, facts: Facts, found: str = "") -> str:
        """Return the sentence told of a dossier."""

        def tell(match: re.Match[str]) -> str:
            if match[1] == FOUND:
                return found
            shown = self.shown[match[1]]
            told = shown.write(facts)
            return told if match[2] is None else f"{told} {match[3] if shown.is_plural(facts) else match[2]}"

        return _HOLE.sub(tell, self.text)

    def reads(self) -> frozenset[str]:
        """Return what the told values read."""
        return frozenset().union(*(self.shown[name].reads() for name in self.holes() & self.shown.keys()))
