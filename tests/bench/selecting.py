"""``python -m tests.bench.selecting``: selections under quotas, each kind in a process of its own.

Two hundred dossiers of thirteen regions, one of which files a third of them, and of six themes; the envelope pays for a
quarter. Every region and theme has a minimum and a maximum, ten pairs are exclusive.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from ptce_aap.cli.numerics import one_thread
from ptce_aap.domain.portfolio.problem import Candidate, Kind, Level, Limit, Objective, Problem

_TIMES = 3
_REGIONS, _THEMES = 13, 6
_LEVELS = (
    Level(Fraction(1), Fraction(1)),
    Level(Fraction(7, 10), Fraction(8, 10)),
    Level(Fraction(1, 2), Fraction(6, 10)),
)


@dataclass(frozen=True, slots=True)
class Case:
    """A selection to measure; ``impossible``: a region asks for more dossiers than it has filed."""

    label: str
    objective: Objective
    dossiers: int = 200
    levels: tuple[Level, ...] = ()
    impossible: bool = False


CASES = {
    "order": Case("200 dossiers, ordre du jury et quotas", Objective.ORDER),
    "order-500": Case("500 dossiers, ordre du jury et quotas", Objective.ORDER, 500),
    "impossible": Case("200 dossiers, demande impossible : ce qui bloque", Objective.ORDER, impossible=True),
    "score": Case("200 dossiers, somme des totaux et quotas", Objective.SCORE),
    "score-cost": Case("200 dossiers, somme de total × montant et quotas", Objective.SCORE_COST),
    "score-levels": Case("La somme des totaux avec trois niveaux de financement", Objective.SCORE, 200, _LEVELS),
}


def problem_of(case: Case, seed: int = 1) -> Problem:
    """Return a fictional call: amounts in cents, totals in hundredths, the best ranked first."""
    draw = random.Random(seed)
    weights = [_REGIONS * 2, *([4] * (_REGIONS - 1))]
    totals = sorted((draw.randint(2_500, 10_000) for _ in range(case.dossiers)), reverse=True)
    candidates = [
        Candidate(
            id=f"d{rank:03d}",
            cost=draw.randint(500, 4_000) * 10_000,
            score=totals[rank],
            rank=rank + 1,
            region=draw.choices([f"r{n}" for n in range(_REGIONS)], weights)[0],
            theme=f"t{draw.randrange(_THEMES)}",
        )
        for rank in range(case.dossiers)
    ]
    envelope = sum(one.cost for one in candidates) // 4
    limits = [Limit(Kind.BUDGET, envelope), *_quotas(case, envelope)]
    limits += [
        Limit(Kind.AT_MOST_ONE, 1, tuple(one.id for one in draw.sample(candidates[: case.dossiers // 2], 2)))
        for _ in range(10)
    ]
    return Problem.of(candidates, limits, case.levels, case.objective)


def _quotas(case: Case, envelope: int) -> list[Limit]:
    share = case.dossiers // 4
    limits = []
    for number in range(_REGIONS):
        least = case.dossiers if case.impossible and number == _REGIONS - 1 else share // _REGIONS // 2 + 1
        limits.append(Limit(Kind.REGION_MIN, least, (f"r{number}",)))
        limits.append(Limit(Kind.REGION_MAX, max(least, share // 5), (f"r{number}",)))
    for number in range(_THEMES):
        limits.append(Limit(Kind.THEME_MIN, share // _THEMES // 2, (f"t{number}",)))
        limits.append(Limit(Kind.THEME_MAX, envelope * 3 // 10, (f"t{number}",)))
    return limits


def measure(name: str) -> dict[str, object]:
    """Solve one case in this process; return the best time, in seconds, the departures and the peak memory."""
    one_thread()
    from ptce_aap.domain.portfolio.solving import select

    case, spent = CASES[name], []
    for _ in range(_TIMES):
        problem = problem_of(case)
        began = time.perf_counter()
        found = select(problem)
        spent.append(time.perf_counter() - began)
        assert found.proven
        assert found.feasible is not case.impossible
    departures = len(found.departures.out) + len(found.departures.in_)
    status = Path("/proc/self/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    return {"seconds": min(spent), "departures": departures, "selected": len(found.selected), "peak_mb": peak}


def report() -> str:
    """Return the table of all cases, each solved in a process of its own."""
    lines = [f"| Sélection (charge {os.getloadavg()[0]:.1f}) | temps | retenus | écarts à l’ordre | mémoire au plus |"]
    lines.append("| --- | --- | --- | --- | --- |")
    for name, case in CASES.items():
        command = [sys.executable, "-m", "tests.bench.selecting", "--case", name]
        done = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found = json.loads(done.splitlines()[-1])  # in rare solves the solver prints a line of its own
        moved = found["departures"] if case.objective is Objective.ORDER and not case.impossible else "–"
        figures = f"{found['seconds']:.2f} s | {found['selected'] or '–'} | {moved} | {found['peak_mb']:.0f} Mo"
        lines.append(f"| {case.label} | {figures} |")
    return "\n".join(lines).replace(".", ",")


def main() -> None:
    """Measure one case, or print the table of all."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.selecting", description=__doc__)
    parser.add_argument("--case", choices=list(CASES))
    asked = parser.parse_args()
    print(json.dumps(measure(asked.case)) if asked.case else report())


if __name__ == "__main__":
    main()
