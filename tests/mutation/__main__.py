"""``make mutants``: try every fault of the modules of ``targets.toml``, or of those named, and write the page."""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.mutation.drawing import mutants
from tests.mutation.page import PAGE, page
from tests.mutation.results import Fault, Result, Target, Verdict, keep, kept, targets
from tests.mutation.trying import tried


def main() -> None:
    """Try the targets one by one, in one process at a time, and keep what was found."""
    every = targets()
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"a module, or a part: {', '.join(every)}")
    parser.add_argument("--survivors", action="store_true", help="try again those alone that survived the last time")
    parser.add_argument("--one-in", type=int, default=1, metavar="N", help="try one fault in N; the page says so")
    asked = parser.parse_args()
    for module, tests in _asked(every, asked.names).items():
        again = kept(module) if asked.survivors else None
        keep(_tried(module, tests, one_in=again.one_in if again else asked.one_in, again=again))
        PAGE.write_text(page(), encoding="utf-8")


def _asked(every: Mapping[str, Target], names: Sequence[str]) -> dict[str, Sequence[str]]:
    """Return the modules that are asked for, each with its tests; all of them where none is named."""
    modules = {module: tests for one in every.values() for module, tests in one.modules.items()}
    chosen = dict.fromkeys(module for name in names for module in (every[name].modules if name in every else [name]))
    return {module: modules[module] for module in chosen or modules}


def _tried(path: str, tests: Sequence[str], *, one_in: int, again: Result | None) -> Result:
    text = Path(path).read_text(encoding="utf-8")
    _require_honest(path, text, tests)
    found, began = [], time.monotonic()
    last_time = iter(again.faults if again else ())
    for mutant in itertools.islice(mutants(Path(path)), 0, None, one_in):
        known = next(last_time, None)
        if known and known.same(mutant) and known.verdict != Verdict.SURVIVED:
            found.append(known)
            continue
        verdict = tried(_name(path), mutant.source, Path(path), tests)
        found.append(Fault(mutant.line, mutant.before, mutant.after, verdict))
        if verdict is Verdict.SURVIVED:
            print(f"{path}:{mutant.line}: {mutant.before}  →  {mutant.after}", flush=True)
    _require_honest(path, text, tests)
    result = Result(path, datetime.now(UTC).date().isoformat(), one_in, found)
    print(f"{path}: {result.killed} / {len(found)} in {time.monotonic() - began:.0f} s", flush=True)
    return result


def _require_honest(path: str, text: str, tests: Sequence[str]) -> None:
    """Stop where tests fail without any fault, before or after: what they would find, or have found, says nothing."""
    if tried(_name(path), text, Path(path), tests) is not Verdict.SURVIVED:
        raise SystemExit(f"{path}: its tests fail without any fault: {' '.join(tests)}")


def _name(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


if __name__ == "__main__":
    main()
