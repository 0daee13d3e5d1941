"""``python -m tests.bench``: measures the application at each size on each engine and prints tables."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from sqlalchemy.orm import Session

from ptce_aap.app import create_app
from ptce_aap.cli.numerics import one_thread
from ptce_aap.config import load_settings
from ptce_aap.services.accounts import accounts
from ptce_aap.services.calls import calls
from ptce_aap.services.joint_acts import two_persons
from ptce_aap.services.selection import exports, shortlists
from tests.bench import assigning, bulk, crowd, equal_times, ranking, rush, selecting, simulation, tables
from tests.bench.browsing import cost
from tests.bench.scenes import scenes
from tests.bench.tables import Export, Figures
from tests.bench.world import NOW, World, person
from tests.databases import ENGINES, Databases


def main() -> None:
    """Read the options, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--sizes", default="125,1000,5000", help="numbers of dossiers, with commas")
    parser.add_argument("--engines", default=",".join(ENGINES), help="sqlite, postgresql or both, with a comma")
    asked = parser.parse_args()
    one_thread()
    sizes, engines = [int(size) for size in asked.sizes.split(",")], asked.engines.split(",")
    print(tables.header(sizes), flush=True)
    for part in (ranking, simulation, assigning, selecting, equal_times):
        print("", part.report(), sep="\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="ptce-bench-", dir="/tmp") as folder:
        databases = Databases(Path(folder), durable=True)
        found: list[Figures] = []
        try:
            for engine in engines:
                mine = [_measure(databases, engine, size, Path(folder)) for size in sizes]
                print("", tables.pages(mine), "", tables.exports(mine), sep="\n", flush=True)
                found += mine
        finally:
            databases.stop()
    print("", tables.crowds(found), "", rush.measure(engines), "", sep="\n")
    print("Requêtes SQL, puis temps de calcul du serveur ; une étoile marque un budget dépassé.")


def _measure(databases: Databases, engine: str, size: int, folder: Path) -> Figures:
    database = databases.create(engine)
    try:
        print(f"{engine}, {size} dossiers…", file=sys.stderr, flush=True)
        world = bulk.lay_out(database, size)
        instance = folder / f"{engine}-{size}"
        met = crowd.play(world, _made(instance))
        app = create_app(load_settings({}, instance=instance), database=database)
        pages = [
            (scene, cost(database, scene.ask, times=scene.times, expected=scene.expected, prepare=scene.prepare))
            for scene in scenes(world, app)
        ]
        database.transaction(_freeze, world.slug)
        made = [_export(world, kind, form, instance) for kind, form in _exports()]
        return Figures(engine, size, pages, made, met)
    finally:
        databases.discard(database)


def _exports() -> list[tuple[str, str]]:
    marks = [(f"export.{exports.What.MARKS.value}", form) for form in exports.MARKS_FORMATS]
    return [*marks, *((f"export.{exports.What.SHORTLIST.value}", form) for form in exports.SHORTLIST_FORMATS)]


def _export(world: World, kind: str, form: str, instance: Path) -> Export:
    command = [sys.executable, "-m", "tests.bench.exporting", "--url", world.database.url, "--slug", world.slug]
    command += ["--kind", kind, "--form", form, "--instance", str(instance)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return Export(kind, form, **json.loads(done.stdout))


def _freeze(session: Session, slug: str) -> None:
    call, actor = calls.call_by_slug(session, slug), accounts.actor_of(person(session, "equipe"))
    state = shortlists.preview(session, actor, call).seen
    act = shortlists.propose_freezing(session, actor, call.id, state, base_url=None, now=NOW)
    chair = accounts.actor_of(person(session, "presidence"))
    done = two_persons.confirmed(session, chair, call, act, seen=act.digest, state=state, now=NOW)
    shortlists.freeze(session, done)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


if __name__ == "__main__":
    main()
