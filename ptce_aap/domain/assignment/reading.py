"""An assignment to make as its JSON file writes it: read exactly, or refused with the place of everything wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from ptce_aap.domain.assignment.instance import GroupLimit, Instance, Need, Objective, Pair, Reader
from ptce_aap.domain.exchange import load_json
from ptce_aap.domain.refusals import BadAnswers, Refusal

GREATEST_COUNT = 1_000_000  # of a demand or of a load
GREATEST_AFFINITY = 10**9  # sums over a whole call stay within what every reader computes exactly
_KEYS = {
    "dossiers", "readers", "affinity", "conflicts", "forced", "region_exclusion", "groups", "objective",
}  # fmt: skip


def read_instance(data: bytes | str) -> Instance:
    """Return the assignment that a file asks for. Errors: ``BadAnswers``, one refusal for each thing that is wrong."""
    document = load_json(data)
    if not isinstance(document, dict):
        raise BadAnswers([Refusal("", "wrong_type", "le fichier doit contenir un objet JSON : {…}.")])
    reader = _Reader()
    instance = reader.instance(document)
    if not reader.refusals:
        reader.refusals += impossible_pairs(instance)
    if reader.refusals:
        raise BadAnswers(reader.refusals)
    return instance


class _Reader:
    """Reads one document and keeps everything that it refuses."""

    def __init__(self) -> None:
        self.refusals: list[Refusal] = []

    def instance(self, document: Mapping[str, Any]) -> Instance:
        for key in document:
            if key not in _KEYS:
                self._refuse(key, "unknown_key", f"clé inconnue ; attendues : {', '.join(sorted(_KEYS))}.")
        needs = [self._need(one, f"dossiers[{n}]") for n, one in enumerate(self._list(document, "dossiers"))]
        readers = [self._reader(one, f"readers[{n}]") for n, one in enumerate(self._list(document, "readers"))]
        self._distinct("dossiers", [need.id for need in needs])
        self._distinct("readers", [reader.id for reader in readers])
        known = ({need.id for need in needs}, {reader.id for reader in readers})
        affinity = self._affinity(document, len(needs), len(readers))
        found = {name: self._pairs(document.get(name), name, known) for name in ("conflicts", "forced")}
        exclusion = document.get("region_exclusion")
        if exclusion is not None and not isinstance(exclusion, bool):
            self._refuse("region_exclusion", "wrong_type", "true ou false est attendu.")
        groups, objective = self._groups(document.get("groups")), self._objective(document.get("objective"))
        if self.refusals:
            return Instance.of([], [], [])
        return Instance.of(
            needs, readers, affinity, **found, region_exclusion=bool(exclusion), groups=groups, objective=objective
        )

    def _refuse(self, place: str, code: str, sentence: str) -> None:
        self.refusals.append(Refusal(place, code, sentence))

    def _list(self, document: Mapping[str, Any], key: str) -> list[Any]:
        raw = document.get(key)
        if isinstance(raw, list):
            return raw
        what = "une liste JSON est attendue : […]." if key in document else "cette clé manque : une liste est attendue."
        self._refuse(key, "wrong_type" if key in document else "missing", what)
        return []

    def _object(self, raw: object, place: str) -> Mapping[str, Any]:
        if isinstance(raw, dict):
            return raw
        self._refuse(place, "wrong_type", "un objet JSON est attendu : {…}.")
        return {}

    def _need(self, raw: object, place: str) -> Need:
        told = self._object(raw, place)
        demand = self._count(told, "demand", place) if told or isinstance(raw, dict) else 0
        return Need(self._identifier(told, place), demand, self._label(told, "region", place))

    def _reader(self, raw: object, place: str) -> Reader:
        told = self._object(raw, place)
        if not isinstance(raw, dict):
            return Reader("", 0)
        maximum = self._count(told, "max", place)
        minimum = self._count(told, "min", place) if told.get("min") is not None else 0
        if minimum > maximum and told.get("max") is not None:
            self._refuse(f"{place}.min", "min_over_max", f"le minimum ({minimum}) dépasse le maximum ({maximum}).")
        region, group = self._label(told, "region", place), self._label(told, "group", place)
        return Reader(self._identifier(told, place), maximum, minimum, region, group)

    def _identifier(self, told: Mapping[str, Any], place: str) -> str:
        raw = told.get("id")
        if isinstance(raw, str) and raw.strip():
            return raw
        if told:
            self._refuse(f"{place}.id", "wrong_type", "un identifiant est attendu : un texte non vide.")
        return ""

    def _label(self, told: Mapping[str, Any], key: str, place: str) -> str | None:
        raw = told.get(key)
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            return None
        if isinstance(raw, str):
            return raw
        self._refuse(f"{place}.{key}", "wrong_type", "un texte est attendu, ou null.")
        return None

    def _count(self, told: Mapping[str, Any], key: str, place: str) -> int:
        return self._integer(told.get(key), f"{place}.{key}", GREATEST_COUNT)

    def _integer(self, raw: object, place: str, greatest: int) -> int:
        """Return a whole number from 0 to ``greatest``, 0 once refused; true and 3.0 are not whole numbers."""
        sentence = _wrong_integer(raw, greatest)
        if sentence is None and isinstance(raw, int):
            return raw
        self._refuse(place, "wrong_integer", sentence or "")
        return 0

    def _distinct(self, place: str, ids: list[str]) -> None:
        for one, times in Counter(ids).items():
            if times > 1 and one:
                self._refuse(place, "twice", f"l'identifiant « {one} » y est écrit {times} fois.")

    def _affinity(self, document: Mapping[str, Any], rows: int, columns: int) -> list[list[int]]:
        found = self._list(document, "affinity")
        if "affinity" in document and isinstance(document["affinity"], list) and len(found) != rows:
            sentence = f"{len(found)} lignes pour {rows} dossiers : une ligne par dossier est attendue."
            self._refuse("affinity", "wrong_shape", sentence)
        return [self._affinity_row(row, f"affinity[{n}]", columns) for n, row in enumerate(found)]

    def _affinity_row(self, row: object, place: str, columns: int) -> list[int]:
        if not isinstance(row, list):
            self._refuse(place, "wrong_type", "une liste d'entiers est attendue : un par lecteur.")
            return []
        if len(row) != columns:
            sentence = f"{len(row)} nombres pour {columns} lecteurs : un nombre par lecteur est attendu."
            self._refuse(place, "wrong_shape", sentence)
        return [self._integer(one, f"{place}[{n}]", GREATEST_AFFINITY) for n, one in enumerate(row)]

    def _pairs(self, raw: object, name: str, known: tuple[set[str], set[str]]) -> list[Pair]:
        if raw is None:
            return []
        if not isinstance(raw, list):
            self._refuse(name, "wrong_type", "une liste de couples est attendue : [[dossier, lecteur], …].")
            return []
        found: list[Pair] = []
        for number, pair in enumerate(raw):
            place = f"{name}[{number}]"
            if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(one, str) for one in pair)):
                self._refuse(place, "wrong_type", "un couple est attendu : [dossier, lecteur].")
            elif pair[0] not in known[0]:
                self._refuse(place, "unknown", f"dossier inconnu : « {pair[0]} ».")
            elif pair[1] not in known[1]:
                self._refuse(place, "unknown", f"lecteur inconnu : « {pair[1]} ».")
            else:
                found.append((pair[0], pair[1]))
        return found

    def _groups(self, raw: object) -> dict[str, GroupLimit]:
        found = {}
        for name, one in self._object({} if raw is None else raw, "groups").items():
            place = f"groups.{name}"
            told = self._object(one, place)
            for key in told:
                if key not in {"min", "max"}:
                    self._refuse(f"{place}.{key}", "unknown_key", "clé inconnue ; attendues : max, min.")
            minimum = self._count(told, "min", place) if told.get("min") is not None else 0
            maximum = self._count(told, "max", place) if told.get("max") is not None else None
            if maximum is not None and minimum > maximum:
                self._refuse(place, "min_over_max", f"le minimum ({minimum}) dépasse le maximum ({maximum}).")
            found[name] = GroupLimit(minimum, maximum)
        return found

    def _objective(self, raw: object) -> Objective:
        if raw is None:
            return Objective.TOTAL
        if raw in list(Objective):
            return Objective(str(raw))
        self._refuse("objective", "unknown_objective", f"choisir parmi {', '.join(Objective)}.")
        return Objective.TOTAL


def _wrong_integer(raw: object, greatest: int) -> str | None:
    if raw is None:
        return "un nombre entier est attendu, et rien n'est écrit."
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal):
        return "un nombre entier est attendu."
    if isinstance(raw, Decimal) and not raw.is_finite():
        return "un nombre entier est attendu."
    if raw < 0:
        return "un nombre d'au moins 0 est attendu."
    if raw > greatest:
        return f"ce nombre est trop grand (au plus {greatest})."
    return "un nombre entier est attendu, sans point ni exposant." if isinstance(raw, Decimal) else None


def impossible_pairs(instance: Instance) -> Iterable[Refusal]:
    """Tell the forced pairs that contradict a conflict, a region, or a limit that nothing else can mend."""
    needs = {need.id: need for need in instance.needs}
    readers = {reader.id: reader for reader in instance.readers}
    forced = sorted(instance.forced)
    for dossier, reader in forced:
        if (dossier, reader) in instance.conflicts:
            yield Refusal("forced", "in_conflict", f"« {dossier} » et « {reader} » sont aussi en conflit.")
        elif instance.excludes(needs[dossier], readers[reader]):
            sentence = f"« {reader} » est de la même région que « {dossier} » (region_exclusion)."
            yield Refusal("forced", "same_region", sentence)
    for dossier, times in sorted(Counter(dossier for dossier, _ in forced).items()):
        if times > needs[dossier].demand:
            sentence = f"{times} lecteurs imposés à « {dossier} », qui en demande {needs[dossier].demand}."
            yield Refusal("forced", "over_demand", sentence)
    for reader, times in sorted(Counter(reader for _, reader in forced).items()):
        if times > readers[reader].maximum:
            sentence = f"{times} dossiers imposés à « {reader} », qui en lit au plus {readers[reader].maximum}."
            yield Refusal("forced", "over_maximum", sentence)
    grouped = Counter((dossier, readers[reader].group or "") for dossier, reader in forced)
    for (dossier, group), times in sorted(grouped.items()):
        limit = instance.groups.get(group)
        if limit is not None and limit.maximum is not None and times > limit.maximum:
            sentence = f"{times} lecteurs du groupe « {group} » imposés à « {dossier} », pour {limit.maximum} au plus."
            yield Refusal("forced", "over_group", sentence)
