"""What is known of each member of the jury: loads, region, themes; and what one more reading would buy."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import HiddenField, IntegerField, SelectField, SelectMultipleField
from wtforms.validators import Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from ptce_aap import clock
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.jury import juror_terms, jurors, reading_gain
from ptce_aap.web.access import requires
from ptce_aap.web.assignment.room import assignment_trail, bp
from ptce_aap.web.context import actor, call, db
from ptce_aap.web.forms import PageForm
from ptce_aap.web.messages import sentence

_FIELDS = {"loads_backwards": "minimum", "unknown_region": "region"}


def _is_load(form: PageForm, field: IntegerField) -> None:
    # Not ``NumberRange``: it makes a float of the number, and fails on one of hundreds of digits.
    if not 0 <= (field.data or 0) <= juror_terms.MOST:
        raise ValidationError(sentence(RuleViolation("load_out_of_range", maximum=juror_terms.MOST)))


class TermsForm(PageForm):
    """What sharing out respects of a juror."""

    minimum = IntegerField(
        "Dossiers à lire, au moins",
        [Optional(), _is_load],
        description="Laissez vide pour une charge égale à celle des autres.",
    )
    maximum = IntegerField(
        "Dossiers à lire, au plus",
        [Optional(), _is_load],
    )
    region = SelectField(
        "Territoire",
        description="Sert seulement à ne pas lui confier les dossiers de son territoire, si vous le voulez.",
    )
    themes = SelectMultipleField(
        "Thèmes qu’il connaît",
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        description="Ils servent à proposer ses lectures, à rien d’autre.",
    )
    version = HiddenField()


@bp.get("/affectation/jury")
@requires(Permission.SEE_MANAGEMENT)
def committee() -> str:
    """Show the members of the jury: seat, load, declaration, and what is known of each."""
    with db().reading() as session:
        members = jurors.jurors(session, actor(), call())
        known = juror_terms.terms_of(session, call())
        themes = dict(juror_terms.themes_to_know(session, call()))
    return render_template(
        "assignment/committee.html",
        jurors=members,
        known=known,
        themes=themes,
        breadcrumb=assignment_trail(("Membres du jury", None)),
    )


@bp.route("/affectation/jury/<reference>", methods=["GET", "POST"])
@requires(Permission.ASSIGN)
def juror(reference: str) -> Response | str | tuple[str, int]:
    """Write what is known of one member of the jury."""
    with db().reading() as session:
        page = juror_terms.page(session, actor(), call(), reference)
    form = _form(page)
    status = 200
    if form.validate_on_submit():
        try:
            _save(reference, form)
            flash(f"Ce que vous savez de {page.juror.name} est enregistré.", "success")
            return redirect(url_for("assignment.committee", slug=call().slug))
        except RuleViolation as refusal:
            form.refuse(refusal, _FIELDS.get(refusal.code))
    if form.is_submitted():
        status = 422
    here = url_for("assignment.committee", slug=call().slug)
    steps = assignment_trail(("Membres du jury", here), (page.juror.name, None))
    return render_template("assignment/juror.html", page=page, form=form, breadcrumb=steps), status


@bp.get("/affectation/lectures-en-plus")
@requires(Permission.SEE_MANAGEMENT)
def gain() -> str:
    """Show what one more reading of each dossier would buy, and what it costs."""
    with db().reading() as session:
        page = reading_gain.gain_page(session, actor(), call(), now=clock.now())
    return render_template(
        "assignment/gain.html", page=page, breadcrumb=assignment_trail(("Combien de lectures par dossier", None))
    )


def _form(page: juror_terms.Page) -> TermsForm:
    terms = page.terms
    told = {"minimum": terms.minimum, "maximum": terms.maximum, "region": terms.region or "", "themes": terms.themes}
    form = TermsForm(data={**told, "version": str(terms.version)})
    form.region.choices = [("", "Aucun en particulier"), *page.regions]
    form.themes.choices = list(page.themes)
    return form


def _save(reference: str, form: TermsForm) -> None:
    db().transaction(
        juror_terms.save,
        actor(),
        call().id,
        reference,
        minimum=form.minimum.data,
        maximum=form.maximum.data,
        region=form.region.data or "",
        themes=form.themes.data or [],
        version=request.form.get("version", -1, type=int),
        now=clock.now(),
    )
