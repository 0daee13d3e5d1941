"""The page of the targets says what is; no target that every commit must hold is passed over."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.targets.listed import Target, listed
from tests.targets.markers import Misplaced, Test, marked
from tests.targets.page import PAGE, State, page, state
from tests.targets.runs import ENDS, Run, keep, kept, played

_OF_THE_SECURITY_PAGE = (("SEC", 47), ("REL", 21), ("A11Y", 7), ("ECO", 1))
_STARS = 55
_PLAYED = """
import pytest

@pytest.mark.parametrize("number", range(3))
def test_it(number): assert number != 1

def test_aside(): pytest.skip("not here")

@pytest.fixture
def broken(): raise OSError

def test_broken(broken): ...
"""
_TEST = Test("tests/unit/test_clock.py", "test_it")


def test_the_page_of_the_targets_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(listed(), marked(), kept()), "`make docs` writes docs/targets.md"


def test_every_target_of_the_security_page_is_listed_once_in_its_order() -> None:
    expected = [f"{family}-{number:02}" for family, count in _OF_THE_SECURITY_PAGE for number in range(1, count + 1)]
    assert [target.identifier for target in listed()] == expected
    assert sum(target.star for target in listed()) == _STARS


def test_no_target_is_without_a_test_or_a_reason() -> None:
    tests = marked()
    assert [one.identifier for one in listed() if one.identifier not in tests and not one.lacks] == []


def test_no_test_names_an_unknown_target() -> None:
    assert set(marked()) <= {target.identifier for target in listed()}


def test_what_falls_short_is_told_in_a_sentence() -> None:
    told = [text for one in listed() for text in (one.sentence, one.lacks) if text is not None]
    assert [text for text in told if not re.fullmatch(r"[A-ZÉÀ0-9«].{15,}\.", text)] == []


def test_a_marker_is_found_where_it_stands_and_refused_elsewhere(tmp_path: Path) -> None:
    file = tmp_path / "test_it.py"
    over = '@pytest.mark.target("SEC-01")\n@pytest.mark.target("REL-02")\ndef test_it(): ...\n'
    file.write_text(over, encoding="utf-8")
    assert marked(tmp_path, tmp_path) == {one: (Test("test_it.py", "test_it"),) for one in ("REL-02", "SEC-01")}
    for wrong in ('pytestmark = pytest.mark.target("SEC-01")', over.replace('"SEC-01"', "name")):
        file.write_text(wrong, encoding="utf-8")
        with pytest.raises(Misplaced):
            marked(tmp_path, tmp_path)


@pytest.mark.parametrize(
    ("lacks", "tests", "ended", "said"),
    [
        (None, (_TEST,), "passed", State.HELD),
        ("Reste une chose.", (_TEST,), "passed", State.PARTLY),
        ("Hors d’atteinte.", (), "passed", State.NOT),
        ("Reste une chose.", (_TEST,), "failed", State.BROKEN),
    ],
)
def test_a_target_is_what_its_tests_and_what_is_lacking_make_it(
    lacks: str | None, tests: tuple[Test, ...], ended: str, said: State
) -> None:
    run = Run("c0ffee", "2026-01-01 00:00", {_TEST: Counter({ended: 1})})
    assert state(Target("SEC-01", "Une phrase.", True, lacks), tests, run) is said


def test_a_result_is_what_pytest_wrote(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(_PLAYED, encoding="utf-8")
    asked = ("-c", "none.ini", "-p", "no:cacheprovider", "--junitxml=report.xml", "-o", "junit_suite_name=c0ffee")
    (tmp_path / "none.ini").touch()
    subprocess.run([sys.executable, "-m", "pytest", *asked], cwd=tmp_path, capture_output=True)
    run = played([tmp_path / "report.xml"])
    expected = {"test_it": {"passed": 2, "failed": 1}, "test_aside": {"skipped": 1}, "test_broken": {"failed": 1}}
    assert {test.name: dict(ends) for test, ends in run.ends.items()} == expected
    assert {end for ends in run.ends.values() for end in ends} == set(ENDS)
    keep(run, [Test("test_it.py", "test_it"), _TEST], tmp_path / "kept.json")
    again = kept(tmp_path / "kept.json")
    assert again is not None
    assert (again.commit, again.at) == (run.commit, run.at)
    assert again.ends == {Test("test_it.py", "test_it"): Counter(passed=2, failed=1)}


def test_reports_of_two_commits_make_no_result(tmp_path: Path) -> None:
    for commit in ("c0ffee", "decade"):
        suite = f'<testsuites><testsuite name="{commit}" timestamp="2026-01-01T00:00:00+00:00"/></testsuites>'
        (tmp_path / commit).write_text(suite, encoding="utf-8")
    with pytest.raises(ValueError, match="2 commits"):
        played([tmp_path / "c0ffee", tmp_path / "decade"])
