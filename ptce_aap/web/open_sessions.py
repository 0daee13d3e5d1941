"""One's own sessions: on which devices the account is open, and closing it there; those of another, for his team."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.accounts import people, sign_ins
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, db
from ptce_aap.web.management.room import people_trail

bp = Blueprint("open_sessions", __name__)


@bp.get("/compte/appareils")
@requires(Permission.OWN_ACCOUNT)
def mine() -> str:
    """List the devices on which one's own account is open."""
    with db().reading() as session:
        found = sign_ins.open_sessions(session, actor(), current_user.digest, now=clock.now())
    steps = [("Mon compte", url_for("account.home")), ("Appareils connectés", None)]
    return render_template("account/open_sessions.html", sessions=found, breadcrumb=steps)


@bp.post("/compte/appareils/<reference>/fermer")
@requires(Permission.OWN_ACCOUNT)
def end(reference: str) -> Response:
    """Close one's own account on one device."""
    db().transaction(sign_ins.end_one, actor(), reference, now=clock.now())
    flash("La session est fermée sur cet appareil.", "success")
    return redirect(url_for("open_sessions.mine"))


@bp.post("/compte/appareils/fermer-les-autres")
@requires(Permission.OWN_ACCOUNT)
def end_others() -> Response:
    """Close one's own account everywhere else."""
    count = db().transaction(sign_ins.end_others, actor(), current_user.digest, now=clock.now())
    flash(
        "Votre compte n’est plus ouvert que sur cet appareil." if count else "Il n’y avait pas d’autre appareil.",
        "success",
    )
    return redirect(url_for("open_sessions.mine"))


@bp.route("/pilotage/personnes/<reference>/deconnecter", methods=["GET", "POST"])
@requires(Permission.MANAGE_PEOPLE)
def end_all_of(reference: str) -> Response | str:
    """Ask once, then close somebody's account everywhere: a lost telephone, a departure."""
    with db().reading() as session:
        person = people.held_by(session, actor(), reference)
    if request.method == "POST":
        db().transaction(sign_ins.end_all_of, actor(), reference, now=clock.now())
        flash(f"{person.name or person.email} est déconnecté de tous ses appareils.", "success")
        return redirect(url_for("management.people"))
    return render_template(
        "management/end_sessions.html", person=person, breadcrumb=people_trail(("Déconnecter", None))
    )
