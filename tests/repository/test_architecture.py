"""The pages that describe the program speak of what is there: packages, paths, settings."""

from __future__ import annotations

import re
from pathlib import Path

from ptce_aap.config import KEYS

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


def test_the_readme_names_every_setting_and_no_other() -> None:
    table = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Réglages")[2]
    assert set(re.findall(r"`(PTCE_[A-Z_]+)`", table)) == set(KEYS)
