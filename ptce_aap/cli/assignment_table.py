"""An assignment as tables for people: the readers of each dossier, and the load of each reader as a bar."""

from __future__ import annotations

from collections.abc import Iterator

from ptce_aap.cli.files import on_one_line
from ptce_aap.domain.assignment.answer import Answer, DemandToGiveUp, MinimumOutOfReach, TooFewReaders
from ptce_aap.domain.assignment.instance import Instance, Objective

_OBJECTIVES = {
    Objective.TOTAL: "la plus grande somme des affinités",
    Objective.FAIR: "le dossier le moins bien servi l'est le mieux possible, puis la plus grande somme",
}
_WIDEST_BAR = 40


def as_table(answer: Answer, instance: Instance, *, seconds: float) -> str:
    """Return the lines to print: the result in a sentence, then dossiers, then loads; or what blocks."""
    lines = _told(answer, instance, seconds) if answer.feasible else _blocked(answer)
    return "\n".join(on_one_line(line) for line in lines)


def _told(answer: Answer, instance: Instance, seconds: float) -> Iterator[str]:
    yield f"Objectif : {_OBJECTIVES[answer.objective]}."
    readings = sum(answer.loads.values())
    worst = f", {answer.worst} pour le moins bien servi ({_some(answer.worst_dossiers)})" if readings else ""
    yield f"{readings} lectures, {answer.total} points d'affinité en tout{worst}."
    shown = f"{seconds:.1f}".replace(".", ",")
    yield f"Rien de mieux n'existe (prouvé en {shown} s)." if answer.proven else (
        f"Attention : arrêté après {shown} s sans la preuve que rien n'est mieux."
    )  # fmt: skip
    if answer.lifted:
        yield f"Minimum abaissé, faute d'assez de dossiers qu'ils puissent lire : {', '.join(answer.lifted)}."
    yield ""
    yield from _dossiers(answer, instance)
    yield ""
    yield from _loads(answer, instance)


def _dossiers(answer: Answer, instance: Instance) -> Iterator[str]:
    given = answer.readers_of or {}
    wide = max([len("dossier"), *(len(dossier) for dossier in given)])
    column_of = {reader.id: column for column, reader in enumerate(instance.readers)}
    yield f"{'dossier':<{wide}}  affinité  lecteurs"
    for row, (dossier, readers) in enumerate(given.items()):
        score = instance.score(row, [column_of[reader] for reader in readers])
        yield f"{dossier:<{wide}}  {score:>8}  {', '.join(readers) or '–'}"


def _loads(answer: Answer, instance: Instance) -> Iterator[str]:
    wide = max([len("lecteur"), *(len(reader.id) for reader in instance.readers)])
    greatest = max([1, *answer.loads.values()])
    yield f"{'lecteur':<{wide}}  charge"
    for reader in instance.readers:
        load = answer.loads[reader.id]
        room = min(greatest, _WIDEST_BAR)
        bar = "█" * -(-load * room // greatest)
        yield f"{reader.id:<{wide}}  {load:>6}  {bar:<{room}}  de {reader.minimum} à {reader.maximum}"


def _blocked(answer: Answer) -> Iterator[str]:
    yield "Aucune affectation n'est possible. Ce qui bloque :"
    given_up = 0
    for block in answer.blocking:
        match block:
            case TooFewReaders(dossier, available, demand, None):
                yield f"  dossier {dossier} : {_usable(available, demand)}{_limits(block)}"
            case TooFewReaders(dossier, available, demand, group):
                told = _usable(available, demand)
                yield f"  dossier {dossier} : la limite du groupe « {group} » ne peut pas être tenue ({told})"
            case MinimumOutOfReach(reader, minimum, reachable):
                yield f"  lecteur {reader} : {minimum} dossiers au moins, {reachable} possibles"
            case DemandToGiveUp(dossier, demand, possible):
                given_up += demand - possible
                yield f"  dossier {dossier} : {demand} lectures demandées, {possible} possibles"
    if given_up:
        yield f"Renoncer à {given_up} lectures en tout est le moins qu'il faille ; ou relever des charges maximales."


def _usable(available: int, demand: int) -> str:
    found = "lecteurs utilisables" if available > 1 else "lecteur utilisable"
    return f"{available} {found} pour {demand} {'demandés' if demand > 1 else 'demandé'}"


def _limits(block: TooFewReaders) -> str:
    return " (les limites des groupes, ensemble, ne peuvent pas être tenues)" if block.available >= block.demand else ""


def _some(dossiers: tuple[str, ...]) -> str:
    return ", ".join(dossiers[:3]) + (f" et {len(dossiers) - 3} autres" if len(dossiers) > 3 else "")
