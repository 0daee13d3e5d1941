"""People and roles: who holds which, inviting somebody, taking a role back."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response
from wtforms import EmailField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from ptce_aap import clock
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import ROLE_LABELS, Permission, Role
from ptce_aap.services.accounts import factor_resets
from ptce_aap.services.accounts import people as service
from ptce_aap.services.ranking import standings
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, db, settings
from ptce_aap.web.forms import PageForm
from ptce_aap.web.management.room import bp, home, page_number, people_trail, same_list
from ptce_aap.web.proof import fresh_proof

_FIELD_OF = {
    "grant_to_self": "email",
    "mail_address_refused": "email",
    "unknown_region": "territory",
    "unknown_seat": "seat",
    "not_allowed": "role",
}
_GIVEN = (Role.CORRESPONDENT, Role.JUROR, Role.CHAIR, Role.TEAM, Role.AUDITOR)


class InvitationForm(PageForm):
    """To whom, which role, on which call."""

    email = EmailField("Adresse de courriel", [InputRequired("Indiquez l’adresse de la personne."), Length(max=254)])
    name = StringField("Prénom et nom", [Length(max=200)], description="Facultatif : la personne pourra le corriger.")
    role = SelectField("Rôle")
    call_slug = SelectField("Appel")
    territory = SelectField("Région", description="Seulement pour un rôle de correspondance.", validate_choice=False)
    seat = SelectField("Siège au comité", description="Seulement pour un rôle de jury.", validate_choice=False)


@bp.get("/personnes")
@requires(Permission.MANAGE_PEOPLE)
def people() -> str:
    """List who holds which role."""
    asked = {name: request.args.get(name, "")[:100] for name in ("search", "role", "call_slug")}
    with db().reading() as session:
        page = service.listing(session, actor(), **asked, page=page_number())
        choices = service.managed_calls(session, actor())
        equipped = factor_resets.equipped(session, [person.reference for person in page.items])
        chosen = next((choice.call for choice in choices if choice.call.slug == asked["call_slug"]), None)
        names = chosen is not None and not standings.in_deport(session, actor(), chosen)
    return render_template(
        "management/people.html",
        page=page,
        equipped=equipped - {actor().reference},
        asked=asked,
        may_name_substitutes=names,
        roles=[(role.value, ROLE_LABELS[role]) for role in (*_GIVEN, Role.ADMIN)],
        calls=[(choice.call.slug, choice.call.short_title) for choice in choices],
        address=same_list("management.people", **asked),
        breadcrumb=[("Pilotage", home()), ("Personnes et rôles", None)],
    )


@bp.route("/personnes/inviter", methods=["GET", "POST"])
@fresh_proof
@requires(Permission.MANAGE_PEOPLE)
def invite() -> Response | str:
    """Give somebody a role; the invitation leaves by mail."""
    form = InvitationForm()
    _offer(form)
    if request.method == "GET" and request.args.get("call_slug"):
        form.call_slug.data = request.args["call_slug"]
    if form.validate_on_submit():
        role = Role(form.role.data)
        try:
            db().transaction(
                service.invite,
                actor(),
                form.email.data or "",
                role,
                call_slug=form.call_slug.data,
                code={Role.CORRESPONDENT: form.territory.data, Role.JUROR: form.seat.data}.get(role) or "",
                name=form.name.data or "",
                base_url=settings().base_url,
                now=clock.now(),
            )
            flash(f"Le rôle est confié ; une invitation est envoyée à {form.email.data}.", "success")
            return redirect(url_for("management.people"))
        except RuleViolation as refusal:
            form.refuse(refusal, _FIELD_OF.get(refusal.code))
    return render_template("management/invite.html", form=form, breadcrumb=people_trail(("Inviter", None)))


@bp.route("/personnes/<reference>/retirer", methods=["GET", "POST"])
@fresh_proof
@requires(Permission.MANAGE_PEOPLE)
def withdraw(reference: str) -> Response | str:
    """Ask once, then take a role back."""
    asked = {name: request.values.get(name, "")[:200] for name in ("role", "call_slug", "code")}
    if asked["role"] not in set(Role):
        raise NotFound()
    role = Role(asked["role"])
    if request.method == "POST":
        place = {"call_slug": asked["call_slug"], "code": asked["code"]}
        db().transaction(service.withdraw, actor(), reference, role, **place, now=clock.now())
        flash("Le rôle est retiré ; il n’ouvre plus rien dès maintenant.", "success")
        return redirect(url_for("management.people"))
    with db().reading() as session:
        person = service.held_by(session, actor(), reference)
    held = next(
        (h for h in person.roles if (h.role, h.call_slug, h.code) == (role, asked["call_slug"], asked["code"])), None
    )
    if held is None:
        raise NotFound()
    steps = people_trail(("Retirer un rôle", None))
    return render_template("management/withdraw.html", person=person, held=held, asked=asked, breadcrumb=steps)


@bp.route("/personnes/<reference>/second-facteur", methods=["GET", "POST"])
@fresh_proof
@requires(Permission.MANAGE_PEOPLE)
def reset_second_factor(reference: str) -> Response | str:
    """Ask once, then let somebody who has lost his second factor start again."""
    with db().reading() as session:
        person = service.held_by(session, actor(), reference)
    if request.method == "POST":
        work = factor_resets.reset
        db().transaction(work, actor(), reference, base_url=settings().base_url, now=clock.now())
        flash(
            f"Le second facteur de {person.name or person.email} est réinitialisé : un courriel le lui dit.", "success"
        )
        return redirect(url_for("management.people"))
    steps = people_trail(("Second facteur", None))
    return render_template("management/reset_second_factor.html", person=person, breadcrumb=steps)


def _offer(form: InvitationForm) -> None:
    with db().reading() as session:
        choices = service.managed_calls(session, actor())
    admin = Role.ADMIN in actor().roles_on(None)
    form.role.choices = [(role.value, ROLE_LABELS[role]) for role in (*_GIVEN, *((Role.ADMIN,) if admin else ()))]
    everywhere = [("", "Tous les appels")] if actor().may(Permission.MANAGE_PEOPLE, None) else []
    form.call_slug.choices = [(choice.call.slug, choice.call.short_title) for choice in choices] + everywhere
    form.territory.choices = [("", "–"), *dict.fromkeys(pair for choice in choices for pair in choice.regions)]
    form.seat.choices = [("", "–"), *dict.fromkeys(pair for choice in choices for pair in choice.seats)]
