"""The web process holds no numerical library: not as it starts, not once it has served the ranking room."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("numpy", "scipy")
_LOADED = f"import sys; print([name for name in {HEAVY!r} if name in sys.modules])"
# The values that pages read, the commands, the processes.
_STARTED = (
    *(f"ptce_aap.domain.corrected.{name}" for name in ("aids", "chances", "storing", "values")),
    *(f"ptce_aap.domain.portfolio.{name}" for name in ("problem", "reading", "walk", "outcome")),
    *("ptce_aap.cli.select", "ptce_aap.cli", "ptce_aap.entry.relay", "ptce_aap.jobs.selections", "ptce_aap.jobs.run"),
    *("ptce_aap.app", "ptce_aap.entry.web"),
)
# One after the other in one process: what all of them together do not load, none loads.
_IMPORTED = f"""
import importlib, sys
for module in sys.argv[1:]:
    importlib.import_module(module)
    assert not [name for name in {HEAVY!r} if name in sys.modules], module
"""
_SERVED = """
import sys
from pathlib import Path
from ptce_aap.database import Database
from tests.browsers import Browser, application
database = Database(sys.argv[1])
reader = Browser(application(database, Path(sys.argv[2])), database, "chair@example.org")
hall = "/pilotage/ptce-2015/classement/salle"
for page in ("", "/etat", "/comparer?a={0}&b={1}", "/lecteurs", "/dossiers/{0}"):
    assert reader.get(hall + page.format(*sys.argv[3:])).status_code == 200, page
assert reader.post(hall + "/lecteurs/noms").status_code == 302
assert reader.get(hall + "/lecteurs").status_code == 200
"""


def loaded_after(program: str, *arguments: str) -> str:
    """Run a program in a process of its own; return which numerical libraries it ends with."""
    clean = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\n{_LOADED}", *arguments],
        cwd=ROOT, env=clean, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


def test_a_process_starts_without_them() -> None:
    assert loaded_after(_IMPORTED, *_STARTED) == "[]"


def test_the_pages_of_the_room_are_served_without_them(sqlite_database, tmp_path) -> None:
    from tests.deliberations import lay_out
    from tests.integration.test_ranking_room import compute

    scene = lay_out(sqlite_database, (90, 80, 70), readings=(3, 3, 3))
    compute(scene, tmp_path / "worker")
    assert loaded_after(_SERVED, sqlite_database.url, str(tmp_path / "web"), *scene.dossiers) == "[]"


def test_the_worker_of_ranks_loads_them_before_it_forks_and_computes_in_one_thread() -> None:
    alone = "import os; assert len(os.listdir('/proc/self/task')) == 1"
    assert loaded_after(f"from ptce_aap.entry import numerics; numerics.load(); {alone}") == "['numpy', 'scipy']"


def test_only_the_domain_imports_them_at_the_top_of_a_module() -> None:
    found = []
    for path in sorted((ROOT / "ptce_aap").rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.split(".")[0] in HEAVY for name in names):
                found.append(path.relative_to(ROOT / "ptce_aap").parts[0])
    assert set(found) == {"domain"}
