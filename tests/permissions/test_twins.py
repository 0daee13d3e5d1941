"""What a person in conflict is answered at each stage of a call is what he is answered where the dossier never was."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from ptce_aap import clock
from tests.budgets import budget, soaking
from tests.permissions import cells, running
from tests.permissions.cells import Route
from tests.permissions.people import WALKERS, Walker
from tests.permissions.running import Site
from tests.permissions.walks import STARTS, addresses, enters
from tests.permissions.world import Marker, Stage, World
from tests.twins import Answers, crawl, declared_apart, differing, remove_dossier, tells_of_the_list

PREPARES = ("editor_juror", "editor_team")
CONFLICTED = tuple(who for who in WALKERS if who.conflict or who.name in PREPARES)
_FIRST = ((Stage.DELIBERATION, "team_conflicted"), (Stage.JURY, "conflicted"))
_SINCE = {True: (Stage.JURY, Stage.DELIBERATION, Stage.FROZEN, Stage.PUBLISHED), False: tuple(Stage)[2:]}
_ALL = tuple((stage, who.name) for who in CONFLICTED for stage in _SINCE[who.conflict])
CELLS = (*_FIRST, *(one for one in _ALL if one not in _FIRST))
"""Who declares does so when the jury begins; who prepares the dossier is in conflict from the start."""
_SEARCHED = (Marker.TITLE.value, "voisin", "Porteur")


@contextmanager
def entered(world: World, stage: Stage, folder: Path) -> Iterator[tuple[Site, Site]]:
    """Enter two worlds at a stage, each by an application of its own: the one with the dossier, the one without.

    In both, who declared a conflict with it has declared another: that one has a conflict is known in both.
    """
    sites = []
    for name in ("with", "without"):
        path = folder / f"{name}.sqlite3"
        shutil.copyfile(world.stages[stage], path)
        with sqlite3.connect(path) as connection:
            connection.execute(_ANOTHER, (world.named["far"], world.named["target"]))
        connection.close()
        if name == "without":
            remove_dossier(path, world.named["target"])
        twin, place = replace(world, stages={**world.stages, stage: path}), folder / name
        place.mkdir()
        # One instance, hence one key: what is signed is signed alike.
        sites.append(Site(twin, stage, running.application(twin, folder), place))
    try:
        yield sites[0], sites[1]
    finally:
        for site in sites:
            site.close()


_ANOTHER = """
INSERT OR IGNORE INTO conflict (dossier_id, person_id, call_id, reason, declared_at)
SELECT (SELECT id FROM dossier WHERE reference = ?), person_id, call_id, reason, declared_at FROM conflict
WHERE dossier_id = (SELECT id FROM dossier WHERE reference = ?)
"""


def read(site: Site, who: Walker, routes: list[Route]) -> Answers:
    """Return all that somebody reads and that must not depend on a dossier closed to him."""
    client = site.app.test_client()
    client.set_cookie("ptce", site.world.secrets[who.name])
    site.database.keeps = False
    answers = crawl(client.get, [*STARTS, *addresses(site, who, routes)], searched=_SEARCHED)
    of_all, slug, title = site.stage is Stage.PUBLISHED, site.world.slug, Marker.TITLE.value
    told = ((path, answer) for path, answer in answers.items() if not _is_his(site.world, who, path))
    told = ((path, answer) for path, answer in told if not (of_all and tells_of_the_list(site.app, path)))
    return {path: declared_apart(path, answer, slug, title) for path, answer in told}


def send(site: Site, who: Walker, routes: list[Route]) -> dict[str, tuple[int, str, str]]:
    """Return how each form is answered that somebody posts, with the dossier in conflict and with another one."""
    named, answers = site.world.named_at[site.stage], {}
    forms = [one for one in routes if one.method == "POST"]
    for one in forms if soaking() else forms[::4]:
        if not enters(who, one) or one.entry.endpoint in _DRAWS:
            continue
        for instead in ({}, {"reference": named["neighbour"]}) if one.entry.object == "target" else ({},):
            path = cells.address(one, named, instead=instead)[0]
            if _is_his(site.world, who, path) or path.startswith(f"/jury/{site.world.slug}/conflits/"):
                continue
            seen = site.ask(who, "POST", path, dict(one.entry.form))
            answers[path] = seen.status, _REFERENCE.sub("", seen.page), _REFERENCE.sub("", seen.location)
    return answers


def _is_his(world: World, who: Walker, path: str) -> bool:
    """Tell whether a page is that of an applicant about what he prepares, or that of one's own declaration."""
    if who.name in PREPARES and path.startswith(("/candidature", "/verifier?")):
        return True
    return path.startswith(f"/jury/{world.slug}/conflits/{world.named['target']}")


_DRAWS = {"second_factor.enrol", "account.sign_out"}  # a secret is drawn, a session ends
_REFERENCE = re.compile(r"\b[A-Za-z0-9_-]{22}\b")


@pytest.mark.soak
@pytest.mark.target("SEC-05")
@pytest.mark.target("SEC-06")
@pytest.mark.parametrize(("stage", "name"), CELLS[: budget("twins.walkers")])
def test_who_is_in_conflict_is_answered_as_if_the_dossier_had_never_been(
    world: World, routes: list[Route], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: Stage, name: str
) -> None:
    now, who = clock.now(), next(one for one in WALKERS if one.name == name)
    monkeypatch.setattr(clock, "now", lambda: now)
    with entered(world, stage, tmp_path) as (there, never):
        answers = [read(site, who, routes) for site in (there, never)]
        assert sum(one.status == 200 for one in answers[0].values()) > 15
        assert differing(*answers) == []
        assert differing(*(send(site, who, routes) for site in (there, never))) == []
        # Who is in no conflict reads of it: these worlds do differ.
        free = next(one for one in WALKERS if one.name == "team")
        seen = [site.ask(free, "GET", f"/pilotage/{world.slug}/dossiers").page for site in (there, never)]
        assert [Marker.TITLE in page for page in seen] == [True, False]
