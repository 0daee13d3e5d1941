"""The jury's room: a juror's calls, his dossiers, and the declaration of conflicts that comes before them."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import HiddenField, SelectMultipleField, TextAreaField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from ptce_aap import clock
from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.joint_acts import conflict_corrections, joint_acts
from ptce_aap.services.jury import conflicts, juror_terms, jury, severity
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db, settings
from ptce_aap.web.forms import PageForm
from ptce_aap.web.management import severity_words
from ptce_aap.web.management.room_words import points

bp = Blueprint("jury", __name__, url_prefix="/jury")


class ConflictForm(PageForm):
    """Why a member takes no part in what concerns a dossier."""

    reason = TextAreaField(
        "Quel est ce lien ?",
        [InputRequired("Dites en une phrase quel lien vous avez avec ce dossier.")],
        description="Une ou deux phrases suffisent. Elles sont lues par l’équipe de l’appel, jamais par les candidats.",
    )


class MistakeForm(PageForm):
    """Why a conflict was declared by mistake."""

    reason = TextAreaField(
        "Pourquoi est-ce une erreur ?",
        [InputRequired("Dites en une phrase pourquoi."), Length(max=1000, message="Mille signes au plus.")],
        description="Lu par l’équipe de l’appel, et imprimé au procès-verbal si elle corrige le conflit.",
    )


class ThemesForm(PageForm):
    """The themes that a juror says he knows."""

    themes = SelectMultipleField(
        "Je connais ces thèmes", widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    version = HiddenField()


@bp.get("")
@requires(Permission.DECLARE_CONFLICT)
def calls() -> Response | str:
    """Show the calls of a member; with one only, go straight in."""
    with db().reading() as session:
        found = jury.my_calls(session, actor(), now=clock.now())
    if len(found) == 1:
        return redirect(url_for("jury.home", slug=found[0].call.slug))
    return render_template("jury/calls.html", calls=found)


@bp.get("/<slug>")
@requires(Permission.SCORE, Permission.DECLARE_CONFLICT)
def home() -> Response | str:
    """Show how far a juror is and what to read next; a chair who marks nothing goes to his declaration."""
    if not actor().may(Permission.SCORE, call().id):
        return redirect(url_for("jury.declaration", slug=call().slug))
    state, search = request.args.get("etat", ""), request.args.get("q", "")
    with db().reading() as session:
        room = jury.room(session, actor(), call(), state=state, search=search, number=_page(), now=clock.now())
    return render_template("jury/home.html", room=room, state=state, search=search, breadcrumb=_trail())


@bp.get("/<slug>/ma-severite")
@requires(Permission.SCORE)
def own_severity() -> str:
    """Show a juror how he marks, once no sheet changes any more."""
    with db().reading() as session:
        own = severity.own(session, actor(), call())
    return render_template(
        "jury/severity.html", own=own, words=severity_words, points=points, breadcrumb=_trail("Ma sévérité")
    )


@bp.route("/<slug>/mes-themes", methods=["GET", "POST"])
@requires(Permission.SCORE)
def own_themes() -> Response | str | tuple[str, int]:
    """Let a juror say which themes he knows."""
    with db().reading() as session:
        page = juror_terms.own_page(session, actor(), call())
    form = ThemesForm(data={"themes": page.terms.themes, "version": str(page.terms.version)})
    form.themes.choices = list(page.themes)
    if form.validate_on_submit():
        try:
            version = request.form.get("version", -1, type=int)
            themes = form.themes.data or []
            db().transaction(
                juror_terms.save_own_themes, actor(), call().id, themes=themes, version=version, now=clock.now()
            )
            flash("Vos thèmes sont enregistrés.", "success")
            return redirect(url_for("jury.home", slug=call().slug))
        except RuleViolation as refusal:
            form.refuse(refusal)
    trail = _trail("Les thèmes que je connais")
    shown = render_template("jury/themes.html", page=page, form=form, breadcrumb=trail)
    return (shown, 422) if form.is_submitted() else shown


@bp.get("/<slug>/conflits")
@requires(Permission.DECLARE_CONFLICT)
def declaration() -> str:
    """Show the list on which conflicts are declared: title, carrier, members, nothing else."""
    search = request.args.get("q", "")
    with db().reading() as session:
        page = conflicts.declaration(session, actor(), call(), search=search, number=_page(), now=clock.now())
    return render_template(
        "jury/declaration.html", declaration=page, search=search, breadcrumb=_trail("Déclarer mes conflits d’intérêts")
    )


@bp.route("/<slug>/conflits/<reference>", methods=["GET", "POST"])
@requires(Permission.DECLARE_CONFLICT)
def declare(reference: str) -> Response | str:
    """Declare a conflict on one dossier, with its reason: asked once, in words that name the dossier."""
    with db().reading() as session:
        dossier = conflicts.listed(session, actor(), call(), reference, now=clock.now())
    form = ConflictForm()
    if form.validate_on_submit():
        try:
            reason = form.reason.data or ""
            db().transaction(conflicts.declare, actor(), call().id, reference, reason, now=clock.now())
            flash(f"Votre conflit sur « {dossier.title} » est enregistré : ce dossier vous est fermé.", "success")
            return redirect(url_for("jury.declaration", slug=call().slug))
        except RuleViolation as refusal:
            form.refuse(refusal, "reason" if refusal.code.startswith("conflict_reason") else None)
    trail = _trail("Déclarer mes conflits d’intérêts", "Un conflit", "jury.declaration")
    judges = conflicts.judges(actor(), call())
    return render_template("jury/conflict.html", dossier=dossier, form=form, judges=judges, breadcrumb=trail)


@bp.route("/<slug>/conflits/<reference>/erreur", methods=["GET", "POST"])
@requires(Permission.DECLARE_CONFLICT)
def ask_correction(reference: str) -> Response | str | tuple[str, int]:
    """Ask that a conflict which one declared by mistake be corrected: two persons of the team look at it."""
    form, me = MistakeForm(), actor().reference
    with db().reading() as session:
        found = conflict_corrections.declared_one(session, actor(), call(), reference, me)
    if form.validate_on_submit():
        try:
            reason, base_url = form.reason.data or "", settings().base_url
            db().transaction(
                conflict_corrections.propose, actor(), call().id, reference, me, reason, base_url=base_url,
                now=clock.now(),
            )  # fmt: skip
            flash("Votre demande est envoyée à l’équipe. Le dossier vous reste fermé d’ici là.", "success")
            return redirect(url_for("jury.declaration", slug=call().slug))
        except (NotFound, Conflict):
            raise
        except RuleViolation as refusal:
            form.refuse(refusal, "reason")
    trail = _trail("Déclarer mes conflits d’intérêts", "Une erreur", "jury.declaration")
    page = render_template("jury/mistake.html", found=found, form=form, breadcrumb=trail)
    return (page, 422) if form.errors else page


@bp.post("/<slug>/conflits/<reference>/erreur/<act>/retirer")
@requires(Permission.DECLARE_CONFLICT)
def withdraw_correction(reference: str, act: str) -> Response:
    """Take back one's own demand that a conflict be corrected."""
    db().transaction(joint_acts.withdraw, actor(), call().id, act, now=clock.now())
    flash("Votre demande de correction est retirée : le conflit reste déclaré.", "success")
    return redirect(url_for("jury.declaration", slug=call().slug))


@bp.post("/<slug>/conflits/terminer")
@requires(Permission.DECLARE_CONFLICT)
def finish() -> Response:
    """State that the whole list was gone through."""
    try:
        listed = request.form.get("listed", type=int)
        db().transaction(conflicts.finish, actor(), call().id, now=clock.now(), listed=listed)
    except Conflict:
        flash("La liste s’est allongée pendant que vous la lisiez\u00a0: regardez les dossiers ajoutés.", "warning")
        return redirect(url_for("jury.declaration", slug=call().slug))
    flash("Votre déclaration est enregistrée. Vous pouvez la compléter tant que la liste n’est pas arrêtée.", "success")
    return redirect(url_for("jury.home", slug=call().slug))


def _page() -> int:
    return request.args.get("page", 1, type=int)


def _trail(*labels: str) -> list[tuple[str, str | None]]:
    room, every, one = _room()
    first: list[tuple[str, str | None]] = [(room, url_for(every))]
    if not labels:
        return [*first, (call().short_title, None)]
    trail = [*first, (call().short_title, url_for(one, slug=call().slug))]
    if len(labels) == 3:
        return [*trail, (labels[0], url_for(labels[2], slug=call().slug)), (labels[1], None)]
    return [*trail, (labels[0], None)]


def _room() -> tuple[str, str, str]:
    """Return where a person's own room is, with its pages of all calls and of one: others than jurors declare here."""
    if conflicts.judges(actor(), call()):
        return "Jury", "jury.calls", "jury.home"
    if actor().may(Permission.SEE_MANAGEMENT, call().id):
        return "Pilotage", "management.calls", "management.dashboard"
    return "Instruction", "correspondent.calls", "correspondent.queue"
