"""``python -m tests.bench.assigning``: the best assignment of juries of several sizes, each in a process of its own.

The affinities are those of real juries (themes shared) or harder ones, where every reader suits every dossier more or
less and where readers differ as a whole: then all dossiers compete for the same readers.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ptce_aap.cli.numerics import one_thread
from ptce_aap.domain.assignment.instance import GroupLimit, Instance, Need, Objective, Reader

_TIMES = 3
_READINGS = 3
_THEMES = 12
_MOST_S = 5.0


@dataclass(frozen=True, slots=True)
class Case:
    """A jury to measure."""

    label: str
    dossiers: int
    readers: int
    affinity: str
    groups: bool = False


CASES = {
    "groups": Case("120 × 24, groupes, thèmes partagés", 120, 24, "themes", groups=True),
    "groups-any": Case("120 × 24, groupes, affinités de 0 à 10 au hasard", 120, 24, "any", groups=True),
    "large": Case("200 × 40, thèmes partagés", 200, 40, "themes"),
    "large-any": Case("200 × 40, affinités de 0 à 100 au hasard", 200, 40, "wide"),
    "large-rare": Case("200 × 40, peu de lecteurs qui conviennent", 200, 40, "rare"),
}


def instance_of(case: Case, objective: Objective, seed: int = 1) -> Instance:
    """Return a fictional jury: territories, a few conflicts, loads near their mean or as equal as can be."""
    draw = random.Random(seed)
    mean = case.dossiers * _READINGS / case.readers
    least, most = (int(mean * 0.66), int(mean * 1.34) + 1) if case.groups else (int(mean), int(mean) + 1)
    regions = [f"R{number:02d}" for number in range(13)]
    needs = [Need(f"d{n:03d}", _READINGS, draw.choice(regions)) for n in range(case.dossiers)]
    readers = [Reader(f"r{n:02d}", most, least, draw.choice(regions), "abcd"[n % 4]) for n in range(case.readers)]
    return Instance.of(
        needs,
        readers,
        _AFFINITIES[case.affinity](draw, case),
        conflicts=[(need.id, reader.id) for need in needs for reader in readers if draw.random() < 0.05],
        region_exclusion=True,
        groups={"a": GroupLimit(1, 2), "b": GroupLimit(0, 1)} if case.groups else {},
        objective=objective,
    )


def _themes(draw: random.Random, case: Case) -> list[list[int]]:
    dossiers = [set(draw.sample(range(_THEMES), 2)) for _ in range(case.dossiers)]
    readers = [set(draw.sample(range(_THEMES), draw.randint(1, 3))) for _ in range(case.readers)]
    return [[len(one & other) + bool(one & other) for other in readers] for one in dossiers]


def _uniform(greatest: int) -> Callable[[random.Random, Case], list[list[int]]]:
    return lambda draw, case: [[draw.randint(0, greatest) for _ in range(case.readers)] for _ in range(case.dossiers)]


def _rare(draw: random.Random, case: Case) -> list[list[int]]:
    return [[int(100 * draw.random() ** 6) for _ in range(case.readers)] for _ in range(case.dossiers)]


_AFFINITIES = {"themes": _themes, "any": _uniform(10), "wide": _uniform(100), "rare": _rare}


def measure(name: str) -> dict[str, object]:
    """Solve one case in this process, both objectives; return the best times, in seconds, and the peak memory."""
    one_thread()
    from ptce_aap.domain.assignment.solving import assign

    found: dict[str, object] = {"case": name}
    for objective in Objective:
        spent = []
        for _ in range(_TIMES):
            instance = instance_of(CASES[name], objective)
            began = time.perf_counter()
            answer = assign(instance)
            spent.append(time.perf_counter() - began)
            assert answer.feasible
            assert answer.proven
        found[objective.value] = min(spent)
    status = Path("/proc/self/status").read_text()
    return {**found, "peak_mb": int(status.partition("VmHWM:")[2].split()[0]) / 1024}


def report() -> str:
    """Return the table of all cases, each solved in a process of its own."""
    lines = [f"| Affectation (charge {os.getloadavg()[0]:.1f}) | total | fair (≤ {_MOST_S:.0f} s) | mémoire au plus |"]
    lines.append("| --- | --- | --- | --- |")
    for name, case in CASES.items():
        command = [sys.executable, "-m", "tests.bench.assigning", "--case", name]
        found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        over = " *" if found["fair"] > _MOST_S else ""
        figures = f"{found['total']:.2f} s | {found['fair']:.2f}{over} s | {found['peak_mb']:.0f} Mo"
        lines.append(f"| {case.label} | {figures} |")
    return "\n".join(lines).replace(".", ",")


def main() -> None:
    """Measure one case, or print the table of all."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.assigning", description=__doc__)
    parser.add_argument("--case", choices=list(CASES))
    asked = parser.parse_args()
    print(json.dumps(measure(asked.case)) if asked.case else report())


if __name__ == "__main__":
    main()
