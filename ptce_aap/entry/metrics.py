"""The listener from which whoever watches an installation reads its measures, at ``/metrics``, in Prometheus's form.

It answers on the internal address of ``PTCE_METRICS`` only; what it says is in ``docs/architecture.md``.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from types import FrameType
from typing import Any

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from redis import Redis, RedisError
from sqlalchemy.exc import SQLAlchemyError
from waitress.server import create_server

from ptce_aap.config import BadSettings, Settings
from ptce_aap.database import Database
from ptce_aap.entry import measures, valkey
from ptce_aap.services.backups import rows
from ptce_aap.services.installation import figures
from ptce_aap.services.installation.figures import Figures

_PATH = "/metrics"


class Installation(Collector):
    """The figures of an installation, read at each question; a database that is away is itself a measure."""

    def __init__(self, settings: Settings, database: Database, queue: Redis) -> None:
        self._settings, self._database, self._queue = settings, database, queue

    def describe(self) -> Iterable[Metric]:
        """Tell nothing before it is asked: nothing is read of an installation when the listener starts."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Read the figures."""
        yield _one("ptce_queue_answers", "1 while the queue server answers.", int(self._queue_answers()))
        try:
            with self._database.reading() as session:
                found = figures.read(session, self._settings)
                migration = rows.revision_of(session.connection())
        except (SQLAlchemyError, OSError):
            yield _one("ptce_database_answers", "1 while the database answers.", 0)
            return
        yield _one("ptce_database_answers", "1 while the database answers.", 1)
        about = GaugeMetricFamily("ptce_info", "Software and migration.", labels=["version", "migration"])
        about.add_metric([version("ptce-aap"), migration or ""], 1)
        yield about
        yield from _measures(found)

    def _queue_answers(self) -> bool:
        try:
            return bool(self._queue.ping())
        except (RedisError, OSError):
            return False


def _measures(found: Figures) -> Iterator[Metric]:
    waiting = GaugeMetricFamily("ptce_effects_waiting", "Effects owed and not done.", labels=["kind"])
    for kind, owed in found.effects.items():
        waiting.add_metric([kind], owed.count)
    yield waiting
    every = found.every_effect

    def age(since: Any) -> float:
        return max((found.at - since).total_seconds(), 0.0) if since is not None else 0.0

    yield _one("ptce_effects_oldest_seconds", "Age of the oldest effect owed, 0 for none.", age(every.since))
    yield _one("ptce_effects_failing", "Effects tried in vain, to be tried again.", every.failing)
    yield _one("ptce_mails_waiting", "Mails to be sent.", found.mails.count)
    yield _one("ptce_mails_oldest_seconds", "Age of the oldest mail to be sent.", age(found.mails.since))
    yield _one("ptce_mails_refused", "Mails refused for good in the last thirty days.", found.refused)
    yield _one(
        "ptce_relay_late_seconds", "How late the relay is.", max(age(found.round_due_at), age(found.unoffered_since))
    )
    for name, words, at in (
        ("ptce_backup_age_seconds", "Age of the last backup made from here.", found.backup_at),
        ("ptce_journal_head_age_seconds", "Age of the last signed head of the journal.", found.head_at),
    ):
        if at is not None:
            yield _one(name, words, age(at))
    yield _one("ptce_journal_lines", "Lines of the journal.", found.lines)
    gap = found.clock_gap.total_seconds()
    yield _one("ptce_clock_gap_seconds", "How far the database's clock is ahead, 0 within a second.", gap)
    yield _one("ptce_disk_free_bytes", "Room left where the instance is.", found.disk_free)
    yield _one("ptce_disk_size_bytes", "Room in all where the instance is.", found.disk_size)


def _one(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, value=value)


def make_application(settings: Settings, database: Database) -> Any:
    """Return the WSGI application: one page, and nothing else."""
    place = measures.folder(settings)
    place.mkdir(exist_ok=True, mode=0o700)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(place))  # type: ignore[no-untyped-call]
    registry.register(Installation(settings, database, valkey.connect(settings)))
    page = make_wsgi_app(registry)

    def answer(environ: dict[str, Any], start: Any) -> Any:
        if environ.get("PATH_INFO") != _PATH or environ.get("REQUEST_METHOD") != "GET":
            start("404 Not Found", [("Content-Type", "text/plain")])
            return [b""]
        place.mkdir(exist_ok=True, mode=0o700)
        return page(environ, start)

    return answer


def run(settings: Settings) -> None:
    """Answer until the process is asked to end. Errors: ``BadSettings`` where no address is set, or it is not ours."""
    if settings.metrics is None:
        raise BadSettings("PTCE_METRICS : aucune adresse n'est donnée, par exemple 127.0.0.1:9464.")
    signal.signal(signal.SIGTERM, _end)
    # Now, and not at each question: what a counter says goes down only when its reader starts again.
    measures.forget_dead(settings)
    host, port = settings.metrics
    database = Database(settings.database_url)
    try:
        server = create_server(  # type: ignore[no-untyped-call]
            make_application(settings, database), host=host, port=port, threads=2, ident=None, channel_timeout=30
        )
    except OSError as error:
        raise BadSettings(f"PTCE_METRICS : impossible d'écouter sur {host}:{port} ({error.strerror}).") from error
    server.run()


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)
