"""What the team of a call does about regional opinions: their term, and an opinion handed back to its region."""

from __future__ import annotations

from datetime import timedelta

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import DateField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from ptce_aap import clock
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Deed, Permission
from ptce_aap.services.calls import calls as call_service
from ptce_aap.services.dossiers import managed
from ptce_aap.services.instruction import instruction, opinion_terms, opinions
from ptce_aap.services.joint_acts.two_persons import REASON_MOST
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db, settings
from ptce_aap.web.forms import PageForm
from ptce_aap.web.management.calls import DATE, TIME, instant_of
from ptce_aap.web.management.room import bp, trail

_REASON = [InputRequired("Écrivez le motif."), Length(max=REASON_MOST, message="Mille signes au plus.")]


class TermForm(PageForm):
    """Until when opinions and regional ranks are received, and why; hours are those of Paris."""

    due_on = DateField("Terme : date", DATE)
    due_time = StringField("Terme : heure", TIME, default="23:59")
    reason = TextAreaField("Motif", _REASON, description="Il est écrit aux correspondants, et gardé avec l’appel.")


class ReopeningForm(PageForm):
    """Why an opinion is handed back."""

    reason = TextAreaField("Motif", _REASON, description="Il est écrit aux correspondants de la région.")


@bp.route("/<slug>/terme-des-avis", methods=["GET", "POST"])
@requires(Permission.MANAGE_CALL)
def opinion_term() -> Response | str | tuple[str, int]:
    """Set the term of opinions and regional ranks, or put it off; the correspondents are told."""
    form, status = TermForm(), 200
    if form.validate_on_submit():
        # The minute of the term is still on time.
        due_at = instant_of(form.due_on.data, form.due_time.data) + timedelta(minutes=1)
        reason, base_url = form.reason.data or "", settings().base_url
        try:
            db().transaction(
                opinion_terms.set_term, actor(), call().id, due_at, reason, base_url=base_url, now=clock.now()
            )
            flash("Le terme est fixé. Les correspondants de l’appel en sont avertis par courriel.", "success")
            return redirect(url_for("management.opinion_term", slug=call().slug))
        except NotFound:
            raise
        except RuleViolation as refusal:
            form.refuse(refusal, "due_on")
    if form.errors:
        status = 422
    with db().reading() as session:
        regions = call_service.definition_of(session, call()).sheet.regions
        history = opinion_terms.history(session, call())
        notice = opinion_terms.notice(session, call(), now=clock.now())
    page = render_template(
        "management/opinion_term.html",
        form=form,
        history=history,
        notice=notice,
        regions=regions,
        may_set=call().allows(Deed.SET_OPINION_TERM),
        closing=call_service.last_moment(call()),
        breadcrumb=trail(("Terme des avis", None)),
    )
    return page, status


@bp.route("/<slug>/dossiers/<reference>/reprendre-l-avis", methods=["GET", "POST"])
@requires(Permission.MANAGE_CALL)
def reopen_opinion(reference: str) -> Response | str | tuple[str, int]:
    """Hand a given opinion back to its region, with the reason."""
    form, status = ReopeningForm(), 200
    back = url_for("dossiers.dossier", slug=call().slug, reference=reference)
    if form.validate_on_submit():
        reason, base_url = form.reason.data or "", settings().base_url
        try:
            db().transaction(
                opinions.reopen_opinion, actor(), call().id, reference, reason, base_url=base_url, now=clock.now()
            )
            flash("L’avis est rendu à sa région, qui en est avertie : il est de nouveau un brouillon.", "success")
            return redirect(back)
        except NotFound:
            raise
        except RuleViolation as refusal:
            form.refuse(refusal, None)
    if form.errors or form.form_errors:
        status = 422
    with db().reading() as session:
        found = opinions.reopenable(session, actor(), call(), reference, now=clock.now())
        page = managed.page(session, actor(), call(), reference, now=clock.now())
        history = opinions.reopenings(session, found.id)
    given = page.instruction.opinion is not None and page.instruction.opinion.given_at is not None
    shown = render_template(
        "management/reopen_opinion.html",
        form=form,
        page=page,
        document=page.document,
        history=history,
        may_reopen=given and instruction.opinions_open(call(), clock.now()),
        back=back,
        breadcrumb=trail((page.document.title, back), ("Reprendre l’avis", None)),
    )
    return shown, status
