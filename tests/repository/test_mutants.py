"""``make mutants`` tries every module that decides, and tells a fault that is found from one that survives."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.mutation.results import targets

ROOT = Path(__file__).resolve().parents[2]


def test_what_is_tried_exists_and_leaves_out_no_module_of_the_table_of_rights() -> None:
    tried = {module: tests for target in targets().values() for module, tests in target.modules.items()}
    for module, tests in tried.items():
        assert tests, module
        assert [name for name in (module, *tests) if not (ROOT / name).is_file()] == []
    rights = (ROOT / "ptce_aap" / "domain" / "permissions").glob("[a-z]*.py")
    assert {str(path.relative_to(ROOT)) for path in rights} <= set(tried)


def test_a_fault_is_found_or_survives_and_an_endless_one_is_stopped() -> None:
    told = subprocess.run(
        [sys.executable, "-c", _TRIES], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    ).stdout.split()
    assert told == ["survived", "killed", "killed", "endless"]


_TRIES = """
from pathlib import Path
from tests.mutation import trying
trying.CPU_S = 1
path = Path("ptce_aap/domain/calendar.py")
honest = path.read_text(encoding="utf-8")
late = honest.replace("now < calendar.closes_at", "now <= calendar.closes_at")
for source in (honest, late, "(", honest + "while 1: pass"):
    print(trying.tried("ptce_aap.domain.calendar", source, path, ["tests/unit/test_calendar.py"]).value)
"""
