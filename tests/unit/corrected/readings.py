"""Sets of readings that the tests of the corrected ranking share: the published panels, and made-up calls."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import numpy as np

from ptce_aap.domain.corrected.values import Reading

DATA = Path(__file__).parents[2] / "data" / "ERforResearch"
PANELS = ("p1", "p2", "p3")


@cache
def panel(name: str) -> tuple[Reading, ...]:
    """Return the readings of a published panel: 15 dossiers × 5 readers, marks 1–6."""
    with (DATA / "mock_data_ERforResearch.csv").open(encoding="utf-8") as file:
        return tuple(
            Reading(line["proposal"], line["assessor"], float(line["num_grade"]))
            for line in csv.DictReader(file)
            if line["panel"] == name
        )


@cache
def exact(name: str) -> dict[str, dict[str, str]]:
    """Return the published exact figures of a panel, by dossier."""
    with (DATA / "er_exact_mock_panels.csv").open(encoding="utf-8") as file:
        return {line["proposal"]: line for line in csv.DictReader(file) if line["panel"] == name}


def made(dossiers: int, readers: int, each: int, *, seed: int = 1, severity: float = 0.5) -> tuple[Reading, ...]:
    """Return a made-up call, marks 1–6 in half points: ``each`` readers drawn for each dossier."""
    generator = np.random.default_rng(seed)
    merits, generosity = generator.normal(0, 0.8, dossiers), generator.normal(0, severity, readers)
    readings = []
    for i in range(dossiers):
        for j in generator.choice(readers, each, replace=False):
            mark = round(2 * (3.5 + merits[i] + generosity[j] + generator.normal(0, 0.8))) / 2
            readings.append(Reading(f"d{i:03}", f"r{j:03}", float(min(6.0, max(1.0, mark)))))
    return tuple(readings)
