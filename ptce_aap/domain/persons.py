"""When two rows tell of the same person, and which persons can hold which roles."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})
_SPACES = re.compile(r" +")


@lru_cache(maxsize=4096)
def fold(name: str) -> str:
    """Return a name without case, accents and punctuation; what folds to nothing is no name.

    Lower case, œ→oe, æ→ae, NFKD without marks (Unicode M); what is neither letter (L) nor digit (Nd) is a space.
    """
    decomposed = unicodedata.normalize("NFKD", name.lower().translate(_LIGATURES))
    kept = []
    for character in decomposed:
        category = unicodedata.category(character)
        if category[0] != "M":
            kept.append(character if category[0] == "L" or category == "Nd" else " ")
    return _SPACES.sub(" ", "".join(kept)).strip()


@dataclass(frozen=True, slots=True)
class PersonGroup:
    """A table whose rows are persons: a row's number (SIREN) and name tell who it is."""

    key: str
    table: str  # path
    number: str  # column
    name: str  # column


@dataclass(frozen=True, slots=True)
class Person:
    """A person, with every row that tells of it, in the table's order."""

    number: str | None
    folded_names: frozenset[str]
    rows: tuple[Mapping[str, Any], ...]

    def is_same(self, number: str | None, name: str | None) -> bool:
        """Tell whether this person has the same number or the same folded name."""
        folded = fold(name or "")
        return (number is not None and number == self.number) or (bool(folded) and folded in self.folded_names)


def gather(rows: Iterable[Mapping[str, Any]], group: PersonGroup) -> tuple[Person, ...]:
    """Merge rows into persons, in the order of their first row.

    Rows with the same number are one person. A row without a number is the person of the first row with a number
    and the same folded name, else the person of that folded name. A row with neither is nobody.
    """
    told = [(row, row.get(group.number), fold(row.get(group.name) or "")) for row in rows]
    number_of_name: dict[str, str] = {}
    for _, number, name in told:
        if number and name:
            number_of_name.setdefault(name, number)
    members: dict[tuple[str | None, str], list[tuple[Mapping[str, Any], str]]] = {}
    for row, number, name in told:
        number = number or number_of_name.get(name)
        if number or name:
            members.setdefault((number, "" if number else name), []).append((row, name))
    return tuple(
        Person(number, frozenset(name for _, name in found if name), tuple(row for row, _ in found))
        for (number, _), found in members.items()
    )


def can_be_held(candidates: Sequence[Iterable[int]]) -> bool:
    """Tell whether every role can be held by a person of its own: a matching, not one count a role.

    ``candidates`` gives, role by role, the persons that could hold it.
    """
    return None not in holders(candidates)


def holders(candidates: Sequence[Iterable[int]]) -> tuple[int | None, ...]:
    """Return, role by role, a person that no other role takes: as many roles as can be are held, None for the others.

    ``candidates`` gives, role by role, the persons that could hold it; the first ones are taken where one may choose.
    """
    holder: dict[int, int] = {}
    choices = [tuple(persons) for persons in candidates]

    def place(role: int, tried: set[int]) -> bool:
        for person in choices[role]:
            if person not in tried:
                tried.add(person)
                if person not in holder or place(holder[person], tried):
                    holder[person] = role
                    return True
        return False

    for role in range(len(choices)):
        place(role, set())
    taken = {role: person for person, role in holder.items()}
    return tuple(taken.get(role) for role in range(len(choices)))
