"""What processes write about themselves: one JSON object a line, on standard error; nothing that people typed."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import structlog

_ALARMS = frozenset({"warning", "error", "exception", "critical"})
_LARGEST_LOG = 10 * 1024 * 1024


Alarm = Callable[[structlog.typing.EventDict], None]


def configure(process: str, alarm: Alarm | None = None) -> None:
    """Send the logs of this process, and of the libraries from warnings up, to standard error.

    ``alarm`` is told of each warning and error of ours.
    """
    stages: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        lambda _logger, _name, event: {**event, "process": process},
    ]
    structlog.configure(
        processors=[*stages, _telling(alarm), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=stages,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _places_only,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("ptce_aap").setLevel(logging.INFO)


def _telling(alarm: Alarm | None) -> structlog.typing.Processor:
    def tell(_logger: object, name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        if alarm is not None and name in _ALARMS:
            alarm(event)
        return event

    return tell


def _places_only(_logger: object, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Replace an exception by its type and its places: its text may quote what people typed."""
    error = event.pop("exc_info", None)
    if error:
        kind, _, trace = error if isinstance(error, tuple) else sys.exc_info()
        event["exception"] = kind.__name__ if kind else "unknown"
        event["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
    return event


def log_file(instance: Path, process: str) -> Path:
    """Return the file that a supervised process writes to; a big one is put aside first."""
    folder = instance / "logs"
    folder.mkdir(exist_ok=True, mode=0o700)
    path = folder / f"{process}.log"
    if path.exists() and path.stat().st_size > _LARGEST_LOG:
        path.replace(path.with_suffix(".log.1"))
    return path
