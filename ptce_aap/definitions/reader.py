"""A cursor on a definition file that knows its file and key, and collects what is wrong instead of stopping."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, TypeVar

E = TypeVar("E", bound=StrEnum)

_MISSING: Any = object()
_NUMBERED = re.compile(r"\.v([0-9]+)\.toml$")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a definition: which file, which key, and how to mend it (French)."""

    file: str
    key: str
    message: str

    def __str__(self) -> str:
        return " : ".join(part for part in (self.file, self.key, self.message) if part)


class BadDefinition(Exception):
    """Definition files that cannot be used; ``problems`` tells everything that is wrong."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(tuple(problems))
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


class Section:
    """A TOML table: every key is asked for by its kind; ``close`` refuses the keys nobody asked for.

    A wrong value is told in ``problems`` and a harmless one is returned, so that one reading tells everything.
    """

    def __init__(self, data: Mapping[str, Any], file: str, key: str, problems: list[Problem]) -> None:
        self.data = data
        self.file = file
        self.key = key
        self.problems = problems
        self._asked: set[str] = set()

    def at(self, key: str) -> str:
        """Return the whole name of a key of this table."""
        return f"{self.key}.{key}" if self.key else key

    def refuse(self, message: str, key: str | None = None) -> None:
        """Tell that something is wrong here."""
        self.problems.append(Problem(self.file, self.key if key is None else self.at(key), message))

    def refuse_twice(self, items: Iterable[str], key: str) -> None:
        """Tell each item that is written more than once; one that is empty is told where it is read."""
        for item, times in sorted(Counter(items).items()):
            if item and times > 1:
                self.refuse(f"« {item} » est écrit deux fois.", key)

    def has(self, key: str) -> bool:
        """Tell whether the key is written."""
        return key in self.data

    def raw(self, key: str) -> Any:
        """Return the bare value of a key, None if it is not written."""
        self._asked.add(key)
        return self.data.get(key)

    def _take(self, key: str, kinds: tuple[type, ...], told: str, default: Any) -> Any:
        self._asked.add(key)
        if key not in self.data:
            if default is _MISSING:
                self.refuse(f"cette clé manque ({told}).", key)
                return None
            return default
        value = self.data[key]
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            self.refuse(f"la valeur doit être {told}.", key)
            return None if default is _MISSING else default
        return value

    def text(self, key: str, default: Any = _MISSING) -> str:
        """Return a text, trimmed."""
        value = self._take(key, (str,), "un texte", default)
        if not isinstance(value, str):
            return ""
        if not value.strip() and default is _MISSING:
            self.refuse("le texte est vide.", key)
        return value.strip()

    def optional_text(self, key: str) -> str | None:
        """Return a text, None if it is not written."""
        return self.text(key, "") or None

    def integer(self, key: str, default: Any = _MISSING, *, least: int = 0) -> int:
        """Return a whole number, ``least`` or more."""
        value = self._take(key, (int,), "un nombre entier", default)
        if not isinstance(value, int):
            return least
        if value < least:
            self.refuse(f"la valeur doit être {least} ou plus.", key)
        return value

    def number(self, key: str, default: Any = _MISSING) -> Fraction:
        """Return an exact number: a TOML number, or a text such as « 1/2 »."""
        value = self._take(key, (int, Decimal, str), "un nombre", default)
        return self.exact(value, key) if value is not None else Fraction(0)

    def exact(self, value: object, key: str) -> Fraction:
        """Return the exact number of a TOML value."""
        if isinstance(value, int | Decimal | str | Fraction) and not isinstance(value, bool):
            try:
                return Fraction(value)
            except (ValueError, ZeroDivisionError, OverflowError):
                pass
        self.refuse("un nombre est attendu, par exemple 0.5 ou « 1/2 ».", key)
        return Fraction(0)

    def boolean(self, key: str, default: bool = False) -> bool:
        """Return true or false."""
        return bool(self._take(key, (bool,), "true ou false", default))

    def texts(self, key: str, default: Any = _MISSING) -> tuple[str, ...]:
        """Return a list of texts."""
        value = self._take(key, (list, tuple), "une liste de textes", default)
        if value is None:
            return ()
        if not all(isinstance(item, str) for item in value):
            self.refuse("la liste ne doit contenir que des textes.", key)
            return ()
        return tuple(value)

    def numbers(self, key: str, default: Any = _MISSING) -> tuple[Fraction, ...]:
        """Return a list of exact numbers."""
        value = self._take(key, (list, tuple), "une liste de nombres", default)
        return tuple(self.exact(item, key) for item in value or ())

    def word(self, key: str, words: type[E], default: Any = _MISSING) -> E | None:
        """Return a word of a closed list; None where it is not written, or refused, which is told."""
        value = self._take(key, (str,), f"un mot parmi : {', '.join(words)}", default)
        if value is None:
            return None
        try:
            return words(value)
        except ValueError:
            self.refuse(f"« {value} » est inconnu ; choisir parmi : {', '.join(words)}.", key)
            return None

    def section(self, key: str, default: Any = _MISSING) -> Section | None:
        """Return a table of this table, None where it is not written (or refused)."""
        value = self._take(key, (dict,), "une table", default)
        return None if value is None else Section(value, self.file, self.at(key), self.problems)

    def sections(self, key: str, default: Any = _MISSING) -> list[Section]:
        """Return the tables of a list of tables; each is named by its ``cle``, or its place from 1."""
        value = self._take(key, (list, tuple), "une liste de tables", default)
        found = []
        for index, item in enumerate(value or (), start=1):
            if isinstance(item, dict):
                name = item.get("cle") if isinstance(item.get("cle"), str) else index
                found.append(Section(item, self.file, f"{self.at(key)}[{name}]", self.problems))
            else:
                self.refuse(f"l'élément {index} doit être une table.", key)
        return found

    def close(self) -> None:
        """Refuse the keys that nobody asked for."""
        for key in self.data:
            if key not in self._asked:
                self.refuse("cette clé est inconnue ici.", key)


def read_toml(text: str, file: str, problems: list[Problem]) -> Section:
    """Return the cursor at the top of a TOML file; numbers with decimals are read exactly."""
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        problems.append(Problem(file, "", f"le fichier TOML est illisible ({error})."))
        data = {}
    top = Section(data, file, "", problems)
    numbered = _NUMBERED.search(file)
    if numbered and data and data.get("version") != int(numbered[1]):
        top.refuse(f"le nom du fichier dit version {numbered[1]} : les deux numéros doivent être les mêmes.", "version")
    return top
