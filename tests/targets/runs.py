"""How the marked tests ended when they were last played: taken from what pytest wrote, kept beside the page."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

from tests.targets.markers import ROOT, Test

FILE = ROOT / "docs" / "targets.json"
ENDS = ("passed", "failed", "skipped")


@dataclass(frozen=True, slots=True)
class Run:
    """One run: the commit it played, when it began (UTC, to the second), how many cases of each test ended how."""

    commit: str
    at: str
    ends: Mapping[Test, Counter[str]]


def played(reports: Iterable[Path]) -> Run:
    """Read reports written by ``pytest --junitxml``, of one commit. Errors: ValueError where they are of several."""
    ends: dict[Test, Counter[str]] = defaultdict(Counter)
    commits, begun = set(), []
    for path in reports:
        for suite in ElementTree.parse(path).iter("testsuite"):
            commits.add(suite.attrib["name"])
            begun.append(datetime.fromisoformat(suite.attrib["timestamp"]).astimezone(UTC))
            for case in suite.iter("testcase"):
                ends[_test(case)][_end(case)] += 1
    if len(commits) != 1:
        raise ValueError(f"reports of {len(commits)} commits: {', '.join(sorted(commits))}")
    return Run(commits.pop(), min(begun).strftime("%Y-%m-%d %H:%M"), ends)


def keep(run: Run, tests: Iterable[Test], path: Path = FILE) -> None:
    """Write what a run says of these tests, and nothing of the others."""
    kept = {str(test): dict(sorted(run.ends[test].items())) for test in sorted(set(tests)) if test in run.ends}
    told = {"commit": run.commit, "at": run.at, "ends": kept}
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def kept(path: Path = FILE) -> Run | None:
    """Return the run that is kept; None where none was."""
    if not path.exists():
        return None
    told = json.loads(path.read_text(encoding="utf-8"))
    ends = {Test(*name.split("::")): Counter(counts) for name, counts in told["ends"].items()}
    return Run(told["commit"], told["at"], ends)


def _test(case: ElementTree.Element) -> Test:
    path = case.attrib["classname"].replace(".", "/") + ".py"
    return Test(path, case.attrib["name"].partition("[")[0])


def _end(case: ElementTree.Element) -> str:
    tags = {part.tag for part in case}
    if tags & {"failure", "error"}:
        return "failed"
    return "skipped" if "skipped" in tags else "passed"
