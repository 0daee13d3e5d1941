"""SQL statements of the pages and acts that have a budget: as many at any size, and no more than announced."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from tests.bench import bulk
from tests.bench.browsing import counted
from tests.bench.scenes import scenes
from tests.databases import Databases

# Under one page of a list, and over it.
SIZES = (24, 72)
# Statements of the first time and of the second: a sheet's first mark also makes the sheet.
PINNED = {
    "stage": (4, 4),
    "save_stage": (12, 12),
    "autosave": (7, 7),
    "long_stage": (12, 12),
    "review": (4, 4),
    "table": (5, 5),  # one of them for the resources of the region
    "figures": (4, 4),
    "deposit": (19, 19),  # other accounts of the mailbox are looked for
    "synthesis": (6, 6),
    "synthesis_region": (6, 6),
    "queue": (8, 8),
    "queue_search": (8, 8),
    "dossier_correspondent": (8, 8),
    "juror_home": (10, 10),
    "dossier_juror": (7, 7),
    "mark": (10, 10),
    "sheet": (11, 10),
    "dashboard": (16, 16),
    "list": (4, 4),
    "dossier_team": (7, 7),
    "ranking": (9, 9),
    "ranking_search": (9, 9),
    "room": (15, 15),
    "room_state": (7, 7),
    "room_dossier": (16, 16),
    "room_pair": (14, 14),
    "place": (10, 10),
    "simulation": (6, 6),
    "save_scenario": (12, 12),
    "scenario": (7, 7),
}


@pytest.fixture(scope="module", params=SIZES)
def played(
    request: pytest.FixtureRequest, database: Database, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, tuple[int, int]]]:
    """Every scene of the bench played twice at this size: how many statements each time."""
    engine = database.engine.dialect.name
    own = databases.create(engine)
    world = bulk.lay_out(own, request.param)
    app = create_app(load_settings({}, instance=_folder(tmp_path_factory)), database=own)
    found = {}
    for scene in scenes(world, app):
        counts = []
        for _ in range(2):
            scene.prepare()
            with counted(own) as sent:
                answer = scene.ask()
            assert answer.status == scene.expected, scene.label
            counts.append(len(sent))
        found[scene.key] = (counts[0], counts[1])
        if scene.most_statements is not None:
            assert max(counts) <= scene.most_statements, scene.label
    yield found
    databases.discard(own)


def test_every_page_and_act_makes_its_known_number_of_statements_at_any_size(played):
    assert played == PINNED


def _folder(factory: pytest.TempPathFactory) -> Path:
    return factory.mktemp("statements")
