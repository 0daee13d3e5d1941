"""Pages of the ranking room that are mostly a picture: other weights, moves between rankings, who has read what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import render_template, request, url_for

from ptce_aap import clock
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.calls import calls
from ptce_aap.services.ranking import room_moves, room_readings, room_weights
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db
from ptce_aap.web.management import chart_words, room_words
from ptce_aap.web.management.ranking_room import room_trail
from ptce_aap.web.management.room import bp, page_number, same_list

_HEAVIEST = 1_000_000  # nobody slides so far: what is beyond is nonsense


@dataclass(frozen=True, slots=True)
class Table:
    """The addresses of a table that sorts: ``kept`` is what else the page was asked."""

    endpoint: str
    sorts: tuple[str, ...]
    sort: str
    descending: bool
    kept: Mapping[str, str] = field(default_factory=dict)

    def sort_url(self, sort: str) -> str:
        """Return the address that sorts by a column: the other way round where it sorts the list already."""
        turned = self.sort == sort and not self.descending
        asking: dict[str, Any] = self._asking(sort, turned)
        return url_for(self.endpoint, slug=call().slug, **asking)

    @property
    def address(self) -> Callable[[int], str]:
        """Return the address of each of its pages."""
        return same_list(self.endpoint, slug=call().slug, **self._asking(self.sort, self.descending))

    def _asking(self, sort: str, descending: bool) -> dict[str, str]:
        order = {"tri": sort if sort != self.sorts[0] else "", "ordre": "inverse" if descending else ""}
        return {name: value for name, value in {**self.kept, **order}.items() if value}


@bp.get("/<slug>/classement/salle/poids")
@requires(Permission.SEE_CORRECTED)
def room_weights_page() -> str:
    """Simulate other weights of the axes."""
    now, (sort, descending) = clock.now(), _order(room_weights.SORTS)
    with db().reading() as session:
        axes = [axis.key for axis in calls.definition_of(session, call()).grid.axes]
        given = _given(axes)
        asked = room_weights.Asked(given, sort, descending, page_number())
        page = room_weights.read(session, actor(), call(), asked, now=now)
    kept = {_name(place): str(given[key]) for place, key in enumerate(axes, 1) if key in given}
    return render_template(
        "management/ranking_room_weights.html",
        page=page,
        table=Table("management.room_weights_page", room_weights.SORTS, sort, descending, kept),
        words=room_words,
        say=chart_words,
        now=now,
        breadcrumb=room_trail(("Poids", None)),
    )


@bp.get("/<slug>/classement/salle/evolutions")
@requires(Permission.SEE_CORRECTED)
def room_moves_page() -> str:
    """Show how dossiers move from one ranking to the next, and why."""
    now = clock.now()
    with db().reading() as session:
        page = room_moves.read(session, actor(), call(), now=now)
    return render_template(
        "management/ranking_room_moves.html",
        page=page,
        words=room_words,
        say=chart_words,
        now=now,
        breadcrumb=room_trail(("Évolutions", None)),
    )


@bp.get("/<slug>/classement/salle/lectures")
@requires(Permission.SEE_CORRECTED)
def room_readings_page() -> str:
    """Show who has read what, and what one reader's absence would change."""
    now, (sort, descending) = clock.now(), _order(room_readings.SORTS)
    with db().reading() as session:
        asked = room_readings.Asked(sort, descending, page_number())
        page = room_readings.read(session, actor(), call(), asked, now=now)
    return render_template(
        "management/ranking_room_readings.html",
        page=page,
        table=Table("management.room_readings_page", room_readings.SORTS, sort, descending),
        words=room_words,
        say=chart_words,
        now=now,
        breadcrumb=room_trail(("Lectures", None)),
    )


def _order(sorts: tuple[str, ...]) -> tuple[str, bool]:
    sort = request.args.get("tri", "")
    return (sort if sort in sorts else sorts[0], request.args.get("ordre") == "inverse")


def _given(axes: list[str]) -> dict[str, int]:
    """Return the weight asked for each axis, by its place in the grid; nonsense is left out."""
    given = {key: request.args.get(_name(place), -1, int) for place, key in enumerate(axes, 1)}
    return {key: weight for key, weight in given.items() if 0 <= weight <= _HEAVIEST}


def _name(place: int) -> str:
    return f"p{place}"
