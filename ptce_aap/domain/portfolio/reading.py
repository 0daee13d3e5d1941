"""A selection to make as its JSON file writes it: read exactly, or refused with the place of everything wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ptce_aap.domain.exchange import load_json
from ptce_aap.domain.portfolio.problem import Candidate, Kind, Level, Limit, Objective, Problem
from ptce_aap.domain.refusals import BadAnswers, Refusal, Unreadable

GREATEST = 10**15  # of any number of the file: sums over a whole call stay within what every reader computes exactly
_DIGITS = 30  # of a share, before or after the point
_KEYS = {"budget", "dossiers", "constraints", "objective"}
_LEVEL_KEYS = {"share_of_cost", "share_of_score"}
_COUNTS = (Kind.REGION_MIN, Kind.REGION_MAX, Kind.THEME_MIN, Kind.THEME_MAX)
_NEEDED = {"region": {Kind.REGION_MIN, Kind.REGION_MAX}, "theme": {Kind.THEME_MIN, Kind.THEME_MAX}}
_LEVELS = "funding_levels"
_CONSTRAINTS = {*(kind.value for kind in Kind if kind is not Kind.BUDGET), _LEVELS}


def read_problem(data: bytes | str) -> Problem:
    """Return the selection that a file asks for. Errors: ``BadAnswers``, one refusal for each thing that is wrong."""
    document = load_json(data)
    if not isinstance(document, dict):
        raise BadAnswers([Refusal("", "wrong_type", "le fichier doit contenir un objet JSON : {…}.")])
    return _Reader().problem(document)


class _Reader:
    """Reads one document and keeps everything that it refuses."""

    def __init__(self) -> None:
        self.refusals: list[Refusal] = []

    def problem(self, document: Mapping[str, Any]) -> Problem:
        self._unknown(document, _KEYS, "")
        budget = self._integer(document.get("budget"), "budget")
        objective = self._objective(document.get("objective", Objective.ORDER.value))
        written = self._object(document.get("constraints", {}), "constraints")
        constraints = {key: value for key, value in written.items() if value is not None}
        self._unknown(constraints, _CONSTRAINTS, "constraints.")
        limits = [*self._quotas(constraints), *self._minimal_score(constraints)]
        candidates = self._candidates(document.get("dossiers"), {limit.kind for limit in limits})
        known = {candidate.id for candidate in candidates}
        limits += self._exclusive(constraints.get(Kind.AT_MOST_ONE, []), known)
        levels = self._levels(constraints.get(_LEVELS, []))
        if levels and objective is Objective.ORDER:
            sentence = "l'objectif « order » ne connaît pas de niveaux ; choisir « score » ou « score_cost »."
            self._refuse(f"constraints.{_LEVELS}", "levels_with_order", sentence)
        if self.refusals:
            raise BadAnswers(self.refusals)
        return Problem.of(candidates, [Limit(Kind.BUDGET, budget), *limits], levels, objective)

    def _refuse(self, place: str, code: str, sentence: str) -> None:
        self.refusals.append(Refusal(place, code, sentence))

    def _unknown(self, found: Mapping[str, Any], known: set[str], before: str) -> None:
        for key in found:
            if key not in known:
                self._refuse(f"{before}{key}", "unknown_key", f"clé inconnue ; attendues : {', '.join(sorted(known))}.")

    def _object(self, raw: object, place: str) -> Mapping[str, Any]:
        if isinstance(raw, dict):
            return raw
        self._refuse(place, "wrong_type", "un objet JSON est attendu : {…}.")
        return {}

    def _list(self, raw: object, place: str) -> list[Any]:
        if isinstance(raw, list):
            return raw
        self._refuse(place, "wrong_type", "une liste JSON est attendue : […].")
        return []

    def _integer(self, raw: object, place: str) -> int:
        """Return a whole number; 0 once refused."""
        try:
            return _read_integer(raw)
        except Unreadable as error:
            self.refusals.append(error.at(place))
            return 0

    def _objective(self, raw: object) -> Objective:
        try:
            return Objective(raw)  # type: ignore[arg-type]
        except ValueError:
            self._refuse("objective", "unknown_objective", f"choisir parmi {', '.join(Objective)}.")
            return Objective.ORDER

    def _quotas(self, constraints: Mapping[str, Any]) -> Iterator[Limit]:
        for kind in _COUNTS:
            place = f"constraints.{kind}"
            for about, raw in self._object(constraints.get(kind, {}), place).items():
                yield Limit(kind, self._integer(raw, f"{place}.{about}"), (about,))

    def _minimal_score(self, constraints: Mapping[str, Any]) -> Iterator[Limit]:
        if Kind.MIN_SCORE in constraints:
            yield Limit(Kind.MIN_SCORE, self._integer(constraints[Kind.MIN_SCORE], f"constraints.{Kind.MIN_SCORE}"))

    def _exclusive(self, raw: object, known: set[str]) -> Iterator[Limit]:
        place = f"constraints.{Kind.AT_MOST_ONE}"
        for number, ids in enumerate(self._list(raw, place)):
            here = f"{place}[{number}]"
            if not (isinstance(ids, list) and len(ids) > 1 and all(isinstance(one, str) for one in ids)):
                self._refuse(here, "wrong_type", "une liste d'au moins deux identifiants de dossiers est attendue.")
            elif len(set(ids)) < len(ids):
                self._refuse(here, "dossier_twice", "le même dossier y est écrit deux fois.")
            elif unknown := [one for one in ids if one not in known]:
                self._refuse(here, "unknown_dossier", f"dossier inconnu : {', '.join(unknown)}.")
            else:
                yield Limit(Kind.AT_MOST_ONE, 1, tuple(ids))

    def _levels(self, raw: object) -> list[Level]:
        place = f"constraints.{_LEVELS}"
        found = []
        for number, one in enumerate(self._list(raw, place)):
            here = f"{place}[{number}]"
            shares = self._object(one, here)
            self._unknown(shares, _LEVEL_KEYS, f"{here}.")
            cost, score = (self._share(shares.get(key), f"{here}.{key}") for key in sorted(_LEVEL_KEYS))
            found.append(Level(cost, score))
        return found

    def _share(self, raw: object, place: str) -> Fraction:
        try:
            return _read_share(raw)
        except Unreadable as error:
            self.refusals.append(error.at(place))
            return Fraction(1)

    def _candidates(self, raw: object, kinds: set[Kind]) -> list[Candidate]:
        needed = {key for key, users in _NEEDED.items() if users & kinds}
        ids: dict[object, int] = {}
        ranks: dict[object, int] = {}
        found = []
        for number, one in enumerate(self._list(raw, "dossiers")):
            here = f"dossiers[{number}]"
            told = self._object(one, here)
            if not isinstance(one, dict):
                continue
            candidate = Candidate(
                id=self._text(told.get("id"), f"{here}.id") or "",
                cost=self._integer(told.get("cost"), f"{here}.cost"),
                score=self._integer(told.get("score"), f"{here}.score"),
                rank=self._integer(told.get("rank"), f"{here}.rank"),
                region=self._label(told, "region", here, needed),
                theme=self._label(told, "theme", here, needed),
            )
            self._distinct(candidate.id, ids, number, f"{here}.id", "cet identifiant")
            if isinstance(told.get("rank"), int):
                self._distinct(candidate.rank, ranks, number, f"{here}.rank", "ce rang")
            found.append(candidate)
        return found

    def _distinct(self, value: object, seen: dict[object, int], number: int, place: str, what: str) -> None:
        first = seen.setdefault(value, number)
        if first != number:
            self._refuse(place, "twice", f"{what} ({value}) est déjà celui de dossiers[{first}].")

    def _text(self, raw: object, place: str) -> str | None:
        if isinstance(raw, str) and raw.strip():
            return raw
        self._refuse(place, "wrong_type", "un texte non vide est attendu.")
        return None

    def _label(self, told: Mapping[str, Any], key: str, here: str, needed: set[str]) -> str | None:
        if key in needed and key not in told:
            self._refuse(f"{here}.{key}", "missing", "cette clé manque, et une contrainte la lit (null : aucune).")
        raw = told.get(key)
        return None if raw is None else self._text(raw, f"{here}.{key}")


def _read_integer(raw: object) -> int:
    """Return a whole number from 0 to ``GREATEST``; true and 3.0 are not."""
    if raw is None:
        raise Unreadable("missing", "un nombre entier est attendu, et rien n'est écrit.")
    if isinstance(raw, Decimal) and not (raw.is_finite() and raw == raw.to_integral_value() and abs(raw) > GREATEST):
        raise Unreadable("wrong_type", "un nombre entier est attendu, sans point ni exposant.")
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal):
        raise Unreadable("wrong_type", "un nombre entier est attendu.")
    if not 0 <= raw <= GREATEST:
        raise Unreadable("out_of_range", "un nombre entier d'au moins 0 et d'au plus 10^15 est attendu.")
    return int(raw)


def _read_share(raw: object) -> Fraction:
    """Return the exact value of a share, above 0 and at most 1."""
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal):
        raise Unreadable("wrong_type", "une part est attendue : un nombre au-dessus de 0 et d'au plus 1.")
    if isinstance(raw, Decimal) and not (raw.is_finite() and _short(raw)):
        raise Unreadable("wrong_type", "une part est attendue, avec trente décimales au plus.")
    if not 0 < raw <= 1:
        raise Unreadable("out_of_range", "une part est au-dessus de 0 et d'au plus 1.")
    return Fraction(raw)


def _short(raw: Decimal) -> bool:
    told = raw.as_tuple()
    return len(told.digits) <= _DIGITS and isinstance(told.exponent, int) and abs(told.exponent) <= _DIGITS
