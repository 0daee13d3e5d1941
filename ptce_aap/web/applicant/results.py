"""The result of one's dossier, once the list is published."""

from __future__ import annotations

from flask import render_template

from ptce_aap.domain.permissions import Permission
from ptce_aap.services.deposits import results
from ptce_aap.web.access import requires
from ptce_aap.web.applicant.room import bp, load, trail
from ptce_aap.web.context import db


@bp.get("/<reference>/resultat")
@requires(Permission.FILE_DOSSIER)
def result(reference: str) -> str:
    """Show what became of a dossier, why where it is written for its applicant, and what comes next."""
    page = load(reference)
    with db().reading() as session:
        found = results.result_of(session, page)
    return render_template("applicant/result.html", page=page, result=found, breadcrumb=trail(page, ("Résultat", None)))
