"""What the pages of the weights, of the moves and of the readings say in words, and the charts that they draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from ptce_aap.domain.corrected.aids import Overtaking
from ptce_aap.domain.moves import Cause
from ptce_aap.domain.scoring import Grid
from ptce_aap.services.ranking.room_lines import Line
from ptce_aap.services.ranking.room_moves import Moved, MovesPage, Told
from ptce_aap.services.ranking.room_readings import Absence, Read, ReadingsPage
from ptce_aap.services.ranking.room_weights import Place, Sides, Weight, WeightsPage
from ptce_aap.typography import spaced
from ptce_aap.web.charts import graph, rows, slopes
from ptce_aap.web.formats import number, percent
from ptce_aap.web.management.room_words import ADOPTED, ANNOUNCED, ordinal

# A share this near to all or to nothing is said, not drawn: the weights decide nothing there.
_ALWAYS, _NEVER = 0.99, 0.01
_DRAWN = 200
_NAMED = 3  # readers in a sentence
_HARD = "\u00a0"
_SHORT_CORRECTED = "Corrigé"


def shares_chart(page: WeightsPage) -> rows.RowChart:
    """Return the chart of the dossiers that stand above the line or not according to the weights."""
    drawn = [place for place in page.shares if depends(place)][:_DRAWN]
    return rows.shares([rows.Share(place.line.title, place.share or 0.0, place.above) for place in drawn])


def shares_title(page: WeightsPage) -> str:
    """State what the chart of the shares finds."""
    count = sum(depends(place) for place in page.shares)
    if not count:
        return "Aucun dossier ne dépend des poids : la ligne passe au même endroit dans presque tous les tirages"
    return f"{_dossiers(count)} passe{'nt' if count > 1 else ''} la ligne ou non selon les poids"


def shares_rest(page: WeightsPage) -> str:
    """Say what is not drawn: dossiers that hardly any weighting moves."""
    always = sum((place.share or 0.0) > _ALWAYS for place in page.shares)
    never = sum((place.share or 0.0) < _NEVER for place in page.shares)
    counts = ((always, "au-dessus de la ligne"), (never, "au-dessous"))
    parts = [f"{_dossiers(count)} {where}" for count, where in counts if count]
    if not parts:
        return ""
    return f"Quels que soient les poids, ou presque : {' et '.join(parts)}. Ils ne sont pas dessinés."


def depends(place: Place) -> bool:
    """Tell whether the weights decide on which side of the line a dossier stands."""
    return place.share is not None and _NEVER <= place.share <= _ALWAYS


def change(place: Place, grid: Grid) -> tuple[str, str]:
    """Say the smallest change of weight that brings a dossier level with the one announced just above it, and which."""
    if place.before is None:
        return ("premier du classement", "") if place.simulated is not None else ("—", "")
    before = f"pour devancer {place.before.title}"
    if place.change is None:
        return "aucun poids seul ne suffit", before
    if not place.change.distance:
        return "à égalité de total", f"avec {place.before.title}"
    return _from_to(_label(grid, place.change.axis), place.change.today, place.change.needed), before


def corrected_change(place: Place, grid: Grid) -> str:
    """Say the same for the corrected ranking, in one sentence."""
    one: Overtaking | None = place.corrected_change
    if one is None or place.corrected_before is None:
        return ""
    if one.criterion is None or one.weight is None or one.needed is None:
        return f"aucun poids seul ne suffit pour devancer {place.corrected_before.title}"
    return (
        f"{_from_to(_label(grid, one.criterion), one.weight, one.needed)} pour devancer {place.corrected_before.title}"
    )


def share(place: Place) -> str:
    """Write the share of the weightings in which a dossier is above the line."""
    return rows.share_shown(place.share) if place.share is not None else "—"


def weights_in_words(weights: Sequence[Weight]) -> str:
    """Write the simulated weights as shares of their sum."""
    whole = sum(weight.simulated for weight in weights)
    return ", ".join(f"{weight.label} {percent(weight.simulated / whole)}" for weight in weights)


def line_in_words(sides: Sides, before: int) -> str:
    """Say where the line stands under the simulated weights."""
    if sides.above == before:
        return f"La ligne reste après {_dossiers(sides.above)}."
    return f"La ligne passerait après {_dossiers(sides.above)}, au lieu de {number(before)}."


def ceiling(weights: Sequence[Weight]) -> int:
    """Return how far a slider goes: ten where weights are small numbers, else a hundred or the heaviest weight."""
    heaviest = max((weight.announced for weight in weights), default=0)
    return 10 if heaviest <= 10 else max(100, heaviest)


def moves_chart(page: MovesPage) -> slopes.SlopeChart:
    """Return the slope chart of every dossier."""
    names = [ANNOUNCED, _SHORT_CORRECTED, ADOPTED][: len(page.counts)]
    return slopes.slopes(
        [slopes.Move(moved.line.title, moved.ranks, moved.above) for moved in page.moves], names, lines=page.counts
    )


def moves_title(page: MovesPage) -> str:
    """State what the slope chart finds."""
    if page.counts[0] is None:
        moved = sum(moved.gained != 0 for moved in page.moves)
        return f"{_change(moved)} de rang une fois la sévérité retirée"
    crossing = sum(moved.crosses for moved in page.moves)
    return f"{_change(crossing)} de côté de la ligne une fois la sévérité retirée"


def told(one: Told) -> str:
    """Put a move and what makes it in a sentence that follows the dossier's title."""
    return spaced(f"{_move(one.moved)} : {_cause(one)}.")


def graph_chart(page: ReadingsPage) -> graph.GraphChart:
    """Return the picture of who has read what."""
    return graph.graph(page.pairs, page.names or {})


def graph_title(page: ReadingsPage) -> str:
    """State whether the readings hold together."""
    groups = len(page.result.components) if page.result else 0
    if groups > 1:
        return f"Les lectures forment {groups} groupes que rien ne relie"
    return "Les lectures tiennent ensemble : de proche en proche, tous les dossiers se comparent"


def counts_rows(counts: Mapping[int, int], minimal: int) -> list[dict[str, object]]:
    """Return the bars of how many dossiers have so many readings; those under the call's minimum stand out."""
    return [
        {
            "label": f"{readings} lecture{'s' if readings > 1 else ''}" if readings else "Aucune lecture",
            "value": count,
            "shown": _dossiers(count),
            "emphasised": readings < minimal,
        }
        for readings, count in sorted(counts.items())
    ]


def counts_title(counts: Mapping[int, int], minimal: int) -> str:
    """State how many dossiers have too few readings."""
    few = sum(count for readings, count in counts.items() if readings < minimal)
    if few:
        return f"{_dossiers(few)} {'ont' if few > 1 else 'a'} moins de {minimal} lectures"
    return f"Tous les dossiers ont {minimal} lectures ou plus"


def decisive(one: Read) -> str:
    """Say without how many readers a dossier would stand on the other side of the line."""
    if not one.decisive:
        return "non"
    whose = "sans l’un des lecteurs" if one.decisive == 1 else f"sans l’un ou l’autre de {one.decisive} lecteurs"
    return f"{'au-dessous' if one.above else 'au-dessus'} {whose}"


def ranks_without(one: Read) -> str:
    """Say between which expected ranks a dossier would stand without one reader or another."""
    if one.without is None:
        return "—"
    low, high = (number(rank, 1) for rank in one.without)
    return low if low == high else f"{low} à {high}"


def absence(one: Absence) -> str:
    """Say which dossiers would change side without one reader."""
    parts = [
        f"{_titles(lines)} {'passeraient' if len(lines) > 1 else 'passerait'} {where} de la ligne"
        for lines, where in ((one.entering, "au-dessus"), (one.leaving, "au-dessous"))
        if lines
    ]
    read = f"Sans {'la lecture' if one.read == 1 else f'les {one.read} lectures'} de {one.name}"
    return spaced(f"{read}, {' ; '.join(parts)}.")


def group_name(place: int) -> str:
    """Return the name of a group of readings, as the picture gives it."""
    return graph.letter(place)


def adopted(moved: Moved) -> str:
    """Say where the committee placed a dossier."""
    announced, place = moved.ranks[0], moved.ranks[2]
    if place is None:
        return "mis hors de la liste par le comité"
    return f"{ordinal(announced or 0)} annoncé, {ordinal(place)} adopté"


def _titles(lines: Sequence[Line]) -> str:
    titles = [f"« {line.title} »" for line in lines]
    return titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} et {titles[-1]}"


def _move(moved: Moved) -> str:
    announced, corrected = moved.ranks[0] or 0, moved.ranks[1] or 0
    places = abs(moved.gained)
    said = (
        f"{'gagne' if moved.gained > 0 else 'perd'} {places} place{'s' if places > 1 else ''}, "
        f"{ordinal(announced)} annoncé et {ordinal(corrected)} corrigé"
    )
    if not moved.crosses:
        return said
    return f"{said}, et {'passerait au-dessus' if moved.above[1] else 'passerait au-dessous'} de la ligne"


def _cause(one: Told) -> str:
    match one.why.cause:
        case Cause.FEW_READINGS:
            return "il a peu de lectures, le calcul le rapproche donc de la moyenne de l’appel"
        case Cause.OTHERS:
            return "ses propres notes bougent peu, ce sont ses voisins qui bougent"
        case Cause.SEVERE_READERS:
            said = "ses lecteurs notent plutôt sévèrement"
        case Cause.GENEROUS_READERS:
            said = "ses lecteurs notent plutôt généreusement"
    if not one.names or not one.why.readers:
        return said
    parts = [f"{one.names[part.reader]} {rows.signed(part.severity, 1)}" for part in one.why.readers[:_NAMED]]
    return f"{said} (points rendus à leur note : {' ; '.join(parts)})"


def _from_to(label: str, today: float | Fraction, needed: float | Fraction) -> str:
    return f"{label}{_HARD}: {percent(today)} → {percent(needed)}"


def _label(grid: Grid, key: str) -> str:
    return grid.axis(key).label


def _change(count: int) -> str:
    return f"{_dossiers(count)} change{'nt' if count > 1 else ''}" if count else "Aucun dossier ne change"


def _dossiers(count: int) -> str:
    return f"{number(count)} dossier{'s' if count > 1 else ''}"
