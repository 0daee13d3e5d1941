"""The world of the permission tests, laid out once, and the application that lends itself to each of its stages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.databases import Databases
from tests.permissions import cells, running, story
from tests.permissions.cells import Route
from tests.permissions.running import Site
from tests.permissions.world import Stage, World

Enter = Callable[[Stage], Site]


@pytest.fixture(scope="package")
def world(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> World:
    return story.lay_out(tmp_path_factory.mktemp("world"), databases.create("sqlite"))


@pytest.fixture(scope="package")
def app(world: World, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return running.application(world, tmp_path_factory.mktemp("walked"))


@pytest.fixture(scope="package")
def routes(app: Flask) -> list[Route]:
    return cells.routes(app.url_map.iter_rules())


@pytest.fixture
def enter(world: World, app: Flask, tmp_path: Path) -> Iterator[Enter]:
    """Enter the application at a stage, on a copy of its database that the test may spoil."""
    entered: list[Site] = []

    def at(stage: Stage) -> Site:
        folder = tmp_path / str(len(entered))
        folder.mkdir()
        entered.append(Site(world, stage, app, folder))
        return entered[-1]

    yield at
    for site in entered:
        site.close()
