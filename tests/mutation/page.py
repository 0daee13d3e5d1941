"""``docs/mutants.md``: what was tried, how much of it the tests found, and what survived and why."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from tests.mutation.results import Fault, Result, Target, Verdict, kept, targets

_HERE = Path(__file__).parent
PAGE = Path(__file__).parents[2] / "docs" / "mutants.md"
_HEAD = """# Faults put into the modules that decide, and found by their tests

`make mutants` writes this page ([decision 31](decisions/0031-faults-are-put-where-the-tables-are-too.md)):
operators of mutmut {mutmut}, on the whole of each module, its tables included, and elements dropped one by one from
tuples, lists, sets and dictionaries. Left out: annotations, decorators, imports, docstrings, and the spelling of
sentences. A fault is found when a test fails, or never ends. The score counts every fault, those that change nothing
that can be seen included. The tests that are run for each module stand in `tests/mutation/targets.toml`.

Rows of the table of rights are found by the facts of `tests/unit/test_permissions.py`, and mostly by
[the page of officials](permissions.md), which must say the same. What is measured is the rules: when a request reached
us, and the services that ask the rules, have tests with a database, which are not run here. Where tests were added
after a run, the faults that had survived were tried again, the others not.

`make mutants OF=scoring` tries one part; `make mutants OF="--survivors scoring"` tries again those that survived.

| part | module | faults | found | survived | score | tried on |
|---|---|---|---|---|---|---|
"""


def page() -> str:
    """Return the page, made of what was found the last time for each module."""
    explained = tomllib.loads((_HERE / "explained.toml").read_text(encoding="utf-8"))["survivor"]
    reasons = {(one["module"], one["before"], one["after"]): str(one["why"]) for one in explained}
    rows, survivors = [], []
    for target in targets().values():
        found = [(module, kept(module)) for module in target.modules]
        rows += [_row(target, module, result) for module, result in found]
        rows.append(_sum(target, [result for _, result in found if result]))
        survivors += [_survivors(result, reasons) for _, result in found if result]
    return _HEAD.format(mutmut=version("mutmut")) + "".join(rows) + "\n## What survived\n" + "".join(survivors)


def _row(target: Target, module: str, result: Result | None) -> str:
    if result is None:
        return f"| {target.title} | `{module}` | not tried | | | | |\n"
    tried = result.day if result.one_in == 1 else f"{result.day}, one fault in {result.one_in}"
    return f"| {target.title} | `{module}` | {_figures([result])} | {tried} |\n"


def _sum(target: Target, results: Iterable[Result]) -> str:
    results = list(results)
    return f"| **{target.title}** | all | {_figures(results)} | |\n" if results else ""


def _figures(results: list[Result]) -> str:
    every, killed = sum(len(one.faults) for one in results), sum(one.killed for one in results)
    return f"{every} | {killed} | {every - killed} | {100 * killed / every:.1f} %"


def _survivors(result: Result, reasons: dict[tuple[str, str, str], str]) -> str:
    survived = [one for one in result.faults if one.verdict == Verdict.SURVIVED]
    if not survived:
        return ""
    return f"\n### `{result.module}`\n\n" + "".join(_told(result.module, one, reasons) for one in survived)


def _told(module: str, fault: Fault, reasons: dict[tuple[str, str, str], str]) -> str:
    why = reasons.get((module, fault.before, fault.after), "not explained: a test is missing")
    return f"- line {fault.line}: `{_code(fault.before)}` → `{_code(fault.after)}`: {why}\n"


def _code(text: str) -> str:
    return text.partition("  #")[0].replace("`", "’")
