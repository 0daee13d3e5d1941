"""What the ranking room says in words: ranks and their intervals, chances, groups, how old the figures are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ptce_aap.clock import PARIS
from ptce_aap.domain.corrected.values import EVEN_HIGH, EVEN_LOW, Group, Placed
from ptce_aap.services.ranking.corrected_store import Freshness
from ptce_aap.services.ranking.ranking_room import Room
from ptce_aap.services.ranking.room_lines import Line
from ptce_aap.typography import spaced
from ptce_aap.web.charts.rows import RankInterval, RowChart, intervals
from ptce_aap.web.formats import instant_fr, number

ANNOUNCED = "Annoncé"
CORRECTED = "Corrigé – aide à la décision"
ADOPTED = "Adopté"

GROUPS = {
    Group.ACCEPTED: "Au-dessus de la ligne",
    Group.INDISTINGUISHABLE: "À départager par le jury",
    Group.REJECTED: "Au-dessous de la ligne",
}
GROUP_KINDS = {Group.ACCEPTED: "success", Group.INDISTINGUISHABLE: "warning", Group.REJECTED: "neutral"}
_HARD = "\u00a0"


def ordinal(rank: int) -> str:
    """Write a rank: 1er, 2e, 18e."""
    return "1er" if rank == 1 else f"{rank}e"


def interval(placed: Placed) -> str:
    """Say where a rank lies, nine chances out of ten."""
    if placed.rank_q05 == placed.rank_q95:
        return f"le {ordinal(placed.rank_q05)}"
    return f"entre {placed.rank_q05} et {placed.rank_q95}"


def place(rank: int | None, placed: Placed) -> str:
    """Say the announced rank of a dossier, and where its rank lies with its readings."""
    ranked = f"Classé {ordinal(rank)}" if rank is not None else "Non classé"
    if not placed.reliable:
        return spaced(f"{ranked} ; avec une seule lecture, on ne peut pas dire où se situe son rang.")
    within = interval(placed)
    verb = "est" if within.startswith("le") else "se situe"
    return spaced(f"{ranked} ; avec ces {placed.n} lectures, son rang {verb} {within} (9 chances sur 10).")


def chance(first: str, second: str, value: float) -> str:
    """Say which of two dossiers stands before the other, with how many chances, where the readings can tell."""
    if not tells_apart(value):
        return spaced(f"Entre {first} et {second}, les lectures ne permettent pas de les départager.")
    if value < 0.5:
        first, second, value = second, first, 1 - value
    return f"{first} devance {second} avec {out_of_hundred(value)}."


def calculated(fresh: Freshness, now: datetime) -> str:
    """Say when the figures were computed, how many sheets came since, and what is under way."""
    if fresh.computed_at is None:
        return "Premier calcul en cours…" if fresh.awaited else "Rien n’est encore calculé."
    said = f"Calculé {_when(fresh.computed_at, now)}"
    if fresh.newer:
        said += f", {fresh.newer} note{'s' if fresh.newer > 1 else ''} plus récente{'s' if fresh.newer > 1 else ''}"
    if fresh.broken:
        said += " ; le dernier calcul n’a pas abouti, il sera repris"
    elif fresh.refining:
        said += " ; calcul rapide, que le calcul complet remplacera dans un instant"
    elif fresh.awaited:
        said += " ; mise à jour en cours"
    return spaced(f"{said}.")


def group_options() -> list[tuple[str, str]]:
    """Return the three groups as a filter offers them."""
    return [(group.value, label) for group, label in GROUPS.items()]


def adopted(line: Line) -> str:
    """Say where a dossier stands in the adopted list, and from where the committee moved it."""
    if line.adopted is None:
        return "non classé" if line.announced is None else "pas encore adopté"
    if line.adopted.place is None:
        return "retiré de la liste"
    place = ordinal(line.adopted.place)
    return place if not line.adopted.reasons else f"{place}, au lieu de {line.adopted.announced_place}"


def marks(totals: Sequence[float]) -> str:
    """Write the totals of the readings of a dossier."""
    return " ; ".join(number(total, 1) for total in totals)


def points(value: float) -> str:
    """Write a difference of marks with its sign: « +2,1 », « −0,4 », « 0,0 »."""
    shown = number(abs(value), 1)
    return shown if shown == "0,0" else f"{'+' if value > 0 else '−'}{shown}"


def out_of_hundred(value: float) -> str:
    """Write a chance: « 71 chances sur 100 »."""
    count = _hundredths(value)
    return f"{count} chance{'s' if count != '1' else ''} sur 100"


def tells_apart(value: float) -> bool:
    """Tell whether the readings part two dossiers: judged on the hundredths that are shown."""
    return not EVEN_LOW <= round(value, 2) <= EVEN_HIGH


def chart(page: Room) -> RowChart | None:
    """Return the drawing of the dossiers of a page that have been read."""
    if page.result is None:
        return None
    rows = [
        RankInterval(
            label=line.title,
            expected=line.placed.expected_rank,
            half=(line.placed.rank_q25, line.placed.rank_q75),
            most=(line.placed.rank_q05, line.placed.rank_q95),
            reliable=line.placed.reliable,
            emphasised=line.placed.group is Group.INDISTINGUISHABLE,
        )
        for line in page.lines.items
        if line.placed is not None
    ]
    return intervals(rows, count=page.result.n_dossiers, line=page.result.line)


def chart_title(page: Room) -> str:
    """Say the finding of that drawing."""
    count = len(page.undecided)
    if page.groups is None:
        return "Où se situe le rang de chaque dossier"
    if not count:
        return "Les lectures disent de quel côté de la ligne se tient chaque dossier"
    return f"{count} dossier{'s' if count > 1 else ''} à départager de part et d’autre de la ligne"


def _hundredths(value: float) -> str:
    """Never 0 nor 100: nothing is certain."""
    return str(min(99, max(1, round(value * 100))))


def _when(instant: datetime, now: datetime) -> str:
    local = instant.astimezone(PARIS)
    if local.date() == now.astimezone(PARIS).date():
        return f"à {local.hour}{_HARD}h{_HARD}{local.minute:02d}"
    return f"le {instant_fr(instant)}"
