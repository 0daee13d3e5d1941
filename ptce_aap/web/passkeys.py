"""Passkeys on pages: offered where the browser has them, nothing missing where it has not."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.accounts import passkeys as service
from ptce_aap.web import limits
from ptce_aap.web.access import public, requires
from ptce_aap.web.account import wanted, welcome
from ptce_aap.web.context import actor, db, settings
from ptce_aap.web.messages import sentence
from ptce_aap.web.passkey_site import site
from ptce_aap.web.proof import fresh_proof

bp = Blueprint("passkeys", __name__, url_prefix="/compte")


@bp.post("/connexion/cle")
@public
def sign_in() -> Response:
    """Open a session by a passkey."""
    here, answer = site(), request.form.get("passkey", "")
    try:
        with limits.only_failures(limits.of_link()):
            if here is None:
                raise RuleViolation("passkey_refused")
            secret, email = db().transaction(service.sign_in, answer, site=here, now=clock.now())
    except RuleViolation as refusal:
        flash(sentence(refusal), "error")
        return redirect(url_for("account.sign_in", suite=wanted() or None))
    return welcome(secret, wanted() or url_for("account.start"), email)


@bp.post("/securite/cles")
@fresh_proof
@requires(Permission.OWN_ACCOUNT)
def add() -> Response:
    """Keep a passkey that the browser has just made."""
    here = site()
    try:
        if here is None:
            raise RuleViolation("passkey_refused")
        name, answer = request.form.get("name", ""), request.form.get("passkey", "")
        base_url, now = settings().base_url, clock.now()
        db().transaction(service.add, actor(), name, answer, site=here, base_url=base_url, now=now)
        flash("La clé d’accès est ajoutée : elle ouvre votre compte sans mot de passe ni code.", "success")
    except RuleViolation as refusal:
        flash(sentence(refusal), "error")
    return redirect(url_for("second_factor.security"))


@bp.route("/securite/cles/<reference>/retirer", methods=["GET", "POST"])
@fresh_proof
@requires(Permission.OWN_ACCOUNT)
def remove(reference: str) -> Response | str:
    """Ask once, then forget one's own passkey."""
    if request.method == "POST":
        db().transaction(service.remove, actor(), reference, base_url=settings().base_url, now=clock.now())
        flash("La clé d’accès est retirée : elle n’ouvre plus votre compte.", "success")
        return redirect(url_for("second_factor.security"))
    with db().reading() as session:
        passkey = service.own(session, actor(), reference)
    trail = [("Mon compte", url_for("account.home")), ("Sécurité", url_for("second_factor.security"))]
    return render_template("account/remove_passkey.html", passkey=passkey, breadcrumb=[*trail, ("Retirer", None)])
