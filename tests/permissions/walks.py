"""Every address that a person of the permission tests may try: those of the rooms that his roles open."""

from __future__ import annotations

from collections.abc import Iterator

from ptce_aap.domain.permissions import RIGHTS
from tests.permissions import cells
from tests.permissions.cells import Route
from tests.permissions.oracle import rooms_of
from tests.permissions.people import Walker
from tests.permissions.running import Site

STARTS = ("/", "/compte", "/pilotage", "/correspondant", "/jury", "/candidature", "/verifier")
_LINES = {line.deed: line for line in RIGHTS}
_DOSSIERS = ("target", "neighbour", "far", "asked")


def enters(who: Walker, route: Route) -> bool:
    """Tell whether a route is in a room that the roles of somebody open, or in none."""
    rooms = {None, *rooms_of(who)}
    return any((route.entry.room or _LINES[deed].room) in rooms for deed in route.entry.deeds(route.method))


def addresses(site: Site, who: Walker, routes: list[Route]) -> Iterator[str]:
    """Yield every address of the rooms that somebody enters, with each dossier that he may have heard of."""
    named = site.world.named_at[site.stage]
    known = [named[name] for name in _DOSSIERS if name in named]
    for one in (route for route in routes if route.method == "GET" and enters(who, route)):
        yield cells.address(one, named)[0]
        for reference in known if one.entry.object in _DOSSIERS else ():
            yield cells.address(one, named, instead={"reference": reference})[0]
