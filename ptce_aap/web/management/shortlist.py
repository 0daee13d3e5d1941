"""The shortlist: what freezing it entails, the frozen list, its publication."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.services import results, shortlists, standings
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db
from ptce_aap.web.management.room import bp, trail
from ptce_aap.web.messages import sentence
from ptce_aap.web.proof import fresh_proof


@bp.route("/<slug>/liste/figer", methods=["GET", "POST"])
@fresh_proof
@requires(Permission.FREEZE_SHORTLIST)
def freeze() -> Response | str | tuple[str, int]:
    """Show what freezing the list entails, then freeze it as it was shown."""
    error = None
    if request.method == "POST":
        try:
            seen = request.form.get("seen", "")
            db().transaction(shortlists.freeze, actor(), call().id, seen, now=clock.now())
            flash("La liste est figée.", "success")
            return redirect(url_for("management.shortlist", slug=call().slug))
        except RuleViolation as refusal:
            error = sentence(refusal)
    with db().reading() as session:
        preview = shortlists.preview(session, actor(), call())
    body = render_template(
        "management/freeze.html",
        preview=preview,
        obstacles=[(refusal.code, sentence(refusal)) for refusal in preview.obstacles],
        error=error,
        breadcrumb=trail(("Classement", url_for("management.ranking", slug=call().slug)), ("Figer la liste", None)),
    )
    return (body, 409) if error else body


@bp.get("/<slug>/liste")
@requires(Permission.SEE_RANKING)
def shortlist() -> str:
    """Show the frozen list."""
    with db().reading() as session:
        standings.require_no_deport(session, actor(), call())
        printable = shortlists.printable(session, call())
    return render_template(
        "management/shortlist.html",
        page=printable,
        may_publish=actor().may(Permission.MANAGE_CALL, call().id),
        breadcrumb=trail(("Liste classée", None)),
    )


@bp.route("/<slug>/liste/publier", methods=["GET", "POST"])
@fresh_proof
@requires(Permission.MANAGE_CALL)
def publish() -> Response | str:
    """Ask once, then publish the laureates."""
    if request.method == "POST":
        db().transaction(results.publish, actor(), call().id, now=clock.now())
        flash("Les lauréats sont publiés.", "success")
        return redirect(url_for("management.shortlist", slug=call().slug))
    with db().reading() as session:
        standings.require_no_deport(session, actor(), call())
        printable = shortlists.printable(session, call())
    steps = trail(("Liste classée", url_for("management.shortlist", slug=call().slug)), ("Publier", None))
    return render_template("management/publish.html", page=printable, breadcrumb=steps)
