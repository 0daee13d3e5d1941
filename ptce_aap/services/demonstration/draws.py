"""Drawing values by recipe: one recipe, the quality of the dossier, one raw value as a file would carry it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from ptce_aap.services.demonstration.grammar import BadRecipe, Grammar
from ptce_aap.services.demonstration.numbers import Numbers

Recipe = Any
"""What a recipe file says of one value: a text, a number, a list, or a table of one of the forms below."""

_NOISE = 0.16


@dataclass(slots=True)
class Draws:
    """Everything that one dossier is drawn with."""

    grammar: Grammar
    numbers: Numbers
    rng: Random
    quality: float  # from 0, poor, to 1, excellent
    day: date  # the day from which recipes count

    def value(self, recipe: Recipe) -> Any:
        """Return the raw value of a recipe; None where it says that the question may be left empty."""
        if isinstance(recipe, str):
            return self.grammar.text(recipe)
        if isinstance(recipe, list):
            return [self.value(item) for item in recipe]
        if not isinstance(recipe, Mapping):
            return recipe
        if "rempli" in recipe and not self.happens(recipe["rempli"]):
            return None
        return self._drawn(recipe)

    def _drawn(self, recipe: Mapping[str, Any]) -> Any:
        match recipe:
            case {"texte": template}:
                return self.value(template)
            case {"paragraphes": templates}:
                return "\n\n".join(self.value(template) for template in templates)
            case {"parmi": options}:
                weights = recipe.get("poids")
                return self.value(self.rng.choices(options, weights)[0] if weights else self.rng.choice(options))
            case {"liste": path}:
                return list(self.grammar.lookup(path))
            case {"plusieurs": options, "nombre": span}:
                return self.several(options, span, also=recipe.get("avec", ()))
            case {"chance": chance}:
                return self.happens(chance)
            case {"entre": span}:
                steered = "qualite" in recipe.get("selon", "")
                return self.number(self._span(span), recipe.get("pas", 1), steered=steered)
            case {"jours": span}:
                return (self.day + timedelta(days=self.rng.randint(*map(int, self._span(span))))).isoformat()
            case {"part": [low, high], "de": name}:
                share = self.rng.uniform(low, high) * int(self.grammar.lookup(name))
                return self._stepped(share, recipe.get("pas", 100))
            case {"numero": kind}:
                siren = str(self.grammar.lookup(recipe["de"])) if "de" in recipe else self.numbers.siren()
                return siren if kind == "siren" else self.numbers.of(kind, siren)
        raise BadRecipe(f"recette inconnue : {dict(recipe)!r}.")

    def several(self, options: Sequence[Any] | str, span: Sequence[int], *, also: Sequence[str] = ()) -> list[Any]:
        """Return several options in their order, the more the better the dossier."""
        known = list(self.grammar.lookup(options)) if isinstance(options, str) else list(options)
        kept = [item for path in also for item in self.grammar.lookup(path)]
        free = [item for item in known if item not in kept]
        count = max(0, int(self.number(span, 1, steered=True)) - len(kept))
        drawn = self.rng.sample(free, min(count, len(free)))
        return [item for item in known if item in drawn or item in kept] + [i for i in kept if i not in known]

    def happens(self, chance: Any) -> bool:
        """Tell whether something happens: ``p``, or ``[p of a poor dossier, p of an excellent one]``."""
        if isinstance(chance, bool):
            return chance
        low, high = chance if isinstance(chance, list) else (chance, chance)
        return self.rng.random() < float(low) + (float(high) - float(low)) * self.quality

    def number(self, span: Sequence[float], step: float, *, steered: bool = False) -> Any:
        """Return a number within a span; ``steered``: the better the dossier, the nearer the second bound."""
        at = min(1.0, max(0.0, self.rng.gauss(self.quality, _NOISE))) if steered else self.rng.random()
        return self._stepped(span[0] + (span[1] - span[0]) * at, step)

    def _span(self, span: Any) -> Sequence[float]:
        """Return a span, written here or named."""
        return list(self.grammar.lookup(span)) if isinstance(span, str) else list(span)

    def _stepped(self, number: float, step: float) -> Any:
        steps = round(number / step)
        return steps * step if isinstance(step, int) else f"{steps * step:.2f}"
