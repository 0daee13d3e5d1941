"""The figures as Markdown tables, in French: `docs/bench.md` gives them to every reader of the project."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from tests.bench.browsing import Cost
from tests.bench.crowd import CLIENTS, Crowd
from tests.bench.scenes import Scene
from tests.bench.world import READINGS

LEAST_A_SECOND = 60
MOST_MS_A_DOSSIER = {"export.marks/csv": 1.0, "export.marks/json": 1.0, "export.marks/xlsx": 3.0}


@dataclass(frozen=True, slots=True)
class Export:
    """What an export cost, in a process of its own."""

    kind: str
    form: str
    cpu_ms: float
    size: int
    statements: int
    peak_mb: float
    grown_mb: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything measured on one engine at one size."""

    engine: str
    size: int
    pages: Sequence[tuple[Scene, Cost]]
    exports: Sequence[Export]
    crowd: Crowd | None


def header(sizes: Sequence[int]) -> str:
    """Say when and on what the figures were taken."""
    told = ", ".join(f"{size}" for size in sizes)
    load = os.getloadavg()[0]
    return (
        f"{date.today().isoformat()}, {os.cpu_count()} processeurs, {platform.machine()}, "
        f"Python {platform.python_version()}, charge moyenne de la machine au début : {load:.1f}. "
        f"Dossiers : {told}, {READINGS} lectures chacun."
    )


def pages(found: Sequence[Figures]) -> str:
    """Requests SQL, CPU and bytes of each kind of request; a star where a budget is exceeded."""
    rows = []
    for number, (scene, _) in enumerate(found[0].pages):
        costs = [figures.pages[number][1] for figures in found]
        budget = ""
        if scene.most_statements is not None:
            budget = f"{scene.most_statements} requêtes, {scene.most_ms} ms"
        cells = [_cell(scene, cost) for cost in costs]
        rows.append([scene.label, budget, *cells, f"{max(cost.size for cost in costs) / 1000:.0f} ko"])
    return _table(["Demande", "Budget", *(_name(figures) for figures in found), "Octets"], rows)


def exports(found: Sequence[Figures]) -> str:
    """CPU a dossier and peak memory of each export."""
    rows = []
    for number, first in enumerate(found[0].exports):
        made = [(figures.size, figures.exports[number]) for figures in found]
        budget = MOST_MS_A_DOSSIER.get(f"{first.kind}/{first.form}")
        cells = [
            f"{_starred(one.cpu_ms / size, budget)} ms · {one.statements} req. · {one.peak_mb:.0f} Mo"
            f" (+{one.grown_mb:.0f})"
            for size, one in made
        ]
        rows.append([_LABELS[first.kind] + first.form.upper(), f"{budget} ms" if budget else "", *cells])
    return _table(["Export (ms par dossier · requêtes · mémoire au plus)", "Budget", *map(_name, found)], rows)


def crowds(found: Iterable[Figures]) -> str:
    """What eight clients obtained together."""
    rows = []
    for figures in found:
        if (crowd := figures.crowd) is not None:
            saves = f"{crowd.a_second:.0f}" + ("" if crowd.a_second >= LEAST_A_SECOND else " *")
            rows.append(
                [
                    _name(figures),
                    saves,
                    f"{len(crowd.errors)}",
                    f"{crowd.median_ms:.0f} ms",
                    f"{crowd.slowest_ms:.0f} ms",
                    f"{crowd.cpu_ms:.1f} ms",
                    f"{crowd.load:.1f}",
                ]
            )
    names = ["par seconde (≥ 60)", "erreurs", "médiane", "la plus lente", "CPU du serveur", "charge"]
    return _table([f"{CLIENTS} clients notent à la fois", *names], rows)


_LABELS = {"export.marks": "Tous les dossiers, toutes les notes, ", "export.shortlist": "Liste classée arrêtée, "}


def _cell(scene: Scene, cost: Cost) -> str:
    over = scene.most_statements is not None and cost.statements > scene.most_statements
    return f"{cost.statements}{' *' if over else ''} · {_starred(cost.cpu_ms, scene.most_ms)} ms"


def _starred(value: float, most: float | None) -> str:
    shown = f"{value:.2f}" if value < 10 else f"{value:.0f}"
    return f"{shown} *" if most is not None and value > most else shown


def _name(figures: Figures) -> str:
    return f"{figures.engine} {figures.size}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
