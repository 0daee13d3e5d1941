"""« Conservation »: how long everything is kept, what rounds erased, the requests that wait for the administration."""

from __future__ import annotations

import json

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.domain.retention import CLASSES
from ptce_aap.services.retention import durations, requests, rounds
from ptce_aap.web import downloads
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, db, settings
from ptce_aap.web.management.room import bp, people_trail
from ptce_aap.web.messages import sentence
from ptce_aap.web.proof import fresh_proof

_MESSAGES_ARE_FILES = (
    "Cette installation n’a pas de serveur de courriel : ses messages sont des fichiers du dossier "
    "« instance/outbox », que le service n’efface pas. Demandez à l’exploitant de le vider."
)


@bp.get("/conservation")
@requires(Permission.MANAGE_PEOPLE)
def retention() -> str:
    """Show the table of durations, the reports, and the requests to whoever grants them."""
    in_force = durations.read(settings().instance)
    grants = actor().may(Permission.GRANT_ERASURE, None)
    with db().reading() as session:
        reports = [(one.reference, one.at, one.content) for one in rounds.reports(session)]
        waiting = requests.waiting(session, actor(), held=in_force.held) if grants else []
    refusals = {one.reference: sentence(RuleViolation(one.refusal)) for one in waiting if one.refusal}
    return render_template(
        "management/retention.html",
        classes=[(one, in_force.of(one.key).words if one.duration else "") for one in CLASSES],
        held=sorted(in_force.held),
        reports=reports,
        waiting=waiting,
        refusals=refusals,
        admin=grants,
        breadcrumb=people_trail(("Conservation", None)),
    )


@bp.get("/conservation/rapports/<reference>")
@requires(Permission.MANAGE_PEOPLE)
def retention_report(reference: str) -> Response:
    """Give a report as a file: numbers, neither name nor text."""
    with db().reading() as session:
        content = rounds.report(session, reference).content
    told = json.dumps(content, ensure_ascii=False, indent=2).encode()
    return downloads.made(told, filename="conservation.json", media_type="application/json")


@bp.route("/conservation/demandes/<reference>", methods=["GET", "POST"])
@fresh_proof
@requires(Permission.GRANT_ERASURE)
def grant_erasure(reference: str) -> Response | str:
    """Ask once, then erase an account whose person asked for it."""
    held = durations.read(settings().instance).held
    if request.method == "POST":
        db().transaction(requests.grant, actor(), reference, held=held, now=clock.now())
        flash("Le compte est effacé. Ses fichiers seront oubliés sous deux jours.", "success")
        if settings().smtp_url is None:
            flash(_MESSAGES_ARE_FILES, "warning")
        return redirect(url_for("management.retention"))
    with db().reading() as session:
        asked = requests.waiting_one(session, actor(), reference, held=held)
    steps = people_trail(("Conservation", url_for("management.retention")), ("Effacer un compte", None))
    return render_template("management/grant_erasure.html", asked=asked, breadcrumb=steps)
