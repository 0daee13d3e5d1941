"""French texts of the definitions are set as French readers expect: no-break spaces, true apostrophes and quotes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ptce_aap.resources import shipped

FILES = sorted(path for name in ("forms", "scoring") for path in shipped(name).rglob("*.toml"))
FAULTS = {
    "an ordinary space before ; : ! ? % € »": re.compile(r" [;:!?%€»]"),
    "an ordinary space after «": re.compile(r"« "),
    "a straight apostrophe": re.compile(r"[A-Za-zÀ-ÿ]'[A-Za-zÀ-ÿ]"),
    "three full stops": re.compile(r"\.\.\."),
    "an ordinary space between thousands": re.compile(r"[0-9] [0-9]{3}(?![0-9])"),
}


def texts(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    match value:
        case str():
            yield key, value
        case list():
            for item in value:
                yield from texts(item, key)
        case dict():
            for name, item in value.items():
                yield from texts(item, f"{key}.{name}")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_texts_are_set_in_french(path: Path) -> None:
    found = [
        f"{key}: {fault}: {text}"
        for key, text in texts(tomllib.loads(path.read_text(encoding="utf-8")))
        for fault, pattern in FAULTS.items()
        if pattern.search(text)
    ]
    assert found == []
