"""What the pages of directories share: the blueprint, which directory the address names, where one is."""

from __future__ import annotations

from flask import Blueprint, request, url_for

from ptce_aap import clock
from ptce_aap.domain.directory import NATIONAL
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.regions import resources
from ptce_aap.services.regions.resources import Entry, Place, Room
from ptce_aap.web.context import actor, call, db, enter_room
from ptce_aap.web.correspondent.room import trail as trail_of_correspondent

bp = Blueprint("directory", __name__, url_prefix="/correspondant")
_NATIONAL = "nationales"


@bp.before_request
def enter() -> None:
    """Show these pages as those of the room that leads here."""
    enter_room("correspondent.calls" if actor().may(Permission.INSTRUCT, call().id) else "management.calls")


def word_of(region: str) -> str:
    """Return how an address names a directory."""
    return _NATIONAL if region == NATIONAL else region


def region_asked() -> str | None:
    """Return the directory that the address or the form names, None where it names none."""
    word = request.values.get("region") or None
    return NATIONAL if word == _NATIONAL else word


def open_room(region: str | None) -> Room:
    """Open a directory. Errors: ``not_found``."""
    with db().reading() as session:
        return resources.room(session, actor(), call(), region)


def open_list(region: str | None) -> tuple[Room, tuple[Entry, ...]]:
    """Open a directory with all that it holds. Errors: ``not_found``."""
    with db().reading() as session:
        room = resources.room(session, actor(), call(), region)
        return room, resources.entries(session, call().id, room.table, room.place.region, now=clock.now())


def list_address(place: Place | str, **more: object) -> str:
    """Return the address of a directory."""
    region = place if isinstance(place, str) else place.region
    return url_for("directory.page", slug=call().slug, region=word_of(region), **more)  # type: ignore[arg-type]


def trail(place: Place, *last: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    """Return the breadcrumb of a page of a directory."""
    here: list[tuple[str, str | None]] = [("Ressources", list_address(place) if last else None), *last]
    if actor().may(Permission.INSTRUCT, call().id):
        return trail_of_correspondent(*here)
    manage: str = url_for("management.dashboard", slug=call().slug)
    return [("Pilotage", url_for("management.calls")), (call().short_title, manage), *here]
