"""Putting the closing of a call off."""

from __future__ import annotations

from datetime import timedelta

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import DateField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from ptce_aap import clock
from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.domain.two_persons import JointAct
from ptce_aap.services.calls import calls
from ptce_aap.services.joint_acts import acts_page, extensions
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db, settings
from ptce_aap.web.forms import PageForm
from ptce_aap.web.management.calls import DATE, TIME, instant_of
from ptce_aap.web.management.joint_acts import PROPOSED
from ptce_aap.web.management.room import bp, trail
from ptce_aap.web.proof import fresh_proof


class ExtensionForm(PageForm):
    """Until when, and why; hours are those of Paris."""

    closes_on = DateField("Nouvelle clôture : date", DATE)
    closes_time = StringField("Nouvelle clôture : heure", TIME, default="23:59")
    reason = TextAreaField(
        "Motif",
        [InputRequired("Écrivez le motif."), Length(max=extensions.LONGEST_REASON, message="Mille signes au plus.")],
        description="Il est écrit aux personnes qui préparent un dossier, et gardé avec l’appel.",
    )


@bp.route("/<slug>/cloture", methods=["GET", "POST"])
@fresh_proof
@requires(Permission.MANAGE_CALL)
def extension() -> Response | str | tuple[str, int]:
    """Propose to put the closing off: another person confirms, then everybody who prepares a dossier is told."""
    form, status = ExtensionForm(), 200
    if form.validate_on_submit():
        try:
            # The minute of the closing is still on time.
            closes_at = instant_of(form.closes_on.data, form.closes_time.data) + timedelta(minutes=1)
            reason, base_url = form.reason.data or "", settings().base_url
            proposed = db().transaction(
                extensions.propose, actor(), call().id, closes_at, reason, base_url=base_url, now=clock.now()
            )
            flash(PROPOSED, "success")
            return redirect(url_for("management.act", slug=call().slug, reference=proposed.reference))
        except (NotFound, Conflict):
            raise
        except RuleViolation as refusal:
            form.refuse(refusal, "closes_on")
    if form.errors:
        status = 422
    with db().reading() as session:
        history = extensions.history(session, call())
        waiting = acts_page.waiting_for(session, actor(), call(), JointAct.EXTENSION, now=clock.now())
    page = render_template(
        "management/extension.html",
        form=form,
        history=history,
        waiting=waiting,
        last_moment=calls.last_moment(call()),
        breadcrumb=trail(("Repousser la clôture", None)),
    )
    return page, status
