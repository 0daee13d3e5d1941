"""The views of the queue that a correspondent names: kept under a name, opened by a link, forgotten."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.instruction import saved_views
from ptce_aap.web import lists
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db
from ptce_aap.web.correspondent.room import bp, trail
from ptce_aap.web.forms import typed_text
from ptce_aap.web.messages import sentence


@bp.get("/<slug>/vues")
@requires(Permission.INSTRUCT)
def views() -> str:
    """Show one's views, and offer to name what the list asked when it led here."""
    return _page(lists.query_of(request.args))


@bp.post("/<slug>/vues")
@requires(Permission.INSTRUCT)
def keep_view() -> Response | tuple[str, int]:
    """Keep a view under a name; a refusal keeps what was typed."""
    typed, query = typed_text(request.form.get("nom")), lists.query_of(request.form)
    try:
        db().transaction(saved_views.keep, actor(), call().id, typed, query, now=clock.now())
    except RuleViolation as refusal:
        return _page(query, typed, sentence(refusal)), 422
    flash(f"La vue « {typed} » est enregistrée.", "success")
    return redirect(lists.with_query(url_for("correspondent.queue", slug=call().slug), query))


@bp.post("/<slug>/vues/<view>/retrait")
@requires(Permission.INSTRUCT)
def forget_view(view: str) -> Response:
    """Forget a view; what it showed stays."""
    db().transaction(saved_views.forget, actor(), call().id, view)
    flash("La vue est oubliée ; les dossiers qu’elle montrait restent dans votre liste.", "success")
    return redirect(url_for("correspondent.views", slug=call().slug))


def _page(query: str, typed: str = "", refused: str = "") -> str:
    with db().reading() as session:
        found = saved_views.views(session, actor(), call())
    room = url_for("correspondent.queue", slug=call().slug)
    return render_template(
        "correspondent/views.html",
        views=[(one, lists.with_query(room, one.query)) for one in found],
        most=saved_views.VIEWS,
        asked=lists.pairs_of(query),
        back=lists.with_query(room, query),
        typed=typed,
        refused=refused,
        breadcrumb=trail(("Vues enregistrées", None)),
    )
