"""How many times a test tries what it states: few in ``make test``, the stated number in ``make soak``."""

from __future__ import annotations

import os
import tomllib
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("budgets.toml")


def soaking() -> bool:
    """Tell whether this run is the long one (``PTCE_SOAK=1``)."""
    return os.environ.get("PTCE_SOAK") == "1"


def budget(name: str) -> int:
    """Return the count of this run for a name of ``tests/budgets.toml``. Errors: KeyError with the name."""
    return every()[name]["soak" if soaking() else "test"]


@cache
def every() -> dict[str, dict[str, int]]:
    """Return the counts of both runs by name."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))
