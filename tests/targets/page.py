"""``docs/targets.md``: target by target, the tests that hold it and how they ended; ``make docs`` writes it again."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from tests.targets.listed import Target, listed
from tests.targets.markers import ROOT, Test, marked
from tests.targets.runs import Run, keep, kept, played

PAGE = ROOT / "docs" / "targets.md"
_HEAD = Path(__file__).with_name("page_head.md")
_FAMILIES = {"SEC": "Sécurité", "REL": "Fiabilité", "A11Y": "Accessibilité", "ECO": "Sobriété"}
_WORDS = {  # one, several
    "passed": ("réussi", "réussis"),
    "failed": ("en échec", "en échec"),
    "skipped": ("laissé de côté", "laissés de côté"),
}

Marked = Mapping[str, Sequence[Test]]


class State(StrEnum):
    """What is said of a target."""

    HELD = "tenue"
    PARTLY = "en partie"
    NOT = "non tenue"
    BROKEN = "en échec"


def state(target: Target, tests: Sequence[Test], run: Run | None) -> State:
    """Return what a target is, from its tests, from what is said to fall short, and from how the tests ended."""
    if any(run.ends[test]["failed"] for test in tests if run and test in run.ends):
        return State.BROKEN
    if not tests:
        return State.NOT
    return State.PARTLY if target.lacks else State.HELD


def page(targets: Sequence[Target], tests: Marked, run: Run | None) -> str:
    """Return the page."""
    parts = [_HEAD.read_text(encoding="utf-8"), f"\n{_told(run)}\n\n{_counts(targets, tests, run)}"]
    for family, title in _FAMILIES.items():
        parts.append(f"\n## {title}\n")
        parts += [_target(one, tests.get(one.identifier, ()), run) for one in targets if one.family == family]
    return "".join(parts)


def _told(run: Run | None) -> str:
    if run is None:
        return "Aucun passage n’a encore été gardé."
    return f"Dernier passage gardé : commit `{run.commit}`, commencé le {run.at} (temps universel)."


def _counts(targets: Sequence[Target], tests: Marked, run: Run | None) -> str:
    rows = [f"| cibles | {' | '.join(State)} | en tout |\n|---|{'---:|' * (len(State) + 1)}\n"]
    for label, some in (("★", [one for one in targets if one.star]), ("toutes", targets)):
        counts = Counter(state(one, tests.get(one.identifier, ()), run) for one in some)
        rows.append(f"| {label} | {' | '.join(str(counts[one]) for one in State)} | {len(some)} |\n")
    return "".join(rows)


def _target(target: Target, tests: Sequence[Test], run: Run | None) -> str:
    star = " ★" if target.star else ""
    lines = [f"### {target.identifier}{star} – {state(target, tests, run)}", "", target.sentence]
    if target.lacks:
        lines += ["", f"**{'Manque' if tests else 'Raison'} :** {target.lacks}"]
    if tests:
        lines += ["", *(_line(test, run) for test in tests)]
    return "\n" + "\n".join(lines) + "\n"


def _line(test: Test, run: Run | None) -> str:
    said = test.name.removeprefix("test_").replace("_", " ")
    return f"- {said} ([{test.path.removeprefix('tests/')}](../{test.path})) : {_ends(run, test)}"


def _ends(run: Run | None, test: Test) -> str:
    if run is None or test not in run.ends:
        return "non joué"
    counts = run.ends[test]
    return ", ".join(f"{counts[end]} {words[counts[end] > 1]}" for end, words in _WORDS.items() if counts[end])


def main() -> None:
    """Write the page; where reports of pytest are named, keep first what they say of the marked tests."""
    parser = argparse.ArgumentParser(prog="python -m tests.targets.page", description=__doc__)
    parser.add_argument("reports", nargs="*", type=Path, help="reports written by pytest --junitxml, of one commit")
    tests = marked()
    if reports := parser.parse_args().reports:
        keep(played(reports), (test for some in tests.values() for test in some))
    PAGE.write_text(page(listed(), tests, kept()), encoding="utf-8")


if __name__ == "__main__":
    main()
