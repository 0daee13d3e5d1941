"""A former dossier taken up again: the calls where it may be, what fits, and what does not until it is put away."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from ptce_aap.domain.permissions import Permission
from ptce_aap.services.applicants import copying
from ptce_aap.web.access import requires
from ptce_aap.web.applicant.room import bp, load, trail, trail_of
from ptce_aap.web.context import actor, call, db, enter, received_at


@bp.get("/<reference>/reprendre")
@requires(Permission.FILE_DOSSIER)
def take_up(reference: str) -> str:
    """Show the open calls in which this dossier may be taken up, and what of it fits."""
    with db().reading() as session:
        found = copying.offers(session, actor(), reference, now=received_at())
    enter(found.call)
    return render_template(
        "applicant/take_up.html",
        found=found,
        breadcrumb=trail_of(found.dossier, ("Reprendre dans un autre appel", None)),
    )


@bp.post("/<reference>/reprendre/<slug>")
@requires(Permission.FILE_DOSSIER)
def start_from(reference: str) -> Response:
    """Start a dossier with what fits; the same again leads to the same dossier."""
    started = db().transaction(copying.start, actor(), call(), reference, now=received_at())
    flash(
        "Votre dossier est créé avec les réponses qui conviennent. Relisez-les toutes : elles ont vieilli.", "success"
    )
    return redirect(url_for("applicant.leftovers", reference=started.reference))


@bp.get("/<reference>/reprise")
@requires(Permission.FILE_DOSSIER)
def leftovers(reference: str) -> str:
    """Show what did not fit, with the old text to copy."""
    page = load(reference)
    with db().reading() as session:
        taken = copying.taken(session, actor(), reference)
    return render_template(
        "applicant/leftovers.html", page=page, taken=taken, breadcrumb=trail(page, ("Ce qui n’a pas été repris", None))
    )


@bp.post("/<reference>/reprise")
@requires(Permission.FILE_DOSSIER)
def put_away(reference: str) -> Response:
    """Put the page away: the dossier no longer points to it."""
    db().transaction(copying.put_away, actor(), reference, now=received_at())
    return redirect(url_for("applicant.dossier", reference=reference))
