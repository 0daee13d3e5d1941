"""The dashboard of a call: where it stands, what to do next, what is late."""

from __future__ import annotations

from flask import render_template

from ptce_aap import clock
from ptce_aap.domain.permissions import Permission
from ptce_aap.domain.two_persons import LABELS
from ptce_aap.services.calls import dashboard as service
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db, settings
from ptce_aap.web.management.room import bp, trail


@bp.get("/<slug>")
@requires(Permission.SEE_MANAGEMENT)
def dashboard() -> str:
    """Show where the call stands."""
    now = clock.now()
    with db().reading() as session:
        page = service.read(session, actor(), call(), now=now)
    may = {permission.value for permission in Permission if actor().may(permission, call().id)}
    return render_template(
        "management/dashboard.html",
        page=page,
        moment=now,
        may=may,
        act_labels=LABELS,
        no_scanner=page.definition.sheet.pieces_are_scanned and settings().clamav_url is None,
        breadcrumb=[*trail()[:-1], (call().short_title, None)],
    )
