"""Texts made of fragments: « {secteur.activite} » becomes a fragment drawn from a list, itself made of fragments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from random import Random
from typing import Any

from ptce_aap.domain.persons import fold

_HOLE = re.compile(r"\{([^{}]+)\}")
_RANGE = re.compile(r"([0-9]+)\.\.([0-9]+)(?:/([0-9]+))?")
# « ~ » asks for the elision; before a proper noun it is made in any case.
_VOWELS = "AEIOUYÀÂÉÈÊËÎÏÔÖÙÛŒ"
_ELISION = re.compile(rf"\b([Dd]e|[Qq]ue|[Jj]usque)(?:~(?=[{_VOWELS}{_VOWELS.lower()}])| (?=[{_VOWELS}]))")
_CONTRACTION = re.compile(r"\b(de|à)(?:~([Ll]es?) | (Les?) (?=[A-ZÀ-Ý]))")
_CONTRACTED = {("de", "le"): "du ", ("de", "les"): "des ", ("à", "le"): "au ", ("à", "les"): "aux "}
_DEPTH = 12
_SPARE = 3  # a text may name that many items of one list


class BadRecipe(Exception):
    """A recipe of the demonstration says something that nobody can follow; the message says which."""


class Words:
    """Invented words, each used once: whoever reads one knows that nothing bears this name."""

    def __init__(self, syllables: Mapping[str, list[str]], rng: Random) -> None:
        self._beginnings, self._middles, self._ends = syllables["tetes"], syllables["milieux"], syllables["queues"]
        self._rng = rng
        self._used: set[str] = set()

    def new(self) -> str:
        """Return a word that was not given yet; a longer one once the short ones are used up."""
        for attempt in range(1000):
            middles = "".join(self._rng.choice(self._middles) for _ in range(attempt // 20))
            word = self._rng.choice(self._beginnings) + middles + self._rng.choice(self._ends)
            if word not in self._used:
                self._used.add(word)
                return word
        raise BadRecipe("syllabes : trop peu de syllabes pour tant de noms.")


class Grammar:
    """The fragments of a call and the names bound for one dossier."""

    def __init__(self, lexicon: Mapping[str, Any], words: Words, rng: Random) -> None:
        self._lexicon = lexicon
        self._words = words
        self._rng = rng
        self._decks: dict[str, list[Any]] = {}  # what is left to say of each list
        self._rows: dict[str, list[Any]] = {}  # and to make rows of
        self.bound: dict[str, Any] = {}

    def text(self, template: str) -> str:
        """Return the text of a template, its holes filled and its elisions made; it does not repeat itself."""
        self._decks = {path: deck for path, deck in self._decks.items() if len(deck) >= _SPARE}
        return _elided(self._filled(template, 0))

    def find(self, path: str) -> Any:
        """Return what a dotted name stands for, bound for this dossier or in the lexicon; None for nothing."""
        first, *rest = path.split(".")
        found = self.bound.get(first, self._lexicon.get(first))
        for key in rest:
            found = found.get(key) if isinstance(found, Mapping) else None
        return found

    def lookup(self, path: str) -> Any:
        """Return what a dotted name stands for. Errors: ``BadRecipe`` for nothing."""
        found = self.find(path)
        if found is None:
            raise BadRecipe(f"« {path} » n'est défini nulle part.")
        return found

    def bind(self, name: str, value: Any) -> None:
        """Give a name its value for this dossier; lists under it are dealt anew."""
        self.bound[name] = value
        self._rows = {path: deck for path, deck in self._rows.items() if path.partition(".")[0] != name}
        self._decks = {path: deck for path, deck in self._decks.items() if path.partition(".")[0] != name}

    def deal(self, path: str) -> Any:
        """Return an item of a list to make a row of, none twice before all were given."""
        return self._dealt(self._rows, path)

    def _dealt(self, decks: dict[str, list[Any]], path: str) -> Any:
        if not decks.get(path):
            decks[path] = list(self.lookup(path))
            self._rng.shuffle(decks[path])
        return decks[path].pop()

    def _filled(self, template: str, depth: int) -> str:
        if depth > _DEPTH:
            raise BadRecipe(f"« {template} » se contient lui-même.")
        return _HOLE.sub(lambda hole: self._fill(hole[1], depth), template)

    def _fill(self, name: str, depth: int) -> str:
        if found := _RANGE.fullmatch(name):
            low, high, step = int(found[1]), int(found[2]), int(found[3] or 1)
            return f"{self._rng.randrange(low, high + 1, step):,}".replace(",", "\u202f")
        if name == "mot":
            return self._words.new()
        form, _, path = name.rpartition(":")
        value = self.lookup(path[:1].lower() + path[1:])
        if isinstance(value, list):
            value = self._dealt(self._decks, path[:1].lower() + path[1:])
        text = self._filled(str(value), depth + 1)
        if form == "domaine":
            return fold(text).replace(" ", "-")
        return text[:1].upper() + text[1:] if path[:1].isupper() else text


def _elided(text: str) -> str:
    """Make « de~Annonay » into « d’Annonay », « de Le Havre » into « du Havre »; forget the other marks."""
    text = _CONTRACTION.sub(lambda found: _CONTRACTED[found[1], (found[2] or found[3]).lower()], text)
    text = _ELISION.sub(lambda word: word[1][:-1] + "’", text)
    return text.replace("~", " ")
