"""``python -m tests.bench.ranking``: the corrected ranking at several sizes, each case in a process of its own.

Made-up calls: three readings a dossier, forty readers, marks 1–6 in half points. Times are the process's own, the
least of several repetitions; memory is the highest that the process reached.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from ptce_aap.cli.numerics import one_thread
from ptce_aap.domain.corrected.values import Mode, Reading, Settings
from tests.bench import simulation

Found = TypeVar("Found")

SIZES = (50, 200, 1_000, 5_000)
_READERS, _READINGS = 40, 3
_DRAWS = 20_000
# Milliseconds, by size and column, where the method gives a figure.
_BUDGETS = {
    (1_000, "plug"): 30,
    (200, "snsf"): 80,
    (1_000, "snsf"): 600,
    (200, "default"): 400,
    (200, "draws"): 200,
    (500, "plug"): 10,
    (500, "weights"): 500,
}
_COLUMNS = {
    "plug": "Reclasser après une note",
    "snsf": "Classer, mode snsf, sans tirages",
    "default": "Classer, mode default, sans tirages",
    "draws": "20 000 tirages",
}
_CRITERIA = 5


def made(n: int, seed: int = 1) -> list[Reading]:
    """Return the readings of a made-up call."""
    draw = random.Random(seed)
    generosity = [draw.gauss(0.0, 0.5) for _ in range(_READERS)]
    readings = []
    for dossier in range(n):
        merit = draw.gauss(3.5, 0.8)
        for reader in draw.sample(range(_READERS), _READINGS):
            mark = round(2 * (merit + generosity[reader] + draw.gauss(0.0, 0.8))) / 2
            readings.append(Reading(f"{dossier:04}", f"{reader:02}", min(6.0, max(1.0, mark))))
    return readings


def measure(n: int, case: str) -> dict[str, float]:
    """Return the milliseconds, the megabytes and the points of one case, in this process."""
    from ptce_aap.domain.corrected import fitting, plugging, weighing

    readings = made(n)
    settings = Settings(1.0, 6.0, mode=Mode.SNSF if case == "snsf" else Mode.DEFAULT, top=n // 4, draws=_DRAWS)
    points = 0
    if case in ("snsf", "default"):
        spent, fit = _least(lambda: fitting.correct(readings, settings), 1 if n > 1_000 else 5)
        points = len(fit.nodes.weights)
    else:
        model = fitting.correct(made(50), replace(settings, top=None)).model
        if case == "plug":
            spent, _ = _least(lambda: plugging.plug_in(readings, settings, model), 5)
        else:
            fit = fitting.correct_with(readings, settings, model)
            if case == "draws":
                spent, _ = _least(fit.result, 1 if n > 1_000 else 3)
            else:
                by_criterion = {f"c{place}": readings for place in range(_CRITERIA)}
                weights = dict.fromkeys(by_criterion, 1.0)
                spent, _ = _least(lambda: weighing.sensitivity(by_criterion, weights, fit), 3)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"ms": 1000 * spent, "mb": memory, "points": points}


def _least(work: Callable[[], Found], times: int) -> tuple[float, Found]:
    best, found = float("inf"), work() if times > 1 else None
    for _ in range(times):
        begun = time.process_time()
        found = work()
        best = min(best, time.process_time() - begun)
    assert found is not None
    return best, found


def report(sizes: tuple[int, ...] = SIZES) -> str:
    """Return the tables; a star marks a figure over its budget."""
    lines = [
        "| Dossiers | " + " | ".join(_COLUMNS.values()) + " |",
        "| --- " * (1 + len(_COLUMNS)) + "|",
        *("| " + " | ".join([str(n), *(_cell(n, case) for case in _COLUMNS)]) + " |" for n in sizes),
        "",
        f"À 500 dossiers : reclasser après une note, {_cell(500, 'plug')} ; 10 000 pondérations de cinq critères,"
        f" {_cell(500, 'weights')}. Charge de la machine : {os.getloadavg()[0]:.1f}.",
    ]
    return "\n".join(lines)


def _cell(n: int, case: str) -> str:
    command = [sys.executable, "-m", "tests.bench.ranking", "--one", f"{n}:{case}"]
    done = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    budget = _BUDGETS.get((n, case))
    star = " *" if budget is not None and done["ms"] > budget else ""
    points = f", {done['points']} points" if done["points"] else ""
    return f"{done['ms']:.0f} ms{star}{points}, {done['mb']:.0f} Mo"


def main() -> None:
    """Read the options, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.ranking", description=__doc__)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of dossiers, with commas")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    one_thread()
    if asked.one:
        n, case = asked.one.split(":")
        sys.stdout.write(json.dumps(measure(int(n), case)))
        return
    print(report(tuple(map(int, asked.sizes.split(",")))), flush=True)
    print("", simulation.report(), sep="\n")


if __name__ == "__main__":
    main()
