"""The blueprint of the correspondents' room, and the trail that leads to each of its pages."""

from __future__ import annotations

from flask import Blueprint, url_for

from ptce_aap.web.context import call

bp = Blueprint("correspondent", __name__, url_prefix="/correspondant")


def trail(*last: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    """Return the breadcrumb of a page of this room."""
    return [
        ("Instruction", url_for("correspondent.calls")),
        (call().short_title, url_for("correspondent.queue", slug=call().slug)),
        *last,
    ]
