"""Long tests: nothing here runs in ``make test``; everything here is marked ``soak``."""

from __future__ import annotations

from pathlib import Path

import pytest

_HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what stands in this folder: the marker is what ``make soak`` asks for."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.soak)
