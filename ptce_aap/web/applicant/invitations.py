"""The page of a link that invites somebody into a dossier: what it is, then yes or no."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from ptce_aap import addresses
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.applicants import dossier_invitations
from ptce_aap.web import limits
from ptce_aap.web.access import public, requires
from ptce_aap.web.applicant.room import by_link
from ptce_aap.web.context import actor, actor_or_none, db, received_at, settings


@by_link.get("/invitation/<token>")
@public
def invitation(token: str) -> str:
    """Say who invites to what; a GET never accepts, since mail scanners open links."""
    with limits.only_failures(limits.of_link()), db().reading() as session:
        found = dossier_invitations.invitation_of(session, token, now=received_at())
    return render_template(
        "applicant/invitation.html",
        invitation=found,
        may=dossier_invitations.MAY,
        token=token,
        back=addresses.dossier_invitation(token),
        signed_in=actor_or_none() is not None,
    )


@by_link.post("/invitation/<token>")
@requires(Permission.FILE_DOSSIER)
def accept_invitation(token: str) -> Response:
    """Come to work on the dossier, with the account that is signed in."""
    with limits.only_failures(limits.of_link()):
        dossier = db().transaction(dossier_invitations.accept, actor(), token, now=received_at())
    flash("Le dossier vous est ouvert. Vous le retrouverez dans «\u00a0Mes dossiers\u00a0».", "success")
    return redirect(url_for("applicant.dossier", reference=dossier.reference))


@by_link.post("/invitation/<token>/refus")
@public
def decline_invitation(token: str) -> Response:
    """Answer no; no account is needed for that."""
    with limits.only_failures(limits.of_link()):
        db().transaction(dossier_invitations.decline, token, base_url=settings().base_url, now=received_at())
    flash("L’invitation est refusée. La personne qui vous invitait en est avertie.", "success")
    return redirect(url_for("public.home"))
