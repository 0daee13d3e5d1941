"""Who stands in where those of a role are in conflict: naming an acting chair, or a substitute manager."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import EmailField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from ptce_aap import clock
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import ROLE_LABELS, Permission, Role
from ptce_aap.services.joint_acts import substitutes, two_persons
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db, settings
from ptce_aap.web.forms import PageForm
from ptce_aap.web.management.room import bp, trail
from ptce_aap.web.proof import fresh_proof

_WHY = [InputRequired("Dites pourquoi."), Length(max=two_persons.REASON_MOST, message="Mille signes au plus.")]
_TOLD = "Il est gardé avec la suppléance, et imprimé au procès-verbal."


class ActingChairForm(PageForm):
    """Who presides in the chair's place, and why."""

    person = SelectField("Personne sans conflit", validate_choice=False)
    reason = TextAreaField("Motif", _WHY, description=_TOLD)


class ManagerForm(PageForm):
    """Who manages the call in the team's place, and why."""

    email = EmailField("Adresse de courriel", [InputRequired("Indiquez l’adresse de la personne."), Length(max=254)])
    reason = TextAreaField("Motif", _WHY, description=_TOLD)


@bp.get("/<slug>/suppleances")
@requires(Permission.MANAGE_PEOPLE)
def substitutes_page() -> str:
    """Show whether each role can act, and who may stand in."""
    return _page()


@bp.post("/<slug>/suppleances/presidence")
@fresh_proof
@requires(Permission.MANAGE_PEOPLE)
def name_acting_chair() -> Response | tuple[str, int]:
    """Name an acting chair."""
    form = ActingChairForm()
    if form.validate():
        try:
            db().transaction(
                substitutes.name_acting_chair,
                actor(),
                call().id,
                form.person.data or "",
                form.reason.data or "",
                base_url=settings().base_url,
                now=clock.now(),
            )
            flash("La présidence suppléante est nommée ; une invitation lui est envoyée.", "success")
            return redirect(url_for("management.substitutes_page", slug=call().slug))
        except NotFound:
            form.person.errors = ["Choisissez une personne de la liste."]
        except RuleViolation as refusal:
            form.refuse(refusal, "reason")
    return _page(chair=form), 422


@bp.post("/<slug>/suppleances/equipe")
@fresh_proof
@requires(Permission.MANAGE_PEOPLE)
def name_manager() -> Response | tuple[str, int]:
    """Name a substitute manager."""
    form = ManagerForm()
    if form.validate():
        try:
            db().transaction(
                substitutes.name_manager,
                actor(),
                call().id,
                form.email.data or "",
                form.reason.data or "",
                base_url=settings().base_url,
                now=clock.now(),
            )
            flash("Le membre suppléant de l’équipe est nommé ; une invitation lui est envoyée.", "success")
            return redirect(url_for("management.substitutes_page", slug=call().slug))
        except RuleViolation as refusal:
            form.refuse(refusal, "email")
    return _page(manager=form), 422


def _page(chair: ActingChairForm | None = None, manager: ManagerForm | None = None) -> str:
    with db().reading() as session:
        found = substitutes.situations(session, actor(), call())
        named = substitutes.named(session, call())
    chair, manager = chair or ActingChairForm(formdata=None), manager or ManagerForm(formdata=None)
    presiding = next(one for one in found if one.role is Role.CHAIR)
    chair.person.choices = [("", "Choisir"), *((one.reference, one.name) for one in presiding.candidates)]
    inside = actor().may(Permission.SEE_MANAGEMENT, call().id)
    steps = trail(("Suppléances", None)) if inside else [(call().short_title, None), ("Suppléances", None)]
    return render_template(
        "management/substitutes.html",
        situations=found,
        forms={Role.CHAIR: chair, Role.TEAM: manager},
        named=named,
        labels=ROLE_LABELS,
        breadcrumb=steps,
    )
