"""``python -m tests.bench.freshness``: from a sheet made final to the room that shows it.

The processes are the real ones: the relay looks at the database and hands the row to the queue, a worker ranks and
stores, and the page's own state then names the new computation.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rq.worker import Worker

from ptce_aap.config import Settings, load_settings
from ptce_aap.domain.corrected.values import Model
from ptce_aap.domain.sheets import Entry
from ptce_aap.entry import valkey
from ptce_aap.entry.children import spawn, stop
from ptce_aap.jobs.handlers import On
from ptce_aap.jobs.queue import open_queue
from ptce_aap.services.calls import calls
from ptce_aap.services.jury import marking
from ptce_aap.services.ranking import corrected_computing, corrected_inputs, corrected_store
from tests.bench import bulk
from tests.bench.world import World, juror
from tests.databases import ENGINES, Databases

READY_WITHIN_S = 60.0
SHOWN_WITHIN_S = 60.0
# What a first computation finds on such a call: the next ones start from it.
FITTED = Model(tau=12.0, residual_sd=9.0, generosity_sd=5.0, reliability=0.8)


@dataclass(frozen=True, slots=True)
class Fresh:
    """How long a new sheet took to be shown, and how much of it was computing."""

    seconds: float
    computing_ms: int
    load: float


def prepare(world: World, *, whole: bool) -> None:
    """Store a first computation of what was marked: the whole one, or the quick one said to have been long."""
    with world.database.reading() as session:
        inputs = corrected_inputs.inputs_of(session, world.call(), now=datetime.now(UTC))
    begun = time.monotonic()
    parts = corrected_computing.whole(inputs) if whole else corrected_computing.quick(inputs, FITTED)
    spent = max(5_000, round((time.monotonic() - begun) * 1000))
    world.database.transaction(corrected_store.record, inputs, parts, milliseconds=spent, now=datetime.now(UTC))


def measure(world: World, place: int = 0) -> Fresh:
    """Make one more sheet final, as its juror does; wait until the room shows it."""
    actor, dossier = world.actor(juror(0)), world.to_mark[juror(0)][place]
    with world.database.reading() as session:
        call = world.call()
        grid = calls.definition_of(session, call).grid
    entries = {one.key: Entry((place + number) % 9, "Fictif.") for number, one in enumerate(grid.criteria)}
    write = world.database.transaction
    saved = write(marking.save, actor, call.id, dossier, entries, version=0, now=datetime.now(UTC))
    before, load = _shown(world), os.getloadavg()[0]
    begun = time.monotonic()
    write(marking.make_final, actor, call.id, dossier, version=saved.version, now=datetime.now(UTC))
    _eventually(lambda: _shown(world) > before, SHOWN_WITHIN_S)
    seconds = time.monotonic() - begun
    with world.database.reading() as session:
        found = corrected_store.held(session, call.id)
        fresh = corrected_store.freshness(session, call, found)
    assert found is not None
    assert fresh.newer == 0
    return Fresh(seconds, found.newest.milliseconds, load)


@contextmanager
def processes(world: World, settings: Settings, *workers: On) -> Iterator[None]:
    """Run the relay and these workers, as ``serve`` does; the queue server runs already."""
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("PTCE_")},
        "PTCE_INSTANCE": str(settings.instance),
        "PTCE_DATABASE_URL": world.database.url,
    }
    program = [sys.executable, "-m", "ptce_aap.entry.command"]
    options = [
        ["relay"],
        *(["worker", "--only", {On.RANKS: "ranks", On.COMPUTATIONS: "computations"}[on]] for on in workers),
    ]
    log = settings.instance / "measured.log"
    running = [spawn([*program, *words], log=log, environment=environment) for words in options]
    try:
        client = valkey.connect(settings)
        _eventually(lambda: all(Worker.count(queue=open_queue(client, on)) for on in workers), READY_WITHIN_S)
        yield
    finally:
        for process in running:
            stop(process, within=3)


def _shown(world: World) -> int:
    with world.database.reading() as session:
        found = corrected_store.held(session, world.call().id)
    return found.newest.sequence if found is not None else 0


def _eventually(condition: Callable[[], bool], within: float) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "nothing came"
        time.sleep(0.02)


def main() -> None:
    """Measure on each engine, with the whole computations at work beside, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.freshness", description=__doc__)
    parser.add_argument("--size", type=int, default=500)
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--times", type=int, default=5)
    asked = parser.parse_args()
    print(
        "| Moteur | Dossiers | De la fiche rendue à la salle à jour | dont calcul | Charge |",
        "| --- | --- | --- | --- | --- |",
        sep="\n",
    )
    with tempfile.TemporaryDirectory(prefix="ptce-fresh-", dir="/tmp") as folder:
        databases = Databases(Path(folder), durable=True)
        settings = load_settings({}, instance=Path(folder) / "instance")
        server = spawn(valkey.server_arguments(settings), log=Path(folder) / "valkey.log")
        try:
            for engine in asked.engines.split(","):
                valkey.connect(settings).flushall()
                database = databases.create(engine)
                world = bulk.lay_out(database, asked.size)
                prepare(world, whole=True)
                with processes(world, settings, On.RANKS, On.COMPUTATIONS):
                    for place in range(asked.times):
                        one = measure(world, place)
                        figures = f"{one.seconds:.2f} s | {one.computing_ms} ms | {one.load:.1f}"
                        print(f"| {engine} | {asked.size} | {figures} |", flush=True)
                databases.discard(database)
        finally:
            stop(server, within=2)
            databases.stop()


if __name__ == "__main__":
    main()
