"""The blueprint of the room, and what its pages share: where one is, and addresses that keep the filters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, request, url_for

from ptce_aap.domain.permissions import Permission
from ptce_aap.web.context import actor, call

bp = Blueprint("management", __name__, url_prefix="/pilotage")

Trail = list[tuple[str, str | None]]


def trail(*steps: tuple[str, str | None]) -> Trail:
    """Return where the reader is, from the list of the calls down to this page."""
    here = call()
    return [
        ("Pilotage", url_for("management.calls")),
        (here.short_title, url_for("management.dashboard", slug=here.slug)),
        *steps,
    ]


def home() -> str:
    """Return the head of the trail: an administrator of accounts has no call to manage."""
    return url_for("management.calls" if actor().may_somewhere(Permission.SEE_MANAGEMENT) else "management.people")


def people_trail(*steps: tuple[str, str | None]) -> Trail:
    """Return where the reader is, from the people down to this page, which belongs to no call."""
    return [("Pilotage", home()), ("Personnes et rôles", url_for("management.people")), *steps]


def page_number() -> int:
    """Return the page asked for: 1 where the address says none, or nonsense."""
    text = request.args.get("page", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def same_list(endpoint: str, **kept: str | int | None) -> Callable[[int], str]:
    """Return the address of each page of a list, its filters kept."""
    filters: dict[str, Any] = {name: value for name, value in kept.items() if value}
    return lambda page: url_for(endpoint, **filters, page=page)
