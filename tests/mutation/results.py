"""What is tried, and what was found the last time (``build/mutants``, kept beside nothing that is published)."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

_HERE = Path(__file__).parent
_KEPT = Path(__file__).parents[2] / "build" / "mutants"


class Verdict(StrEnum):
    """What the tests said of a fault."""

    KILLED = "killed"
    ENDLESS = "endless"
    SURVIVED = "survived"


@dataclass(frozen=True, slots=True)
class Target:
    """Modules that decide one thing, each with the tests that should find what is wrong in it."""

    title: str
    modules: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A fault to try: where it is, the lines before and after, and the whole text of the module with it."""

    line: int
    before: str
    after: str
    source: str


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that was tried, and what the tests said of it."""

    line: int
    before: str
    after: str
    verdict: str = ""

    def same(self, mutant: Mutant) -> bool:
        """Tell whether it is this one: a module that changed since is tried anew."""
        return (self.line, self.before, self.after) == (mutant.line, mutant.before, mutant.after)


@dataclass(frozen=True, slots=True)
class Result:
    """The faults of one module that were tried on a day: one in ``one_in``, from the first."""

    module: str
    day: str
    one_in: int
    faults: Sequence[Fault]

    @property
    def killed(self) -> int:
        """Return how many were found."""
        return sum(one.verdict != Verdict.SURVIVED for one in self.faults)


def targets() -> dict[str, Target]:
    """Return what ``make mutants`` tries, by name."""
    read = tomllib.loads((_HERE / "targets.toml").read_text(encoding="utf-8"))
    return {name: Target(one["title"], one["modules"]) for name, one in read.items()}


def keep(result: Result) -> None:
    """Keep what was found, in place of the last time."""
    _KEPT.mkdir(parents=True, exist_ok=True)
    _file(result.module).write_text(json.dumps(asdict(result), ensure_ascii=False), encoding="utf-8")


def kept(module: str) -> Result | None:
    """Return what was found the last time; None where it never was tried here."""
    if not _file(module).is_file():
        return None
    read = json.loads(_file(module).read_text(encoding="utf-8"))
    return Result(read["module"], read["day"], read.get("one_in", 1), [Fault(**one) for one in read["faults"]])


def _file(module: str) -> Path:
    return _KEPT / (module.replace("/", "-") + ".json")
