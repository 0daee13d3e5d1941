"""One label put on chosen dossiers, or taken away from them: each is shown first, then one act."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.instruction import own_papers
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db
from ptce_aap.web.correspondent.room import bp, trail
from ptce_aap.web.forms import typed_text
from ptce_aap.web.messages import sentence


@bp.get("/<slug>/etiqueter")
@requires(Permission.INSTRUCT)
def choose_label() -> str:
    """Show the chosen dossiers, each with the labels that it bears, and ask which one to put or to take away."""
    return _page(request.args.getlist("dossier"))


@bp.post("/<slug>/etiqueter")
@requires(Permission.INSTRUCT)
def label_chosen() -> Response | tuple[str, int]:
    """Put it or take it away: on all of them or on none."""
    chosen, typed = request.form.getlist("dossier"), typed_text(request.form.get("label"))
    away = "retirer" in request.form
    act = own_papers.take_away if away else own_papers.put
    try:
        done = db().transaction(act, actor(), call().id, chosen, typed, now=clock.now())
    except RuleViolation as refusal:
        return _page(chosen, typed=typed, refused=sentence(refusal)), 422
    on = f"{done} dossier{'s' if done > 1 else ''}"
    flash(f"« {typed} » est {'retirée de' if away else 'posée sur'} {on}.", "success")
    return redirect(url_for("correspondent.queue", slug=call().slug))


def _page(chosen: list[str], *, typed: str = "", refused: str = "") -> str:
    with db().reading() as session:
        found = own_papers.chosen(session, actor(), call(), chosen, now=clock.now())
        known = own_papers.known(session, actor(), call(), now=clock.now())
    return render_template(
        "correspondent/labels.html",
        found=found,
        known=list(known.values()),
        typed=typed,
        refused=refused,
        label_length=own_papers.LABEL_LENGTH,
        breadcrumb=trail(("Étiqueter", None)),
    )
