"""Signing in by ProConnect: leaving for it, coming back, leaving both; the password always stays another way in."""

from __future__ import annotations

import hmac

from flask import Blueprint, flash, redirect, request, session, url_for
from flask_login import current_user
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from ptce_aap import addresses, clock
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.proconnect import Identity, Provider, Refused, Trip
from ptce_aap.services.accounts import identities
from ptce_aap.services.accounts.second_factor import FRESH
from ptce_aap.web import limits, sessions
from ptce_aap.web.access import public
from ptce_aap.web.account import let_in, wanted
from ptce_aap.web.context import actor, db, platform, settings
from ptce_aap.web.messages import sentence

bp = Blueprint("proconnect", __name__)

_TRIP = "proconnect"
_FAILED = "La connexion par ProConnect n’a pas abouti. Réessayez, ou donnez votre adresse et votre mot de passe."
_SILENT = "ProConnect ne répond pas pour le moment. Donnez votre adresse et votre mot de passe."


@bp.get("/compte/proconnect")
@public
def leave() -> Response:
    """Lead a visitor to ProConnect, or back to the password where it is silent."""
    provider = _provider()
    limits.count(limits.of_visit())
    try:
        where, trip = provider.leave()
    except Refused:
        flash(_SILENT, "error")
        return redirect(url_for("account.sign_in", suite=wanted() or None))
    session[_TRIP] = [trip.state, trip.nonce, trip.verifier, wanted()]
    return redirect(where)


@bp.get(addresses.PROCONNECT_BACK)
@public
def come_back() -> Response:
    """Let in whoever comes back with the answer to the visit that this browser began."""
    provider = _provider()
    limits.count(limits.of_visit())
    kept = session.pop(_TRIP, None)
    given, code = request.args.get("state", ""), request.args.get("code", "")
    issuer = request.args.get("iss", provider.issuer)
    if not kept or not code or issuer != provider.issuer or not hmac.compare_digest(given.encode(), kept[0].encode()):
        return _try_again(_FAILED)
    try:
        found = provider.come_back(Trip(*kept[:3]), code)
    except Refused:
        return _try_again(_FAILED)
    try:
        return _bind(found) if current_user.is_authenticated else _enter(found, kept[3])
    except RuleViolation as refusal:
        if refusal.code == "identity_unbound":
            # Once the password is given, the visit is made again, and binds.
            flash(sentence(refusal), "info")
            return redirect(url_for("account.sign_in", suite=url_for("proconnect.leave", suite=kept[3] or None)))
        return _try_again(sentence(refusal))


def _enter(found: Identity, target: str) -> Response:
    base_url = settings().base_url
    entry, email = db().transaction(identities.enter, _comer(found), base_url=base_url, now=clock.now())
    response = let_in(entry, target or url_for("account.start"), email)
    sessions.note_outside(found.statement)
    return response


def _bind(found: Identity) -> Response:
    if clock.now() - current_user.proved_at > FRESH:
        flash("Déconnectez-vous, puis entrez de nouveau avec votre mot de passe pour relier ProConnect.", "info")
        return redirect(url_for("second_factor.security"))
    db().transaction(identities.bind, actor(), _comer(found), base_url=settings().base_url, now=clock.now())
    flash("ProConnect ouvre désormais votre compte.", "success")
    return redirect(url_for("account.start"))


def _comer(found: Identity) -> identities.Comer:
    return identities.Comer(
        found.issuer, found.subject, found.email, found.email_verified, found.name, strong=found.strong
    )


def _try_again(words: str) -> Response:
    flash(words, "error")
    return redirect(url_for("second_factor.security" if current_user.is_authenticated else "account.sign_in"))


def _provider() -> Provider:
    found = platform().proconnect
    if found is None:
        raise NotFound()
    return found
