"""Fictional dossiers: what a call's recipes make of chance, read by the call's own questionnaire."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ptce_aap.domain.questionnaire import Answers, Questionnaire
from ptce_aap.services.demonstration.budgets import balanced
from ptce_aap.services.demonstration.chance import seeded
from ptce_aap.services.demonstration.draws import Draws
from ptce_aap.services.demonstration.grammar import BadRecipe, Grammar, Words
from ptce_aap.services.demonstration.numbers import Numbers
from ptce_aap.services.demonstration.recipes import Recipes


@dataclass(frozen=True, slots=True)
class Fiction:
    """A fictional dossier: its answers, how good it is, and what the call team will decide of it."""

    answers: Answers
    quality: float
    admitted: bool
    reason: str  # of the decision
    draws: Draws  # what else is written about this dossier speaks of the same territory


class Author:
    """Writes the dossiers of one call, each different."""

    def __init__(self, recipes: Recipes, questionnaire: Questionnaire, *, seed: str, first_number: int = 0) -> None:
        self._recipes = recipes
        self._questionnaire = questionnaire
        self._rng = seeded(seed)
        self._words = Words(recipes["syllabes"], self._rng)
        self._numbers = Numbers(first_number)

    def grammar(self) -> Grammar:
        """Return a grammar that nothing is bound in, for the names of people."""
        return Grammar(self._recipes["fragments"], self._words, self._rng)

    def write(self, count: int, *, day: date) -> list[Fiction]:
        """Return ``count`` dossiers; what is drawn by quota has the right shares over all of them."""
        dealt = [self._quota(draw, count) for draw in self._recipes["tirage"]]
        return [self._one([records[index] for records in dealt], day) for index in range(count)]

    def _quota(self, draw: Mapping[str, Any], count: int) -> list[tuple[str, Any]]:
        """Return one record a dossier, each as often as its weight asks, in a random order."""
        records: list[Mapping[str, Any]] = self._recipes[draw["dans"]]
        times = _apportioned([float(record.get("poids", 1)) for record in records], count)
        dealt = [record for record, share in zip(records, times, strict=True) for _ in range(share)]
        self._rng.shuffle(dealt)
        return [(draw["nom"], record) for record in dealt]

    def _one(self, drawn: Sequence[tuple[str, Any]], day: date) -> Fiction:
        grammar = self.grammar()
        grammar.bound.update(drawn)
        low, high = self._recipes["qualite"]["entre"]
        quality = min(high, max(low, self._rng.gauss(self._recipes["qualite"]["moyenne"], 0.24)))
        draws = Draws(grammar, self._numbers, self._rng, quality, day)
        for name in self._recipes.get("lieu", ()):
            grammar.bind(name["nom"], self._rng.choice(_first(grammar, name["dans"])))
        for named in self._recipes["valeur"]:
            grammar.bind(named["nom"], draws.value(named["est"]))
        profile: Mapping[str, Any] = grammar.bound[self._recipes["decision"]["selon"]]
        return Fiction(
            answers=self._answers(draws, profile),
            quality=quality,
            admitted=bool(profile["recevable"]),
            reason=grammar.text(self._rng.choice(profile["motifs"])),
            draws=draws,
        )

    def _answers(self, draws: Draws, profile: Mapping[str, Any]) -> Answers:
        document: dict[str, dict[str, Any]] = {}
        recipes = {**self._recipes["reponses"], **profile.get("reponses", {})}
        for path, recipe in recipes.items():
            _put(document, path, draws.value(recipe))
        counts = profile.get("nombre", {})
        for path, blocks in self._recipes.get("lignes", {}).items():
            _put(document, path, [row for block in blocks for row in _rows(draws, block, counts)])
        tables: dict[str, list[Any]] = {}
        for budget in self._recipes.get("equilibre", ()):
            for path, rows in balanced(draws, budget).items():
                tables.setdefault(path, []).extend(rows)
        for path, rows in tables.items():
            _put(document, path, rows)
        answers, refusals = self._questionnaire.read(document)
        if refusals:
            raise BadRecipe(f"{refusals[0].place} : {refusals[0].sentence}")
        return answers


def _rows(draws: Draws, block: Mapping[str, Any], counts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows that a block makes; with ``dans`` each speaks of another record of a list."""
    span = counts.get(block["bloc"], block["nombre"])
    count = int(draws.number(span, 1, steered="qualite" in block.get("selon", "")))
    if "dans" in block:
        count = min(count, len(draws.grammar.lookup(block["dans"])))
    rows = []
    for _ in range(count):
        if "dans" in block:
            draws.grammar.bind("ligne", draws.grammar.deal(block["dans"]))
        rows.append({key: draws.value(cell) for key, cell in block["cellules"].items()})
    return rows


def _first(grammar: Grammar, paths: Sequence[str]) -> Sequence[Any]:
    """Return the first of these lists that this dossier has."""
    for path in paths[:-1]:
        if (found := grammar.find(path)) is not None:
            return list(found)
    return list(grammar.lookup(paths[-1]))


def _put(document: dict[str, dict[str, Any]], path: str, value: Any) -> None:
    """Write a value at ``stage.key``, or at ``stage.group.key``."""
    stage, key, *sub = path.split(".")
    place: dict[str, Any] = document.setdefault(stage, {})
    if sub:
        place, key = place.setdefault(key, {}), sub[0]
    place[key] = value


def _apportioned(weights: Sequence[float], count: int) -> list[int]:
    """Share ``count`` places by weight, by the largest remainders; everybody has one where there is room."""
    kept = [int(count >= 2 * len(weights))] * len(weights)
    free, whole = count - sum(kept), sum(weights)
    ideal = [max(0.0, weight * count / whole - held) for weight, held in zip(weights, kept, strict=True)]
    scale = free / sum(ideal) if sum(ideal) else 0.0
    parts = [int(share * scale) for share in ideal]
    remainders = Counter({i: share * scale - parts[i] for i, share in enumerate(ideal)})
    for index, _ in remainders.most_common(free - sum(parts)):
        parts[index] += 1
    return [held + part for held, part in zip(kept, parts, strict=True)]
