"""« Mes données »: until when each dossier is kept, a copy of everything, asking that it be erased."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.domain.retention import CLASSES
from ptce_aap.services.retention import durations, own_copies, requests
from ptce_aap.services.retention.own_copies import OwnCopy
from ptce_aap.web import downloads
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, db, settings
from ptce_aap.web.messages import sentence
from ptce_aap.web.proof import fresh_proof

bp = Blueprint("own_data", __name__)


@bp.get("/compte/donnees")
@requires(Permission.OWN_ACCOUNT)
def page() -> str:
    """Show what is kept and until when, one's copy, one's request."""
    in_force, now = durations.read(settings().instance), clock.now()
    with db().reading() as session:
        held = requests.held_by(session, actor(), in_force)
        asked = requests.open_request(session, actor())
        copy = own_copies.latest(session, actor(), now=now)
    return render_template(
        "account/own_data.html",
        held=held,
        asked_at=asked.asked_at if asked else None,
        copy=copy,
        problem=_problem(copy),
        lengths={one.key: in_force.of(one.key).words for one in CLASSES if one.duration},
        breadcrumb=[("Mon compte", url_for("account.home")), ("Mes données", None)],
    )


@bp.post("/compte/donnees/copie")
@requires(Permission.OWN_ACCOUNT)
def ask_copy() -> Response:
    """Ask for a copy."""
    db().transaction(own_copies.ask, actor(), now=clock.now())
    flash("La copie de vos données se prépare ; elle vous attendra ici pendant 48 heures.", "success")
    return redirect(url_for("own_data.page"))


@bp.get("/compte/donnees/copie/<reference>")
@fresh_proof
@requires(Permission.OWN_ACCOUNT)
def take_copy(reference: str) -> Response:
    """Give one's own copy."""
    with db().reading() as session:
        file = own_copies.take(session, actor(), reference, now=clock.now())
    return downloads.send(file.digest, filename=file.filename, media_type=file.media_type)


@bp.route("/compte/donnees/effacer", methods=["GET", "POST"])
@fresh_proof
@requires(Permission.OWN_ACCOUNT)
def ask_erasure() -> Response | str:
    """Say what would go and what stays, then take the request; asked once, it is told in « Mes données »."""
    if request.method == "POST":
        db().transaction(requests.ask, actor(), now=clock.now())
        flash("Votre demande est enregistrée ; vous pouvez y renoncer tant qu’elle n’est pas faite.", "success")
        return redirect(url_for("own_data.page"))
    with db().reading() as session:
        if requests.open_request(session, actor()) is not None:
            return redirect(url_for("own_data.page"))
        held = requests.held_by(session, actor(), durations.read(settings().instance))
    steps = [("Mon compte", url_for("account.home")), ("Mes données", url_for("own_data.page"))]
    return render_template("account/ask_erasure.html", held=held, breadcrumb=[*steps, ("Demander l’effacement", None)])


@bp.post("/compte/donnees/garder")
@requires(Permission.OWN_ACCOUNT)
def withdraw_erasure() -> Response:
    """Take one's request back."""
    db().transaction(requests.withdraw, actor(), now=clock.now())
    flash("Vous gardez votre compte : la demande d’effacement est retirée.", "success")
    return redirect(url_for("own_data.page"))


def _problem(copy: OwnCopy | None) -> str:
    return sentence(RuleViolation(copy.error or "job_failed")) if copy and copy.state == "failed" else ""
