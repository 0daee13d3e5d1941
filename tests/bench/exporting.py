"""One export made in a process of its own, so that its peak memory is its own: prints what it cost as JSON."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.jobs import exports as _producers  # noqa: F401 - registers them
from ptce_aap.jobs.context import JobContext, open_context
from ptce_aap.jobs.long_jobs import PRODUCERS, Progress, Work
from ptce_aap.services.calls import calls
from tests.bench.browsing import counted
from tests.bench.world import person


def main() -> None:
    """Make the export as the job does, to its file."""
    parser = argparse.ArgumentParser()
    for name in ("url", "slug", "kind", "form", "instance"):
        parser.add_argument(f"--{name}", required=True)
    asked = parser.parse_args()
    database = Database(asked.url)
    context = open_context(load_settings({}, instance=Path(asked.instance)), database)
    with database.reading() as session:
        call, requester = calls.call_by_slug(session, asked.slug), person(session, "equipe")
        calls.definition_of(session, call)
    work = Work("bench", asked.kind, call.id, requester.id, {"format": asked.form})
    before = _peak()
    _make(context, work)  # the first one also prepares the statements and loads what is loaded once
    clock = time.process_time()
    with counted(database) as sent:
        size = _make(context, work)
    spent = time.process_time() - clock
    print(
        json.dumps(
            {
                "cpu_ms": spent * 1000,
                "size": size,
                "statements": len(sent),
                "peak_mb": _peak(),
                "grown_mb": _peak() - before,
            }
        )
    )


def _make(context: JobContext, work: Work) -> int:
    produced = PRODUCERS[work.kind](context, work, Progress(context, work.reference))
    with produced.stream as stream:
        return stream.seek(0, 2)


def _peak() -> float:
    """Return the most memory that this program held, in megabytes; its parent's is not counted."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
