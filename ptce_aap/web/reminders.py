"""Stopping the reminders of a dossier from the link of a reminder: no sign-in, the address is the secret."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.services.deposits import reminders as service
from ptce_aap.web.access import public
from ptce_aap.web.context import db, settings

bp = Blueprint("reminders", __name__, url_prefix="/rappels")


@bp.get("/<token>")
@public
def reminders(token: str) -> str:
    """Ask once, or say that it is done and offer to take it back."""
    with db().reading() as session:
        dossier, person, stopped = service.dossier_of(session, token, secret_key=settings().signing_keys)
    return render_template("public/reminders.html", dossier=dossier, person=person, stopped=stopped, token=token)


@bp.post("/<token>")
@public
def stop(token: str) -> Response | str:
    """Stop, by the button of the page or in one click from a mail program (RFC 8058), or send them again.

    A mail program has neither cookie nor form token (``security.WITHOUT_TOKEN``).
    """
    work = service.resume if request.form.get("act") == "again" else service.stop
    db().transaction(work, token, secret_key=settings().signing_keys, now=clock.now())
    if request.form.get("List-Unsubscribe") == "One-Click":
        return "C’est fait.\n"  # a program: it follows no redirection
    return redirect(url_for("reminders.reminders", token=token))
