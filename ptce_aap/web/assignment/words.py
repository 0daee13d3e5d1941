"""A plan in words: why a reader, why not another, what blocks, and what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ptce_aap.domain.assignment.explaining import Why, WhyNot
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.services.assignment.plan_page import Choice, ReaderLine

_WHY = {
    Why.BEGUN: "lecture commencée : elle reste",
    Why.KEPT: "déjà confié",
    Why.BY_HAND: "choisi à la main",
    Why.ONLY: "aucun membre de trop pour ce dossier",
    Why.LOADS: "équilibre des charges",
}


def why(line: ReaderLine) -> str:
    """Return why a reader is on a dossier."""
    found = []
    for reason in line.why:
        if reason is Why.THEMES:
            found.append(f"connaît {_listed(line.themes)}")
        elif reason is Why.SEAT:
            found.append(f"représente {line.juror.seat}")
        else:
            found.append(_WHY[reason])
    told = " ; ".join(found)
    return told[:1].upper() + told[1:]


def why_not(choice: Choice, load: int, most: int) -> str:
    """Return why a juror is not on a dossier."""
    refused = choice.refused
    assert refused is not None
    match refused.why:
        case WhyNot.CONFLICT:
            return "En conflit d’intérêts avec ce dossier."
        case WhyNot.REGION:
            return "De la même région que le dossier."
        case WhyNot.FULL:
            return f"Charge pleine : {_counted(load, 'dossier')} pour {most} au plus."
        case WhyNot.FREE:
            return "Disponible : ce dossier manque de lecteurs."
        case WhyNot.STAY:
            return "Les lecteurs d’aujourd’hui restent, et le compte y est."
        case WhyNot.FEWER:
            return f"À la place de {choice.instead_of}, coûterait {_counted(refused.points, 'point')}."
        case WhyNot.EQUAL:
            return f"Vaut {choice.instead_of} sur ce dossier ; les charges ou le tirage ont départagé."
        case WhyNot.MORE:
            told = f"À la place de {choice.instead_of}, apporterait {_counted(refused.points, 'point')} ici"
            return f"{told}, mais l’ensemble y perdrait."


def blocking(block: Mapping[str, Any], names: Mapping[str, str], definition: CallDefinition) -> str:
    """Return one thing that makes a plan impossible, in words."""
    if "reader" in block:
        who, least = names.get(block["reader"], "Un membre du jury"), _counted(block["min"], "dossier")
        return f"{who} doit lire {least} au moins ; au plus {_counted(block['reachable'], 'dossier')} possible."
    title, demand = names.get(block["dossier"], "Un dossier"), _counted(block["demand"], "lecture")
    if "possible" in block:
        return f"« {title} » : {block['possible']} sur {demand}, pas davantage."
    if "group" in block:
        seat = definition.sheet.seat(block["group"])
        return f"« {title} » : aucun membre libre ne représente {seat.label if seat else block['group']}."
    free = _counted(block["available"], "membre")
    return f"« {title} » : {free} pour {demand} ; les autres sont en conflit, ou de la même région."


def fewer(blocks: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return the readings that the blocked dossiers can have, where giving up the others is a way out."""
    found = {}
    for block in blocks:
        if "dossier" in block and "group" not in block:
            found[block["dossier"]] = block.get("possible", block.get("available", 0))
    return found if len(found) == len(blocks) else {}


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"« {name} »" for name in names)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' if count > 1 else ''}"
