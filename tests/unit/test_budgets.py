"""The counts of repeated tests stand in one file, which says the short run and the long one."""

from __future__ import annotations

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
    assert 0 < counts["test"] <= counts["soak"]


def test_every_count_is_read_by_a_test_and_every_name_read_is_written_down():
    sources = (path.read_text(encoding="utf-8") for path in TESTS.rglob("*.py"))
    read = {name for source in sources for name in re.findall(r'\bbudget\(\s*"([^"]+)"', source)}
    assert read == set(every())
