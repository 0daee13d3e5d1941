"""What is said of the severity of readers, to the chair and to each of them."""

from __future__ import annotations

from collections.abc import Sequence

from ptce_aap.domain.corrected.values import ReaderFit
from ptce_aap.services.jury.severity import NamedReader
from ptce_aap.services.ranking.room_dossier import NamedReading
from ptce_aap.typography import spaced
from ptce_aap.web.charts.rows import Generosity, RowChart, in_words, severities
from ptce_aap.web.formats import number

# In points of the total: what is smaller is not worth a sentence.
_TELLING = 0.05


def severity(fit: ReaderFit) -> str:
    """Say in words how a reader marks; nothing with fewer than three dossiers."""
    if fit.generosity is None or fit.generosity_sd is None:
        return "moins de trois dossiers lus"
    return in_words(fit.generosity, fit.generosity_sd)


def severity_title(readers: Sequence[NamedReader]) -> str:
    """Say the finding of the chart of readers."""
    known = [one for one in readers if one.fit.generosity is not None]
    if not known:
        return "Aucun lecteur n’a lu trois dossiers"
    far = [one for one in known if severity(one.fit) != in_words(0.0, 1.0)]
    if not far:
        return "Aucun lecteur ne se distingue nettement des autres"
    return (
        f"{len(far)} lecteur{'s' if len(far) > 1 else ''} sur {len(known)} se distingue{'nt' if len(far) > 1 else ''}"
    )


def severity_rows(readers: Sequence[NamedReader]) -> RowChart:
    """Return the chart of readers."""
    return severities([_generosity(one.name, one.fit) for one in readers])


def own_severity(fit: ReaderFit, width: float) -> str:
    """Tell a reader how he marks."""
    words = severity(fit)
    if words not in {"plutôt généreux", "plutôt sévère"} or fit.generosity is None:
        return spaced(f"Sur {fit.n} dossiers lus, rien ne vous distingue nettement des autres lecteurs.")
    side = "au-dessus" if fit.generosity > 0 else "au-dessous"
    gap = number(abs(fit.generosity), 1)
    return spaced(
        f"Sur {fit.n} dossiers lus, vos notes sont {words.removeprefix('plutôt ').replace('généreux', 'généreuses')}"
        f"{'s' if 'sévère' in words else ''} : en moyenne {gap} points sur {number(width, 0)} {side} de celles des "
        "autres lecteurs."
    )


def own_title(fit: ReaderFit) -> str:
    """Say the finding of a reader's own chart."""
    return spaced(f"Vos notes : {severity(fit)}")


def own_rows(fit: ReaderFit) -> RowChart:
    """Return a reader's own chart."""
    return severities([_generosity("Vous", fit)])


def by_effect(readings: Sequence[NamedReading]) -> list[NamedReading]:
    """Return the readings whose severity moved the dossier, the one that moved it most first."""
    told = [one for one in readings if one.known and abs(one.returned) >= _TELLING]
    return sorted(told, key=lambda one: -abs(one.returned))


def effect(reading: NamedReading) -> str:
    """Say what removing one reader's severity does to the dossier."""
    gap = number(abs(reading.returned), 1)
    points = f"{gap} point{'s' if abs(reading.returned) >= 2 else ''}"
    if reading.returned > 0:
        return spaced(f"La sévérité de {reading.name} lui coûtait {points} : retirée, elle les lui rend.")
    return spaced(f"La générosité de {reading.name} lui donnait {points} : retirée, elle les lui ôte.")


def _generosity(label: str, fit: ReaderFit) -> Generosity:
    return Generosity(label, fit.generosity or 0.0, fit.generosity_sd or 0.0, fit.n)
