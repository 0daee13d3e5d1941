"""What simulations say in words: limits, what happens to dossiers, and what an impossible demand leaves to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ptce_aap.domain.portfolio.problem import Kind, Limit, Objective, Problem
from ptce_aap.services.dossiers import dossiers
from ptce_aap.services.selection.scenario_inputs import Inputs
from ptce_aap.services.selection.scenario_page import Fate, Name, Row, Share
from ptce_aap.typography import spaced
from ptce_aap.web.formats import euros, number

FATES = {
    Fate.TAKEN: ("Retenu", "success"),
    Fate.BROUGHT_IN: ("Entre dans la liste", "new"),
    Fate.PUT_OUT: ("Sort de la liste", "warning"),
    Fate.PASSED_OVER: ("Passé", "neutral"),
}
SOUGHT = {
    Objective.ORDER: "L’ordre de la liste",
    Objective.SCORE: "La plus grande somme des totaux",
    Objective.SCORE_COST: "La plus grande somme de total × montant accordé",
}
WITHOUT_REGION, WITHOUT_THEME = "Sans région", "Sans thème"
WAYS_OUT = {
    Kind.BUDGET: "augmenter l’enveloppe de la simulation",
    Kind.MIN_SCORE: "abaisser le total minimal",
    Kind.REGION_MIN: "demander moins de dossiers de cette région",
    Kind.REGION_MAX: "accepter plus de dossiers de cette région",
    Kind.THEME_MIN: "demander moins de dossiers de ce thème",
    Kind.THEME_MAX: "relever le plafond de ce thème",
    Kind.AT_MOST_ONE: "accepter les deux dossiers de cette paire",
}


class Words:
    """The words of one call's simulations: its regions, its themes, its dossiers."""

    def __init__(self, inputs: Inputs, names: Mapping[str, Name]) -> None:
        self._inputs, self._names = inputs, names

    def region(self, code: str | None) -> str:
        """Name a region."""
        found = self._inputs.definition.sheet.region(code) if code else None
        return found.name if found is not None else code or WITHOUT_REGION

    def theme(self, key: str | None) -> str:
        """Name a theme."""
        return dossiers.theme_name(self._inputs.definition, key) if key else WITHOUT_THEME

    def limit(self, limit: Limit) -> str:
        """Say a limit: « Île-de-France : au plus 9 dossiers »."""
        most = "au plus" if limit.kind in {Kind.REGION_MAX, Kind.THEME_MAX} else "au moins"
        match limit.kind:
            case Kind.BUDGET:
                said = f"enveloppe de {euros(limit.bound)}"
            case Kind.MIN_SCORE:
                said = f"total d’au moins {points(limit.bound)} sur {self._inputs.definition.grid.total_on}"
            case Kind.REGION_MIN | Kind.REGION_MAX:
                said = f"{self.region(limit.about[0])} : {most} {counted(limit.bound)}"
            case Kind.THEME_MIN:
                said = f"thème « {self.theme(limit.about[0])} » : {most} {counted(limit.bound)}"
            case Kind.THEME_MAX:
                said = f"thème « {self.theme(limit.about[0])} » : {most} {euros(limit.bound)}"
            case Kind.AT_MOST_ONE:
                said = f"un seul de ces dossiers : {' ; '.join(self.dossier(one) for one in limit.about)}"
        return spaced(said)

    def limits(self, limits: Iterable[Limit]) -> str:
        """Say several limits in one sentence."""
        return " ; ".join(self.limit(limit) for limit in limits)

    def quotas(self, problem: Problem) -> str:
        """Say the limits of a selection beside its envelope, in one sentence; empty where there is none."""
        return self.limits(limit for limit in problem.limits if limit.kind is not Kind.BUDGET)

    def share(self, shares: Sequence[Share], kind: str, count: int) -> str:
        """Say which region or theme gets the most of ``count`` dossiers: the title of a chart that stands first."""
        named = self.region if kind == "region" else self.theme
        best = [share for share in shares if share.count == shares[0].count]
        if len(best) == 1:
            return f"{named(best[0].key)} : {counted(best[0].count)} sur {count}"
        kinds = "régions" if kind == "region" else "thèmes"
        return f"{len(best)} {kinds} en tête, {counted(best[0].count)} chacun{'e' if kind == 'region' else ''}"

    def way_out(self, limit: Limit) -> str:
        """Say what would lift a limit."""
        told = WAYS_OUT[limit.kind]
        about = {
            Kind.REGION_MIN: self.region,
            Kind.REGION_MAX: self.region,
            Kind.THEME_MIN: self.theme,
            Kind.THEME_MAX: self.theme,
        }.get(limit.kind)
        return f"{told} ({about(limit.about[0])})" if about is not None else told

    def dossier(self, reference: str) -> str:
        """Name a dossier."""
        found = self._names.get(reference)
        return found.title if found is not None else "un dossier qui n’est plus classé"

    def why(self, row: Row) -> str:
        """Say why a dossier is passed over; empty for the others."""
        return self.limit(row.because) if row.because is not None else ""

    def bars(self, shares: Iterable[Share], kind: str) -> list[dict[str, object]]:
        """Return the bars of a chart: dossiers selected by region or theme, with their money; what gets none last."""
        named = self.region if kind == "region" else self.theme
        told = list(shares)
        bars: list[dict[str, object]] = [
            {
                "label": named(share.key),
                "value": share.count,
                "shown": f"{share.count} sur {share.candidates}, {euros(share.cents)}",
            }
            for share in told
            if share.count
        ]
        without = len(told) - len(bars)
        if without:
            kinds = ("région", "régions") if kind == "region" else ("thème", "thèmes")
            bars.append({"label": f"{without} {kinds[without > 1]} sans dossier retenu", "value": 0, "shown": "0"})
        return bars


def counted(count: int) -> str:
    """Write a number of dossiers."""
    return f"{number(count)} dossier{'s' if count > 1 else ''}"


def points(hundredths: int) -> str:
    """Write a total given in hundredths."""
    return number(hundredths / 100, 2 if hundredths % 100 else 0)
