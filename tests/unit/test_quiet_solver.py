"""What the solver prints by itself never reaches the standard output of a command, which holds one document."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

# With these figures HiGHS prints a line of its own while it solves.
COSTS, SCORES, RANKS = (2, 11, 6, 28, 22, 7, 3, 18), (68, 12, 8, 77, 77, 43, 25, 58), (28, 9, 12, 21, 8, 23, 16, 11)
INSTANCE = {
    "budget": 54,
    "dossiers": [
        {"id": f"D{n}", "cost": COSTS[n], "score": SCORES[n], "rank": RANKS[n], "region": region, "theme": None}
        for n, region in enumerate(["A", "B", "B", "A", "B", None, "B", "B"])
    ],
    "constraints": {"region_min_count": {"B": 3}},
    "objective": "score_cost",
}
SOLVE = (
    "import sys; from ptce_aap.domain.portfolio.reading import read_problem;"
    "from ptce_aap.domain.portfolio.solving import select; select(read_problem(open(sys.argv[1], 'rb').read()))"
)


def printed(*command: str) -> str:
    return subprocess.run([sys.executable, *command], check=True, capture_output=True, text=True).stdout


def test_the_solver_alone_prints_and_the_command_prints_its_document_only(tmp_path: Path) -> None:
    file = tmp_path / "appel.json"
    file.write_text(json.dumps(INSTANCE), encoding="utf-8")
    assert printed("-c", SOLVE, str(file)).startswith("Highs"), "nothing is left to keep quiet"
    assert json.loads(printed("-m", "ptce_aap.entry.command", "select", str(file)))["feasible"]
