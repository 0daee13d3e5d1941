"""The conflicts that were declared, and the correction of one declared by mistake."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from ptce_aap import clock
from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.joint_acts import conflict_corrections, two_persons
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db, settings
from ptce_aap.web.forms import PageForm
from ptce_aap.web.management.joint_acts import PROPOSED
from ptce_aap.web.management.room import bp, trail
from ptce_aap.web.proof import fresh_proof


class CorrectionForm(PageForm):
    """Why a conflict was declared by mistake."""

    reason = TextAreaField(
        "Motif",
        [InputRequired("Dites pourquoi."), Length(max=two_persons.REASON_MOST, message="Mille signes au plus.")],
        description="Il est imprimé au procès-verbal avec les deux noms. Que le conflit a été déclaré reste écrit.",
    )


@bp.get("/<slug>/conflits")
@requires(Permission.MANAGE_CALL)
def conflicts() -> str:
    """List the conflicts that were declared, and those that were corrected."""
    with db().reading() as session:
        declared = conflict_corrections.listed(session, actor(), call())
        corrected = conflict_corrections.corrected(session, call(), reader=actor())
    return render_template(
        "management/conflicts.html",
        declared=declared,
        corrected=corrected,
        breadcrumb=trail(("Conflits déclarés", None)),
    )


@bp.route("/<slug>/conflits/<dossier>/<person>", methods=["GET", "POST"])
@fresh_proof
@requires(Permission.MANAGE_CALL)
def correct_conflict(dossier: str, person: str) -> Response | str | tuple[str, int]:
    """Propose that a conflict declared by mistake be corrected: another person of the team confirms."""
    form = CorrectionForm()
    with db().reading() as session:
        found = conflict_corrections.declared_one(session, actor(), call(), dossier, person)
    if form.validate_on_submit():
        try:
            proposed = db().transaction(
                conflict_corrections.propose,
                actor(),
                call().id,
                dossier,
                person,
                form.reason.data or "",
                base_url=settings().base_url,
                now=clock.now(),
            )
            flash(PROPOSED, "success")
            return redirect(url_for("management.act", slug=call().slug, reference=proposed.reference))
        except (NotFound, Conflict):
            raise
        except RuleViolation as refusal:
            form.refuse(refusal, "reason")
    page = render_template(
        "management/conflict.html",
        found=found,
        form=form,
        breadcrumb=trail(
            ("Conflits déclarés", url_for("management.conflicts", slug=call().slug)), ("Corriger un conflit", None)
        ),
    )
    return (page, 422) if form.errors else page
