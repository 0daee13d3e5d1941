"""A published definition never changes under its number: ``published.sha256`` lists every shipped file of a folder."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from ptce_aap.resources import shipped

FOLDERS = ("forms", "scoring")


def published(folder: Path) -> dict[str, str]:
    lines = (folder / "published.sha256").read_text(encoding="ascii").splitlines()
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}


def shipped_files(folder: Path) -> dict[str, str]:
    # The fictions of a demonstration bind nobody: they are no definitions.
    found = [path for path in folder.rglob("*") if path.suffix in {".toml", ".csv"}]
    files = [path for path in found if path.parent.name != "demonstration"]
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize("name", FOLDERS)
def test_every_shipped_definition_is_listed_and_unchanged(name: str) -> None:
    """To publish a new version: a new file (``*.v2.toml``), then ``make publish``."""
    assert shipped_files(shipped(name)) == published(shipped(name))


@pytest.mark.parametrize("name", FOLDERS)
def test_the_list_is_in_the_order_that_make_publish_writes(name: str) -> None:
    assert list(published(shipped(name))) == sorted(published(shipped(name)))
