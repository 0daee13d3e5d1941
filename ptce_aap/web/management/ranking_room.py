"""The ranking room: the three rankings side by side, and how old what they show is."""

from __future__ import annotations

from typing import Any

from flask import jsonify, render_template, request, url_for
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain.corrected.values import Group
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.ranking import ranking_room, room_freshness
from ptce_aap.services.ranking.ranking_room import SORTS, Asked
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db
from ptce_aap.web.forms import typed_text
from ptce_aap.web.management import room_words
from ptce_aap.web.management.room import bp, page_number, same_list, trail

_LONGEST = 200


@bp.get("/<slug>/classement/salle")
@requires(Permission.SEE_CORRECTED)
def room() -> str:
    """Show the announced, the corrected and the adopted ranking."""
    asked, now = _asked(), clock.now()
    with db().reading() as session:
        page = ranking_room.read(session, actor(), call(), asked, now=now)
    return render_template(
        "management/ranking_room.html",
        page=page,
        asked=asked,
        words=room_words,
        now=now,
        sort_url=_sort_url,
        group_url=_group_url,
        view_url=_view_url,
        kept={name: value for name, value in {**_kept(asked), "q": "", "groupe": ""}.items() if value},
        chart=room_words.chart(page) if asked.chart else None,
        address=same_list("management.room", slug=call().slug, **_kept(asked)),
        breadcrumb=room_trail(),
    )


@bp.get("/<slug>/classement/salle/etat")
@requires(Permission.SEE_CORRECTED)
def room_state() -> Response:
    """Say how old the figures of the room are, for the page that keeps itself fresh."""
    now = clock.now()
    with db().reading() as session:
        fresh = room_freshness.read(session, actor(), call())
    return jsonify(sequence=fresh.sequence, message=room_words.calculated(fresh, now))


def room_trail(*steps: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    """Return where the reader is, from the list of the calls down to a page of the room."""
    here = url_for("management.room", slug=call().slug) if steps else None
    ranking = url_for("management.ranking", slug=call().slug)
    return trail(("Classement", ranking), ("Salle de classement", here), *steps)


def _asked() -> Asked:
    sort, group = request.args.get("tri", ""), request.args.get("groupe", "")
    return Asked(
        search=typed_text(request.args.get("q"))[:_LONGEST],
        group=group if group in set(Group) else "",
        sort=sort if sort in SORTS else SORTS[0],
        descending=request.args.get("ordre") == "inverse",
        chart=request.args.get("vue") == "graphique",
        page=page_number(),
    )


def _kept(asked: Asked) -> dict[str, Any]:
    return {
        "q": asked.search,
        "groupe": asked.group,
        "tri": asked.sort if asked.sort != SORTS[0] else "",
        "ordre": "inverse" if asked.descending else "",
        "vue": "graphique" if asked.chart else "",
    }


def _sort_url(asked: Asked, sort: str) -> str:
    """Return the address that sorts by a column: the other way round where it sorts the list already."""
    turned = asked.sort == sort and not asked.descending
    return _url({**_kept(asked), "tri": sort if sort != SORTS[0] else "", "ordre": "inverse" if turned else ""})


def _group_url(asked: Asked, group: str) -> str:
    """Return the address that keeps one group, or every dossier."""
    return _url({**_kept(asked), "groupe": group})


def _view_url(asked: Asked, view: str) -> str:
    """Return the address of the same list as a table, or as a chart."""
    return _url({**_kept(asked), "vue": view, "page": str(asked.page) if asked.page > 1 else ""})


def _url(filters: dict[str, Any]) -> str:
    return url_for("management.room", slug=call().slug, **{name: value for name, value in filters.items() if value})
