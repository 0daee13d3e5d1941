"""What processes count while they work, for whoever watches the installation: requests and alarms, never a person.

Nothing is counted, and the library that counts is not even loaded, unless ``PTCE_METRICS`` says where that is read.
Each process counts in files of its own, that ``entry/metrics.py`` adds up. They are names of our code and numbers: no
address, no reference, nothing that people typed.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import structlog
from flask import Flask, Response, g, request

from ptce_aap.config import Settings

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
_FILE_BYTES = 1024 * 1024  # of a new file of the library
_ALARM = re.compile(r"[a-z][a-z_]{2,40}")


def folder(settings: Settings) -> Path:
    """Return the place of the counts, which belongs to this account alone."""
    return settings.instance / "metrics"


def forget(settings: Settings) -> None:
    """Start from nothing, when every process does."""
    shutil.rmtree(folder(settings), ignore_errors=True)


def forget_dead(settings: Settings) -> None:
    """Forget the counts of processes that are no more: each takes two megabytes, and reloads make many."""
    for file in folder(settings).glob("*.db"):
        process = file.stem.rpartition("_")[2]
        if process.isdigit() and not Path("/proc", process).exists():
            file.unlink(missing_ok=True)


def watch(app: Flask, settings: Settings) -> None:
    """Count the requests of an application by route, and how long they take by room."""
    if settings.metrics is None:
        return
    ready = _open(settings)
    # Loaded once the library knows where to count.
    from prometheus_client import CollectorRegistry, Counter, Histogram

    registry = CollectorRegistry()
    asked = Counter("ptce_requests", "Requests answered.", ["route", "method", "status"], registry=registry)
    took = Histogram("ptce_request_seconds", "Time to answer.", ["room"], buckets=_SECONDS, registry=registry)

    @app.before_request
    def begin() -> None:
        g.begun_s = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        if ready():
            route = request.endpoint or "none"
            method = request.method if request.method in _METHODS else "other"
            asked.labels(route, method, str(response.status_code)).inc()
            if "begun_s" in g:
                took.labels(route.partition(".")[0]).observe(time.perf_counter() - g.begun_s)
        return response


def count_alarms(settings: Settings) -> Callable[[structlog.typing.EventDict], None]:
    """Return what counts the warnings and errors of this process by name; a line that is no name of ours is none."""
    if settings.metrics is None:
        return lambda _event: None
    ready = _open(settings)
    from prometheus_client import CollectorRegistry, Counter

    raised = Counter("ptce_alarms", "Warnings and errors told in the logs.", ["alarm"], registry=CollectorRegistry())

    def count(event: structlog.typing.EventDict) -> None:
        name = event.get("event")
        if isinstance(name, str) and _ALARM.fullmatch(name) and ready():
            raised.labels(name).inc()

    return count


def _open(settings: Settings) -> Callable[[], bool]:
    """Make the place of the counts; return what says, in each process, that there is room to count there."""
    place = folder(settings)
    place.mkdir(exist_ok=True, mode=0o700)
    os.environ[_FOLDER] = str(place)
    from prometheus_client import values

    if not values.ValueClass._multiprocess:  # it was loaded before it was told where to count
        values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]
    found: dict[int, bool] = {}

    def ready() -> bool:
        process = os.getpid()
        if process not in found:
            found.clear()  # a process that was forked counts in files of its own
            found[process] = all(_has_room(place / f"{kind}_{process}.db") for kind in ("counter", "histogram"))
        return found[process]

    return ready


def _has_room(file: Path) -> bool:
    """Take the whole room of a file of counts at once: memory mapped on a full disk would end the process."""
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, _FILE_BYTES)
        finally:
            os.close(descriptor)
    except OSError:
        return False
    return True
