"""Handing a dossier over: the owner offers it, the other takes it or not."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from ptce_aap.domain.permissions import Permission
from ptce_aap.services.applicants import dossier_ownership
from ptce_aap.services.applicants.dossier_people import Standing
from ptce_aap.web.access import requires
from ptce_aap.web.applicant.people import line_of, own_page, people_of, way
from ptce_aap.web.applicant.room import bp
from ptce_aap.web.context import actor, db, received_at, settings
from ptce_aap.web.forms import PageForm


@bp.route("/<reference>/personnes/<link>/confier", methods=["GET", "POST"])
@requires(Permission.FILE_DOSSIER)
def hand_over(reference: str, link: str) -> Response | str:
    """Ask once, then offer the dossier to one of its people."""
    page = own_page(reference)
    line = line_of(page, link)
    if line.standing is not Standing.THERE:
        raise NotFound()
    form = PageForm()
    if form.validate_on_submit():
        base = settings().base_url
        db().transaction(dossier_ownership.offer, actor(), reference, link, base_url=base, now=received_at())
        flash(f"Le dossier est proposé à {line.name}. Rien ne change avant sa réponse.", "success")
        return redirect(url_for("applicant.people", reference=reference))
    return render_template(
        "applicant/hand_over.html", page=page, line=line, breadcrumb=way(page, ("Confier le dossier", None))
    )


@bp.post("/<reference>/personnes/garder")
@requires(Permission.FILE_DOSSIER)
def keep(reference: str) -> Response:
    """Take an offer back."""
    db().transaction(dossier_ownership.withdraw_offer, actor(), reference, now=received_at())
    flash("Vous restez titulaire du dossier.", "success")
    return redirect(url_for("applicant.people", reference=reference))


@bp.get("/<reference>/personnes/reprendre")
@requires(Permission.FILE_DOSSIER)
def offered(reference: str) -> str:
    """Say what taking a dossier over means, to the person to whom it is offered."""
    page = people_of(reference)
    if page.mine is None or not page.mine.offered:
        raise NotFound()
    return render_template("applicant/offered.html", page=page, breadcrumb=way(page, ("Reprendre le dossier", None)))


@bp.post("/<reference>/personnes/reprendre")
@requires(Permission.FILE_DOSSIER)
def take(reference: str) -> Response:
    """Become the owner of the dossier."""
    base = settings().base_url
    db().transaction(dossier_ownership.take, actor(), reference, base_url=base, now=received_at())
    flash("Vous êtes titulaire de ce dossier. Vous pouvez maintenant inviter des personnes et le déposer.", "success")
    return redirect(url_for("applicant.people", reference=reference))


@bp.post("/<reference>/personnes/refuser")
@requires(Permission.FILE_DOSSIER)
def refuse_offer(reference: str) -> Response:
    """Leave the dossier to its owner."""
    base = settings().base_url
    db().transaction(dossier_ownership.refuse, actor(), reference, base_url=base, now=received_at())
    flash("Vous ne reprenez pas le dossier. Vous continuez d’y travailler comme avant.", "success")
    return redirect(url_for("applicant.people", reference=reference))
