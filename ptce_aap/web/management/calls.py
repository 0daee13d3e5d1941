"""The calls that one manages, and opening one from its files."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from flask import flash, redirect, render_template, url_for
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response
from wtforms import DateField, SelectField, StringField
from wtforms.form import BaseForm
from wtforms.validators import InputRequired, Regexp, ValidationError

from ptce_aap import clock, definitions
from ptce_aap.clock import PARIS
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.calls import calls as services
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, db, settings
from ptce_aap.web.forms import PageForm
from ptce_aap.web.management.room import bp

TIME = [
    InputRequired("Indiquez l’heure."),
    Regexp(r"^([01]?\d|2[0-3])[:hH][0-5]\d$", message="Écrivez l’heure ainsi : 23:59."),
]
_YEARS = range(2000, 2101)


def _in_this_century(_form: BaseForm, field: DateField) -> None:
    # Beyond, the hour of Paris has no instant in universal time that a computer can write.
    if field.data is not None and field.data.year not in _YEARS:
        raise ValidationError("Indiquez une date entre 2000 et 2100.")


DATE = [InputRequired("Indiquez la date, par exemple 30/06/2026."), _in_this_century]


class OpeningForm(PageForm):
    """Which call, and when dossiers are received; hours are those of Paris."""

    call_name = SelectField("Appel", description="Les appels dont les fichiers sont installés ici.")
    opens_on = DateField("Ouverture des dépôts : date", DATE)
    opens_time = StringField("Ouverture des dépôts : heure", TIME, default="09:00")
    closes_on = DateField("Clôture des dépôts : date", DATE)
    closes_time = StringField("Clôture des dépôts : heure", TIME, default="23:59")


@bp.get("")
@requires(Permission.SEE_MANAGEMENT)
def calls() -> str:
    """List the calls that one manages; with none, what to do next."""
    with db().reading() as session:
        cards = [
            card
            for card in services.public_cards(session, now=clock.now())
            if actor().may(Permission.SEE_MANAGEMENT, card.call.id)
        ]
    may_open = actor().may(Permission.MANAGE_CALL, None)
    return render_template("management/calls.html", cards=cards, may_open=may_open)


@bp.route("/ouvrir", methods=["GET", "POST"])
@requires(Permission.MANAGE_CALL)
def open_call() -> Response | str:
    """Open a call from its files, with its calendar."""
    if not actor().may(Permission.MANAGE_CALL, None):
        raise Forbidden()
    form = OpeningForm()
    names = definitions.call_names(settings().definitions)
    form.call_name.choices = [(name, _title(name)) for name in names]
    if form.validate_on_submit():
        try:
            opened = db().transaction(
                services.open_for,
                actor(),
                definitions.load_proven_call(form.call_name.data, settings().definitions),
                now=clock.now(),
                opens_at=instant_of(form.opens_on.data, form.opens_time.data),
                # The minute of the closing is still on time.
                closes_at=instant_of(form.closes_on.data, form.closes_time.data) + timedelta(minutes=1),
            )
            flash("L’appel est ouvert. Confiez maintenant les rôles.", "success")
            return redirect(url_for("management.dashboard", slug=opened.slug))
        except RuleViolation as refusal:
            form.refuse(refusal, "closes_on")
        except definitions.BadDefinition as wrong:
            form.call_name.errors = [str(problem) for problem in wrong.problems]
    trail = [("Pilotage", url_for("management.calls")), ("Ouvrir un appel", None)]
    return render_template("management/open_call.html", form=form, breadcrumb=trail)


def _title(name: str) -> str:
    try:
        return definitions.load_call(name, settings().definitions).sheet.title
    except definitions.BadDefinition:
        return f"{name} (fichiers à corriger)"


def instant_of(day: date | None, text: str | None) -> datetime:
    """Return the instant of a day and an hour of Paris that a form has checked."""
    assert day is not None  # the form has checked both
    assert text is not None
    hour, minute = (int(part) for part in text.lower().replace("h", ":").split(":"))
    return datetime.combine(day, time(hour, minute), PARIS)
