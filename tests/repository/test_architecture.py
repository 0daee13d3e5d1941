"""docs/architecture.md speaks of what is there: every package is in it, and every path in it exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_every_package_has_its_line() -> None:
    packages = {path.name for path in (ROOT / "ptce_aap").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert sorted(name for name in packages if f"`ptce_aap/{name}/`" not in PAGE) == []


def test_every_path_that_it_names_exists() -> None:
    named = set(re.findall(r"`((?:ptce_aap|tests|forms|scoring|templates|instance|docs)/[\w/.]*)`", PAGE))
    named |= {f"ptce_aap/{path}" for path in re.findall(r"`((?:domain|services|web|models)/\w+\.py)`", PAGE)}
    assert len(named) > 20
    assert sorted(path for path in named if not (ROOT / path).exists()) == []
