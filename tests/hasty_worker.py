"""A worker that soon believes a silent process dead: ``python -m tests.hasty_worker SECONDS QUEUE…``."""

from __future__ import annotations

import sys
from datetime import timedelta

from ptce_aap.config import load_settings
from ptce_aap.entry import logs
from ptce_aap.entry.worker import ONLY, make_worker


def main(seconds: float, queues: list[str]) -> None:
    """Work until death."""
    logs.configure("worker")
    worker = make_worker(load_settings(), [ONLY[one] for one in queues], lease=timedelta(seconds=seconds))
    worker.work(logging_level="WARNING", with_scheduler=False)


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2:])
