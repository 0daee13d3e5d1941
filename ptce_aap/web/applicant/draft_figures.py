"""Letting the figures of one's draft be counted in the synthesis of the region."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from ptce_aap.domain.permissions import Permission
from ptce_aap.services.applicants import draft_figures
from ptce_aap.web.access import requires
from ptce_aap.web.applicant.room import bp
from ptce_aap.web.context import actor, db, received_at


@bp.post("/<reference>/synthese")
@requires(Permission.FILE_DOSSIER)
def count_draft(reference: str) -> Response:
    """Take the owner's choice."""
    counted = request.form.get("compter") == "oui"
    db().transaction(draft_figures.choose, actor(), reference, counted=counted, now=received_at())
    flash(
        "Votre brouillon sera compté dans la synthèse, sans nom ni texte, tant que vous n’y revenez pas."
        if counted
        else "Votre brouillon n’est plus compté.",
        "success",
    )
    return redirect(url_for("applicant.dossier", reference=reference))
