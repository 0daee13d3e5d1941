"""The counts of repeated tests stand in one file, which says the short run and the long one."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.budgets import budget, every

TESTS = Path(__file__).resolve().parents[1]


def test_the_short_run_reads_the_short_count_and_the_long_run_the_stated_one(monkeypatch):
    name, counts = next(iter(every().items()))
    monkeypatch.delenv("PTCE_SOAK", raising=False)
    assert budget(name) == counts["test"]
    monkeypatch.setenv("PTCE_SOAK", "1")
    assert budget(name) == counts["soak"]


def test_a_name_that_is_not_written_down_is_refused():
    unknown = "no.such.count"
    with pytest.raises(KeyError, match=unknown):
        budget(unknown)


@pytest.mark.parametrize("name", sorted(every()))
def test_a_count_is_written_for_both_runs_and_the_long_one_is_never_the_shorter(name):
    counts = every()[name]
    assert set(counts) == {"test", "soak"}
    # A distance between two tries: the shorter, the more are tried.
    fewer, more = (counts["soak"], counts["test"]) if name.endswith("_apart") else (counts["test"], counts["soak"])
    assert 0 < fewer <= more


def test_every_count_is_read_by_a_test_and_every_name_read_is_written_down():
    sources = (path.read_text(encoding="utf-8") for path in TESTS.rglob("*.py"))
    read = {name for source in sources for name in re.findall(r'\bbudget\(\s*"([^"]+)"', source)}
    assert read == set(every())


def test_every_test_that_reads_a_count_is_in_the_long_run():
    reading = [one for path in sorted(TESTS.rglob("test_*.py")) for one in _tests_that_read_a_count(path)]
    assert len(reading) >= len(every()) - 5  # what two names share, or what a fixture reads
    assert [name for name, long in reading if not long] == [_OF_THE_SHORT_RUN]


# States what the reduced count still goes through: there is nothing to repeat.
_OF_THE_SHORT_RUN = "test_routes.py::test_the_reduced_form_goes_through_every_route_person_and_stage"


def _tests_that_read_a_count(path: Path) -> list[tuple[str, bool]]:
    """Return the tests of a module that read a count, in their text or by a constant of it, and if they are marked."""
    if path.parent.name == "soak" or path == Path(__file__):
        return []
    module = ast.parse(path.read_text(encoding="utf-8"))
    constants = {
        target.id
        for one in module.body
        if isinstance(one, ast.Assign) and _reads(one.value, set())
        for target in one.targets
        if isinstance(target, ast.Name)
    }
    tests = (one for one in module.body if isinstance(one, ast.FunctionDef) and one.name.startswith("test_"))
    return [
        (f"{path.name}::{one.name}", any("soak" in ast.unparse(mark) for mark in one.decorator_list))
        for one in tests
        if _reads(one, constants)
    ]


def _reads(node: ast.AST, constants: set[str]) -> bool:
    called = {ast.unparse(one.func) for one in ast.walk(node) if isinstance(one, ast.Call) and one.args}
    return "budget" in called or any(isinstance(one, ast.Name) and one.id in constants for one in ast.walk(node))
