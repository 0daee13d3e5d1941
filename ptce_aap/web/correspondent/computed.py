"""The computed answers proposed for chosen dossiers: a preview dossier by dossier, then one act."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.instruction import computed_proposals, instruction
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db
from ptce_aap.web.correspondent.room import bp, trail
from ptce_aap.web.messages import sentence


@bp.get("/<slug>/suivre-le-calcul")
@requires(Permission.INSTRUCT)
def preview_computed() -> str:
    """Show what would be written of each chosen dossier, what is left out and why."""
    return _page(request.args.getlist("dossier"))


@bp.post("/<slug>/suivre-le-calcul")
@requires(Permission.INSTRUCT)
def follow_computed() -> Response | tuple[str, int]:
    """Write it, all or none; where something changed meanwhile, show it as it now is."""
    chosen = request.form.getlist("dossier")
    marks = {reference: request.form.get(f"vu-{reference}", "") for reference in chosen}
    try:
        done = db().transaction(computed_proposals.follow, actor(), call().id, marks, now=clock.now())
    except RuleViolation as refusal:
        return _page(chosen, sentence(refusal)), 422
    flash(f"{done} fiche{'s' if done > 1 else ''} complétée{'s' if done > 1 else ''} d’après le calcul.", "success")
    return redirect(url_for("correspondent.queue", slug=call().slug))


def _page(chosen: list[str], refused: str = "") -> str:
    with db().reading() as session:
        found = computed_proposals.prepare(session, actor(), call(), chosen, now=clock.now())
    return render_template(
        "correspondent/computed.html",
        found=found,
        written=[one for one in found if not one.left_out],
        refused=refused,
        open=instruction.is_open(call()),
        breadcrumb=trail(("Suivre le calcul", None)),
    )
