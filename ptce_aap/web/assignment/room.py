"""The room where readings are shared out: its blueprint and its trail."""

from __future__ import annotations

from flask import Blueprint, url_for

from ptce_aap.web.context import call

bp = Blueprint("assignment", __name__, url_prefix="/pilotage/<slug>")
Trail = list[tuple[str, str | None]]


def trail(*steps: tuple[str, str | None]) -> Trail:
    """Return where the page is: the management, the call, then these steps."""
    dashboard = url_for("management.dashboard", slug=call().slug)
    return [("Pilotage", url_for("management.calls")), (call().short_title, dashboard), *steps]


def assignment_trail(*steps: tuple[str, str | None]) -> Trail:
    """Return the trail of a page under the assignment."""
    return trail(("Affectation", url_for("assignment.overview", slug=call().slug)), *steps)
