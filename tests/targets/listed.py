"""``docs/targets.toml``: each target in one sentence, whether every commit must hold it, and what falls short."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).parents[2] / "docs" / "targets.toml"


@dataclass(frozen=True, slots=True)
class Target:
    """A target: its sentence, ``star`` where every commit must hold it, ``lacks`` what no test states, if anything."""

    identifier: str
    sentence: str
    star: bool
    lacks: str | None

    @property
    def family(self) -> str:
        """Return what stands before the number: ``SEC``, ``REL``, ``A11Y``, ``ECO``."""
        return self.identifier.rpartition("-")[0]


def listed(path: Path = FILE) -> tuple[Target, ...]:
    """Return the targets, in the order of the file. Errors: KeyError, TypeError on a wrong line."""
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(
        Target(identifier, line.pop("sentence"), line.pop("star", False), line.pop("lacks", None), **line)
        for identifier, line in told.items()
    )
